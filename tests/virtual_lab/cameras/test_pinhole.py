from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, crop_camera, inside_image, look_at, project

# Five metres to the right of the walking line, looking at it: walking (+X) goes to the right in the image.
CAMERA = look_at((0, 1, 5), (0, 1, 0), 500.0, (641, 481))


def test_projection_against_known_geometry() -> None:
    points = np.array([[0, 1, 0], [1, 1, 0], [0, 2, 0], [1, 1, 2.5], [0, 1, -5]])
    px, depth = project(CAMERA, points)
    np.testing.assert_allclose(px, [[320, 240], [420, 240], [320, 140], [520, 240], [320, 240]], atol=1e-9)
    np.testing.assert_allclose(depth, [5, 5, 5, 2.5, 10])


def test_points_behind_the_eye_have_no_image() -> None:
    px, depth = project(CAMERA, np.array([[0.0, 1.0, 6.0]]))
    assert np.isnan(px).all()
    assert depth[0] == pytest.approx(-1)
    assert not inside_image(CAMERA, px)[0]


def test_inside_means_on_a_pixel() -> None:
    px = np.array([[-0.5, 0], [-0.51, 0], [640.49, 480.49], [640.5, 0]])
    assert inside_image(CAMERA, px).tolist() == [True, False, True, False]


def test_roll_turns_about_the_middle() -> None:
    turned = look_at((0, 1, 5), (0, 1, 0), 500.0, (641, 481), roll_deg=90)
    px, _ = project(turned, np.array([[1.0, 1, 0]]))
    assert np.linalg.norm(px[0] - [320, 240]) == pytest.approx(100)
    assert px[0, 0] == pytest.approx(320)


def test_crop_camera_sees_the_crop() -> None:
    """A pixel edge of the box becomes the edge of the crop, and points keep their place in it."""
    crop = crop_camera(CAMERA, (99.5, 39.5, 195.5, 167.5), (192, 256))
    points = np.random.default_rng(0).uniform([-1, 0, -1], [1, 2, 1], (50, 3))
    whole, _ = project(CAMERA, points)
    part, _ = project(crop, points)
    np.testing.assert_allclose(part + 0.5, (whole - [99.5, 39.5]) * 2, atol=1e-9)


@pytest.mark.parametrize("box", [(10, 10, 10, 50), (10, 10, 100, 20), (0, 0, -5, -5)])
def test_a_box_of_another_shape_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match="does not have the shape of 192 x 256"):
        crop_camera(CAMERA, box, (192, 256))


def test_looking_straight_down_is_refused() -> None:
    with pytest.raises(InputError, match=r"straight above or below.*move one of them sideways"):
        look_at((0, 3, 0), (0, 0, 0), 500.0, (64, 48))


def test_a_mirror_is_no_camera() -> None:
    with pytest.raises(InputError, match="not a rotation matrix"):
        PinholeCamera(500.0, (0, 0), (64, 48), np.diag([1.0, 1, -1]), np.zeros(3))
    with pytest.raises(InputError, match="focal_px is -5"):
        PinholeCamera(-5.0, (0, 0), (64, 48), np.eye(3), np.zeros(3))
