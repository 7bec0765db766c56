"""From values of strides to a Measure with its unit from the catalogue."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.measures import Measure, MeasureSide
from kinelab.core.quantities import quantity
from kinelab.stats.summary import summarise


def make(name: str, side: MeasureSide, values: ArrayLike) -> tuple[Measure, ...]:
    """The mean of one value a stride (n,), with sd and confidence interval; nothing when no value is finite.

    Raises:
        InputError: the catalogue has no quantity of this name.
    """
    row = quantity(name)
    sample = np.asarray(values, dtype=np.float64)
    if not np.isfinite(sample).any():
        return ()
    s = summarise(sample)
    return (Measure(name, s.mean, row.unit, s.n, side, s.sd, s.ci95),)
