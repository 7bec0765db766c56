from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.signals.one_euro import OneEuro, OneEuroSettings


def filtered(values: np.ndarray, rate_hz: float, settings: OneEuroSettings) -> np.ndarray:
    euro = OneEuro(1, settings)
    return np.array([euro.add(i / rate_hz, np.array([v]))[0] for i, v in enumerate(values)])


def test_at_rest_it_takes_out_the_noise_of_its_cutoff() -> None:
    noise = np.random.default_rng(0).normal(0, 1, 20_000)
    found = filtered(noise, 50.0, OneEuroSettings(1.0, 0.0))
    weight = 1 / (1 + 50 / (2 * np.pi))
    assert found[500:].std() == pytest.approx(np.sqrt(weight / (2 - weight)), rel=0.05)


def test_a_ramp_trails_by_the_lag_it_tells() -> None:
    euro = OneEuro(1, OneEuroSettings(2.0, 0.0))
    for i in range(400):
        found = euro.add(i / 100, np.array([100.0 * i / 100]))
    trails_s = (100.0 * 399 / 100 - found[0]) / 100.0
    assert euro.lag_s[0] == pytest.approx(1 / (2 * np.pi * 2.0))
    assert trails_s == pytest.approx(euro.lag_s[0], rel=1e-3)


def test_what_moves_trails_less() -> None:
    ramp = 300.0 * np.arange(200) / 50
    slow, quick = (filtered(ramp, 50.0, OneEuroSettings(2.0, gain)) for gain in (0.0, 0.05))
    assert ramp[-1] - quick[-1] < 0.2 * (ramp[-1] - slow[-1])


def test_a_gap_gives_nothing_and_a_long_one_is_forgotten() -> None:
    euro = OneEuro(2, OneEuroSettings(1.0, 0.0), forget_s=0.5)
    euro.add(0.0, np.array([1.0, 1.0]))
    gone = euro.add(0.1, np.array([np.nan, 1.0]))
    assert np.isnan(gone[0])
    assert np.isnan(euro.lag_s[0])
    assert gone[1] == pytest.approx(1.0)
    assert 1.0 < euro.add(0.2, np.array([5.0, 1.0]))[0] < 5.0  # still smoothed over a short gap
    assert euro.add(2.0, np.array([9.0, 1.0]))[0] == 9.0  # begins anew


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(InputError, match="expected positive numbers"):
        OneEuroSettings(0.0)
