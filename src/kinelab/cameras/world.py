"""A world for a calibrated rig: Z up as calibration files have it, the origin on the floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.cameras.rig import calibrations_of, moved, rig_of
from kinelab.core.checks import Array
from kinelab.files.calibration import CameraCalibration


def levelled(
    cameras: Sequence[CameraCalibration], seen_m: Array, floor_m: Array | None = None
) -> tuple[CameraCalibration, ...]:
    """The cameras in a world with Z up.

    floor_m (P, 3): corners of a board that lay on the floor; then up is away from it towards the cameras, and
    its middle is the origin. Without it up is what the pictures' sides say on average, good to the few
    degrees that cameras hang askew, and the origin lies under the middle of what was seen (..., 3), at its
    lowest. World Y points where the first camera looks.
    """
    rig = rig_of(cameras)
    if floor_m is None:
        up = -rig.rotation[:, 1].mean(axis=0)
        origin = np.nanmean(seen_m.reshape(-1, 3), axis=0)
    else:
        origin = np.nanmean(floor_m, axis=0)
        up = np.linalg.svd(floor_m - origin)[2][2]
        up = up * np.sign(up @ (rig.eye_m.mean(axis=0) - origin))
    up = up / np.linalg.norm(up)
    if floor_m is None:
        origin = origin + up * np.nanmin((seen_m.reshape(-1, 3) - origin) @ up)
    return calibrations_of(moved(rig, upright_axes(rig.rotation[0], up), origin))


def upright_axes(first_camera: Array, up: Array) -> Array:
    """Rows X, Y, Z of a world with Z along `up` (unit) and Y where the first camera (3, 3) looks."""
    ahead = first_camera[2] - up * (first_camera[2] @ up)
    if np.linalg.norm(ahead) < 1e-3:  # it looks straight down: its picture's upper edge counts
        ahead = -(first_camera[1] - up * (first_camera[1] @ up))
    y = ahead / np.linalg.norm(ahead)
    return np.stack([np.cross(y, up), y, up])
