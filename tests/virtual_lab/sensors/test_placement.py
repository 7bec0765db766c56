"""Sensors sit where they are said to, on anyone's body."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.forward import forward
from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.virtual_lab.sensors.placement import (
    AS_RAPP_2021,
    FULL_BODY_15,
    LOWER_BODY_7,
    SITES,
    Misplacement,
    mount,
)

BODY = own_body()


def in_ground(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Position and axes of an intended sensor on the standing own body."""
    (sensor,) = mount(BODY, [name])
    placed = forward(BODY, BODY.default_coordinates)
    row = BODY.body_index(sensor.body)
    return placed.position_m[row] + placed.rotation[row] @ sensor.position_m, sensor.rotation


def test_sites_lie_on_the_right_parts_and_face_out_of_the_body() -> None:
    """In the standing body; heights of a man of 1.75 m."""
    heights = {"foot_r": (0.04, 0.1), "shank_l": (0.2, 0.4), "thigh_r": (0.6, 0.8), "pelvis": (0.9, 1.1),
               "sternum": (1.2, 1.4), "head": (1.55, 1.75), "hand_l": (0.6, 0.8)}  # fmt: skip
    for name, (low, high) in heights.items():
        position, _ = in_ground(name)
        assert low < position[1] < high, name
    pelvis, axes = in_ground("pelvis")
    assert pelvis[0] < -0.05
    np.testing.assert_allclose(axes[:, 2], [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(axes[:, 0], [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("name", [name[:-2] for name in SITES if name.endswith("_r")])
def test_left_sites_mirror_the_right_ones(name: str) -> None:
    right, axes_right = in_ground(f"{name}_r")
    left, axes_left = in_ground(f"{name}_l")
    np.testing.assert_allclose(left, right * [1, 1, -1], atol=1e-9)
    np.testing.assert_allclose(axes_left[:, 2], axes_right[:, 2] * [1, 1, -1], atol=1e-12)


def test_sites_follow_the_persons_own_markers() -> None:
    taller = BODY.scaled(np.full((24, 3), 1.1))
    for small, tall in zip(mount(BODY, ["shank_r"]), mount(taller, ["shank_r"]), strict=True):
        np.testing.assert_allclose(tall.position_m, 1.1 * small.position_m)


def test_misplacement_has_the_spread_that_was_asked_for() -> None:
    rng = np.random.default_rng(1)
    worn = [mount(BODY, ["thigh_r"], Misplacement(0.02, 12.0, 5.0), rng)[0] for _ in range(1500)]
    moved = np.array([one.intended_rotation.T @ (one.position_m - one.intended_position_m) for one in worn])
    turned = Rotation.from_matrix([one.intended_rotation.T @ one.rotation for one in worn]).as_rotvec(
        degrees=True
    )
    np.testing.assert_allclose(moved.std(axis=0), [0.02, 0.02, 0.0], rtol=0.06, atol=1e-9)
    np.testing.assert_allclose(turned.std(axis=0), [5.0, 5.0, 12.0], rtol=0.06)


def test_rapps_misplacement_is_13_5_degrees_over_all_axes() -> None:
    rng = np.random.default_rng(2)
    worn = [one for _ in range(300) for one in mount(BODY, LOWER_BODY_7, AS_RAPP_2021, rng)]
    angle = np.degrees(
        [Rotation.from_matrix(one.intended_rotation.T @ one.rotation).magnitude() for one in worn]
    )
    assert np.sqrt(np.mean(angle**2)) == pytest.approx(13.5, rel=0.04)
    assert all((one.position_m == one.intended_position_m).all() for one in worn)


def test_same_seed_same_place() -> None:
    first, second = (
        mount(BODY, FULL_BODY_15, Misplacement(0.01, 5, 5), np.random.default_rng(3)) for _ in range(2)
    )
    assert all((a.rotation == b.rotation).all() for a, b in zip(first, second, strict=True))


def test_bad_mountings_are_refused() -> None:
    with pytest.raises(InputError, match="no site knee; there are pelvis"):
        mount(BODY, ["knee"])
    with pytest.raises(InputError, match="each site once"):
        mount(BODY, ["pelvis", "pelvis"])
    with pytest.raises(InputError, match="give rng"):
        mount(BODY, ["pelvis"], Misplacement(0.01))
    with pytest.raises(InputError, match="no marker 'SACR'"):
        mount(BODY.with_markers(()), ["pelvis"])
    with pytest.raises(InputError, match="millimetres"):
        Misplacement(15.0)
