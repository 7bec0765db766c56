"""Runs of finite samples: every signal function works on one run at a time and never across a gap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.errors import InputError


def true_runs(mask: BoolArray) -> list[tuple[int, int]]:
    """Half-open [start, stop) index ranges where `mask` (T,) is True, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], np.asarray(mask, dtype=bool), [False]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def finite_points(points: Array) -> BoolArray:
    """(...) True where all components (the last axis) of the points (..., D) are finite."""
    finite: BoolArray = np.logical_and.reduce(np.isfinite(points), axis=-1)
    return finite


def columns(values: Array) -> Array:
    """A float64 copy of (T, ...) seen as (T, C): time first, whatever follows in one axis."""
    array = np.array(values, dtype=np.float64)
    return array.reshape(array.shape[0], -1) if array.ndim > 1 else array.reshape(-1, 1)


def shared_runs(table: Array) -> Iterator[tuple[IntArray, list[tuple[int, int]]]]:
    """Columns of (T, C) that are finite in the same samples, with their runs, to be done at once."""
    patterns: dict[bytes, list[int]] = {}
    finite = np.isfinite(table)
    for column in range(table.shape[1]):
        patterns.setdefault(finite[:, column].tobytes(), []).append(column)
    for members in patterns.values():
        yield np.array(members), true_runs(finite[:, members[0]])


def check_rate(rate_hz: float) -> None:
    """The sampling rate is a positive number.

    Raises:
        InputError: it is not.
    """
    if not (np.isfinite(rate_hz) and rate_hz > 0):
        raise InputError(f"rate_hz is {rate_hz}, expected a positive number of samples per second")
