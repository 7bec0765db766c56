"""How well a score tells two groups of people apart: the area under its curve, with an interval."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError


def auc(lower: Array, higher: Array) -> float:
    """Share of pairs in which a value of `higher` (n,) is above one of `lower` (m,), ties half.

    The Mann-Whitney form of the area under the ROC curve (Hanley and McNeil 1982, Radiology 143:29).

    Raises:
        InputError: an empty group, or a value that is no number.
    """
    if not lower.size or not higher.size:
        raise InputError(f"an AUC needs both groups; they have {lower.size} and {higher.size} values")
    if not (np.isfinite(lower).all() and np.isfinite(higher).all()):
        raise InputError("a score is NaN or infinite; leave that person out before the AUC")
    ordered = np.sort(lower)
    below = np.searchsorted(ordered, higher, "left") + np.searchsorted(ordered, higher, "right")
    return float(below.mean() / (2 * lower.size))


def auc_interval(
    lower: Array, higher: Array, rng: np.random.Generator, draws: int = 2000
) -> tuple[float, float]:
    """95 % interval of `auc`: people of each group drawn again with replacement (percentiles).

    One value a person. It holds what other people would change, not what another training would.
    """
    rows = (rng.integers(group.size, size=(draws, group.size)) for group in (lower, higher))
    found = [auc(lower[a], higher[b]) for a, b in zip(*rows, strict=True)]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
