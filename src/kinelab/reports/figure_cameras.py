"""Figures of a camera rig: where the cameras stand, and how far they are from agreeing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.cameras.scene import Scene
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.reports.colours import PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style

CAMERA_HEX = ("#2B5F83", "#C4622D", "#3E7D4C", "#7B2D8E", "#8A6D1F", "#4A4A4A", "#B03A5B", "#1F8A8A")
_DEPTH = 0.12  # of the rig's size: how far the drawn field of view reaches


def draw_rig(cameras: Sequence[CameraCalibration], keypoints: Keypoints | None = None) -> Figure:
    """The cameras from above and from the side (m), with the distances between neighbours and the person's
    way.
    """
    with style():
        figure = new_figure(3.6)
        above, side = figure.subplots(1, 2)
        _plan(above, cameras, keypoints, (0, 2), "From above")
        _plan(side, cameras, keypoints, (0, 1), "From the side")
        above.invert_yaxis()  # X forward to the right, Z (the person's right) downwards
        above.set_xlabel("X forward (m)")
        above.set_ylabel("Z to the right (m)")
        side.set_xlabel("X forward (m)")
        side.set_ylabel("Y up (m)")
        if keypoints is not None and keypoints.seen.any():
            figure.supxlabel("thin blue lines: the ways of the person's landmarks", fontsize=7.5)
    return figure


def draw_errors(cameras: Sequence[CameraCalibration], scene: Scene) -> Figure:
    """Median reprojection error of each camera over time, and by landmark (px)."""
    time_s, names = scene.keypoints.time_s, scene.keypoints.skeleton.landmarks
    with style():
        figure = new_figure(0.13 * len(names) + 2.4)
        top, low = figure.subplots(2, 1, height_ratios=[1, 0.08 * len(names)])
        for c, camera in enumerate(cameras):
            error = _medians(scene.error_px[..., c], axis=1)
            top.plot(time_s, error, color=_colour(c), linewidth=1.0, label=camera.name)
            low.plot(
                _medians(scene.error_px[..., c], axis=0), np.arange(len(names)), "o", ms=3, color=_colour(c)
            )
        if not np.isfinite(scene.error_px).any():
            note(top, "no landmark was seen by two cameras")
        top.margins(x=0, y=0.3)  # room for the legend
        top.set_ylim(bottom=0)
        top.set_xlabel("time (s)")
        top.set_ylabel("error (px)")
        top.set_title("Seen to reprojected: median of all landmarks")
        top.legend(loc="upper right", ncols=len(cameras))
        low.set_yticks(range(len(names)), [name.replace("_", " ") for name in names])
        low.set_ylim(len(names) - 0.5, -0.5)
        low.set_xlim(left=0)
        low.grid(axis="y")
        low.set_xlabel("error (px)")
        low.set_title("Landmark by landmark: median of all frames")
    return figure


def _plan(
    ax: Axes,
    cameras: Sequence[CameraCalibration],
    keypoints: Keypoints | None,
    axes: tuple[int, int],
    title: str,
) -> None:
    """One view of the rig: eyes, fields of view, names, the middle of the person."""
    i, j = axes
    eyes = np.stack([camera.view.eye_m @ WORLD_FROM_GROUND for camera in cameras])
    for c, (camera, eye) in enumerate(zip(cameras, eyes, strict=True)):
        corners = _field(camera, _DEPTH * float(np.ptp(eyes, axis=0).max()) + 0.01)
        for corner in corners:
            ax.plot([eye[i], corner[i]], [eye[j], corner[j]], color=_colour(c), linewidth=0.6)
        ax.fill(corners[:, i], corners[:, j], color=_colour(c), alpha=0.15, linewidth=0)
        ax.plot(eye[i], eye[j], "o", ms=4, color=_colour(c))
    _names(ax, cameras, eyes[:, [i, j]], outwards=axes == (0, 2))
    if axes == (0, 2):
        _distances(ax, eyes)
    if keypoints is not None and keypoints.seen.any():
        way = keypoints.position
        ax.plot(way[:, :, i], way[:, :, j], color=SIDE_HEX["left"], linewidth=0.3, alpha=0.6)
    ax.set_aspect("equal", adjustable="datalim")
    ax.margins(0.2)
    ax.grid(visible=True)
    ax.set_title(title)


def _names(ax: Axes, cameras: Sequence[CameraCalibration], places: Array, *, outwards: bool) -> None:
    """Each camera's name, away from what it sees: outwards, or above and below its neighbours' in turn."""
    middle = places.mean(axis=0)
    order = np.argsort(np.argsort(places[:, 0]))
    for c, (camera, place) in enumerate(zip(cameras, places, strict=True)):
        away = place - middle if outwards else np.array([0.0, 1.0 - 2.0 * (order[c] % 2)])
        x, y = 9 * away / max(float(np.linalg.norm(away)), 1e-9)
        # From above the vertical axis points down.
        at = (x, -y if outwards else y)
        sideways = "center" if abs(at[0]) < 5 else "left" if at[0] > 0 else "right"
        ax.annotate(
            camera.name, place, xytext=at, textcoords="offset points", fontsize=7.5, color=_colour(c),
            ha=sideways, va="center",
        )  # fmt: skip


def _distances(ax: Axes, eyes: Array) -> None:
    """A thin line with the distance from each camera to the next around the middle."""
    middle = eyes.mean(axis=0)
    order = np.argsort(np.arctan2(eyes[:, 2] - middle[2], eyes[:, 0] - middle[0]))
    pairs = list(zip(order, np.roll(order, -1), strict=True)) if len(order) > 2 else [(0, len(order) - 1)]
    for a, b in pairs:
        ax.plot(eyes[[a, b], 0], eyes[[a, b], 2], color=PALE, linewidth=0.8, zorder=0)
        x, z = (eyes[a] + eyes[b])[[0, 2]] / 2
        ax.text(x, z, f"{np.linalg.norm(eyes[a] - eyes[b]):.2f} m", fontsize=6.5, color=QUIET, ha="center")


def _field(camera: CameraCalibration, depth_m: float) -> Array:
    """Corners (4, 3) of the picture so far before the camera, in the ground frame."""
    view = camera.view
    width, height = camera.size_px
    px = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=float)
    local = np.column_stack([(px - view.matrix[:2, 2]) / view.focal_px, np.ones(4)]) * depth_m
    corners: Array = ((local - view.translation_m) @ view.rotation) @ WORLD_FROM_GROUND
    return corners


def _medians(values: Array, axis: int) -> Array:
    rows = values if axis == 1 else values.T
    return np.array([np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else np.nan for row in rows])


def _colour(c: int) -> str:
    return CAMERA_HEX[c % len(CAMERA_HEX)]
