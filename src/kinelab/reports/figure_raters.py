"""Two people who labelled the same frames: their differences by landmark, and the frames that differ most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from kinelab.core.checks import Array
from kinelab.keypoints.projects.agreement import Agreement, LandmarkAgreement
from kinelab.reports.colours import INK, PALE
from kinelab.reports.figure_style import WIDTH_IN, new_figure, style

# Okabe & Ito's yellow and sky blue: not the colours of left and right, and both show on dark and bright.
_FIRST, _SECOND = "#F0E442", "#56B4E9"
_DOT = "#009E73"
_COLUMNS = 5
_NAMED = 2  # landmarks that differ most, above a picture
_OUTLINE = [withStroke(linewidth=2.6, foreground="#000000")]


@dataclass(frozen=True, eq=False)
class TwoLabelled:
    """One picture with what two raters placed on it, (K, 2) px each, NaN where not."""

    title: str
    image: npt.NDArray[np.uint8]
    first_px: Array
    second_px: Array
    landmarks: tuple[str, ...]


def figure_differences(agreement: Agreement) -> Figure:
    """One small plot for each landmark: where the second rater clicked, seen from the first, in px.

    All on one scale, y down as in the picture; a cross at the mean (the bias), rings at whole steps.
    """
    difference = np.concatenate([video.difference_px for video in agreement.videos])
    distance = np.linalg.norm(difference, axis=-1)
    finite = distance[np.isfinite(distance)]
    reach = _round_up(float(finite.max())) if finite.size else 1.0
    k = len(agreement.landmarks)
    columns = min(_COLUMNS, k)
    rows = math.ceil(k / columns)
    with style():
        figure = new_figure(0.4 + rows * (0.9 * WIDTH_IN / columns + 0.4))
        axes = np.atleast_1d(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)).ravel()
        for i, ax in enumerate(axes):
            if i < k:
                _one(ax, agreement.landmarks[i], difference[:, i], reach)
                ax.tick_params(labelbottom=i + columns >= k)
            else:
                ax.set_visible(False)
        first, second = agreement.raters
        figure.supxlabel(f"{second} minus {first}, x to the right (px)", fontsize=8, color=INK)
        figure.supylabel("y down (px)", fontsize=8, color=INK)
    return figure


def figure_worst_frames(
    pictures: Sequence[TwoLabelled], raters: tuple[str, str], *, synthetic: bool = False
) -> Figure:
    """The given pictures cut to the landmarks: crosses of the first rater, circles of the second.

    Above each the mean distance in px, and the landmarks that differ most.
    """
    columns = min(3, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    with style():
        width_in = WIDTH_IN * columns / 3
        figure = new_figure(0.35 + rows * (0.75 * WIDTH_IN / 3 + 0.4), width_in)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        for i, ax in enumerate(axes):
            ax.set_axis_off()
            if i < len(pictures):
                _picture(ax, pictures[i])
        handles = [_mark(axes[0], raters[0], np.full((1, 2), np.nan), first=True),
                   _mark(axes[0], raters[1], np.full((1, 2), np.nan), first=False)]  # fmt: skip
        legend = figure.legend(
            handles=handles,
            loc="outside upper left",
            ncols=2,
            facecolor="#444444",
            frameon=True,
            title="virtual people" if synthetic else None,
        )
        legend.get_title().set_color("white")
        for text in legend.get_texts():
            text.set_color("white")
    return figure


def _one(ax: Axes, landmark: LandmarkAgreement, difference: Array, reach: float) -> None:
    step = reach / 2
    for radius in (step, reach):
        ring = np.linspace(0, 2 * np.pi, 100)
        ax.plot(radius * np.cos(ring), radius * np.sin(ring), color=PALE, linewidth=0.6, zorder=0)
    ax.axhline(0, color=PALE, linewidth=0.6, zorder=0)
    ax.axvline(0, color=PALE, linewidth=0.6, zorder=0)
    ax.plot(*difference.T, ".", color=_DOT, markersize=3.5, alpha=0.6, markeredgewidth=0)
    ax.plot(*landmark.bias_px, "+", color=INK, markersize=8, markeredgewidth=1.2)
    said = f"{landmark.mean_px:.1f} ± {landmark.sd_px:.1f} px" if landmark.n > 1 else f"n = {landmark.n}"
    ax.set_title(f"{landmark.landmark}\n{said}", fontsize=7, fontweight="normal")
    ax.set_aspect("equal")
    ax.set_xlim(-1.05 * reach, 1.05 * reach)
    ax.set_ylim(1.05 * reach, -1.05 * reach)
    ax.set_xticks([-reach, 0, reach])
    ax.set_yticks([-reach, 0, reach])


def _picture(ax: Axes, one: TwoLabelled) -> None:
    ax.imshow(one.image, interpolation="nearest")
    both = np.concatenate([one.first_px, one.second_px])
    both = both[np.isfinite(both).all(axis=1)]
    height, width = one.image.shape[:2]
    x0, x1, y0, y1 = _window(both, width, height)
    for a, b in zip(one.first_px, one.second_px, strict=True):
        ax.plot([a[0], b[0]], [a[1], b[1]], color="white", linewidth=0.9, path_effects=_OUTLINE)
    _mark(ax, "", one.first_px, first=True)
    _mark(ax, "", one.second_px, first=False)
    distance = np.nan_to_num(np.linalg.norm(one.second_px - one.first_px, axis=1), nan=-1.0)
    most = [k for k in np.argsort(-distance)[:_NAMED] if distance[k] >= 0]
    named = ", ".join(f"{one.landmarks[k]} {distance[k]:.1f}" for k in most)
    said = f"mean {distance[distance >= 0].mean():.1f} px: {named}" if most else "nothing placed by both"
    ax.set_xlim(x0, x1)
    ax.set_ylim(y1, y0)
    ax.set_title(f"{one.title}\n{said}", fontsize=6.5, fontweight="normal")


def _mark(ax: Axes, label: str, position: Array, *, first: bool) -> object:
    marker, colour, size = ("x", _FIRST, 5.0) if first else ("o", _SECOND, 6.5)
    (line,) = ax.plot(*position.T, marker, color=colour, markersize=size, markeredgewidth=1.3, label=label,
                      markerfacecolor="none", linestyle="none")  # fmt: skip
    return line


def _window(points: Array, width: int, height: int) -> tuple[float, float, float, float]:
    """x0, x1, y0, y1 of a 4:3 part of the picture around the points, with a margin."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle = (low + high) / 2
    half_y = max(0.65 * (high[1] - low[1]), 0.65 * (high[0] - low[0]) * 3 / 4, 20.0)
    half_x = half_y * 4 / 3
    half_x, half_y = min(half_x, width / 2), min(half_y, height / 2)
    x = float(np.clip(middle[0], half_x - 0.5, width - half_x - 0.5))
    y = float(np.clip(middle[1], half_y - 0.5, height - half_y - 0.5))
    return x - half_x, x + half_x, y - half_y, y + half_y


def _round_up(value: float) -> float:
    """The next round number: 1, 1.5, 2, 3, 4, 6, 8, 10, 15 ..."""
    power = 10.0 ** math.floor(math.log10(max(value, 0.1)))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 6, 8, 10) if step * power >= value * 0.999)
