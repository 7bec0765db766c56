"""The two-sided tabular CUSUM (Page 1954, Biometrika 41:100; Montgomery, Statistical Quality Control)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import IntArray


def cusum(z: ArrayLike, allowance: float = 0.5, threshold: float = 5.0) -> IntArray:
    """1 or -1 at each signal upwards or downwards, else 0, of standardised values (..., n in order of time).

    Sums what lies more than `allowance` above (below) 0 and never falls below 0; a sum above `threshold`
    signals, and both begin anew. In standard deviations of one value.
    """
    values = np.asarray(z, dtype=np.float64)
    high, low = np.zeros(values.shape[:-1]), np.zeros(values.shape[:-1])
    found = np.zeros(values.shape, dtype=np.int64)
    for i in range(values.shape[-1]):
        high = np.maximum(0, high + values[..., i] - allowance)
        low = np.maximum(0, low - values[..., i] - allowance)
        signal = (high > threshold).astype(np.int64) - (low > threshold)
        found[..., i] = signal
        high, low = (np.where(signal != 0, 0, one) for one in (high, low))
    return found
