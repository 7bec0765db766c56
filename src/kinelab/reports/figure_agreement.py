"""Figure: how far each method's gait events lie from the consensus that the strides were cut by."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

WINDOW_S = 0.15  # further away is another event, not a disagreement
KIND_LABELS: dict[EventKind, str] = {"ic": "initial contact", "to": "toe-off"}


def differences_ms(method: GaitEvents, merged: GaitEvents, side: Side, kind: EventKind) -> Array:
    """Method minus consensus (ms) of each consensus event that the method found within `WINDOW_S`, (m,)."""
    found, wanted = method.times(side, kind), merged.times(side, kind)
    if not found.size:
        return np.empty(0)
    gaps = found[None, :] - wanted[:, None]
    nearest: Array = np.take_along_axis(gaps, np.abs(gaps).argmin(axis=1)[:, None], axis=1)[:, 0]
    return 1000 * nearest[np.abs(nearest) <= WINDOW_S]


def draw_agreement(methods: Mapping[str, GaitEvents], merged: GaitEvents) -> Figure:
    """A panel a kind of event, a row a method, a dot an event: method minus consensus (ms).

    Left dots lie above right ones; the black bar is the mean, the grey line 0. At the right: how many of the
    consensus' events the method found.
    """
    names = list(methods)
    with style():
        figure = new_figure(0.42 * max(len(names), 1) + 1.15)
        axes = figure.subplots(1, 2, sharey=True, sharex=True, squeeze=False)[0]
        for ax, kind in zip(axes, KIND_LABELS, strict=True):
            total = sum(merged.times(side, kind).size for side in SIDES)
            ax.set_title(f"{KIND_LABELS[kind].capitalize()}  (n = {total})")
            ax.axvline(0, color=PALE, linewidth=1.0, zorder=0)
            for row, name in enumerate(names):
                _draw_row(ax, row, methods[name], merged, kind)
            ax.set_xlabel("method − consensus (ms)")
            ax.tick_params(axis="y", length=0)
        axes[0].set_yticks(range(len(names)), names)
        axes[0].set_ylim(max(len(names), 1) - 0.5, -0.5)
        if not names:
            note(axes[0], "one method only")
        figure.legend(handles=_legend(), loc="outside lower center", ncols=3)
    return figure


def _draw_row(ax: Axes, row: int, method: GaitEvents, merged: GaitEvents, kind: EventKind) -> None:
    every = []
    for side, shift in zip(SIDES, (-0.16, 0.16), strict=True):
        gaps = differences_ms(method, merged, side, kind)
        every.append(gaps)
        place = np.full(gaps.size, row + shift)
        ax.scatter(gaps, place, s=11, color=SIDE_HEX[side], alpha=0.75, linewidth=0, zorder=2)
    both = np.concatenate(every)
    wanted = sum(merged.times(side, kind).size for side in SIDES)
    if both.size:
        ax.plot([both.mean()] * 2, [row - 0.32, row + 0.32], color=INK, linewidth=1.4, zorder=3)
    ax.text(
        1.01, row, f"{both.size} of\n{wanted}", transform=ax.get_yaxis_transform(), ha="left", va="center",
        fontsize=7, color=QUIET,
    )  # fmt: skip


def _legend() -> list[Line2D]:
    dots = [
        Line2D([], [], marker="o", markersize=4, linewidth=0, color=SIDE_HEX[side], label=f"{side} foot")
        for side in SIDES
    ]
    return [*dots, Line2D([], [], color=INK, linewidth=1.4, label="mean of both feet")]
