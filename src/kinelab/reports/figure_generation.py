"""Figures: synthetic strides over real ones, and what they do for a classifier of rare groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.gait.deviation_variables import VARIABLES
from kinelab.reports.colours import INK, PALE, QUIET
from kinelab.reports.figure_style import new_figure, style, zero_line

_REAL_HEX, _MADE_HEX, _DIFFER_HEX = QUIET, "#0072B2", "#F0E442"
# Okabe & Ito's colours, each with a mark of its own.
_WAY_LOOKS = {
    "none": (QUIET, "o"), "weighted": (INK, "s"), "jitter": ("#56B4E9", "^"), "mixup": ("#009E73", "v"),
    "gaussian": ("#E69F00", "D"), "gan": ("#CC79A7", "P"),
}  # fmt: skip


def draw_bands(groups: Mapping[str, Mapping[str, Any]], kind: str) -> Figure:
    """A column a group, a row a variable: mean +- sd of real (grey) and synthetic strides (blue).

    groups: of each, `real_mean`, `real_std`, `synthetic_mean`, `synthetic_std` (9, 101) deg, `spans` by
    variable (start, stop in percent, where means differ after SPM), and how many `people` and `drawn`.
    """
    with style():
        figure = new_figure(9.6)
        grid = figure.subplots(len(VARIABLES), len(groups), squeeze=False, sharex=True, sharey="row")
        for column, (name, group) in enumerate(groups.items()):
            for row, variable in enumerate(VARIABLES):
                _draw_band(grid[row, column], group, row, variable.name)
            grid[0, column].set_title(_named(name))
            grid[-1, column].set_xlabel(f"stride (%)\n{group['people']} people, {group['drawn']} synthetic")
        for row, variable in enumerate(VARIABLES):
            grid[row, 0].set_ylabel(f"{variable.label.replace(' ', chr(10), 1)}\n(deg)")
        figure.align_ylabels(grid[:, 0])
        handles, labels = grid[0, 0].get_legend_handles_labels()
        handles.append(grid[0, 0].axvspan(-2, -1, color=_DIFFER_HEX, alpha=0.6, linewidth=0))
        labels = [label.replace("synthetic", f"synthetic ({kind})") for label in labels]
        figure.legend(handles, [*labels, "means differ (SPM)"], loc="outside upper center", ncols=3)
    return figure


def _draw_band(ax: Axes, group: Mapping[str, Any], row: int, variable: str) -> None:
    percent = np.arange(len(group["real_mean"][row]))
    for start, stop in group["spans"][variable]:
        ax.axvspan(start, stop, color=_DIFFER_HEX, alpha=0.6, linewidth=0, zorder=0)
    for what, colour in (("real", _REAL_HEX), ("synthetic", _MADE_HEX)):
        mean, sd = (np.asarray(group[f"{what}_{moment}"][row]) for moment in ("mean", "std"))
        ax.fill_between(percent, mean - sd, mean + sd, color=colour, alpha=0.22, linewidth=0)
        ax.plot(percent, mean, color=colour, linewidth=1.2, label=f"{what}, mean and sd")
    zero_line(ax)
    ax.set_xlim(0, 100)
    ax.set_xticks((0, 50, 100))


def draw_benefit(rows: Sequence[Mapping[str, Any]], outcome: str) -> Figure:
    """A column a rare group, a row a kind of curves: percent with 95 % interval by number of people known.

    rows: as `study.generation_tables.benefit_rows` has them; `outcome` of them is drawn.
    """
    chosen = [row for row in rows if row["outcome"] == outcome]
    rare, curves, known, ways = (
        list(dict.fromkeys(row[name] for row in chosen)) for name in ("rare", "curves", "known_people", "way")
    )
    lowest = 10 * (min(row["ci95_low"] for row in chosen) // 10)
    with style():
        figure = new_figure(2.1 * len(curves) + 0.7)
        grid = figure.subplots(len(curves), len(rare), squeeze=False, sharex=True, sharey=True)
        for i, variant in enumerate(curves):
            for j, group in enumerate(rare):
                own = [row for row in chosen if row["rare"] == group and row["curves"] == variant]
                _draw_ways(grid[i, j], own, known, ways, lowest)
                if i == 0:
                    grid[i, j].set_title(f"{_named(group)} rare")
            grid[i, 0].set_ylabel(f"{outcome} (%)\ncurves {variant}")
        for ax in grid[-1]:
            ax.set_xlabel("people of the rare group learned from")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(ways))
    return figure


def _named(group: str) -> str:
    return group[:1].upper() + group[1:]


def _draw_ways(
    ax: Axes, rows: Sequence[Mapping[str, Any]], known: Sequence[int], ways: Sequence[str], lowest: float
) -> None:
    for k, way in enumerate(ways):
        colour, mark = _WAY_LOOKS[way]
        mine = [next(r for r in rows if r["way"] == way and r["known_people"] == count) for count in known]
        at = np.arange(len(known)) + 0.13 * (k - (len(ways) - 1) / 2)
        value, low, high = (
            np.array([row[name] for row in mine]) for name in ("percent", "ci95_low", "ci95_high")
        )
        ax.errorbar(
            at, value, yerr=np.maximum([value - low, high - value], 0), fmt=mark, color=colour,
            markersize=3.5, linewidth=1, label=way,
        )  # fmt: skip
    ax.set_xticks(range(len(known)), [str(count) for count in known])
    ax.set_ylim(max(0, lowest - 5), 102)
    ax.set_xlim(-0.5, len(known) - 0.5)
    ax.grid(axis="y", color=PALE, linewidth=0.4)
    ax.set_axisbelow(True)
