"""Where each block of a place can matter, so that a ray asks the few that do and not all of them."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera

_SPARE_PX, _SPARE_M = 1.0, 1e-6
_NEAR_M = 0.05  # a block that comes nearer than this to the camera's plane may be anywhere in the image
_CORNERS = np.array([[0 + 3 * i, 1 + 3 * j, 2 + 3 * k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
_MIRROR = np.array([1.0, -1.0, 1.0])


def block_reach(blocks: Array, camera: PinholeCamera, sun: Array) -> Array:
    """For blocks (B, 11), three boxes each, (B, 12), none too small:

    where in the image it can be (u low, v low, u high, v high); where its mirror image in the floor can be,
    likewise; where on the floor its shadow can fall (x low, z low, x high, z high), sun (3,) being the way to
    the sun.
    """
    corner = blocks[:, _CORNERS]
    thrown = corner[..., ::2] - corner[..., 1:2] * (sun[::2] / sun[1])
    shadow = np.concatenate([thrown.min(axis=1) - _SPARE_M, thrown.max(axis=1) + _SPARE_M], axis=1)
    seen = _in_image(np.concatenate([corner, corner * _MIRROR]), camera)
    return np.concatenate([seen[: len(blocks)], seen[len(blocks) :], shadow], axis=1)


def _in_image(corner: Array, camera: PinholeCamera) -> Array:
    """Boxes (N, 4) round what is seen of corners (N, 8, 3); all of the plane if one is behind the camera."""
    local = (corner - camera.position_m) @ camera.rotation.T
    depth = local[..., 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        px = local[..., :2] / depth[..., None] * camera.focal_px + np.array(camera.centre_px)
    boxes = np.concatenate([px.min(axis=1) - _SPARE_PX, px.max(axis=1) + _SPARE_PX], axis=1)
    boxes[(depth <= _NEAR_M).any(axis=1)] = [-np.inf, -np.inf, np.inf, np.inf]
    boxes[(depth <= 0).all(axis=1)] = [np.inf, np.inf, -np.inf, -np.inf]
    return boxes
