from __future__ import annotations

import math

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.lens import Camera, Lens, distort, see, straighten, undistort
from kinelab.virtual_lab.cameras.pinhole import look_at, project

PHONE = Lens((0.12, -0.25, 0.001, -0.0008, 0.09))
BARREL = Lens((-0.28, 0.08, 0.0004, 0.0003, -0.01))
FISHEYE = Lens((0.0666, -0.004, 0.001, -0.0002), fisheye=True)
EYE = look_at((0.5, 1.2, 4), (0, 0.9, 0), 900.0, (1280, 720))


def opencv_formula(k: tuple[float, ...], x: float, y: float) -> tuple[float, float]:
    """As printed in OpenCV's documentation of projectPoints."""
    k1, k2, p1, p2, k3 = k
    r2 = x**2 + y**2
    scale = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    return (
        x * scale + 2 * p1 * x * y + p2 * (r2 + 2 * x**2),
        y * scale + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y,
    )


def opencv_fisheye_formula(k: tuple[float, ...], a: float, b: float) -> tuple[float, float]:
    """As printed in OpenCV's documentation of the fisheye model."""
    r = math.hypot(a, b)
    theta = math.atan(r)
    bent = theta * (1 + k[0] * theta**2 + k[1] * theta**4 + k[2] * theta**6 + k[3] * theta**8)
    return bent / r * a, bent / r * b


def points(n: int = 200, reach: float = 0.7) -> Array:
    return np.random.default_rng(1).uniform(-reach, reach, (n, 2))


@pytest.mark.parametrize("lens", [PHONE, BARREL, FISHEYE])
def test_distortion_is_the_published_formula(lens: Lens) -> None:
    formula = opencv_fisheye_formula if lens.fisheye else opencv_formula
    expected = [formula(lens.coefficients, x, y) for x, y in points().tolist()]
    np.testing.assert_allclose(distort(lens, points()), expected, atol=1e-14)


@pytest.mark.parametrize("lens", [PHONE, BARREL, FISHEYE, Lens()])
def test_there_and_back_within_a_millionth_of_a_pixel(lens: Lens) -> None:
    there = distort(lens, points())
    np.testing.assert_allclose(undistort(lens, there) * 1000, points() * 1000, atol=1e-6)
    on_axis = undistort(lens, np.zeros((1, 2)))
    np.testing.assert_allclose(on_axis, 0, atol=1e-15)


def test_a_fisheye_takes_steep_rays_too() -> None:
    steep = np.array([[math.tan(math.radians(80)), 0.0]])
    np.testing.assert_allclose(undistort(FISHEYE, distort(FISHEYE, steep)), steep, rtol=1e-9)


def test_what_lies_beyond_the_fold_is_not_put_back_into_the_image() -> None:
    """r (1 - 0.3 r^2) is largest at r = 1 / sqrt(0.9); farther out the plain formula runs backwards."""
    lens = Lens((-0.3, 0.0, 0.0, 0.0, 0.0))
    assert lens.fold == pytest.approx(1 / math.sqrt(0.9))
    assert np.isnan(distort(lens, np.array([[1.2, 0.0]]))).all()
    with pytest.raises(
        InputError, match=r"nothing is seen through this lens at 1 of 2 points .*\[0\.8, 0\.0\]"
    ):
        undistort(lens, np.array([[0.3, 0.1], [0.8, 0.0]]))


def test_a_pincushion_shows_points_farther_out_than_its_fold() -> None:
    """r (1 + 0.5 r^2 - 0.2 r^4) turns back at r = 1.41, where it has reached 1.70."""
    lens = Lens((0.5, -0.2, 0.0, 0.0, 0.0))
    assert lens.fold == pytest.approx(math.sqrt(2))
    wide = np.array([[1.3, 0.0], [0.0, -1.38], [0.9, 0.9]])
    there = distort(lens, wide)
    assert np.linalg.norm(there, axis=1).min() > lens.fold
    np.testing.assert_allclose(undistort(lens, there), wide, atol=1e-9)


def test_a_camera_sees_through_its_lens() -> None:
    world = np.random.default_rng(2).uniform(-0.8, 0.8, (50, 3)) + np.array([0, 0.9, 0])
    camera = Camera("cam", EYE, BARREL)
    px, depth = see(camera, world)
    plain, plain_depth = project(EYE, world)
    np.testing.assert_array_equal(depth, plain_depth)
    for (u, v), (bent_u, bent_v) in zip(plain.tolist(), px.tolist(), strict=True):
        x, y = (u - EYE.centre_px[0]) / 900, (v - EYE.centre_px[1]) / 900
        expected = opencv_formula(BARREL.coefficients, x, y)
        assert bent_u == pytest.approx(expected[0] * 900 + EYE.centre_px[0], abs=1e-9)
        assert bent_v == pytest.approx(expected[1] * 900 + EYE.centre_px[1], abs=1e-9)
    np.testing.assert_allclose(straighten(camera, px), plain, atol=1e-6)
    np.testing.assert_array_equal(see(Camera("cam", EYE), world)[0], plain)


def test_not_seen_stays_not_seen() -> None:
    nan = np.array([[np.nan, np.nan], [0.1, 0.1]])
    assert np.isnan(undistort(PHONE, nan)[0]).all()
    assert np.isnan(see(Camera("cam", EYE, BARREL), np.array([[0.5, 1.2, 9.0]]))[0]).all()  # behind it


def test_wrong_coefficients_are_told() -> None:
    with pytest.raises(InputError, match=r"coefficients are 4 numbers, expected \(k1, k2, p1, p2, k3\)"):
        Lens((0.1, 0.0, 0.0, 0.0))
    with pytest.raises(InputError, match=r"NaN or infinity"):
        Lens((math.nan, 0.0, 0.0, 0.0), fisheye=True)
    with pytest.raises(InputError, match="name is empty"):
        Camera(" ", EYE)
