"""Figure: how sure each coordinate of the model is, and how well the markers tell it from the others."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.markers.estimate import MarkerResult
from kinelab.reports.colours import PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

_MIDDLE = "#6D7780"
_WIDEST_DEG = 15.0  # what is less sure than this (deg, mm) gets a full bar and its number
_NOT_TOLD_DEG = 90.0  # first-order figures beyond this are no figures


def draw_observability(result: MarkerResult) -> Figure:
    """A row a free coordinate: median standard deviation (deg, mm), and median observability, 0 to 1."""
    ik, model = result.ik, result.model
    free = [
        i for i, one in enumerate(model.coordinates) if not one.locked and one.name not in model.dependent
    ]
    turns = [i for i in free if model.coordinates[i].unit != "m"]
    rows = [*turns, *(i for i in free if model.coordinates[i].unit == "m")]
    names = [model.coordinate_names[i] for i in rows]
    with style():
        figure = new_figure(0.15 * max(len(rows), 4) + 1.5)
        left, right = figure.subplots(1, 2, width_ratios=[1.5, 1], sharey=True)
        if not rows:
            note(left, "the model has no free coordinate")
            return figure
        _draw_sd(left, [ik.sd[:, i] for i in rows], names, len(turns))
        right.barh(range(len(rows)), np.median(ik.observability[:, rows], axis=0), height=0.7,
                   color=[_colour(name) for name in names])  # fmt: skip
        right.set_xlim(0, 1)
        right.set_xlabel("observability (0 to 1)")
        right.set_title("Told apart from all others")
        for ax in (left, right):
            ax.set_yticks(range(len(rows)), [name.replace("_", " ") for name in names])
            ax.set_ylim(len(rows) - 0.5, -0.5)
            ax.grid(axis="x", color=PALE)
            ax.set_axisbelow(True)
        right.tick_params(axis="y", length=0, labelleft=False)
        figure.supxlabel(
            "Standard deviation of one sample, median over the frames; small is good. Observability 1: no"
            " other coordinate\nmoves the markers alike. Near 0: others do, as pelvis tilt and hip flexion;"
            " the angle can be sure all the same:\nwhat counts is the left side.",
            fontsize=7, color=QUIET, x=0.01, ha="left",
        )  # fmt: skip
    return figure


def _draw_sd(ax: Axes, sd: list[Array], names: list[str], turns: int) -> None:
    """Bars of the median standard deviation, each with its number; an open end for what is not told."""
    for place, (values, name) in enumerate(zip(sd, names, strict=True)):
        known = values[np.isfinite(values)]
        if not known.size:
            size, said = 0.0, "not known" if np.isnan(values).any() else "not told by any marker"
        elif place < turns:
            size = float(np.rad2deg(np.median(known)))
            said = f"{size:.1f} deg" if size <= _NOT_TOLD_DEG else f"over {_NOT_TOLD_DEG:.0f} deg"
        else:
            size = 1000 * float(np.median(known))
            said = f"{size:.1f} mm"
        width = min(size, _WIDEST_DEG)
        inside = width > 0.8 * _WIDEST_DEG
        ax.barh(place, width, height=0.7, color=_colour(name))
        ax.text(width + (-0.15 if inside else 0.15), place, said, va="center", fontsize=7,
                ha="right" if inside else "left", color="white" if inside else QUIET)  # fmt: skip
    ax.set_xlim(0, _WIDEST_DEG)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("standard deviation (deg; mm for translations)")
    ax.set_title("How sure each coordinate is")


def _colour(name: str) -> str:
    return SIDE_HEX["left"] if name.endswith("_l") else SIDE_HEX["right"] if name.endswith("_r") else _MIDDLE
