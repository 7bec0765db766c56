"""The compiled loops: angles as the skeleton's, derivatives as finite differences, integration as exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.joint_axes import joint_angles
from kinelab.inertial.refinement.blending import blend, shape_weight, tissue_rad
from kinelab.inertial.refinement.fusion_quality import FusionQuality
from kinelab.inertial.refinement.integration import integrate
from kinelab.inertial.refinement.joints_told import joints_told
from kinelab.inertial.refinement.knots import place_knots
from kinelab.inertial.refinement.windows import compare, joint_turns, mean_forces


def test_turns_are_the_joint_angles_on_both_sides(walk) -> None:
    made = walk(seed=1, seconds=2.0)
    told = joints_told(made.imu, {}, FusionQuality())
    found = joint_turns(np.ascontiguousarray(made.rotation), told.pairs, told.sign)
    for j, (joint, side) in enumerate(told.keys):
        p, c = told.pairs[j]
        expected = joint_angles(made.rotation[:, p], made.rotation[:, c], joint, side)
        np.testing.assert_allclose(found[:, j], expected, atol=1e-12)


def test_what_is_told_truly_has_no_error_and_its_effect_is_right(walk) -> None:
    """Finite differences of the mean error with the distal orientation and the proximal alignment."""
    made = walk(seed=2, seconds=3.0)
    exact = {key: made.estimates[key] for key in made.estimates}
    told = joints_told(made.imu, exact, FusionQuality())
    turn = np.stack(
        [np.radians(made.angle_deg[key]) * told.sign[j] for j, key in enumerate(told.keys)], axis=1
    )
    knots = place_knots(made.imu, FusionQuality())
    everything = np.ones_like(told.told)
    free = np.zeros(len(told.keys), dtype=bool)

    def mean_error(rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total, _ = compare(
            np.ascontiguousarray(rotation),
            np.tile(np.eye(3), (7, 1, 1)),
            told.pairs,
            turn,
            everything,
            free,
            knots.share,
            knots.sample,
            1,
        )
        whole = total.sum(axis=0)
        return whole[:, 1:4] / whole[:, :1], (whole[:, 4:22] / whole[:, :1]).reshape(-1, 3, 6)

    error, effect = mean_error(made.rotation)
    np.testing.assert_allclose(error, 0, atol=1e-12)
    step, j = 1e-6, told.keys.index(("knee", "left"))
    p, c = told.pairs[j]
    for a in range(3):
        small = Rotation.from_rotvec(step * np.eye(3)[a]).as_matrix()
        moved = made.rotation.copy()
        moved[:, c] = small @ moved[:, c]
        np.testing.assert_allclose(mean_error(moved)[0][j] / step, effect[j, :, a], atol=1e-5)
        moved = made.rotation.copy()
        moved[:, p] = moved[:, p] @ small
        np.testing.assert_allclose(mean_error(moved)[0][j] / step, effect[j, :, 3 + a], atol=1e-5)


def test_a_window_sees_gravity_through_strides(walk) -> None:
    """Windows of 6 s over strides of 1.07 s: an acceleration of 1 to 4 m/s2 cancels to below 0.1."""
    made = walk(seed=3, seconds=30.0, noise=False)
    knots = place_knots(made.imu, FusionQuality())
    total, weight = mean_forces(
        np.ascontiguousarray(made.rotation), knots.acc_mps2, knots.felt, knots.share, knots.sample
    )
    mean = total[1:-1] / weight[1:-1, :, None]
    np.testing.assert_allclose(mean[..., 1], 9.80665, atol=0.1)
    np.testing.assert_allclose(mean[..., [0, 2]], 0.0, atol=0.1)
    np.testing.assert_allclose(weight[1:-1], knots.full, rtol=0.02)


@pytest.mark.parametrize("increments", [True, False])
def test_integration_between_knots_ends_at_the_next(walk, increments: bool) -> None:
    made = walk(seed=4, seconds=6.0, bias_dps=0.0, noise=False)
    knots = place_knots(made.imu, FusionQuality())
    gyr = knots.gyr_radps
    if not increments:  # from increments at the middle of a step to instants at its ends
        gyr = np.concatenate([gyr[:1], 0.5 * (gyr[1:-1] + gyr[2:]), gyr[-1:]])
    at = Rotation.from_matrix(made.rotation[knots.sample].reshape(-1, 3, 3)).as_quat(scalar_first=True)
    rotation = np.empty_like(made.rotation)
    lever, defect = integrate(
        gyr, knots.share, 100.0, increments, knots.sample, at.reshape(-1, 7, 4),
        np.zeros((knots.n, 7, 3)), rotation,
    )  # fmt: skip
    off = Rotation.from_matrix((rotation.swapaxes(-1, -2) @ made.rotation).reshape(-1, 3, 3)).magnitude()
    assert np.degrees(off).max() < (1e-6 if increments else 1.0)
    assert np.degrees(np.abs(defect)).max() < (1e-6 if increments else 1.5)
    first = slice(knots.sample[0], knots.sample[1])
    np.testing.assert_allclose(
        lever[0], made.rotation[first].sum(axis=0) / 100.0, atol=1e-6 if increments else 0.02
    )


def test_lost_samples_are_where_the_doubt_is(walk) -> None:
    made = walk(seed=5, seconds=8.0)
    gyr = made.imu.gyr_radps.copy()
    gyr[300:350, 3] = np.nan
    acc = np.where(np.isnan(gyr), np.nan, made.imu.acc_mps2)
    holed = type(made.imu)(made.imu.segments, made.imu.time, acc, gyr, None, "segment")
    knots = place_knots(holed, FusionQuality())
    k = int(np.searchsorted(knots.sample, 320)) - 1
    assert knots.variance[k, 3] > 100 * knots.variance[k, 2]
    assert knots.share[299, 3] < 0.02
    assert knots.share[351, 3] > 0.98
    assert not knots.felt[300:350, 3].any()
    assert knots.felt[:, 2].all()


def test_blending_takes_a_share_of_the_shape_and_nothing_of_the_level() -> None:
    time_s = np.arange(3000) / 100
    wave = 5 * np.sin(2 * np.pi * time_s)[:, None]
    said = wave + 20.0 + 0.2 * time_s[:, None]
    told = np.ones(3000, dtype=bool)
    told[1000:1100] = False
    found = blend(np.zeros((3000, 1)), said, told, np.array([0.25]), 100.0)
    inside = np.r_[500:900, 1500:2500]
    np.testing.assert_allclose(found[inside], 0.25 * wave[inside], atol=0.15)
    assert (found[1000:1100] == 0).all()
    assert blend(wave, said, told, np.array([0.0]), 100.0) is wave


def test_what_moves_as_one_with_the_bone_needs_no_network() -> None:
    tissue = tissue_rad(("pelvis", "thigh_r"), 1.0)
    assert tissue[1, 1] > 2 * tissue[0, 1]
    assert (shape_weight(tissue_rad(("thigh_r",), 0.0), np.full((1, 3), 0.1)) == 0).all()
    np.testing.assert_array_equal(shape_weight(np.ones(2), np.array([np.inf, 1.0])), [0.0, 0.5])
