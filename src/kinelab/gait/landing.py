"""Drop landings: when each foot lands, and how the knee takes the load."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures
from kinelab.errors import GaitError, InputError
from kinelab.gait.making import make

_AIR_M, _FLOOR_M = 0.06, 0.025  # a foot is in the air above the first, on the floor below the second
_SHORTEST_AIR_S = 0.12
_ABSORBING_S = 0.4  # in which the lowest point of a landing comes


@dataclass(frozen=True)
class Landing:
    """One landing of one foot: time of contact and the end of what is looked at, s."""

    side: Side
    contact_s: float
    stop_s: float


def landings(landmarks: Keypoints) -> tuple[Landing, ...]:
    """Landings of either foot after both were in the air, in order of time.

    landmarks (T, K, 2 or 3) m, Y up, with heel and big toe. A foot's height is that of its lower part over
    its own lowest stand. Contact is where it comes below 2.5 cm, between frames by a straight line.

    Raises:
        InputError: landmarks in px, or without heels and toes.
        GaitError: nobody leaves the ground in this recording, or comes back.
    """
    if landmarks.unit != "m":
        raise InputError("landings are found by heights of the feet: give landmarks in m, found px")
    height = {side: _height_m(landmarks, side) for side in SIDES}
    flying = np.all([height[side] > _AIR_M for side in SIDES], axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flying, [0]]).astype(int))).reshape(-1, 2)
    least = _SHORTEST_AIR_S * landmarks.rate_hz
    flights = [(a, b) for a, b in edges if b - a >= least and b < landmarks.n]
    found = []
    for k, (_, down) in enumerate(flights):
        until = flights[k + 1][0] if k + 1 < len(flights) else landmarks.n
        for side in SIDES:
            low = np.flatnonzero(height[side][down:until] < _FLOOR_M)
            if low.size:
                after = int(down + low[0])
                above, below = height[side][after - 1], height[side][after]
                share = (above - _FLOOR_M) / max(above - below, 1e-9)
                step_s = landmarks.time_s[after] - landmarks.time_s[after - 1]
                contact_s = float(landmarks.time_s[after - 1] + share * step_s)
                last_s = float(landmarks.time_s[until - 1])
                found.append(Landing(side, contact_s, min(contact_s + _ABSORBING_S, last_s)))
    if not found:
        raise GaitError(
            f"no landing in {landmarks.time_s[-1] - landmarks.time_s[0]:.1f} s: the feet are never both more "
            f"than {100 * _AIR_M:.0f} cm above where they stand for {_SHORTEST_AIR_S:g} s and then down again"
        )
    return tuple(sorted(found, key=lambda one: one.contact_s))


def landing_measures(
    found: tuple[Landing, ...], kinematics: Kinematics, landmarks: Keypoints | None = None
) -> Measures:
    """Knee flexion at contact, its peak within 0.4 s and how long after contact; with landmarks in space the
    knee's projection angle in the frontal plane at contact and at its peak. n is the number of landings.

    Projection angle (Willson et al. 2006, doi:10.2519/jospt.2006.2100; Munro et al. 2012): between thigh and
    shank as seen along the pelvis's way of facing, deg, positive when the knee lies inwards of the line from
    hip to ankle (valgus).
    """
    rows: list[Measure] = []
    for side in SIDES:
        mine = [one for one in found if one.side == side]
        knee = f"knee_angle_{side[0]}"
        if knee in kinematics.names:
            flexion = [_from_contact(kinematics.time.time_s, kinematics.of(knee), one) for one in mine]
            rows += make("landing_knee_flexion_at_ic_deg", side, [first for first, _, _ in flexion])
            rows += make("landing_knee_max_flexion_deg", side, [peak for _, peak, _ in flexion])
            rows += make("landing_knee_max_flexion_after_s", side, [late for _, _, late in flexion])
        if landmarks is not None and landmarks.position.shape[-1] == 3:
            angle = knee_projection_deg(landmarks, side)
            inward = [_from_contact(landmarks.time_s, angle, one) for one in mine]
            rows += make("landing_knee_valgus_at_ic_deg", side, [first for first, _, _ in inward])
            rows += make("landing_knee_max_valgus_deg", side, [peak for _, peak, _ in inward])
    return Measures(tuple(rows))


def knee_projection_deg(landmarks: Keypoints, side: Side) -> Array:
    """(T,) frontal plane projection angle of a knee, deg; see `landing_measures`.

    The frontal plane stands upright through both hips.
    """
    across = landmarks.of("right_hip") - landmarks.of("left_hip")
    across = across * [1.0, 0.0, 1.0]
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    out = across if side == "right" else -across
    hip, knee, ankle = (landmarks.of(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))

    def slant(a: Array, b: Array) -> Array:
        return np.asarray(np.arctan2(((a - b) * out).sum(axis=1), (a - b)[:, 1]))

    return np.degrees(slant(hip, knee) - slant(knee, ankle))


def _from_contact(time_s: Array, angle: Array, one: Landing) -> tuple[float, float, float]:
    """Angle at contact, largest after it, and how long after, s; NaN where the angle is not known."""
    inside = (time_s > one.contact_s) & (time_s <= one.stop_s)
    first = float(np.interp(one.contact_s, time_s, angle))
    if not np.isfinite(angle[inside]).any():
        return first, float("nan"), float("nan")
    at = int(np.nanargmax(angle[inside]))
    return first, float(angle[inside][at]), float(time_s[inside][at] - one.contact_s)


def _height_m(landmarks: Keypoints, side: Side) -> Array:
    """(T,) height of a foot's lower part over where it stands; 0 where it is not seen."""
    parts = []
    for part in ("heel", "big_toe"):
        y = landmarks.of(f"{side}_{part}")[:, 1]
        seen = y[np.isfinite(y)]
        parts.append(y - (np.percentile(seen, 1) if seen.size else 0.0))
    lower = np.minimum(*parts)
    return np.where(np.isfinite(lower), lower, 0.0)
