"""The one camera of a recording: calibrated, or assumed from what cameras of phones are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, Problems
from kinelab.errors import InputError
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration
from kinelab.geometry.lens import NO_LENS
from kinelab.geometry.projection import CameraView, sight

# Main cameras of phones film like a lens of 25 to 32 mm on 35 mm film, whose diagonal is 43.3 mm.
_USUAL_FOCAL = 28.0 / 43.3
_USUAL_LOG_SD = 0.15


@dataclass(frozen=True, eq=False)
class MonocularCamera:
    """How pixels of a video of size_px (width, height) are lines of sight.

    view: lens and focal length; its pose in the world counts only where `placed`. focal_log_sd: doubt of the
    focal length's logarithm, 0 where calibrated. source: where it comes from, in words.
    """

    view: CameraView
    size_px: tuple[int, int]
    focal_log_sd: float = 0.0
    placed: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        with Problems("MonocularCamera") as problems:
            problems.add_if(not self.focal_log_sd >= 0, f"focal_log_sd is {self.focal_log_sd}, not 0 or more")

    @property
    def focal_px(self) -> float:
        """Focal length, the mean of across and down."""
        return float(self.view.focal_px.mean())

    def sight(self, px: Array) -> Array:
        """Pixels (..., 2) as x / z, y / z in the camera's axes (x right, y down, z forward); NaN stays."""
        return sight(self.view, px)

    def ground_rotation(self) -> Array | None:
        """(3, 3) from the camera's axes to ground, where the calibration says so."""
        return WORLD_FROM_GROUND.T @ self.view.rotation.T if self.placed else None

    def ground_position_m(self) -> Array | None:
        """(3,) m of the camera in ground, where the calibration says so."""
        return WORLD_FROM_GROUND.T @ self.view.eye_m if self.placed else None


def assumed_camera(size_px: tuple[int, int]) -> MonocularCamera:
    """A camera as phones have: middle of the picture, no distortion, a usual focal length with its doubt."""
    focal_px = _USUAL_FOCAL * float(np.hypot(*size_px))
    middle = [(side - 1) / 2 for side in size_px]
    matrix = np.array([[focal_px, 0, middle[0]], [0, focal_px, middle[1]], [0, 0, 1]])
    view = CameraView(matrix, NO_LENS, np.eye(3), np.zeros(3))
    source = f"assumed as a phone's, {focal_px:.0f} px of focal length give or take {_USUAL_LOG_SD:.0%}"
    return MonocularCamera(view, size_px, _USUAL_LOG_SD, source=source)


def calibrated_camera(calibration: CameraCalibration, size_px: tuple[int, int]) -> MonocularCamera:
    """The camera of a calibration file, brought to the size of the video.

    Raises:
        InputError: the calibration is of a picture of another shape.
    """
    ratio = np.array(size_px) / np.array(calibration.size_px)
    if abs(ratio[0] / ratio[1] - 1) > 0.01:
        width, height = calibration.size_px
        raise InputError(
            f"camera {calibration.name} was calibrated with pictures of {width} x {height} px, the video has "
            f"{size_px[0]} x {size_px[1]}; is it another camera, or a turned or cut video?"
        )
    view = calibration.view
    matrix = np.array(view.matrix)
    matrix[:2, 2] += 0.5
    matrix[0] *= ratio[0]
    matrix[1] *= ratio[1]
    matrix[:2, 2] -= 0.5
    scaled = CameraView(matrix, view.lens, view.rotation, view.translation_m)
    return MonocularCamera(scaled, size_px, placed=True, source=f"calibrated ({calibration.name})")


def view_from_camera(middle_xy: Array) -> Array:
    """Rotations (N, 3, 3) of the camera's axes to those of views along the sights middle_xy (N, 2).

    The smallest turn of the optical axis onto the line of sight, as `views.view_turns` has it.
    """
    ray = np.concatenate([middle_xy, np.ones((len(middle_xy), 1))], axis=1)
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    axis = np.cross(ray, [0.0, 0.0, 1.0])
    sine = np.linalg.norm(axis, axis=1, keepdims=True)
    turn = np.arctan2(sine, ray[:, 2:])
    return np.asarray(Rotation.from_rotvec(axis / np.maximum(sine, 1e-12) * turn).as_matrix())
