from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from kinelab.errors import InputError
from kinelab.geometry.rotations import SEQUENCES, angular_velocity, from_cardan, to_cardan

RANDOM = Rotation.random(500, rng=0).as_matrix()


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_angles_are_scipys_and_come_back(sequence: str) -> None:
    angle = to_cardan(RANDOM, sequence)
    np.testing.assert_allclose(angle, Rotation.from_matrix(RANDOM).as_euler(sequence), atol=1e-12)
    np.testing.assert_allclose(from_cardan(angle, sequence), RANDOM, atol=1e-14)


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("end", [0, 1])
def test_gimbal_lock_gives_the_same_rotation_with_a_third_angle_of_zero(sequence: str, end: int) -> None:
    middle = [0.0, np.pi][end] if sequence[0] == sequence[2] else [np.pi / 2, -np.pi / 2][end]
    rotation = from_cardan([0.3, middle, 0.7], sequence)
    angle = to_cardan(rotation, sequence)
    assert angle[2] == 0.0
    np.testing.assert_allclose(from_cardan(angle, sequence), rotation, atol=1e-12)


def test_first_axis_stays_and_third_moves_with_the_body() -> None:
    """ZXY by hand: a quarter turn about Z takes X to Y; the next turn is then about ground's Y."""
    rotation = from_cardan(np.radians([90.0, 90.0, 0.0]), "ZXY")
    np.testing.assert_allclose(rotation @ [0, 0, 1], [1, 0, 0], atol=1e-15)


def test_nan_passes_through_and_hurts_no_other_sample() -> None:
    rotation = RANDOM[:6].reshape(2, 3, 3, 3).copy()
    rotation[1, 0, 2, 2] = np.nan
    angle = to_cardan(rotation)
    assert np.isnan(angle[1, 0]).any()
    assert np.isfinite(np.delete(angle.reshape(6, 3), 3, axis=0)).all()
    assert np.isnan(from_cardan([np.nan, 0.0, 0.0])).any()


@pytest.mark.parametrize("frame", ["body", "ground"])
def test_velocity_of_a_steady_turn_is_exact(frame: str) -> None:
    start = RANDOM[0]
    omega = np.array([1.0, -2.0, 3.0])
    turns = Rotation.from_rotvec(np.arange(20)[:, None] / 50 * omega).as_matrix()
    series = start @ turns if frame == "body" else turns @ start
    np.testing.assert_allclose(
        angular_velocity(series, 50, frame), np.broadcast_to(omega, (20, 3)), atol=1e-11
    )


def test_velocity_in_ground_is_the_bodys_turned_to_ground_and_of_second_order() -> None:
    def worst(rate: float) -> float:
        t = np.arange(0, 1, 1 / rate)
        angle = np.stack([np.sin(3 * t), 0.5 * np.cos(2 * t), t**2], axis=1)
        series = from_cardan(angle)
        velocity = angular_velocity(series, rate)
        np.testing.assert_allclose(
            np.einsum("tij,tj->ti", series, velocity)[1:-1],
            angular_velocity(series, rate, "ground")[1:-1],
            atol=50 / rate**2,
        )
        # of the ZXY sequence: body rates by hand
        _, b, c = angle.T
        da, db, dc = 3 * np.cos(3 * t), -np.sin(2 * t), 2 * t
        truth = np.stack(
            [
                db * np.cos(c) - da * np.cos(b) * np.sin(c),
                dc + da * np.sin(b),
                db * np.sin(c) + da * np.cos(b) * np.cos(c),
            ],
            axis=1,
        )
        return float(np.abs(velocity - truth)[1:-1].max())

    assert worst(200) < 1e-3
    assert worst(100) / worst(200) == pytest.approx(4, rel=0.1)


def test_velocity_next_to_a_gap_is_nan() -> None:
    series = Slerp([0, 1], Rotation.random(2, rng=1))(np.linspace(0, 1, 9)).as_matrix()
    series[4] = np.nan
    assert np.isnan(angular_velocity(series, 10)).any(axis=1).nonzero()[0].tolist() == [3, 5]


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"sequence 'zxy'; allowed are XYZ, .* \(body-fixed\)"):
        to_cardan(RANDOM, "zxy")
    with pytest.raises(InputError, match=r"shape \(4,\); expected \(\.\.\., 3\), one for each turn of ZXY"):
        from_cardan(np.zeros(4))
    with pytest.raises(InputError, match=r"shape \(3,\); expected \(\.\.\., 3, 3\)"):
        to_cardan(np.zeros(3))
    with pytest.raises(InputError, match="two or more in time"):
        angular_velocity(RANDOM[:1], 100)
    with pytest.raises(InputError, match="rate_hz is 0"):
        angular_velocity(RANDOM, 0)
