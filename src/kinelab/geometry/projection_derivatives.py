"""Pixels of points in camera axes, with the derivatives that a bundle adjustment needs.

Intrinsics are 9 numbers: focal length px, fx / fy, cx, cy px, then the lens: Brown-Conrady k1, k2, p1, p2, k3
(OpenCV's order) or fisheye k1, k2, k3, k4 and an unused 0.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray

N_INTRINSICS = 9
LENS = slice(4, 9)


def project_with_derivatives(
    local_m: Array, intrinsics: Array, fisheye: BoolArray
) -> tuple[Array, Array, Array]:
    """Pixels (M, 2) of points (M, 3) in camera axes, their derivatives by the point (M, 2, 3) and by the
    intrinsics (M, 2, 9); intrinsics (M, 9) and fisheye (M,) are those of each point's camera.

    Points at or behind the camera give NaN.
    """
    z = np.where(local_m[:, 2] > 1e-6, local_m[:, 2], np.nan)
    xy = local_m[:, :2] / z[:, None]
    lens = intrinsics[:, LENS]
    bent, by_xy, by_lens = _brown(xy, lens)
    if fisheye.any():
        fish = _fisheye(xy[fisheye], lens[fisheye])
        bent[fisheye], by_xy[fisheye], by_lens[fisheye] = fish
    focal = np.stack([intrinsics[:, 0] * intrinsics[:, 1], intrinsics[:, 0]], axis=1)
    px = focal * bent + intrinsics[:, 2:4]
    by_local = np.zeros((len(xy), 2, 3))
    by_local[:, :, :2] = by_xy / z[:, None, None]
    by_local[:, :, 2] = -np.einsum("mij,mj->mi", by_xy, xy) / z[:, None]
    by_intrinsics = np.zeros((len(xy), 2, N_INTRINSICS))
    by_intrinsics[:, 0, 0] = intrinsics[:, 1] * bent[:, 0]
    by_intrinsics[:, 1, 0] = bent[:, 1]
    by_intrinsics[:, 0, 1] = intrinsics[:, 0] * bent[:, 0]
    by_intrinsics[:, 0, 2] = by_intrinsics[:, 1, 3] = 1
    by_intrinsics[:, :, LENS] = focal[:, :, None] * by_lens
    return px, focal[:, :, None] * by_local, by_intrinsics


def _brown(xy: Array, lens: Array) -> tuple[Array, Array, Array]:
    """Bent points (M, 2) and derivatives by the straight ones (M, 2, 2) and the coefficients (M, 2, 5)."""
    x, y = xy.T
    k1, k2, p1, p2, k3 = lens.T
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    slope = 2 * (k1 + square * (2 * k2 + 3 * square * k3))
    bent = np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x),
            y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=1,
    )
    across = x * y * slope + 2 * p1 * x + 2 * p2 * y
    xx = radial + x * x * slope + 2 * p1 * y + 6 * p2 * x
    yy = radial + y * y * slope + 6 * p1 * y + 2 * p2 * x
    by_xy = np.stack([np.stack([xx, across], 1), np.stack([across, yy], 1)], axis=1)
    powers = np.stack([square, square**2], axis=1)
    by_lens = np.empty((len(xy), 2, 5))
    by_lens[:, :, :2] = xy[:, :, None] * powers[:, None, :]
    by_lens[:, 0, 2], by_lens[:, 1, 2] = 2 * x * y, square + 2 * y * y
    by_lens[:, 0, 3], by_lens[:, 1, 3] = square + 2 * x * x, 2 * x * y
    by_lens[:, :, 4] = xy * (square**3)[:, None]
    return bent, by_xy, by_lens


def _fisheye(xy: Array, lens: Array) -> tuple[Array, Array, Array]:
    """The same for the fisheye lens; its fifth coefficient does nothing."""
    radius = np.maximum(np.linalg.norm(xy, axis=1), 1e-9)
    angle = np.arctan(radius)
    powers = angle[:, None] ** np.array([3, 5, 7, 9])
    polar = angle + (lens[:, :4] * powers).sum(axis=1)
    slope = 1 + (lens[:, :4] * powers * np.array([3, 5, 7, 9]) / angle[:, None]).sum(axis=1)
    scale = polar / radius
    growth = (slope / (1 + radius**2) - scale) / radius**2
    by_xy = scale[:, None, None] * np.eye(2) + growth[:, None, None] * xy[:, :, None] * xy[:, None, :]
    by_lens = np.zeros((len(xy), 2, 5))
    by_lens[:, :, :4] = xy[:, :, None] * (powers / radius[:, None])[:, None, :]
    return xy * scale[:, None], by_xy, by_lens
