"""Figure: one quantity stride by stride, each stride's curve and value with its number."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measures, Reference
from kinelab.core.quantities import QUANTITIES
from kinelab.core.strides import STRIDE_POINTS, Strides
from kinelab.reports.angle_names import SUFFIX, label_of
from kinelab.reports.colours import PALE, QUIET, SIDE_HEX
from kinelab.reports.evidence import Evidence
from kinelab.reports.figure_bands import draw_band
from kinelab.reports.figure_style import new_figure, note, style, svg_text
from kinelab.reports.healthy import Healthy
from kinelab.reports.printing import unit_text

_PERCENT = np.arange(STRIDE_POINTS)


def draw_evidence(
    evidence: Evidence,
    strides: Strides,
    measures: Measures,
    healthy: Healthy | None = None,
    shown: Sequence[int] | None = None,
) -> Figure:
    """Curves of the left and the right strides, and the value of each stride at its time in the recording.

    Strides that were not used are dashed. Every line and dot carries the number of its stride as its id
    (`stride-12`), so that a page can point at one of them. shown: rows of the strides to draw, None = all.
    """
    shown = range(strides.n) if shown is None else shown
    with_values = bool(np.isfinite(evidence.values).any())
    with style():
        figure = new_figure(2.1)
        columns = (2 if evidence.stem else 0) + with_values
        axes = list(figure.subplots(1, max(columns, 1), squeeze=False)[0])
        if evidence.stem:
            figure.axes[1].sharey(figure.axes[0])
            for ax, side in zip(axes, SIDES, strict=False):
                _curves(ax, evidence.stem, side, strides, [i for i in shown if strides.side[i] == side])
                if healthy is not None and evidence.stem in healthy.bands:
                    draw_band(ax, healthy.bands[evidence.stem])
        if with_values:
            _values(axes[-1], evidence, strides, measures, shown)
    return figure


def evidence_svg(figure: Figure) -> str:
    """The figure as text, in which everything of stride 12 has the class `s12`."""
    return re.sub(r'id="stride-(\d+)"', r'class="s\1"', svg_text(figure))


def _curves(ax: Axes, stem: str, side: Side, strides: Strides, rows: Sequence[int]) -> None:
    name, joint = stem + SUFFIX[side], label_of(stem)
    if name in strides.names:
        column = strides.names.index(name)
        for i in rows:
            used = bool(strides.used[i])
            ax.plot(
                _PERCENT, strides.curves_deg[i, :, column], color=SIDE_HEX[side] if used else QUIET,
                linewidth=0.9 if used else 0.7, alpha=0.7, linestyle="solid" if used else (0, (3, 2)),
                gid=f"stride-{i + 1}", zorder=3,
            )  # fmt: skip
    else:
        note(ax, "not measured")
    ax.set_title(
        f"{joint.label}, {side}  ({int(strides.chosen(side).sum())} of {strides.side.count(side)} used)"
    )
    ax.set_xlim(0, 100)
    ax.set_xlabel("stride (%)")
    if side == SIDES[0]:
        ax.set_ylabel(f"angle (deg), + {joint.positive}" if joint.positive else "angle (deg)")


def _values(ax: Axes, evidence: Evidence, strides: Strides, measures: Measures, rows: Sequence[int]) -> None:
    shown = [m for m in measures if m.quantity == evidence.quantity]
    reference: Reference | None = next((m.reference for m in shown if m.reference is not None), None)
    if reference is not None:
        ax.axhspan(reference.low, reference.high, color=PALE, alpha=0.6, linewidth=0, zorder=0)
    for m in shown:
        colour = QUIET if m.side == "both" else SIDE_HEX[m.side]
        ax.axhline(m.value, color=colour, linewidth=0.8, zorder=1)
    for i in (row for row in rows if np.isfinite(evidence.values[row])):
        side = strides.side[i]
        marker = "o" if side == "left" else "s"
        ax.plot(strides.start_s[i], evidence.values[i], marker, color=SIDE_HEX[side], markersize=3.6,
                gid=f"stride-{i + 1}", zorder=3)  # fmt: skip
    known = QUANTITIES.get(evidence.quantity)
    unit = unit_text(known.unit) if known else ""
    ax.set_title("● left  ■ right  – mean")
    ax.set_ylabel(f"value ({unit})")
    ax.set_xlabel("time in the recording (s)")
    ax.margins(x=0.08, y=0.15)
