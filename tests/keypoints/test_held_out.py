from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.skeletons import GAIT_20
from kinelab.keypoints.held_out import HeldOutResult

TRUTH = np.random.default_rng(0).uniform((20, 20), (170, 230), (50, 20, 2))


def result(
    predicted: np.ndarray, truth: np.ndarray = TRUTH, visible: np.ndarray | None = None
) -> HeldOutResult:
    seen = np.isfinite(truth).all(axis=-1) if visible is None else visible
    return HeldOutResult(GAIT_20, predicted, truth, seen, np.ones(truth.shape[:2]))


def test_a_shift_of_three_four_is_an_error_of_five() -> None:
    figures = result(TRUTH + np.array([3, 4])).figures()
    assert figures["error_mean_px"] == pytest.approx(5)
    assert figures["error_left_knee_median_px"] == pytest.approx(5)
    assert figures["error_legs_median_px"] == pytest.approx(5)
    assert figures["held_out_pictures"] == 50


def test_pck_is_against_the_height_of_the_person() -> None:
    height = np.ptp(TRUTH[..., 1], axis=1)
    shift = np.zeros_like(TRUTH)
    shift[:25, :, 0] = 0.049 * height[:25, None]
    shift[25:, :, 0] = 0.051 * height[25:, None]
    assert result(TRUTH + shift).figures()["pck_5_percent_of_height"] == pytest.approx(0.5)


def test_exchanged_legs_are_counted() -> None:
    predicted = TRUTH.copy()
    left, right = GAIT_20.index("left_knee"), GAIT_20.index("right_knee")
    predicted[:, [left, right]] = predicted[:, [right, left]]
    assert result(TRUTH).swap_rate() == 0
    assert result(predicted).swap_rate() == pytest.approx(1 / 5, abs=0.02)  # one of five joints


def test_landmarks_outside_and_hidden_do_not_count_as_visible() -> None:
    truth = TRUTH.copy()
    truth[:, 0] = np.nan
    visible = np.isfinite(truth).all(axis=-1)
    visible[:, 1] = False
    predicted = TRUTH.copy()
    predicted[:, 1] += 100
    figures = result(predicted, truth, visible).figures()
    assert figures["error_mean_px"] == pytest.approx(0)
    assert figures["error_hidden_median_px"] == pytest.approx(100 * np.sqrt(2))
    assert "error_nose_mean_px" not in figures
