"""Contacts of feet with force plates: the events that need no rule of movement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.gait.tracks import sorted_events
from kinelab.signals.runs import true_runs

NAME = "force plate"
# Loaded above this (Tirosh & Sparrow 2003 compare thresholds; 20 N is what gait laboratories use).
LOADED_N = 20.0
_SHORTEST_S = 0.15
_LEAST_PEAK_N = 100.0
_CLEAR_M = 0.01  # a heel or toe this far inside the plate's edges is on it
_TIP_M = 0.05  # the tip of the toes is ahead of the marker at the ball of the foot by some 5 cm
_LOW_M = 0.08  # a foot higher than this over where it stands is on no plate


@dataclass(frozen=True, eq=False)
class PlateLoad:
    """One plate in the ground frame: corners_m (4, 2) X and Z; time_s (n,), force_n (n,) across it."""

    corners_m: Array
    time_s: Array
    force_n: Array


def plate_events(plates: Sequence[PlateLoad], landmarks: Keypoints) -> GaitEvents:
    """Initial contacts and toe-offs on force plates; landmarks (T, K, 3) m in ground, with heel and big toe.

    A plate is loaded from where its force passes 20 N to where it falls below again. Before that nobody
    stands on it: the foot whose heel is then on it, low, has just landed; after it nobody does: the foot
    whose toe was the last on it has just left. A load that begins or ends with the recording, or with no foot
    or both feet over the plate, gives no event; nor does a heel or toe beside the plate, whose foot may have
    touched the floor earlier or left it later.
    """
    rows: list[tuple[float, Side, EventKind, str]] = []
    for plate in plates:
        unloaded = float(np.nanmedian(np.sort(plate.force_n)[: max(plate.force_n.size // 10, 1)]))
        force = np.nan_to_num(plate.force_n - unloaded)
        step_s = float(np.median(np.diff(plate.time_s))) if plate.time_s.size > 1 else 1.0
        for start, stop in true_runs(force > LOADED_N):
            if (stop - start) * step_s < _SHORTEST_S or force[start:stop].max() < _LEAST_PEAK_N:
                continue
            if start > 0:
                rows += _of(landmarks, plate, float(plate.time_s[start]), "ic")
            if stop < force.size:
                rows += _of(landmarks, plate, float(plate.time_s[stop]), "to")
    return sorted_events(rows)


def _of(
    landmarks: Keypoints, plate: PlateLoad, time_s: float, kind: EventKind
) -> list[tuple[float, Side, EventKind, str]]:
    """The event of the one foot that is on the plate at a time; none where no foot or both are."""
    on = []
    for side in SIDES:
        heel, toe = (_place(landmarks, f"{side}_{part}", time_s) for part in ("heel", "big_toe"))
        ahead = (toe - heel) * [1.0, 0.0, 1.0]
        tip = toe + _TIP_M * ahead / max(float(np.linalg.norm(ahead)), 1e-9)
        points = (heel,) if kind == "ic" else (toe, tip)
        low = _is_low(landmarks, f"{side}_{'heel' if kind == 'ic' else 'big_toe'}", points[0])
        if low and all(_is_on(point, plate.corners_m) for point in points):
            on.append(side)
    return [(time_s, on[0], kind, NAME)] if len(on) == 1 else []


def _place(landmarks: Keypoints, name: str, time_s: float) -> Array:
    """(3,) where a landmark is; NaN where that is not known."""
    if not landmarks.skeleton.has(name):
        return np.full(3, np.nan)
    track = landmarks.of(name)
    return np.array([np.interp(time_s, landmarks.time_s, track[:, i]) for i in range(3)])


def _is_low(landmarks: Keypoints, name: str, place: Array) -> bool:
    """Whether a place is near the floor, as that landmark stands on it."""
    if not np.isfinite(place).all():
        return False
    return bool(place[1] < np.nanpercentile(landmarks.of(name)[:, 1], 5) + _LOW_M)


def _is_on(place: Array, corners_m: Array) -> bool:
    edges = np.roll(corners_m, -1, axis=0) - corners_m
    to_point = place[[0, 2]] - corners_m
    inwards = (edges[:, 0] * to_point[:, 1] - edges[:, 1] * to_point[:, 0]) / np.linalg.norm(edges, axis=1)
    return bool((inwards > _CLEAR_M).all() or (inwards < -_CLEAR_M).all())
