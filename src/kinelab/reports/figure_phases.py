"""Figure: when each foot was on the ground, and when both were."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.reports.colours import PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

ROW_S = 12.0  # a longer recording goes on in the next row
MOST_ROWS = 5


def stance_spans(events: GaitEvents, side: Side) -> Array:
    """Stances of one foot, (n, 2) s: initial contact and the first toe-off after it.

    A contact without a toe-off before the next contact gives no span: nothing is guessed.
    """
    contacts, leaves = events.times(side, "ic"), events.times(side, "to")
    spans = []
    for contact, following in pairwise(np.append(contacts, np.inf)):
        inside = leaves[(leaves > contact) & (leaves < following)]
        if inside.size:
            spans.append((contact, inside[0]))
    return np.array(spans, dtype=float).reshape(-1, 2)


def overlaps(one: Array, other: Array) -> Array:
    """Times that lie in a span of both, (n, 2) s."""
    start = np.maximum(one[:, None, 0], other[None, :, 0])
    stop = np.minimum(one[:, None, 1], other[None, :, 1])
    both = start < stop
    found: Array = np.stack([start[both], stop[both]], axis=1)
    return found[np.argsort(found[:, 0])]


def draw_phases(events: GaitEvents) -> Figure:
    """Timeline of `ROW_S` s a row: a bar a stance, left above right; double support shaded.

    At most `MOST_ROWS` rows are drawn; the title says how much that is.
    """
    times = events.time_s
    start = float(times[0]) if times.size else 0.0
    length = float(times[-1] - start) if times.size else 0.0
    rows = min(max(int(np.ceil(length / ROW_S)), 1), MOST_ROWS)
    spans = {side: stance_spans(events, side) for side in SIDES}
    width_s = ROW_S if rows > 1 else max(length, 1.0)
    with style():
        figure = new_figure(0.75 * rows + 0.75)
        axes = figure.subplots(rows, 1, squeeze=False)[:, 0]
        for row, ax in enumerate(axes):
            _draw_row(ax, spans)
            left = start + row * width_s
            ax.set_xlim(left - 0.05, left + width_s + 0.05)
        if not times.size:
            note(axes[0], "no gait event was found")
        axes[-1].set_xlabel("time (s)")
        shown = "" if rows * width_s >= length else f", first {rows * width_s:.0f} of {length:.0f} s"
        counts = ", ".join(f"{side} n = {len(spans[side])}" for side in SIDES)
        figure.suptitle(
            f"Gait phases: stances ({counts}){shown}", x=0.01, ha="left", fontsize=9, weight="bold"
        )
        figure.legend(handles=_legend(), loc="outside lower left", ncols=3)
    return figure


def _draw_row(ax: Axes, spans: dict[Side, Array]) -> None:
    for start, stop in overlaps(spans["left"], spans["right"]):
        ax.axvspan(start, stop, color=PALE, linewidth=0, zorder=0)
    for height, side in enumerate(reversed(SIDES)):
        bars = [(start, stop - start) for start, stop in spans[side]]
        ax.broken_barh(bars, (height + 0.15, 0.7), color=SIDE_HEX[side], linewidth=0, zorder=2)
    ax.set_yticks([1.5, 0.5], ["left", "right"])
    ax.set_ylim(0, 2)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.axhline(1, color=QUIET, linewidth=0.3, zorder=1)


def _legend() -> list[Patch]:
    return [
        Patch(color=SIDE_HEX["left"], label="left foot on the ground (stance)"),
        Patch(color=SIDE_HEX["right"], label="right foot on the ground (stance)"),
        Patch(color=PALE, label="both feet (double support)"),
    ]
