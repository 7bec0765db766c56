"""Figure: how soon rules of follow-up tell a change, by its size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.reports.figure_style import new_figure, style

_COLOURS = ("#999999", "#0072B2", "#D55E00", "#009E73", "#CC79A7")
_MARKS = ("s", "o", "^", "v", "D")


def draw_power(power: Mapping[str, Array], changes_mdc: Sequence[float]) -> Figure:
    """A panel a size of change; power: by rule the share told by each visit after it (changes, visits)."""
    with style():
        figure = new_figure(2.6)
        axes = figure.subplots(1, len(changes_mdc), sharey=True, squeeze=False)[0]
        for i, (ax, times) in enumerate(zip(axes, changes_mdc, strict=True)):
            ax.set_title(f"{times:g} MDC95")
            for (name, shares), colour, mark in zip(power.items(), _COLOURS, _MARKS, strict=False):
                visit = np.arange(shares.shape[1]) + 1
                ax.plot(
                    visit,
                    100 * shares[i],
                    f"{mark}-",
                    color=colour,
                    label=name,
                    markersize=3.5,
                    linewidth=1.2,
                )
            ax.set_xticks(visit)
            ax.set_ylim(0, 102)
            ax.grid(axis="y")
            ax.set_xlabel("visit after the change")
        axes[0].set_ylabel("told, % of patients")
        handles, _ = axes[0].get_legend_handles_labels()
        figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure
