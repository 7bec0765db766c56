"""Distances between markers, and how rigid they are: what tells a right label from a wrong one.

Markers on one segment keep their distances, whatever the body does. No model and no list of segments is
needed: a marker's mates are those whose distance to it changes least over the trial.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, IntArray

MATES = 8
_SOFT_SD_M = 0.015  # a mate whose distance varies more than this tells nothing
_SKIN_M = 0.004  # soft tissue and measurement: no distance is trusted better
_SAMPLE = 600  # frames that the medians are taken over
_MAD = 1.4826  # median absolute deviation -> standard deviation of a normal distribution


@dataclass(frozen=True, eq=False)
class Rigidity:
    """typical (K, K) median distance in m; sd (K, K) its robust spread; mates (K, MATES), -1 = none."""

    typical: Array
    sd: Array
    mates: IntArray


def rigidity(position: Array) -> Rigidity:
    """Typical distances of markers (T, K, 3) m, and each marker's most rigid neighbours.

    Medians over at most 600 frames: a label that is wrong in fewer than half of them does not move them.
    """
    T, K = position.shape[:2]
    frames = np.unique(np.linspace(0, max(T - 1, 0), min(T, _SAMPLE)).astype(np.int64))
    typical, sd = np.full((K, K), np.nan), np.full((K, K), np.nan)
    sample = position[frames]
    for i in range(K):
        distance = np.linalg.norm(sample - sample[:, i : i + 1], axis=-1)
        both = np.isfinite(distance).sum(axis=0) >= min(10, max(frames.size // 2, 1))
        typical[i, both] = median(distance[:, both])
        sd[i, both] = _MAD * median(np.abs(distance[:, both] - typical[i, both]))
    np.fill_diagonal(typical, np.nan)
    np.fill_diagonal(sd, np.nan)
    return Rigidity(typical, np.maximum(sd, _SKIN_M), _mates(typical, sd))


def _mates(typical: Array, sd: Array) -> IntArray:
    """The most rigid neighbours of each marker; among equally rigid ones the nearer come first."""
    rank = np.where(np.isfinite(sd) & (sd <= _SOFT_SD_M), sd + 0.005 * typical, np.inf)
    count = min(MATES, rank.shape[1])
    order = np.argsort(rank, axis=1)[:, :count]
    mates: IntArray = np.where(np.isfinite(np.take_along_axis(rank, order, axis=1)), order, -1)
    return mates


def departure(position: Array, rigid: Rigidity, marker: int, place: int) -> tuple[Array, Array]:
    """How badly `marker` fits where `place` belongs: (T,) median departure of distances in m, and in sd.

    The distances of `marker` to the mates of `place` are held against those that `place` has. NaN where fewer
    than three mates are seen.
    """
    mates = [m for m in rigid.mates[place] if m >= 0 and m != marker]
    if len(mates) < 3:
        nothing = np.full(position.shape[0], np.nan)
        return nothing, nothing
    distance = np.linalg.norm(position[:, mates] - position[:, marker : marker + 1], axis=-1)
    off = np.abs(distance - rigid.typical[place, mates])
    enough = np.isfinite(off).sum(axis=1) >= 3
    off_m, off_sd = median(off.T), median((off / rigid.sd[place, mates]).T)
    return np.where(enough, off_m, np.nan), np.where(enough, off_sd, np.nan)


def median(values: Array) -> Array:
    """(N,) medians of the columns of (T, N) without their NaN; NaN for a column that has nothing else.

    What np.nanmedian gives; that one sorts masked arrays and took half the time of the whole label check.
    """
    ordered = np.sort(values, axis=0)  # NaN come last
    count = np.isfinite(ordered).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, max(values.shape[0] - 1, 0))
    both = np.take_along_axis(ordered, np.stack([low, high]), axis=0)
    middle: Array = both.mean(axis=0)
    return middle
