"""Figure 4 of Bittner et al. 2022 again: errors of angles by joint, by movement and by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.reports.colours import PALE
from kinelab.reports.figure_style import new_figure, style

WAY_HEX = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
"""Blue, vermillion, green and purple (Okabe and Ito 2008)."""
_MARKS = ("o", "s", "^", "D")
_ROW_IN, _REST_IN = 0.155, 0.85


@dataclass(frozen=True, eq=False)
class Group:
    """Members (M,) of one grouping; median_deg, low_deg and high_deg (W, M): quartiles of W ways' errors over
    the time series of each member."""

    name: str
    members: tuple[str, ...]
    low_deg: Array
    median_deg: Array
    high_deg: Array


def draw_groups(groups: Sequence[Group], ways: Sequence[str], title: str) -> Figure:
    """A panel for each group: a row a member, a mark at the median of its time series, a bar from quartile to
    quartile; all panels have one scale."""
    rows = max(len(group.members) for group in groups)
    with style():
        figure = new_figure(_REST_IN + _ROW_IN * max(rows, 4) * max(1, len(ways) / 2))
        figure.suptitle(title, x=0.01, ha="left", fontsize=8.5)
        axes = np.atleast_1d(figure.subplots(1, len(groups), sharex=True))
        for ax, group in zip(axes, groups, strict=True):
            _panel(ax, group, ways)
        axes[0].set_xlim(left=0)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(ways))
    return figure


def _panel(ax: Axes, group: Group, ways: Sequence[str]) -> None:
    place = np.arange(len(group.members), dtype=float)
    for i, way in enumerate(ways):
        at = place + 0.22 * (i - (len(ways) - 1) / 2)
        colour = WAY_HEX[i % len(WAY_HEX)]
        ax.hlines(at, group.low_deg[i], group.high_deg[i], color=colour, linewidth=1.6, alpha=0.45)
        ax.plot(
            group.median_deg[i], at, _MARKS[i % len(_MARKS)], color=colour, markersize=3.2, linestyle="none",
            label=way,
        )  # fmt: skip
    ax.set_yticks(place, group.members)
    ax.set_ylim(len(place) - 0.4, -0.6)
    ax.grid(axis="x", color=PALE)
    ax.set_axisbelow(True)
    ax.set_title(group.name)
    ax.set_xlabel("MAE (deg)")
