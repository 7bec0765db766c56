"""The band of the healthy behind a curve, drawn the same in every figure."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from kinelab.core.strides import STRIDE_POINTS
from kinelab.reports.colours import QUIET
from kinelab.reports.healthy import Band, Healthy

_WIDE, _NARROW = "#ECECEC", "#D2D2D2"
_DOTTED = (0, (1, 1.5))
_PERCENT = np.arange(STRIDE_POINTS)


def draw_band(ax: Axes, band: Band) -> None:
    """Mean (dotted), ±1 sd (grey) and ±2 sd (pale) of the healthy, behind everything else."""
    mean, sd = band.mean_deg, band.sd_deg
    ax.fill_between(_PERCENT, mean - 2 * sd, mean + 2 * sd, color=_WIDE, linewidth=0, zorder=-3)
    ax.fill_between(_PERCENT, mean - sd, mean + sd, color=_NARROW, linewidth=0, zorder=-2)
    ax.plot(_PERCENT, mean, color=QUIET, linestyle=_DOTTED, linewidth=0.9, zorder=-1)


def band_legend(healthy: Healthy) -> list[Patch | Line2D]:
    """What the greys mean, for the legend of a figure."""
    people = healthy.norms.label.people
    return [
        Patch(color=_NARROW, label=f"{people} healthy people, mean ±1 SD"),
        Patch(color=_WIDE, label="±2 SD (about 95 %)"),
    ]
