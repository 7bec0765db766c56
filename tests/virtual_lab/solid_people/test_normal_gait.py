from __future__ import annotations

import numpy as np
import pytest

from kinelab.virtual_lab.solid_people.normal_gait import HARMONICS, NORMAL_SERIES, evaluate

PHASE = np.arange(200) / 200
THIGH, KNEE, ANKLE = evaluate(NORMAL_SERIES, PHASE)


def test_knee_has_its_two_published_peaks() -> None:
    """Winter (1991), Perry & Burnfield (2010): 15 to 20 deg in loading, about 60 deg in swing."""
    loading, swing = KNEE[PHASE < 0.3], KNEE[PHASE > 0.5]
    assert loading.max() == pytest.approx(18, abs=2)
    assert swing.max() == pytest.approx(60, abs=2)
    assert PHASE[KNEE.argmax()] == pytest.approx(0.73, abs=0.03)


def test_ankle_and_thigh_have_their_published_range() -> None:
    assert ANKLE.max() == pytest.approx(10, abs=2)
    assert ANKLE.min() == pytest.approx(-18, abs=2)
    assert PHASE[ANKLE.argmin()] == pytest.approx(0.64, abs=0.03)
    assert THIGH.max() == pytest.approx(25, abs=2)
    assert THIGH.min() == pytest.approx(-18, abs=2)


def test_series_is_periodic_and_has_six_harmonics() -> None:
    assert NORMAL_SERIES.shape == (3, HARMONICS + 1) == (3, 7)
    np.testing.assert_allclose(evaluate(NORMAL_SERIES, PHASE), evaluate(NORMAL_SERIES, PHASE + 3), atol=1e-9)


def test_evaluate_is_the_inverse_of_a_fourier_transform() -> None:
    wave = 2 + 3 * np.cos(2 * np.pi * PHASE) - 1.5 * np.sin(6 * np.pi * PHASE)
    series = np.fft.rfft(wave)[:5] / 200
    np.testing.assert_allclose(evaluate(series, PHASE), wave, atol=1e-12)
