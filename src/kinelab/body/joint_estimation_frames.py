"""Which frames of a trial are worth estimating a body from: few, and as different in posture as there are."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array, IntArray

CANDIDATES = 400
PAIRS = 200
SEEN_ENOUGH = 0.6  # of the markers that the best frames show


def diverse_frames(marker_m: Array, count: int, seed: int = 0) -> IntArray:
    """Up to `count` frames of marker_m (T, K, 3), in order of time; none without any marker.

    Posture is described by distances between randomly drawn pairs of markers, which do not change when the
    person only walks on or turns round. Frames are taken farthest-first (Gonzalez, Theor Comput Sci
    1985;38:293), each distance kept within its 2nd and 98th percentile, so that single frames with a flying
    marker are not sought out. Frames that show few markers are passed over.
    """
    seen = np.isfinite(marker_m).all(axis=2).sum(axis=1)
    rows = np.flatnonzero((seen > 0) & (seen >= SEEN_ENOUGH * np.percentile(seen, 90)))
    if rows.size <= count:
        return rows.astype(np.int64)
    rows = rows[np.unique(np.linspace(0, rows.size - 1, CANDIDATES).round().astype(int))]
    posture = _posture(marker_m[rows], np.random.default_rng(seed))
    middle = np.linalg.norm(posture - np.median(posture, axis=0), axis=1)
    chosen = [int(np.argmin(middle))]
    distance = np.linalg.norm(posture - posture[chosen[0]], axis=1)
    while len(chosen) < min(count, rows.size):
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.linalg.norm(posture - posture[chosen[-1]], axis=1))
        distance[chosen] = -1.0
    return np.asarray(np.sort(rows[chosen]), dtype=np.int64)


def _posture(marker_m: Array, random: np.random.Generator) -> Array:
    """Distances (T, pairs) m; where a pair is not seen, its mean."""
    count = marker_m.shape[1]
    first, second = np.triu_indices(count, 1)
    if first.size > PAIRS:
        drawn = random.choice(first.size, PAIRS, replace=False)
        first, second = first[drawn], second[drawn]
    distance = np.linalg.norm(marker_m[:, first] - marker_m[:, second], axis=2)
    distance = distance[:, np.isfinite(distance).any(axis=0)]
    low, high = np.nanpercentile(distance, [2, 98], axis=0)
    distance = np.clip(distance, low, high)
    return np.asarray(np.where(np.isfinite(distance), distance, np.nanmean(distance, axis=0)))
