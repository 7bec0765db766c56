"""Faults that come in bursts: a few samples in a row, now and then."""

from __future__ import annotations

import numpy as np

from kinelab.core.timebase import Timebase


def bursts(rng: np.random.Generator, time: Timebase, per_min: float, mean_s: float) -> list[slice]:
    """Stretches of samples: as many as a Poisson process of `per_min` gives, of exponential length about
    `mean_s`, one sample or more. They may overlap."""
    number = int(rng.poisson(per_min * time.duration_s / 60))
    starts = rng.integers(0, max(time.n, 1), number)
    lengths = np.maximum(1, np.rint(rng.exponential(mean_s, number) * time.rate_hz)).astype(int)
    return [slice(int(start), int(start + length)) for start, length in zip(starts, lengths, strict=True)]
