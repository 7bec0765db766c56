"""Virtual cameras as calibrations, and calibrations as cameras.

Our ground frame is X forward, Y up, Z right. Pose2Sim calibrates in a world with Z up and turns its results
to Y up by X -> Y, Y -> Z, Z -> X, so that (x, y, z) of its calibration files are (Z, X, Y) of the ground
frame: a turn, no mirror. Camera axes are the same (x right, y down, z forward), as are pixels ((0, 0) is the
middle of the top left one).
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Problems
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.virtual_lab.cameras.lens import Camera, Lens
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera

_SQUARE = 0.005  # by so much a pixel's two sides may differ


def calibration_of(camera: Camera) -> CameraCalibration:
    """What a perfect calibration of this camera would find, in Pose2Sim's world."""
    pinhole = camera.pinhole
    (cx, cy), focal = pinhole.centre_px, pinhole.focal_px
    return CameraCalibration(
        name=camera.name,
        size_px=pinhole.size_px,
        matrix=np.array([[focal, 0.0, cx], [0.0, focal, cy], [0.0, 0.0, 1.0]]),
        distortions=np.array(camera.lens.coefficients),
        rotation_rad=Rotation.from_matrix(pinhole.rotation @ WORLD_FROM_GROUND.T).as_rotvec(),
        translation_m=-pinhole.rotation @ pinhole.position_m,
        fisheye=camera.lens.fisheye,
    )


def camera_of(calibration: CameraCalibration) -> Camera:
    """The virtual camera of a calibration in Pose2Sim's world.

    Its pixels are square: of two focal lengths that differ by less than 0.5 % it has the mean.

    Raises:
        InputError: the focal lengths differ by more, or the pixels are skewed.
    """
    matrix = calibration.matrix
    fx, fy = float(matrix[0, 0]), float(matrix[1, 1])
    with Problems(f"camera_of {calibration.name!r}") as problems:
        problems.add_if(
            abs(fx - fy) > _SQUARE * fx,
            f"the focal lengths {fx:g} and {fy:g} px differ; expected square pixels",
        )
        problems.add_if(abs(matrix[0, 1]) > 1e-6 * fx, f"skew is {matrix[0, 1]:g}, expected 0")
    rotation = Rotation.from_rotvec(np.array(calibration.rotation_rad)).as_matrix() @ WORLD_FROM_GROUND
    pinhole = PinholeCamera(
        (fx + fy) / 2,
        (float(matrix[0, 2]), float(matrix[1, 2])),
        calibration.size_px,
        rotation,
        -rotation.T @ calibration.translation_m,
    )
    given = [float(value) for value in calibration.distortions]
    full = given if calibration.fisheye else [*given, 0.0][:5]
    return Camera(calibration.name, pinhole, Lens(tuple(full), calibration.fisheye))
