from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.devices import DEVICES, Device, sized
from kinelab.virtual_lab.cameras.lens import Camera, see
from kinelab.virtual_lab.cameras.pinhole import inside_image
from kinelab.virtual_lab.cameras.rig import TARGET_M, VIEWS, fit_view, hand_held, jitter, pan, ring, view

RIGHT_HAND, LEFT_HAND = (0.0, 1.0, 0.4), (0.0, 1.0, -0.4)
AHEAD, HEAD, FOOT = (0.5, 1.0, 0.0), (0.0, 1.7, 0.0), (0.0, 0.0, 0.0)


def spot(camera: Camera, point: tuple[float, ...]) -> Array:
    return see(camera, np.array(point))[0]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("device", DEVICES)
def test_every_view_aims_at_the_person(name: str, device: str) -> None:
    camera = view(name, device)
    np.testing.assert_allclose(spot(camera, TARGET_M), camera.pinhole.centre_px, atol=1e-6)
    if name != "overhead":
        assert spot(camera, HEAD)[1] < spot(camera, FOOT)[1]  # upright


def test_views_see_the_side_they_are_named_for() -> None:
    """Forward is to the image's right seen from the right side, to its left from the left side."""
    assert spot(view("sagittal"), AHEAD)[0] > spot(view("sagittal"), TARGET_M)[0]
    assert spot(view("sagittal_left"), AHEAD)[0] < spot(view("sagittal_left"), TARGET_M)[0]
    # Someone who comes towards the camera has the right hand at the image's left.
    for name in ("frontal", "oblique_right", "oblique_left"):
        assert spot(view(name), RIGHT_HAND)[0] < spot(view(name), LEFT_HAND)[0]
    assert spot(view("back"), RIGHT_HAND)[0] > spot(view("back"), LEFT_HAND)[0]
    depth = {name: see(view(name), np.array([RIGHT_HAND, LEFT_HAND]))[1] for name in VIEWS}
    for name, right_is_near in (("sagittal", True), ("oblique_right", True), ("oblique_left", False)):
        assert (depth[name][0] < depth[name][1]) == right_is_near
    above = view("overhead")
    assert spot(above, AHEAD)[1] < spot(above, TARGET_M)[1]  # forward is up
    assert spot(above, RIGHT_HAND)[0] > spot(above, LEFT_HAND)[0]


def test_a_phone_has_the_field_of_view_of_its_stated_focal_length() -> None:
    """26 mm on film 36 mm wide: 69.4 deg."""
    assert DEVICES["phone"].field_deg[0] == pytest.approx(np.degrees(2 * np.arctan(18 / 26)))


def test_another_resolution_keeps_the_field_of_view() -> None:
    assert sized(DEVICES["phone"], (480, 270)).field_deg == pytest.approx(DEVICES["phone"].field_deg)
    upright = sized(DEVICES["phone"], (540, 960)).field_deg
    assert upright == pytest.approx(DEVICES["phone"].field_deg[::-1])


def test_a_ring_surrounds_its_target() -> None:
    cameras = ring(8, radius_m=3.5, height_m=1.8)
    eyes = np.array([camera.pinhole.position_m for camera in cameras])
    np.testing.assert_allclose(np.linalg.norm(eyes[:, [0, 2]], axis=1), 3.5)
    np.testing.assert_allclose(eyes.mean(axis=0), [0, 1.8, 0], atol=1e-12)
    assert len({camera.name for camera in cameras}) == 8


@pytest.mark.parametrize("device", DEVICES)
def test_fitting_sees_everything_and_comes_no_nearer_than_it_must(device: str) -> None:
    rng = np.random.default_rng(3)
    for name in VIEWS:
        cloud = rng.uniform((-2.5, 0, -0.4), (2.5, 1.8, 0.4), (300, 3))
        fitted = fit_view(view(name, device), np.vstack([cloud, np.full((1, 3), np.nan)]), margin=0.05)
        px, depth = see(fitted, cloud)
        size = np.array(fitted.pinhole.size_px)
        shares = (px + 0.5) / size
        assert (depth > 0.499).all()
        assert shares.min() > 0.0499
        assert shares.max() < 0.9501
        axis = fitted.pinhole.rotation[2]
        closer = replace(fitted.pinhole, position_m=fitted.pinhole.position_m + 0.05 * axis)
        nearer = (see(replace(fitted, pinhole=closer), cloud)[0] + 0.5) / size
        touches = nearer.min() < 0.0502 or nearer.max() > 0.9498 or not np.isfinite(nearer).all()
        assert touches or device in ("webcam", "action") or depth.min() < 0.56


def test_panning_keeps_a_walker_in_the_image() -> None:
    time = np.arange(0, 4, 1 / 25)
    walker = np.stack([-3 + 1.4 * time, np.full_like(time, 0.95), np.zeros_like(time)], axis=1)
    start = view("sagittal", "phone_upright", distance_m=3.0, target_m=walker[0])
    still = replace(start, pinhole=replace(start.pinhole, position_m=np.array([0, 1.1, 3.0])))
    cameras = pan(still, walker, 25.0)
    px = np.array([see(camera, point)[0] for camera, point in zip(cameras, walker, strict=True)])
    assert inside_image(start.pinhole, px).all()
    assert not inside_image(start.pinhole, see(still, walker)[0]).all()
    for camera in cameras:  # only the heading turns: the horizon stays level
        assert abs(camera.pinhole.rotation[0, 1]) < 1e-12
    exact = pan(still, walker, 25.0, lag_s=0.0)
    middle = [see(camera, point)[0][0] for camera, point in zip(exact, walker, strict=True)]
    np.testing.assert_allclose(middle, start.pinhole.centre_px[0], atol=1e-6)


def test_hands_sway_smoothly_around_the_place() -> None:
    cameras = hand_held(view("sagittal"), 3000, 60.0, np.random.default_rng(5))
    place = np.array([camera.pinhole.position_m for camera in cameras]) - view("sagittal").pinhole.position_m
    assert 0.003 < place.std(axis=0).mean() < 0.009
    assert np.abs(np.diff(place, axis=0)).max() < 0.002  # no jumps from frame to frame
    px = np.array([see(camera, np.array(TARGET_M))[0] for camera in cameras])
    assert 3 < px.std(axis=0).mean() < 25
    again = hand_held(view("sagittal"), 3000, 60.0, np.random.default_rng(5))
    np.testing.assert_array_equal(again[-1].pinhole.rotation, cameras[-1].pinhole.rotation)


def test_jitter_and_random_devices_are_repeatable() -> None:
    first, second = (jitter(view("frontal"), np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first.pinhole.rotation, second.pinhole.rotation)
    assert not np.array_equal(first.pinhole.position_m, view("frontal").pinhole.position_m)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: view("side"), "name is 'side', allowed are 'frontal'"),
        (lambda: view("frontal", "camcorder"), "device is 'camcorder', allowed are phone"),
        (lambda: view("frontal", distance_m=0), "distance_m is 0"),
        (lambda: ring(0), "n is 0, expected at least 1"),
        (lambda: fit_view(view("frontal"), np.full((2, 3), np.nan)), "no finite point"),
        (lambda: fit_view(view("frontal"), np.ones((2, 3)), margin=0.5), "margin is 0.5"),
        (lambda: pan(view("sagittal"), np.array([[0, 1, 4.0]]), 25.0), "passes through the camera"),
        (lambda: hand_held(view("sagittal"), 0, 25.0, np.random.default_rng(0)), "n is 0"),
        (lambda: Device((0, 10), -1.0), r"size_px is \(0, 10\).*focal_px is -1.0"),
    ],
)
def test_what_makes_no_camera_is_told(call, match: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=match):
        call()
