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
from kinelab.gait.within import the_one_within

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
        chosen = strides.chosen(side)
        start, off, stop = strides.start_s[chosen], strides.toe_off_s[chosen], strides.stop_s[chosen]
        heel = _Ground(landmarks, f"{side}_heel")
        way = _ways(heel, start, off, stop)
        outward = np.stack([-way[:, 1], way[:, 0]], axis=1) * (1.0 if side == "right" else -1.0)
        landed = the_one_within(events.times(other, "ic"), start, stop)
        apart = _Ground(landmarks, f"{other}_heel")(landed) - heel(start)
        foot = _flat_feet(landmarks, side, start, off)
        outside, ahead = ((vectors * foot).sum(axis=1) for vectors in (outward, way))
        rows += make("step_width_m", side, -(apart * outward).sum(axis=1))
        rows += make("foot_progression_deg", side, np.degrees(np.arctan2(outside, ahead)))
    return tuple(rows)


class _Ground:
    """X and Z of a landmark at any times (...,): (..., 2) m; NaN where a frame beside the time is."""

    def __init__(self, landmarks: Keypoints, name: str) -> None:
        self.time_s, self.track = landmarks.time_s, landmarks.of(name)

    def __call__(self, times_s: Array) -> Array:
        return np.stack([np.interp(times_s, self.time_s, self.track[:, axis]) for axis in (0, 2)], axis=-1)


def _ways(heel: _Ground, start: Array, off: Array, stop: Array) -> Array:
    """Unit vectors (n, 2) of X and Z along each stride; NaN where it cannot be told."""
    way = heel(stop) - heel(start)
    early, late = (heel(start + share * (off - start)) for share in _FLAT)
    same_place = np.linalg.norm(way, axis=1, keepdims=True) < _SAME_PLACE_M
    way = np.where(same_place, early - late, way)
    length = np.linalg.norm(way, axis=1, keepdims=True)
    unit: Array = np.divide(way, length, out=np.full_like(way, np.nan), where=length > _LEAST_WAY_M)
    return unit


def _flat_feet(landmarks: Keypoints, side: Side, start: Array, off: Array) -> Array:
    """Heel to toes (n, 2) while the foot is flat."""
    times = start[:, None] + np.linspace(*_FLAT, 9) * (off - start)[:, None]
    toes = _Ground(landmarks, f"{side}_big_toe")(times)
    if landmarks.skeleton.has(f"{side}_small_toe"):
        toes = (toes + _Ground(landmarks, f"{side}_small_toe")(times)) / 2
    mean: Array = (toes - _Ground(landmarks, f"{side}_heel")(times)).mean(axis=1)
    return mean
