"""The published optimisation is integration of the gyroscopes; pseudo-calibration by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.errors import InputError
from kinelab.inertial.refinement.bfgs import optimised_by_bfgs
from kinelab.inertial.refinement.closed_form import integrated, optimised_angles_deg
from kinelab.inertial.refinement.pseudo_calibration import published_error_deg, with_mean, without_mean
from kinelab.inertial.segment_motion import joint_segments

RATE_HZ = 100.0


def apart_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(Rotation.from_matrix(a.swapaxes(1, 2) @ b).magnitude())


@pytest.mark.parametrize(("tolerance", "most_deg"), [(1e-6, 0.02), (0.0, 1e-4)])
def test_bfgs_ends_where_the_closed_form_does(walk, tolerance: float, most_deg: float) -> None:
    """40 frames of a shank from a network that is off by 5 deg anew at each; at the paper's tolerance what is
    left of the error adds up from frame to frame, without it nothing is."""
    made = walk(seed=1, seconds=0.6, noise=False)
    s, n = made.imu.segments.index("shank_r"), 40
    off = Rotation.from_rotvec(np.radians(5) * np.random.default_rng(0).standard_normal((n, 3))).as_matrix()
    predicted = made.rotation[:n, s] @ off
    quaternions = Rotation.from_matrix(predicted).as_quat(scalar_first=True)
    gyr = made.imu.gyr_radps[:n]
    by_bfgs = optimised_by_bfgs(quaternions, gyr[:, s], RATE_HZ, tolerance)
    closed = integrated(predicted[:1], gyr[:, [s]], RATE_HZ)[:, 0]
    found = Rotation.from_quat(by_bfgs, scalar_first=True).as_matrix()
    assert apart_deg(found, closed).max() < most_deg
    assert apart_deg(found, predicted)[1:].min() > 0.3


def test_integration_gives_the_truth_back_without_noise_and_drifts_with_a_bias(walk) -> None:
    exact = walk(seed=2, bias_dps=0.0, noise=False)
    found = integrated(exact.rotation[0], exact.imu.gyr_radps, RATE_HZ)
    assert max(apart_deg(found[:, s], exact.rotation[:, s]).max() for s in range(7)) < 1e-6
    biased = walk(seed=2, bias_dps=1.0, noise=False)
    found = integrated(biased.rotation[0], biased.imu.gyr_radps, RATE_HZ)
    drift = [apart_deg(found[-1:, s], biased.rotation[-1:, s])[0] for s in range(7)]
    assert 8.0 < np.median(drift) < 20.5  # 1 deg/s over 20 s, less what turns with the segment


def test_integration_ends_at_a_lost_sample(walk) -> None:
    made = walk(seed=3, seconds=1.0)
    gyr = made.imu.gyr_radps.copy()
    gyr[40, 2] = np.nan
    found = integrated(made.rotation[0], gyr, RATE_HZ)
    lost = np.isnan(found).any(axis=(2, 3))
    assert lost[40:, 2].all()
    assert lost.sum() == 60
    with pytest.raises(InputError, match=r"expected \(S, 3, 3\), \(T, S, 3\)"):
        integrated(made.rotation[0, 0], gyr, RATE_HZ)
    with pytest.raises(InputError, match="rate_hz is 0"):
        integrated(made.rotation[0], gyr, 0.0)
    with pytest.raises(InputError, match="lost samples"):
        optimised_by_bfgs(np.tile([1.0, 0, 0, 0], (100, 1)), gyr[:, 2], RATE_HZ)
    with pytest.raises(InputError, match=r"expected \(T, 4\), \(T, 3\)"):
        optimised_by_bfgs(np.ones((5, 3)), np.ones((5, 3)), RATE_HZ)


def test_optimised_angles_start_from_the_networks_first_frame(walk) -> None:
    made = walk(seed=4, bias_dps=0.0, noise=False)
    key = ("knee", "left")
    rows = [made.imu.segments.index(one) for one in joint_segments(*key)]
    found = optimised_angles_deg(made.estimates[key], made.imu.gyr_radps[:, rows])
    np.testing.assert_allclose(found, made.angle_deg[key], atol=1e-6)


def test_pseudo_calibration_leaves_the_shape() -> None:
    true = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [np.nan, np.nan]])
    predicted = true + np.array([[5.5, -2.0], [4.5, -2.0], [5.0, -2.0], [0.0, 0.0]])
    np.testing.assert_allclose(
        published_error_deg(predicted, true)[:3], [[0.5, 0], [-0.5, 0], [0, 0]], atol=1e-12
    )
    levelled = without_mean(predicted)
    np.testing.assert_allclose(np.nanmean(levelled.angle_deg, axis=0), 0, atol=1e-12)
    known = with_mean(predicted, np.array([2.0, 20.0]), np.array([1.5, 3.0]))
    np.testing.assert_allclose(np.nanmean(known.angle_deg, axis=0), [2.0, 20.0], atol=1e-12)
    np.testing.assert_array_equal(known.level_sd_deg, [1.5, 3.0])
    with pytest.raises(InputError, match="expected the same"):
        published_error_deg(true, true[:2])
    with pytest.raises(InputError, match=r"mean_deg has shape \(3,\)"):
        with_mean(true, np.zeros(3), np.ones(2))
    with pytest.raises(InputError, match="mean_sd_deg is -1"):
        with_mean(true, np.zeros(2), np.array([-1.0, 1.0]))
