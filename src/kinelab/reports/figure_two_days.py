"""One person on two days: raw angles at the left, single strides at the right, after Cronin et al. 2019."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.events import Side
from kinelab.core.kinematics import Kinematics
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.reports.angle_names import SUFFIX, drawn_joints, label_of
from kinelab.reports.colours import QUIET
from kinelab.reports.figure_style import new_figure, style, zero_line
from kinelab.reports.stride_curves import side_curves

# Of Okabe & Ito, and neither of the colours that mean left and right.
DAY_HEX = ("#009E73", "#8A3FA0")
_SHOWN_S = 8.0
_PERCENT = np.arange(STRIDE_POINTS)


def draw_two_days(
    kinematics: tuple[Kinematics, Kinematics], strides: tuple[Strides, Strides], side: Side
) -> Figure:
    """A row a joint: the trace of each day from its first stride on, then all strides of both days.

    Both traces have one time axis; ticks above them show where strides begin and end.
    """
    stems = [s for s in drawn_joints(kinematics[0].names) if s + SUFFIX[side] in kinematics[0].names]
    shown_s = _shown(kinematics, strides, side)
    with style():
        figure = new_figure(1.6 * len(stems) + 0.5)
        grid = figure.subplots(
            len(stems), 3, sharey="row", squeeze=False, gridspec_kw={"width_ratios": (1.35, 1.35, 1)}
        )
        for axes, stem in zip(grid, stems, strict=True):
            name = stem + SUFFIX[side]
            for day in (0, 1):
                _draw_trace(axes[day], kinematics[day], strides[day], side, name, DAY_HEX[day])
                axes[day].set_xlim(0, shown_s)
                _draw_strides(axes[2], strides[day], stem, side, day)
            label = label_of(stem)
            axes[0].set_ylabel(f"{label.label} (deg)\n+ {label.positive}")
            axes[2].set_xlim(0, 100)
            zero_line(axes[2])
        for day in (0, 1):
            grid[0, day].set_title(f"Day {day + 1}: raw trace")
            grid[-1, day].set_xlabel("time (s)")
            _tick_strides(grid[0, day], strides[day], side)
        grid[0, 2].set_title("Single strides")
        grid[-1, 2].set_xlabel("stride (%)")
        handles, labels = grid[0, 2].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower right", ncols=2)
    return figure


def _draw_trace(
    ax: Axes, kinematics: Kinematics, strides: Strides, side: Side, name: str, colour: str
) -> None:
    column = kinematics.column(name)
    angle = np.where(kinematics.valid[:, column], kinematics.angle_deg[:, column], np.nan)
    first = _first(kinematics, strides, side)
    ax.plot(kinematics.time.time_s - first, angle, color=colour, linewidth=1.0)
    zero_line(ax)


def _first(kinematics: Kinematics, strides: Strides, side: Side) -> float:
    """Start of the first used stride, s; of the recording where there is none."""
    starts = strides.start_s[strides.chosen(side)]
    return float(starts[0]) if starts.size else kinematics.time.start_s


def _shown(kinematics: Sequence[Kinematics], strides: Sequence[Strides], side: Side) -> float:
    """Seconds to show of both days: the longer one's, up to a limit."""
    pairs = zip(kinematics, strides, strict=True)
    return min(_SHOWN_S, max(float(k.time.time_s[-1]) - _first(k, s, side) for k, s in pairs))


def _tick_strides(ax: Axes, strides: Strides, side: Side) -> None:
    """Where the used strides begin and end, as ticks in the upper margin."""
    chosen = strides.chosen(side)
    if chosen.any():
        ends = np.unique(np.concatenate([strides.start_s[chosen], strides.stop_s[chosen]]))
        at = ends - strides.start_s[chosen][0]
        ax.plot(
            at, np.full(at.size, 0.985), "|", color=QUIET, markersize=5, transform=ax.get_xaxis_transform()
        )


def _draw_strides(ax: Axes, strides: Strides, stem: str, side: Side, day: int) -> None:
    curves = side_curves(strides, stem, side)
    for curve in curves.curves_deg:
        ax.plot(_PERCENT, curve, color=DAY_HEX[day], linewidth=0.6, alpha=0.45)
    if curves.n:
        ax.plot(
            _PERCENT,
            curves.mean_deg,
            color=DAY_HEX[day],
            linewidth=1.3,
            label=f"day {day + 1}: {curves.n} strides and their mean",
        )
