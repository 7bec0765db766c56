"""How sure a share is that was counted."""

from __future__ import annotations

from scipy.special import betaincinv

from kinelab.errors import InputError


def clopper_pearson(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share of which k of n were counted: each bound holds with `level` by itself.

    Exact bounds of Clopper & Pearson 1934 (Biometrika 26:404): with a level of 0.975 they are the two-sided
    95 % interval. Nothing counted gives (0, 1).

    Raises:
        InputError: k is not between 0 and n, or the level not between 0 and 1.
    """
    if not 0 <= k <= n:
        raise InputError(f"{k} of {n} is no share")
    if not 0 < level < 1:
        raise InputError(f"level is {level}, expected between 0 and 1")
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, 1 - level))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, level))
    return low, high
