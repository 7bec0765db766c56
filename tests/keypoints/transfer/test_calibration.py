from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.keypoints.transfer.calibration import calibrate_sd, cross_calibrated
from kinelab.keypoints.transfer.evaluation import reliability


def drawn(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Differences, what the network says, and the true sd: 2 x said and a floor of 1.5 px."""
    rng = np.random.default_rng(seed)
    said = rng.uniform(0.1, 3.0, (n, 4))
    true = np.sqrt((2 * said) ** 2 + 1.5**2)
    return rng.normal(0, true[..., None], (n, 4, 2)), said, true


def test_scale_and_floor_are_found_again() -> None:
    difference, said, true = drawn(3000)
    found = calibrate_sd(difference, said)
    # errors are capped at four medians, which shortens the longest few
    np.testing.assert_allclose(found.scale, 2, rtol=0.1)
    np.testing.assert_allclose(found.floor_px, 1.5, rtol=0.1)
    np.testing.assert_allclose(found.apply(said), true, rtol=0.1)


def test_stated_sd_matches_the_error_on_other_frames() -> None:
    difference, said, _ = drawn(60, 1)
    other, other_said, true = drawn(2000, 2)
    stated = calibrate_sd(difference, said).apply(other_said)
    np.testing.assert_allclose(stated, true, rtol=0.35)
    error = np.linalg.norm(other, axis=-1)
    for group in reliability(error, stated):
        assert group["found_sd_px"] == pytest.approx(group["stated_sd_px"], rel=0.2)
        assert group["within_1_sd"] == pytest.approx(0.393, abs=0.1)
        assert group["within_2_sd"] == pytest.approx(0.865, abs=0.1)


def test_a_landmark_that_is_worse_is_said_to_be() -> None:
    rng = np.random.default_rng(3)
    said = np.ones((400, 3))
    difference = rng.normal(0, 1, (400, 3, 2)) * np.array([1.0, 1.0, 3.0])[:, None]
    sd = calibrate_sd(difference, said).apply(said)[0]
    np.testing.assert_allclose(sd, [1, 1, 3], rtol=0.12)


def test_few_errors_of_a_landmark_are_drawn_towards_the_others() -> None:
    difference, said, _ = drawn(100)
    difference[3:, 0] = np.nan
    difference[:3, 0] *= 3
    found = calibrate_sd(difference, said)
    assert 1 < found.scale[0] / found.scale[1:].mean() < 2


def test_one_misplaced_point_does_not_widen_all() -> None:
    difference, said, true = drawn(200)
    difference[0, 0] = 300
    np.testing.assert_allclose(calibrate_sd(difference, said).apply(said), true, rtol=0.25)


def test_too_few_are_refused() -> None:
    difference, said, _ = drawn(2)
    with pytest.raises(InputError, match="8 labelled landmarks are left to calibrate the sd on; at least 10"):
        calibrate_sd(difference, said)
    assert np.isnan(cross_calibrated(difference, said)).all()
    assert np.isfinite(cross_calibrated(*drawn(20)[:2])).all()
