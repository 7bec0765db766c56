"""Figure: whether a landmark's stated standard deviation is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

_RAYLEIGH_AT = np.linspace(0, 3, 61)


def draw_reliability(groups: Sequence[Mapping[str, float]], error_px: Array, sd_px: Array) -> Figure:
    """Stated against found sd in groups (`evaluation.reliability`), and the share of points within z sd.

    error_px, sd_px: of the tested landmarks, any equal shape, NaN left out. On the grey line the sd is true:
    at the right it is the Rayleigh distribution, 1 - exp(-z^2 / 2), of normal errors in the plane.
    """
    z = (error_px / sd_px)[np.isfinite(error_px) & np.isfinite(sd_px)]
    with style():
        figure = new_figure(2.9, 6.2)
        left, right = figure.subplots(1, 2)
        left.set_title("Stated and found sd")
        left.set_xlabel("stated sd of a coordinate (px)")
        left.set_ylabel("found: root mean square error (px)")
        right.set_title("Points within z stated sd")
        right.set_xlabel("z")
        right.set_ylabel("share of points")
        if not groups:
            for ax in (left, right):
                note(ax, "too few tested landmarks")
            return figure
        stated = np.array([group["stated_sd_px"] for group in groups])
        found = np.array([group["found_sd_px"] for group in groups])
        n = np.array([group["n"] for group in groups])
        top = 1.15 * max(stated.max(), found.max())
        left.plot([0, top], [0, top], color=PALE, linewidth=1.2, zorder=0)
        # a root mean square of 2 n coordinates has the relative standard error 1 / sqrt(4 n)
        left.errorbar(
            stated, found, yerr=1.96 * found / np.sqrt(4 * n), fmt="o", markersize=4, color=SIDE_HEX["left"],
            ecolor=QUIET, elinewidth=0.8,
        )  # fmt: skip
        left.set_xlim(0, top)
        left.set_ylim(0, 1.25 * top)
        right.plot(
            _RAYLEIGH_AT, 1 - np.exp(-(_RAYLEIGH_AT**2) / 2), color=PALE, linewidth=1.6, label="true sd"
        )
        right.plot(
            _RAYLEIGH_AT, [(z <= at).mean() for at in _RAYLEIGH_AT], color=INK, linewidth=1.3, label="network"
        )
        right.set_xlim(0, 3)
        right.set_ylim(0, 1)
        right.legend(loc="lower right")
    return figure
