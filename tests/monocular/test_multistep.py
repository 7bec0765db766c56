"""The steps after the points: lengths from who stands still, poses by inverse kinematics."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.monocular.head import Head
from kinelab.monocular.multistep import MeasuredBody, measured_body, point_body, solved
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.sensors.skin_markers import stand_still
from kinelab.virtual_lab.sessions.filming import LANDMARKS

NAMES = point_body().marker_names
TO_VIEW = np.diag([1.0, -1.0, -1.0])
TOLD = Head(own_body()).columns


def _long_legged() -> Array:
    """Factors (S, 3): legs 8 % longer, arms 5 % shorter than the own body's."""
    factors = np.ones((len(own_body().bodies), 3))
    for row, body in enumerate(own_body().body_names):
        if body.startswith(("femur", "tibia")):
            factors[row] = 1.08
        if body.startswith(("humerus", "ulna", "radius")):
            factors[row] = 0.95
    return factors


def _points(coordinates: Array, factors: Array) -> tuple[Array, Array]:
    """Points (T, K, 3) m in a view that looks along ground's -Z, and the pelvis' rotation there."""
    placed = forward(point_body(), coordinates, factors)
    return placed.marker_m @ TO_VIEW, TO_VIEW @ placed.rotation[:, own_body().body_index("pelvis")]


def _walk(seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return np.asarray(MOVEMENTS["walk"](default_mover(), 10.0, 1.0, rng, rng).coordinates)


def test_points_are_in_the_order_of_the_views() -> None:
    assert NAMES[: len(LANDMARKS)] == LANDMARKS
    assert NAMES[len(LANDMARKS) :] == own_body().marker_names


def test_exact_points_give_lengths_and_angles_back() -> None:
    factors = _long_legged()
    still, _ = _points(np.array(stand_still(default_mover(), 10.0, 0.6).coordinates), factors)
    body = measured_body(NAMES, still)
    legs = [own_body().body_index(name) for name in ("femur_r", "tibia_l", "humerus_l", "radius_r")]
    np.testing.assert_allclose(body.scale[legs, 1], factors[legs, 1], atol=1e-6)
    walk = _walk()
    points, rotation = _points(walk, factors)
    poses = solved(body, NAMES, points)
    off = np.degrees(np.abs(poses.coordinates - walk)[:, TOLD])
    assert off.mean() < 0.5  # the markers were placed by a pose that is not quite the default
    np.testing.assert_allclose(poses.view_rotation, rotation, atol=0.05)
    np.testing.assert_array_equal(poses.scale[3], body.scale)


def test_the_joint_way_bears_points_that_are_off() -> None:
    rng, factors = np.random.default_rng(0), _long_legged()
    still, _ = _points(np.array(stand_still(default_mover(), 10.0, 0.6).coordinates), factors)
    still = still + rng.normal(0, 0.02, still.shape[1:])  # the same in all frames, as a network's are
    lengths = {
        way: np.abs(measured_body(NAMES, still, way).scale / factors - 1).mean()  # type: ignore[arg-type]
        for way in ("distances", "jointly")
    }
    assert lengths["jointly"] < lengths["distances"] < 0.15


def test_where_the_person_is_does_not_matter() -> None:
    body = MeasuredBody(point_body(), np.ones((len(own_body().bodies), 3)))
    walk = _walk()
    points, _ = _points(walk, body.scale)
    here, there = (solved(body, NAMES, points + shift) for shift in (0.0, np.array([3.0, -1.0, 7.0])))
    np.testing.assert_allclose(here.coordinates, there.coordinates, atol=1e-4)
    np.testing.assert_allclose(here.coordinates[:, TOLD], walk[:, TOLD], atol=1e-4)


def test_opensim_finds_the_same() -> None:
    pytest.importorskip("opensim")
    factors = _long_legged()
    body = MeasuredBody(point_body().scaled(factors), factors)
    walk = _walk()[:2]
    points, _ = _points(walk, factors)
    theirs = solved(body, NAMES, points, "opensim")
    off = np.degrees(np.abs(theirs.coordinates - walk)[:, TOLD])
    assert off.mean() < 0.5
    assert off.max() < 5  # the tool's own accuracy leaves what is hardly observed unfinished


def test_a_landmark_that_is_never_told_scales_by_its_neighbours() -> None:
    factors = _long_legged()
    still, _ = _points(np.array(stand_still(default_mover(), 10.0, 0.6).coordinates), factors)
    kept = [i for i, name in enumerate(NAMES[:38]) if not name.endswith(("index", "pinky", "thumb", "heel"))]
    body = measured_body(tuple(NAMES[i] for i in kept), still[:, kept])
    hand, foot = (own_body().body_index(name) for name in ("hand_r", "calcn_r"))
    assert body.scale[hand, 1] == pytest.approx(0.95, abs=1e-6)  # the forearm's
    assert body.scale[foot, 1] == pytest.approx(1.08, abs=1e-6)  # the shank's


def test_what_cannot_be_used_is_told() -> None:
    still, _ = _points(np.array(stand_still(default_mover(), 10.0, 0.6).coordinates), _long_legged())
    with pytest.raises(InputError, match=r"nase: no point of the own body"):
        measured_body(("nase", *NAMES[1:]), still)
    with pytest.raises(InputError, match=r"shape \(6, 100, 3\), expected \(frames, 101, 3\)"):
        measured_body(NAMES, still[:, 1:])
    body = MeasuredBody(point_body(), np.ones((len(own_body().bodies), 3)))
    with pytest.raises(InputError, match=r"seen in any frame"):
        solved(body, NAMES, np.full_like(still, np.nan))
