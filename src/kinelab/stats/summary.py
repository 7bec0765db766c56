"""Mean, standard deviation and confidence interval of a small sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from kinelab.errors import InputError


@dataclass(frozen=True)
class Summary:
    """`n` finite values: `mean`, `sd`, `ci95`.

    sd has n - 1 in the denominator (NaN with one value); ci95 is the 95 % confidence interval of the mean
    (None with one value).
    """

    n: int
    mean: float
    sd: float
    ci95: tuple[float, float] | None


def summarise(values: ArrayLike) -> Summary:
    """Summary of a sample (n,) in its own unit; NaN is left out.

    The interval is mean +- t(0.975, n - 1) sd / sqrt(n) (NIST/SEMATECH e-Handbook of Statistical Methods,
    section 1.3.5.2). It takes the values as independent; the strides of one walk are not quite, so the
    true interval is a little wider.

    Raises:
        InputError: no finite value is left.
    """
    sample = np.asarray(values, dtype=np.float64).ravel()
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        raise InputError("no finite value to summarise; expected at least one")
    mean = float(sample.mean())
    if sample.size == 1:
        return Summary(1, mean, float("nan"), None)
    sd = float(sample.std(ddof=1))
    half = float(stdtrit(sample.size - 1, 0.975)) * sd / np.sqrt(sample.size)
    return Summary(int(sample.size), mean, sd, (float(mean - half), float(mean + half)))
