"""Packet numbers and time stamps that begin again at 0, that repeat and that are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.errors import FileFormatError


def unwrapped(counter: Array, modulus: float) -> Array:
    """Counts (T,) without the falls from `modulus` - 1 to 0: a fall of more than half of it is one."""
    steps = np.diff(counter)
    turns = np.cumsum(np.where(steps < -modulus / 2, 1, np.where(steps > modulus / 2, -1, 0)))
    return np.asarray(counter + modulus * np.concatenate(([0], turns)))


def whole_counts(counter: Array, path: Path, rows: list[int]) -> IntArray:
    """Packet numbers as integers.

    Raises:
        FileFormatError: a missing or a broken number, with its row.
    """
    bad = ~np.isfinite(counter) | (counter != np.round(counter))
    if bad.any():
        at = int(np.argmax(bad))
        raise FileFormatError(
            path, f"the packet number is {counter[at]}, expected a whole number", row=rows[at]
        )
    return counter.astype(np.int64)


def nearest_turn_s(time_s: float, reference_s: float, wrap_s: float) -> float:
    """What to add to a time so that it is within half a turn of the clock of the reference, s."""
    return round((reference_s - time_s) / wrap_s) * wrap_s
