"""Where feet are put across the way: step width and the foot's angle, from landmarks in space.

The way is each stride's own (Huxham et al. 2006, doi:10.1016/j.gaitpost.2005.01.003: the line from a foot's
contact to its next one), so that turns need no heading; on a treadmill, where a foot comes back to its place,
it is the line against which the standing foot is carried.
"""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.measures import Measure
from kinelab.core.strides import Strides
from kinelab.errors import InputError
from kinelab.gait.making import make

_FLAT = (0.25, 0.65)  # of stance: between the toe's landing and the heel's rise
_SAME_PLACE_M = 0.25  # a stride that ends nearer than this to its start was made on a belt
_LEAST_WAY_M = 0.05  # by which a belt carries a foot at least


def foot_placement(strides: Strides, events: GaitEvents, landmarks: Keypoints) -> tuple[Measure, ...]:
    """Step width, m, and foot progression angle, deg, of the used strides of each foot.

    landmarks (T, K, 3) m in ground axes (X forward, Y up, Z right), with heel and big toe of both feet.
    Step width: from the line of a foot's stride to the other heel where it lands in between, across the line;
    negative when the feet cross. Foot progression: heel to the middle of the toes against the way, both as
    seen from above, mean over the flat part of stance; positive when the toes point outwards.

    Raises:
        InputError: landmarks in px or in a plane.
    """
    if landmarks.unit != "m" or landmarks.position.shape[-1] != 3:
        found = f"{landmarks.position.shape[-1]} components in {landmarks.unit}"
        raise InputError(f"step width needs landmarks in space, three components in m; found {found}")
    rows: list[Measure] = []
    for side in SIDES:
        other: Side = "right" if side == "left" else "left"
        needs = (f"{side}_heel", f"{side}_big_toe", f"{other}_heel")
        if not landmarks.skeleton.has(*needs):
            continue
        widths, turns = [], []
        for i in np.flatnonzero(strides.chosen(side)):
            start, off, stop = strides.start_s[i], strides.toe_off_s[i], strides.stop_s[i]
            way = _way(landmarks, side, start, off, stop)
            outward = np.array([-way[1], way[0]]) * (1.0 if side == "right" else -1.0)
            contacts = events.times(other, "ic")
            between = contacts[(contacts > start) & (contacts < stop)]
            if between.size == 1:
                apart = (
                    _at(landmarks, f"{other}_heel", between)[0] - _at(landmarks, f"{side}_heel", [start])[0]
                )
                widths.append(-float(apart @ outward))
            foot = _flat_foot(landmarks, side, start, off)
            turns.append(float(np.degrees(np.arctan2(foot @ outward, foot @ way))))
        rows += make("step_width_m", side, widths)
        rows += make("foot_progression_deg", side, turns)
    return tuple(rows)


def _way(landmarks: Keypoints, side: Side, start: float, off: float, stop: float) -> Array:
    """Unit vector (2,) of X and Z along a stride; NaN when it cannot be told."""
    first, last = _at(landmarks, f"{side}_heel", [start, stop])
    way = last - first
    if np.linalg.norm(way) < _SAME_PLACE_M:
        early, late = _at(landmarks, f"{side}_heel", start + np.array(_FLAT) * (off - start))
        way = early - late
    length = np.linalg.norm(way)
    return np.asarray(way / length if length > _LEAST_WAY_M else np.full(2, np.nan))


def _flat_foot(landmarks: Keypoints, side: Side, start: float, off: float) -> Array:
    """Heel to toes (2,) while the foot is flat."""
    times = start + np.linspace(*_FLAT, 9) * (off - start)
    toes = _at(landmarks, f"{side}_big_toe", times)
    if landmarks.skeleton.has(f"{side}_small_toe"):
        toes = (toes + _at(landmarks, f"{side}_small_toe", times)) / 2
    return np.asarray((toes - _at(landmarks, f"{side}_heel", times)).mean(axis=0))


def _at(landmarks: Keypoints, name: str, times_s: Array | list[float]) -> Array:
    """(n, 2) X and Z of a landmark at times; NaN where a frame beside the time is."""
    track = landmarks.of(name)
    return np.stack([np.interp(times_s, landmarks.time_s, track[:, axis]) for axis in (0, 2)], axis=1)
