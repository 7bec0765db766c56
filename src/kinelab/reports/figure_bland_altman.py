"""Figure: differences of two days against their means, after Bland and Altman."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.reports.colours import INK, PALE, QUIET
from kinelab.reports.figure_style import new_figure, note, style
from kinelab.stats.bland_altman import Agreement

_COLUMNS, _MOST = 3, 12


@dataclass(frozen=True, eq=False)
class Compared:
    """One measure of n people on both days, (n, 2), and the agreement of day 2 - day 1."""

    title: str
    unit: str
    values: Array
    agreement: Agreement


def draw_bland_altman(measures: Sequence[Compared]) -> Figure:
    """A panel a measure: a point a person, bias and limits of agreement with their 95 % intervals."""
    shown = measures[:_MOST]
    rows = max(1, -(-len(shown) // _COLUMNS))
    with style():
        figure = new_figure(1.9 * rows + 0.3)
        axes = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
        for ax, measure in zip(axes, shown, strict=False):
            _panel(ax, measure)
        for ax in axes[len(shown) :]:
            ax.axis("off")
        if not shown:
            note(axes[0], "no measure of three people on both days")
    return figure


def _panel(ax: Axes, measure: Compared) -> None:
    found, unit = measure.agreement, "ratio" if measure.unit == "1" else measure.unit
    lines = (
        (found.lower, found.lower_ci95), (found.bias, found.bias_ci95), (found.upper, found.upper_ci95),
    )  # fmt: skip
    for value, (low, high) in lines:
        ax.axhspan(low, high, color=PALE, alpha=0.45, linewidth=0)
        dashed = "-" if value == found.bias else "--"
        ax.axhline(value, color=QUIET, linewidth=0.8, linestyle=dashed)
    ax.axhline(0, color=PALE, linewidth=0.6, zorder=0)
    ax.plot(measure.values.mean(axis=1), np.diff(measure.values, axis=1)[:, 0], "o", color=INK, markersize=3)
    ax.set_title(measure.title, fontsize=7.5)
    ax.set_xlabel(f"mean of both days ({unit})", fontsize=7)
    ax.set_ylabel("day 2 − day 1", fontsize=7)
