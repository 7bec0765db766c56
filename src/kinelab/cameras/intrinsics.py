"""Focal length and lens of one camera from views of a board: a start by OpenCV, the rest is the bundle's."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from kinelab.cameras.board_detection import opencv
from kinelab.cameras.boards import Board
from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError

LensModel = Literal["none", "radial", "full", "fisheye"]
FEWEST_VIEWS = 4
MOST_VIEWS = 40  # more say little new and cost time
# Which of (k1, k2, p1, p2, k3) are free; fisheye: (k1, k2, k3, k4, unused).
FREE = {
    "none": (0, 0, 0, 0, 0),
    "radial": (1, 1, 0, 0, 0),
    "full": (1, 1, 1, 1, 1),
    "fisheye": (1, 1, 1, 1, 0),
}


def diverse_views(px: Array, size_px: tuple[int, int], most: int = MOST_VIEWS) -> IntArray:
    """Frames of px (F, P, 2) that differ most in place, size and tilt of the board, most corners first.

    Greedy: always the view that is farthest from those chosen.
    """
    seen = np.isfinite(px[..., 0])
    frames = np.flatnonzero(seen.sum(axis=1) >= max(6, px.shape[1] // 2))
    if not frames.size:
        return frames
    features = np.stack([_look(px[f][seen[f]], size_px) for f in frames])
    chosen = [int(seen[frames].sum(axis=1).argmax())]
    away = np.linalg.norm(features - features[chosen[0]], axis=1)
    while len(chosen) < min(most, frames.size) and away.max() > 0:
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.linalg.norm(features - features[chosen[-1]], axis=1))
    return frames[chosen]


def start_intrinsics(board: Board, px: Array, size_px: tuple[int, int], lens: LensModel, name: str) -> Array:
    """The 9 intrinsics (see `geometry.projection_derivatives`) of one camera from px (F, P, 2).

    Raises:
        InputError: too few views with enough corners, or views from which no focal length follows.
    """
    frames = diverse_views(px, size_px)
    if frames.size < FEWEST_VIEWS:
        raise InputError(
            f"camera {name}: the {board.said()} was found in {frames.size} views, {FEWEST_VIEWS} are the "
            "fewest and 15 are usual; is the board's size and kind right (kinelab calibrate tries others "
            "and says so), is all of it in the picture, is it lit and sharp?"
        )
    cv2 = opencv()
    seen = [np.isfinite(px[f, :, 0]) for f in frames]
    objects = [board.corners_m[s].astype(np.float32) for s in seen]
    images = [px[f, s].astype(np.float32) for f, s in zip(frames, seen, strict=True)]
    guess = np.array(
        [[max(size_px), 0, (size_px[0] - 1) / 2], [0, max(size_px), (size_px[1] - 1) / 2], [0, 0, 1.0]]
    )
    try:
        matrix, found = _by_opencv(cv2, (objects, images), size_px, lens, guess)
    except cv2.error as error:
        raise InputError(
            f"camera {name}: no focal length follows from these {frames.size} views; tilt the board in some "
            "of them by 20 to 40 degrees, and show it in all parts of the picture"
        ) from error
    start = np.zeros(9)
    start[:4] = matrix[1, 1], matrix[0, 0] / matrix[1, 1], matrix[0, 2], matrix[1, 2]
    start[4 : 4 + min(found.size, 5)] = found.ravel()[:5]
    return start


def _by_opencv(
    cv2: Any, sights: tuple[list[Any], list[Any]], size_px: tuple[int, int], lens: LensModel, guess: Array
) -> tuple[Array, Array]:
    """Camera matrix and lens; square pixels and the centre in the middle until the bundle sets them free."""
    objects, images = sights
    flags = cv2.CALIB_USE_INTRINSIC_GUESS | cv2.CALIB_FIX_ASPECT_RATIO | cv2.CALIB_FIX_PRINCIPAL_POINT
    flags |= cv2.CALIB_ZERO_TANGENT_DIST | cv2.CALIB_FIX_K3 | cv2.CALIB_FIX_K2
    flags |= cv2.CALIB_FIX_K1 if lens == "none" else 0
    _, matrix, found, *_ = cv2.calibrateCamera(objects, images, size_px, guess, np.zeros(5), flags=flags)
    # Of a fisheye only the focal length; cv2.fisheye.calibrate gives up on many good sets of views.
    return matrix, np.zeros(4) if lens == "fisheye" else found


def _look(points: Array, size_px: tuple[int, int]) -> Array:
    """Five numbers of a view: where, how large, how stretched and which way turned, in picture widths."""
    unit = points / max(size_px)
    middle, spread = unit.mean(axis=0), np.cov(unit.T)
    large = np.sqrt(np.trace(spread))
    stretch = (spread[0, 0] - spread[1, 1]) / np.trace(spread), 2 * spread[0, 1] / np.trace(spread)
    return np.array([*middle, 2 * large, 0.3 * stretch[0], 0.3 * stretch[1]])
