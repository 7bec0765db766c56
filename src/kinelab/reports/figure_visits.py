"""Figure: the mean curves of two visits of one person over each other."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.events import SIDES
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.reports.angle_names import SUFFIX, drawn_joints, label_of
from kinelab.reports.figure_style import new_figure, note, style, zero_line
from kinelab.reports.figure_two_days import DAY_HEX
from kinelab.reports.stride_curves import SideCurves, side_curves

VISITS_CAPTION = (
    "Mean of the used strides of each visit, ±1 SD between its strides; dashed green: the earlier visit,"
    " solid purple: this one. A distance may be a change of the walk, or markers, sensors or a camera that"
    " were placed otherwise."
)
_PERCENT = np.arange(STRIDE_POINTS)
_DASHES = ((0, (4, 2)), "solid")


def draw_visits(before: Strides, after: Strides) -> Figure:
    """A panel a joint and side with the curves of both visits; joints that both have."""
    stems = [
        stem for stem in drawn_joints(after.names) if any(stem + SUFFIX[s] in before.names for s in SIDES)
    ]
    with style():
        figure = new_figure(1.55 * max(len(stems), 1) + 0.5)
        grid = figure.subplots(max(len(stems), 1), 2, sharex=True, sharey="row", squeeze=False)
        for axes, stem in zip(grid, stems, strict=False):
            label = label_of(stem)
            for ax, side in zip(axes, SIDES, strict=True):
                both = [side_curves(strides, stem, side) for strides in (before, after)]
                counts = " and ".join(str(one.n) for one in both)
                ax.set_title(f"{label.label}, {side}  (n = {counts} strides)")
                zero_line(ax)
                for visit, curves in enumerate(both):
                    _draw(ax, curves, visit)
                ax.set_xlim(0, 100)
            axes[0].set_ylabel(f"deg, + {label.positive}" if label.positive else "deg")
        for ax in grid[-1]:
            ax.set_xlabel("stride (%), 0 = initial contact")
        if not stems:
            note(grid[0, 0], "no angle was measured at both visits")
        handles, _ = grid[0, 0].get_legend_handles_labels()
        if handles:
            figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


def _draw(ax: Axes, curves: SideCurves, visit: int) -> None:
    if not curves.n:
        return
    mean, sd, colour = curves.mean_deg, curves.sd_deg, DAY_HEX[visit]
    if curves.n > 1:
        ax.fill_between(_PERCENT, mean - sd, mean + sd, color=colour, alpha=0.16, linewidth=0)
    name = ("earlier visit", "this visit")[visit]
    ax.plot(_PERCENT, mean, color=colour, linestyle=_DASHES[visit], linewidth=1.5, label=name)
