"""The one camera: sizes, lines of sight, views."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.files.calibration import CameraCalibration
from kinelab.monocular.camera_sight import assumed_camera, calibrated_camera, view_from_camera


def test_an_assumed_camera_is_a_phones() -> None:
    camera = assumed_camera((1920, 1080))
    across_deg = 2 * np.degrees(np.arctan(960 / camera.focal_px))
    assert 60 < across_deg < 75  # 26 mm: 69 deg, cut for steadying
    assert camera.focal_log_sd > 0.1
    assert camera.ground_rotation() is None
    np.testing.assert_allclose(camera.sight(np.array([959.5, 539.5])), 0, atol=1e-12)
    assert assumed_camera((1080, 1920)).focal_px == camera.focal_px


def calibration(size_px: tuple[int, int] = (1000, 500)) -> CameraCalibration:
    matrix = np.array([[800.0, 0, 499.5], [0, 800, 249.5], [0, 0, 1]])
    return CameraCalibration("a", size_px, matrix, np.zeros(4), np.array([np.pi / 2, 0, 0]), np.zeros(3))


def test_a_calibration_is_brought_to_the_videos_size() -> None:
    whole, half = calibrated_camera(calibration(), (1000, 500)), calibrated_camera(calibration(), (500, 250))
    px = np.array([[10.0, 20.0], [700.0, 300.0]])
    np.testing.assert_allclose(half.sight((px + 0.5) / 2 - 0.5), whole.sight(px), atol=1e-12)
    assert half.focal_log_sd == 0
    up = whole.ground_rotation()
    assert up is not None
    np.testing.assert_allclose(up @ up.T, np.eye(3), atol=1e-12)
    # A camera turned by 90 degrees about its x axis looks along the world's Y, with Z up.
    np.testing.assert_allclose(up @ [0, -1, 0], [0, 1, 0], atol=1e-12)


def test_a_calibration_of_another_picture_is_refused() -> None:
    with pytest.raises(
        InputError, match="was calibrated with pictures of 1000 x 500 px, the video has 640 x 480"
    ):
        calibrated_camera(calibration(), (640, 480))


def test_views_look_along_the_sight_without_roll() -> None:
    xy = np.array([[0.0, 0.0], [0.4, -0.2], [-0.3, 0.5]])
    turn = view_from_camera(xy)
    ray = np.concatenate([xy, np.ones((3, 1))], axis=1)
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", turn, ray), np.tile([0, 0, 1.0], (3, 1)), atol=1e-12)
    np.testing.assert_allclose(turn[0], np.eye(3), atol=1e-12)
    # The smallest turn: its axis has no part along the camera's own.
    np.testing.assert_allclose(turn[:, 0, 1] - turn[:, 1, 0], 0, atol=1e-12)
