"""Figure: what a direct network states as its standard deviation against what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, style

Curve = tuple[Array, Array]


def draw_doubts(
    told: Curve, calibrated: Curve, by_kind: Mapping[str, tuple[float, float]], people: int
) -> Figure:
    """told, calibrated: stated sd and found error (deg) in bins, on good pictures, before and after.

    by_kind: of each kind of picture the stated and the found root mean square, deg. people: how many were
    looked at.
    """
    with style():
        figure = new_figure(3.0)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
        top = 1.08 * float(max(np.max(part) for curve in (told, calibrated) for part in curve))
        left.plot([0, top], [0, top], color=PALE, linewidth=1.0, zorder=0)
        left.text(0.98 * top, 0.62 * top, "stated = found", color=QUIET, fontsize=7, ha="right")
        for curve, colour, label in (
            (told, QUIET, "as told"),
            (calibrated, SIDE_HEX["left"], "calibrated on others"),
        ):
            left.plot(*curve, marker="o", markersize=3, linewidth=1.2, color=colour, label=label)
        left.set(
            xlim=(0, top), ylim=(0, top), xlabel="stated sd (deg)", ylabel="found error, RMS (deg)",
            title=f"Good pictures of {people} people held out",
        )  # fmt: skip
        left.set_aspect("equal")
        left.legend(loc="upper left")
        _bars(right, list(by_kind), np.array(list(by_kind.values())))
    return figure


def _bars(ax: object, names: Sequence[str], values: Array) -> None:
    from matplotlib.axes import Axes

    assert isinstance(ax, Axes)
    place = np.arange(len(names))
    ax.barh(place - 0.19, values[:, 0], 0.36, color=SIDE_HEX["left"], label="stated sd")
    ax.barh(place + 0.19, values[:, 1], 0.36, color=PALE, label="found error")
    for at, (stated, found) in zip(place, values, strict=True):
        ax.text(stated, at - 0.19, f" {stated:.1f}", va="center", color=INK, fontsize=7)
        ax.text(found, at + 0.19, f" {found:.1f}", va="center", color=QUIET, fontsize=7)
    ax.set_yticks(place, names)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.7 * float(values.max()))  # room for the legend
    ax.set(xlabel="RMS over angles (deg)", title="Good pictures and spoilt ones")
    ax.legend(loc="lower right")
