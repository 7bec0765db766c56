from __future__ import annotations

import numpy as np
import pytest

from kinelab.geometry.lens import Lens
from kinelab.geometry.projection import CameraView, project_view, sight, straighten_px
from kinelab.geometry.projection_derivatives import project_with_derivatives

MATRIX = np.array([[1000.0, 0, 639.5], [0, 1010.0, 359.5], [0, 0, 1]])
BROWN = Lens((-0.2, 0.06, 0.001, -0.002, 0.01))
FISHEYE = Lens((0.05, -0.01, 0.002, 0.0), fisheye=True)


def view(lens: Lens) -> CameraView:
    return CameraView(MATRIX, lens, np.eye(3), np.array([0.1, -0.2, 0.3]))


@pytest.mark.parametrize("lens", [Lens(), BROWN, FISHEYE], ids=["straight", "brown", "fisheye"])
def test_a_pixel_looks_back_to_where_the_point_is(lens: Lens) -> None:
    points = np.random.default_rng(0).uniform([-0.8, -0.5, 2], [0.8, 0.5, 4], (50, 3))
    camera = view(lens)
    local = points + camera.translation_m
    np.testing.assert_allclose(
        sight(camera, project_view(camera, points)), local[:, :2] / local[:, 2:], atol=1e-9
    )


def test_pixels_are_as_opencv_has_them() -> None:
    cv2 = pytest.importorskip("cv2")
    points = np.random.default_rng(0).uniform([-0.8, -0.5, 2], [0.8, 0.5, 4], (50, 3))
    for lens, project in ((BROWN, cv2.projectPoints), (FISHEYE, cv2.fisheye.projectPoints)):
        expected, _ = project(
            points[:, None], np.zeros(3), np.array([0.1, -0.2, 0.3]), MATRIX, np.array(lens.coefficients)
        )
        np.testing.assert_allclose(project_view(view(lens), points), expected[:, 0], atol=1e-7)


def test_the_lens_taken_out_leaves_the_pinhole() -> None:
    points = np.array([[0.4, 0.3, 3.0]])
    straight = project_view(view(Lens()), points)
    np.testing.assert_allclose(
        straighten_px(view(BROWN), project_view(view(BROWN), points)), straight, atol=1e-7
    )


def test_what_is_behind_has_no_pixel() -> None:
    assert np.isnan(project_view(view(BROWN), np.array([[0.0, 0, -2]]))).all()


@pytest.mark.parametrize("lens", [BROWN, FISHEYE], ids=["brown", "fisheye"])
def test_derivatives_are_those_of_small_steps(lens: Lens) -> None:
    rng = np.random.default_rng(1)
    local = rng.uniform([-0.8, -0.5, 2], [0.8, 0.5, 4], (20, 3))
    given = np.zeros(9)
    given[:4] = 1010.0, 0.99, 639.5, 359.5
    given[4 : 4 + len(lens.coefficients)] = lens.coefficients
    intrinsics, fisheye = np.tile(given, (20, 1)), np.full(20, lens.fisheye)
    px, by_local, by_intrinsics = project_with_derivatives(local, intrinsics, fisheye)
    camera = CameraView(
        np.array([[1010 * 0.99, 0, 639.5], [0, 1010, 359.5], [0, 0, 1]]), lens, np.eye(3), np.zeros(3)
    )
    np.testing.assert_allclose(px, project_view(camera, local), atol=1e-8)
    step = 1e-6
    for i in range(3):
        ahead, back = (
            project_with_derivatives(local + s * np.eye(3)[i], intrinsics, fisheye)[0] for s in (step, -step)
        )
        np.testing.assert_allclose(by_local[:, :, i], (ahead - back) / (2 * step), rtol=1e-5, atol=1e-3)
    for i in range(9 - lens.fisheye):
        ahead, back = (
            project_with_derivatives(local, intrinsics + s * np.eye(9)[i], fisheye)[0] for s in (step, -step)
        )
        np.testing.assert_allclose(by_intrinsics[:, :, i], (ahead - back) / (2 * step), rtol=1e-5, atol=1e-3)
