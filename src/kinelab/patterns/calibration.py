"""What a score means: how rare it is among healthy people who were not learnt from.

Conformal prediction (Vovk, Gammerman, Shafer 2005; Bates et al. 2023 for outliers): the share of healthy
people who score as high or higher, the new person counted among them. If the new person is healthy too, and
walked in the same way of measuring, a limit at 5 % is passed by at most 5 in 100, whatever the distribution.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import beta

from kinelab.core.checks import Array
from kinelab.errors import InputError


def p_values(scores: Array, healthy: Array) -> Array:
    """(n,) scores to p, from 1 / (m + 1) to 1, against the scores of m healthy people; NaN stays NaN."""
    above = (healthy[None, :] >= scores[:, None]).sum(axis=1)
    return np.where(np.isfinite(scores), (1.0 + above) / (healthy.size + 1.0), np.nan)


def limit_of(healthy: Array, rate: float) -> float:
    """The largest score that is still usual: a score above it has p <= rate.

    Raises:
        InputError: so few people cannot promise so small a rate of false alarms.
    """
    return float(np.sort(healthy)[-_passed(healthy.size, rate)])


def rate_range(people: int, rate: float) -> tuple[float, float, float]:
    """The rate of false alarms that a limit of so many people promises: mean, and where 95 % of limits are.

    Over all draws of healthy people the rate of one limit follows Beta(k, m + 1 - k), with k of m people at
    or above the limit: few people promise a mean, not the rate of this one limit.

    Raises:
        InputError: see `limit_of`.
    """
    k = _passed(people, rate)
    low, high = (float(beta.ppf(share, k, people + 1 - k)) for share in (0.025, 0.975))
    return k / (people + 1), low, high


def _passed(people: int, rate: float) -> int:
    if not 0 < rate < 1:
        raise InputError(f"a rate of false alarms is {rate:g}, allowed is between 0 and 1")
    k = int(np.floor(rate * (people + 1) + 1e-9))
    if k < 1:
        least = int(np.ceil(1 / rate)) - 1
        raise InputError(
            f"{people} healthy people cannot promise {rate:.3g} false alarms; {least} or more can, or ask for"
            f" {1 / (people + 1):.3g}"
        )
    return k
