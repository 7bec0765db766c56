from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.motion.gait_curves import NORMAL, as_series, bump, evaluate, later, wave

PHASE = np.arange(200) / 200


@pytest.mark.parametrize(
    ("name", "peak", "at"),
    [
        ("knee_angle", 60, 0.72),
        ("hip_flexion", 34, 0.87),
        ("ankle_angle", 12.5, 0.45),
        ("pelvis_rotation", 4.5, 0.0),
    ],
)
def test_peaks_of_normal_walking(name: str, peak: float, at: float) -> None:
    """Perry & Burnfield 2010: heights and instants of the named peaks."""
    curve = evaluate(NORMAL[name], PHASE)
    assert curve.max() == pytest.approx(peak, abs=2.0)
    away = (PHASE[np.argmax(curve)] - at + 0.5) % 1 - 0.5
    assert abs(away) < 0.04


def test_left_and_right_halves_of_the_pelvis_mirror() -> None:
    for name in ("pelvis_list", "pelvis_rotation"):
        curve = evaluate(NORMAL[name], PHASE)
        np.testing.assert_allclose(np.roll(curve, 100), -curve, atol=0.35)


def test_series_are_what_they_say() -> None:
    np.testing.assert_allclose(evaluate(wave(2, 0.1), PHASE), np.cos(4 * np.pi * (PHASE - 0.1)), atol=1e-12)
    np.testing.assert_allclose(evaluate(wave(0, 0.7), PHASE), 1.0)
    np.testing.assert_allclose(evaluate(later(wave(1, 0), 0.25), PHASE), evaluate(wave(1, 0.25), PHASE))
    assert evaluate(bump(0.4, 0.1), np.array([0.4]))[0] == pytest.approx(1.0, abs=0.01)
    curve = 3 + np.cos(2 * np.pi * PHASE) - 2 * np.sin(6 * np.pi * PHASE)
    np.testing.assert_allclose(evaluate(as_series(curve), PHASE), curve, atol=1e-12)
