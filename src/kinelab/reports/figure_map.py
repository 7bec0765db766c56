"""Figure: the movement analysis profile, which of the nine curves a deviation is made of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.gait.deviation import Deviation, LegScores
from kinelab.gait.deviation_variables import VARIABLES
from kinelab.gait.norms import NormCurves
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

MAP_CAPTION = (
    "Each bar is the root mean square distance of one curve from that of the healthy, mean of the strides,"
    " with one standard deviation between strides. Grey: where 95 % of the healthy are, each against the"
    " others, and their median. GPS: over all nine. Below, every curve's own mean was taken off: what is left"
    " where the zero of the angles may be another. After Baker et al. 2009."
)
_Z95 = 1.959963984540054
_WIDTH = 0.36
_SHIFT: dict[Side, float] = {"left": -_WIDTH / 2 - 0.01, "right": _WIDTH / 2 + 0.01}


def draw_map(found: Deviation) -> Figure:
    """Bars of GVS for the nine curves and of GPS for left and right, as measured and free of offsets."""
    label = found.norms.label
    with style():
        figure = new_figure(4.9)
        above, below = figure.subplots(2, 1, sharex=True)
        _panel(above, found, found.measured, found.norms.measured)
        _panel(below, found, found.offset_free, found.norms.offset_free)
        above.set_title(f"As measured, against {label.title} ({label.people} healthy)")
        below.set_title("Free of offsets")
        below.set_xticks(
            range(len(VARIABLES) + 1), [*(v.label.replace(" ", "\n") for v in VARIABLES), "GPS"]
        )  # fmt: skip
        below.set_xlim(-0.6, len(VARIABLES) + 0.6)
        for ax in (above, below):
            ax.tick_params(axis="x", length=0, labelsize=7)
        handles, labels = above.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower right", ncols=len(handles))
    return figure


def _panel(ax: Axes, found: Deviation, legs: Mapping[Side, LegScores], healthy: NormCurves) -> None:
    ranges = np.full((len(VARIABLES) + 1, 2), np.nan)
    ranges[found.norms.columns] = healthy.ln_gvs
    if found.norms.whole:
        ranges[-1] = healthy.ln_gps
    for i, (mean, sd) in enumerate(ranges):
        low, middle, high = np.exp([mean - _Z95 * sd, mean, mean + _Z95 * sd])
        ax.bar(i, high - low, 0.94, bottom=low, color=PALE, alpha=0.7, zorder=0)
        ax.plot([i - 0.47, i + 0.47], [middle, middle], color=QUIET, linewidth=0.9, zorder=3)
    drawn = False
    for side in SIDES:
        mean, sd = _mean_sd(np.column_stack([legs[side].gvs_deg, legs[side].gps_deg]))
        if not np.isfinite(mean).any():
            continue
        drawn = True
        at = np.arange(mean.size) + _SHIFT[side]
        n = legs[side].n
        strides = "stride" if n == 1 else "strides"
        ax.bar(at, mean, _WIDTH, color=SIDE_HEX[side], zorder=2, label=f"{side}  (n = {n} {strides})")
        ax.errorbar(at, mean, yerr=sd, fmt="none", ecolor=INK, elinewidth=0.7, zorder=4)
        for x, value in zip(at, mean, strict=True):
            if not np.isfinite(value):
                ax.text(x, 0.2, "–", ha="center", va="bottom", color=QUIET, fontsize=7)
    if not drawn:
        note(ax, "no curve of the norm set was measured")
    ax.axvline(len(VARIABLES) - 0.5, color=PALE, linewidth=0.6)
    ax.set_ylabel("deviation (deg)")
    ax.set_ylim(bottom=0)


def _mean_sd(scores: Array) -> tuple[Array, Array]:
    """Over strides (n, V), NaN left out; sd 0 with one stride, which has none to draw."""
    mean, sd = (np.full(scores.shape[1], fill) for fill in (np.nan, 0.0))
    for k, column in enumerate(scores.T):
        values = column[np.isfinite(column)]
        if values.size:
            mean[k] = values.mean()
        if values.size > 1:
            sd[k] = values.std(ddof=1)
    return mean, sd
