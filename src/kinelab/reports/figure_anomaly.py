"""Figure: where a stride is unlike healthy walking, on its curve and over all joints and phases."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from kinelab.core.checks import Array
from kinelab.core.events import Side
from kinelab.core.strides import STRIDE_POINTS
from kinelab.gait.deviation_variables import NAMES, VARIABLES
from kinelab.gait.norms import POINTS
from kinelab.patterns.anomaly import AnomalousLeg, Anomaly, AnomalyModel
from kinelab.patterns.explaining import PARTS, Cause
from kinelab.reports.colours import INK, QUIET, SIDE_HEX
from kinelab.reports.figure_bands import draw_band
from kinelab.reports.figure_style import new_figure, style
from kinelab.reports.healthy import Band

ANOMALY_CAPTION = (
    "Left: the curve that the score comes from most, over the healthy (dotted mean, ±1 and ±2 SD); dashed is"
    " the nearest that the networks, which know healthy strides only, can give back; shaded is the part of"
    " the stride with most of the score. Right: how much of the score each curve has in each tenth of the"
    " stride, the darker the more; framed is the shaded part."
)
_SHADE = "#F0E442"  # yellow of Okabe & Ito: the only fill that is neither side's
_PERCENT = np.arange(STRIDE_POINTS)


def draw_anomaly(found: Anomaly) -> Figure:
    """A row for each leg: its most unusual curve beside the map of all nine."""
    with style():
        figure = new_figure(2.3 * len(found.legs) + 0.4)
        grid = figure.subplots(len(found.legs), 2, squeeze=False, width_ratios=[1.15, 1])
        most = max(float(leg.blame.max()) for leg in found.legs.values())
        for axes, (side, leg) in zip(grid, found.legs.items(), strict=True):
            _draw_curve(axes[0], found.model, side, leg)
            _draw_map(axes[1], side, leg, most)
        for ax in grid[-1]:
            ax.set_xlabel("stride (%), 0 = initial contact")
        handles = [line for axes in grid for line in axes[0].get_legend_handles_labels()[0]]
        kept = {str(one.get_label()): one for one in handles}
        figure.legend(
            handles=[*kept.values(), Patch(color=_SHADE, alpha=0.45, label="part with most of the score")],
            loc="outside lower center", ncols=len(kept) + 1,
        )  # fmt: skip
    return figure


def _draw_curve(ax: Axes, model: AnomalyModel, side: Side, leg: AnomalousLeg) -> None:
    cause = leg.cause
    k = NAMES.index(cause.variable)
    draw_band(ax, Band(model.mean_deg[k], model.sd_deg[k]))
    for start, stop in _spans(cause):
        ax.axvspan(start, stop, color=_SHADE, alpha=0.45, linewidth=0, zorder=-4)
    ax.plot(_PERCENT, leg.curves_deg[k], color=SIDE_HEX[side], linewidth=1.6, label=f"{side} leg", zorder=3)
    every_second = np.linspace(0, 100, POINTS)
    ax.plot(
        every_second, leg.given_back_deg[k], color=INK, linewidth=0.9, linestyle=(0, (4, 2)),
        label="nearest that the networks know", zorder=2,
    )  # fmt: skip
    strides = "stride" if leg.n == 1 else "strides"
    ax.set_title(f"{VARIABLES[k].label}, {side}  (n = {leg.n} {strides})")
    ax.set_ylabel(
        f"angle{' less its mean' if model.offset_free else ''} (deg), + {VARIABLES[k].positive}", fontsize=7
    )
    ax.set_xlim(0, 100)
    ax.set_xticks(range(0, 101, 20))


def _draw_map(ax: Axes, side: Side, leg: AnomalousLeg, most: float) -> None:
    shares: Array = np.maximum(leg.blame, 0.0)
    edges = np.linspace(0, 100, PARTS + 1)
    ax.pcolormesh(edges, np.arange(len(NAMES) + 1), shares, cmap="Greys", vmin=0, vmax=1.1 * max(most, 1e-9))
    row = NAMES.index(leg.cause.variable)
    for start, stop in _spans(leg.cause):
        ax.plot(
            [start, stop, stop, start, start], [row, row, row + 1, row + 1, row],
            color=SIDE_HEX[side], linewidth=1.6, clip_on=False,
        )  # fmt: skip
    ax.set_yticks(np.arange(len(NAMES)) + 0.5, [variable.label for variable in VARIABLES])
    ax.tick_params(axis="y", length=0, labelsize=6.5)
    ax.invert_yaxis()
    ax.set_xticks(range(0, 101, 20))
    for spine in ax.spines.values():
        spine.set_color(QUIET)
    ax.set_title(f"Share of the {side} leg's score")


def _spans(cause: Cause) -> list[tuple[float, float]]:
    """The part of the stride within 0 to 100 %; two where it goes over the landing."""
    if cause.stop_pct <= STRIDE_POINTS - 1:
        return [(cause.start_pct, cause.stop_pct)]
    return [(cause.start_pct, 100.0), (0.0, cause.stop_pct - 100.0)]
