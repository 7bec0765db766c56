"""Whether pictures are of the size that the calibration is for, and what to do when they are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinelab.core.report import Finding
from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration

_CROP = 0.02  # share of a side that an encoder may cut off or pad (to whole blocks of 16)
_SHAPE = 0.005


def fitted_to(
    camera: CameraCalibration, size_px: tuple[int, int]
) -> tuple[CameraCalibration, tuple[Finding, ...]]:
    """The calibration for pictures of size_px (width, height), and what was done.

    The same shape at another size: pixels are scaled. A few pixels more or less on one side: an encoder's
    padding to whole blocks, which is at the right and the lower edge, so that the numbers stay.

    Raises:
        InputError: width and height are exchanged, or the shape is another; with both sizes and what to do.
    """
    if camera.size_px == size_px:
        return camera, ()
    has, given = np.array(camera.size_px), np.array(size_px)
    said = f"{camera.name}: pictures of {size_px[0]} x {size_px[1]} px, calibrated for {has[0]} x {has[1]}"
    scale = given / has
    if abs(scale[0] / scale[1] - 1) < _SHAPE and np.abs(given - has).max() > 1:
        matrix = camera.matrix.copy()
        # Edges map to edges: pixel i covers [i - 0.5, i + 0.5).
        matrix[:2, 2] = (matrix[:2, 2] + 0.5) * scale - 0.5
        matrix[0, 0], matrix[0, 1], matrix[1, 1] = (
            matrix[0, 0] * scale[0], matrix[0, 1] * scale[0], matrix[1, 1] * scale[1],
        )  # fmt: skip
        scaled = replace(camera, size_px=size_px, matrix=matrix)
        return scaled, (Finding("info", f"{said}: the calibration was scaled by {scale[0]:.4g}"),)
    if np.abs(given - has).max() <= _CROP * has.max():
        side = "right" if given[0] != has[0] else "lower"
        text = (
            f"{said}: {int(np.abs(given - has).max())} px differ, as when an encoder pads to whole blocks. "
            f"They are taken to lack at the {side} edge, so that nothing moves; if they were cut off "
            "elsewhere, all landmarks of this camera are off by so much. Film and calibrate at one size"
        )
        return replace(camera, size_px=size_px), (Finding("attention", text),)
    if abs(given[0] / has[1] - given[1] / has[0]) < _SHAPE * given[0] / has[1]:
        raise InputError(
            f"{said}: width and height are exchanged; the camera was turned, or the video lost its mark "
            "that it is to be shown turned. Turn the video, or calibrate with the camera as it stands"
        )
    raise InputError(
        f"{said}: another shape, so another part of the sensor; film at the size that was calibrated, or "
        "calibrate at the size that is filmed"
    )
