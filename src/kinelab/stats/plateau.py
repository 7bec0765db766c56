"""Where a learning curve stops falling, by a stated rule: pairwise tests, or a fitted decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar, nnls

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.stats.pairs import Pair

_LEAST_LEVELS = 4  # three parameters and one to spare


def plateau_by_pairs(pairs: Sequence[Pair], levels: Sequence[str], alpha: float = 0.05) -> str | None:
    """The smallest level after which no two levels differ significantly, itself included; None: not reached.

    The rule of Johnson et al. 2022 ("after 175k, mean differences between additional levels did not reach
    significance"). pairs: all pairs of `levels`, which are in rising order; adjusted p values count. The
    last level has none after it, so it is never the answer. More units make smaller differences significant
    and this plateau later: it speaks of what can be told apart, not of what matters.
    """
    rank = {level: i for i, level in enumerate(levels)}
    differing = [min(rank[p.a], rank[p.b]) for p in pairs if p.p_adjusted < alpha]
    first = max(differing, default=-1) + 1
    return levels[first] if first < len(levels) - 1 else None


@dataclass(frozen=True)
class Decay:
    """error = asymptote + drop exp(-(level - start) / scale), in the units of error and level.

    start: the lowest level that was tried; rms: root mean square of what the curve leaves over.
    """

    asymptote: float
    drop: float
    start: float
    scale: float
    rms: float

    def excess(self, level: ArrayLike) -> Array:
        """How far above the asymptote the curve is."""
        above: Array = self.drop * np.exp(-(np.asarray(level, dtype=np.float64) - self.start) / self.scale)
        return above

    def level_within(self, tolerance: float) -> float:
        """The level, not necessarily one that was tried, at which the curve comes within `tolerance`."""
        return float(self.start + self.scale * np.log(self.drop / tolerance))


def fit_decay(levels: ArrayLike, errors: ArrayLike) -> Decay | None:
    """The least-squares decay through mean errors (k,) at rising levels (k,); None where errors do not fall.

    For each scale the other two parameters are linear, so only the scale is searched: no starting values.

    Raises:
        InputError: fewer than four levels, or a value is missing.
    """
    x, y = np.asarray(levels, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if x.shape != y.shape or x.size < _LEAST_LEVELS or not np.isfinite(x + y).all():
        raise InputError(
            f"{x.size} levels and {y.size} errors; a decay needs"
            f" {_LEAST_LEVELS} levels or more, each with its error"
        )
    span = float(x.max() - x.min())
    tried = np.geomspace(span / 100, span * 10, 60)
    best = tried[int(np.argmin([_linear(x, y, s)[2] for s in tried]))]
    found = minimize_scalar(
        lambda log_scale: _linear(x, y, float(np.exp(log_scale)))[2],
        bounds=(np.log(best / 1.2), np.log(best * 1.2)),
        method="bounded",
    )
    scale = float(np.exp(found.x))
    asymptote, drop, square = _linear(x, y, scale)
    if drop <= 0 or y[-1] >= y[0]:
        return None
    return Decay(asymptote, drop, float(x[0]), scale, float(np.sqrt(square / x.size)))


def _linear(x: Array, y: Array, scale: float) -> tuple[float, float, float]:
    """(asymptote, drop, sum of squares left over) at one scale."""
    falling = np.exp(-(x - x[0]) / scale)
    design = np.stack([np.ones_like(x), falling], axis=1)
    # No error is negative, so neither is its asymptote.
    (asymptote, drop), left = nnls(design, y)
    return float(asymptote), float(drop), float(left) ** 2


def plateau_by_fit(decay: Decay, levels: Sequence[float], tolerance: float) -> float | None:
    """The smallest level that was tried at which the decay is within `tolerance`; None: not reached."""
    reached = np.flatnonzero(decay.excess(levels) <= tolerance)
    return float(levels[reached[0]]) if reached.size else None
