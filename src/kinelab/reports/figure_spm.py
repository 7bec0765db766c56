"""Figure: curves of two days and where along the stride they differ (SPM)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.reports.angle_names import label_of, side_of
from kinelab.reports.colours import INK, PALE, QUIET
from kinelab.reports.figure_style import new_figure, note, style, zero_line
from kinelab.reports.figure_two_days import DAY_HEX
from kinelab.stats.spm import CurveTest

_MOST_ROWS = 8


@dataclass(frozen=True, eq=False)
class DayCurves:
    """Mean curves of n people on both days (n, 101) deg, and their test; None where there is none."""

    angle: str
    day1_deg: Array
    day2_deg: Array
    test: CurveTest | None


def draw_spm(rows: Sequence[DayCurves]) -> Figure:
    """A row an angle: mean and sd of the people on both days; t of the paired differences, its threshold."""
    shown = rows[:_MOST_ROWS]
    with style():
        figure = new_figure(1.35 * max(len(shown), 1) + 0.6)
        grid = figure.subplots(max(len(shown), 1), 2, squeeze=False, sharex=True)
        for (curves, statistic), row in zip(grid, shown, strict=True):
            _draw_curves(curves, row)
            _draw_t(statistic, row.test)
        if not shown:
            for ax in grid[0]:
                note(ax, "no angle on both days")
        grid[0, 0].set_title("Mean and sd over people")
        grid[0, 1].set_title("t of the paired differences")
        for ax in grid[-1]:
            ax.set_xlabel("stride (%)")
            ax.set_xlim(0, 100)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower right", ncols=2)
    return figure


def _draw_curves(ax: Axes, row: DayCurves) -> None:
    percent = np.arange(row.day1_deg.shape[1])
    for day, curves in enumerate((row.day1_deg, row.day2_deg)):
        mean = curves.mean(axis=0)
        if len(curves) > 1:
            sd = curves.std(axis=0, ddof=1)
            ax.fill_between(percent, mean - sd, mean + sd, color=DAY_HEX[day], alpha=0.15, linewidth=0)
        n = len(curves)
        ax.plot(percent, mean, color=DAY_HEX[day], linewidth=1.2, label=f"day {day + 1}  (n = {n} people)")
    if row.test is not None:
        for cluster in row.test.clusters:
            ax.axvspan(cluster.start, cluster.stop, color=PALE, alpha=0.6, linewidth=0, zorder=0)
    zero_line(ax)
    side = side_of(row.angle)
    where = "" if side is None else f", {side}"
    ax.set_ylabel(f"{label_of(row.angle).label}{where}\n(deg)")


def _draw_t(ax: Axes, test: CurveTest | None) -> None:
    zero_line(ax)
    if test is None:
        note(ax, "not tested (fewer than three people, or curves alike)")
        return
    percent = np.arange(test.t.size)
    ax.plot(percent, test.t, color=INK, linewidth=1.1)
    for sign in (1, -1):
        ax.axhline(sign * test.threshold, color=QUIET, linewidth=0.8, linestyle="--")
        beyond = sign * test.t > test.threshold
        ax.fill_between(
            percent, sign * test.threshold, test.t, where=beyond.tolist(), color=QUIET, alpha=0.5, linewidth=0
        )
    top = 1.25 * max(test.threshold, float(np.abs(test.t).max()))
    ax.set_ylim(-top, 1.45 * top)  # room for the words
    how = f"{test.permutations} permutations" if test.by == "permutation" else "random field theory"
    ax.text(
        0.99, 0.96, f"threshold {test.threshold:.2f}, p = {test.p:.2g}; {how}", transform=ax.transAxes,
        ha="right", va="top", fontsize=6.5, color=QUIET,
    )  # fmt: skip
    ax.set_ylabel(f"t ({test.df} df)")
