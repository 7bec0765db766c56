"""Fluctuations from step to step with a long memory."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array


def long_memory_noise(rng: np.random.Generator, n: int, memory: float) -> Array:
    """Fractional Gaussian noise, (n,), mean 0 and variance 1 in expectation.

    memory is the exponent alpha that detrended fluctuation analysis finds: 0.5 white, 0.75 as strides of
    healthy adults (Hausdorff et al. 1995, J Appl Physiol 78:349). Exact, by circulant embedding (Davies &
    Harte 1987, Biometrika 74:95).
    """
    lag = np.arange(n + 1.0)
    covariance = autocovariance(lag, memory)
    circle = np.concatenate([covariance, covariance[-2:0:-1]])
    power = np.maximum(np.fft.rfft(circle).real, 0.0)  # never negative for 0.5 to 1 but for rounding
    white = rng.standard_normal(circle.size)
    noise: Array = np.fft.irfft(np.fft.rfft(white) * np.sqrt(power), circle.size)[:n]
    return noise


def autocovariance(lag: Array, memory: float) -> Array:
    """Covariance of the noise at lags in steps."""
    h = 2 * memory
    value: Array = 0.5 * (np.abs(lag + 1.0) ** h - 2 * np.abs(lag * 1.0) ** h + np.abs(lag - 1.0) ** h)
    return value
