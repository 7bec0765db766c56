from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.variability import autocovariance, long_memory_noise


def dfa(series: Array) -> float:
    """Exponent of detrended fluctuation analysis (Peng et al. 1995), written out here."""
    profile = np.cumsum(series - series.mean())
    sizes = np.unique(np.geomspace(8, series.size // 8, 12).astype(int))
    fluctuation = []
    for n in sizes:
        boxes = profile[: series.size // n * n].reshape(-1, n)
        t = np.arange(n)
        left = [box - np.polyval(np.polyfit(t, box, 1), t) for box in boxes]
        fluctuation.append(np.sqrt(np.mean(np.square(left))))
    return float(np.polyfit(np.log(sizes), np.log(fluctuation), 1)[0])


@pytest.mark.parametrize("memory", [0.5, 0.75, 0.9])
def test_has_the_memory_that_was_asked_for(memory: float) -> None:
    found = [dfa(long_memory_noise(np.random.default_rng(seed), 2048, memory)) for seed in range(6)]
    assert np.mean(found) == pytest.approx(memory, abs=0.06)


def test_variance_and_neighbours() -> None:
    noise = np.stack([long_memory_noise(np.random.default_rng(s), 64, 0.75) for s in range(4000)])
    assert noise.var() == pytest.approx(1.0, abs=0.04)
    together = (noise[:, 1:] * noise[:, :-1]).mean()
    assert together == pytest.approx(2**0.5 - 1, abs=0.03)  # of fractional noise with H = 0.75
    assert autocovariance(np.array([1.0]), 0.75)[0] == pytest.approx(2**0.5 - 1)


def test_same_seed_same_noise() -> None:
    one, two = (long_memory_noise(np.random.default_rng(5), 30, 0.8) for _ in range(2))
    np.testing.assert_array_equal(one, two)
