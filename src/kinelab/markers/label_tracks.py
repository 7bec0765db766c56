"""Faults of single marker tracks: gaps, spikes, ghosts and frozen markers, frame by frame."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.signals.runs import finite_points, true_runs

_SPIKE_M = 0.015  # a jump out and back of less than this is left to the filter
_PEAK = 0.7
_ALONE = 3.0  # times further than its mates
_SPIKE_TIMES = 10.0  # and it must be this much larger than the track's own usual one
_SAME_PLACE_M = 0.008  # markers are 9 mm wide and more: two cannot be nearer
_APART_M = 0.025
_FROZEN_S = 0.05
_FROZEN_MOVES_M = 0.005  # what the other markers move meanwhile


def spikes(position: Array, mates: IntArray) -> BoolArray:
    """(T, K) True where a marker jumps out for one or two frames and comes back, and its mates do not.

    The departure from the median of five frames: zero on any steady way, however fast. mates (K, M) as in
    `label_distances.Rigidity`.
    """
    T = int(position.shape[0])
    if T < 5:
        return np.zeros(position.shape[:2], bool)
    windows = np.stack([position[k : T - 4 + k] for k in range(5)])
    out: Array = np.full(position.shape[:2], np.nan)
    middle = np.median(windows, axis=0)
    out[2:-2] = np.linalg.norm(position[2:-2] - middle, axis=-1)
    seen = np.isfinite(out).any(axis=0)
    usual = np.zeros(out.shape[1])
    for i in np.flatnonzero(seen):
        usual[i] = np.nanquantile(out[:, i], 0.9)
    jumped: BoolArray = out > np.maximum(_SPIKE_M, _SPIKE_TIMES * usual)
    # The frames beside a jump depart as well, but less.
    around = np.fmax.reduce([np.roll(out, k, axis=0) for k in (-2, -1, 0, 1, 2)])
    jumped &= out > _PEAK * around
    for i in np.flatnonzero(jumped.any(axis=0)):
        beside = out[:, mates[i][mates[i] >= 0]]
        rows = np.flatnonzero(jumped[:, i] & np.isfinite(beside).any(axis=1))
        jumped[rows, i] = out[rows, i] > _ALONE * np.nanmedian(beside[rows], axis=1)
    return jumped


def gaps(position: Array, marker: int) -> list[tuple[int, int]]:
    """Half-open runs of frames in which a marker is not seen, those at the ends included."""
    return true_runs(~finite_points(position[:, marker]))


def same_place(position: Array, typical: Array) -> list[tuple[int, int, int, int]]:
    """(marker, marker, first, last): two labels at one place, that usually are apart or always together."""
    found = []
    for i in range(position.shape[1]):
        others = np.arange(i + 1, position.shape[1])
        apart = ((position[:, others] - position[:, i : i + 1]) ** 2).sum(axis=-1) < _SAME_PLACE_M**2
        for k in np.flatnonzero(apart.any(axis=0)):
            j = int(others[k])
            always = typical[i, j] < _SAME_PLACE_M
            if always or typical[i, j] > _APART_M or np.isnan(typical[i, j]):
                found += [(i, j, a, b - 1) for a, b in true_runs(apart[:, k])]
    return found


def frozen(position: Array, rate_hz: float) -> list[tuple[int, int, int]]:
    """(marker, first, last): a marker that stands still to the last digit while the others move."""
    found = []
    least = max(3, int(np.ceil(_FROZEN_S * rate_hz)))
    still = (np.diff(position, axis=0) == 0).all(axis=-1)
    for i in np.flatnonzero(still.any(axis=0)):
        for start, stop in true_runs(still[:, i]):
            if stop - start < least:
                continue
            moved = np.linalg.norm(position[stop] - position[start], axis=-1)
            moved = np.delete(moved, i)
            moved = moved[np.isfinite(moved)]
            if moved.size and np.median(moved) > _FROZEN_MOVES_M:
                found.append((int(i), start, stop))
    return found
