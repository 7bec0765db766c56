"""Planar (sagittal) angles of segments and joints from landmarks, with their standard deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.skeletons import Skeleton
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError

End = Mapping[str, float]  # landmarks that make up one end of a segment, with their weights


@dataclass(frozen=True)
class Segment:
    """A vector from one end to the other and the direction (rad, from +X to +Y) in which its angle is 0.

    `flip` is -1 where the angle of the conventions grows clockwise.
    """

    start: End
    stop: End
    zero_rad: float
    flip: float = 1.0


@dataclass(frozen=True)
class _Angles:
    """angle_rad (T,), and its derivative (T, 2) by each landmark's position, rad per unit of length."""

    angle_rad: Array
    by_landmark: Mapping[str, Array] = field(default_factory=dict)

    def plus(self, other: _Angles, factor: float) -> _Angles:
        names = {**self.by_landmark, **other.by_landmark}
        none = np.zeros((self.angle_rad.size, 2))
        slopes = {
            name: self.by_landmark.get(name, none) + factor * other.by_landmark.get(name, none)
            for name in names
        }
        return _Angles(self.angle_rad + factor * other.angle_rad, slopes)


# Joint angles as sums of segment angles (docs/conventions.md); {s} is the side, r or l.
JOINTS = {
    "hip_flexion_{s}": (("thigh_angle_{s}", 1.0), ("trunk_lean", 1.0)),
    "knee_angle_{s}": (("thigh_angle_{s}", 1.0), ("shank_angle_{s}", -1.0)),
    "ankle_angle_{s}": (("foot_angle_{s}", 1.0), ("shank_angle_{s}", -1.0)),
}
SIDES = {"r": "right", "l": "left"}
DOWN, UP, FORWARD = -np.pi / 2, np.pi / 2, 0.0


def planar_kinematics(
    keypoints: Keypoints, subject: Subject | None = None, provenance: Provenance | None = None
) -> Kinematics:
    """All planar angles that the landmark set allows, as docs/conventions.md defines them, deg.

    `keypoints`: unit m, X forward (walking direction), Y up, uniform times. A third component is ignored.
    Angles of a segment are atan2 in the plane, unwrapped in time (also across gaps, to the nearest turn) and
    with their median within half a turn of zero. sd_deg is the first-order propagation of the landmarks' sd
    (independent between landmarks and components): a landmark shared by two segments counts once, with the
    sum of its effects. NaN without landmark sd. valid is False where a landmark is missing or a segment has
    no length.

    A planar hip angle is against the trunk, not the pelvis: see the conventions.

    Raises:
        InputError: unit px, times not uniform, or not one angle can be had (the message says why).
    """
    if keypoints.unit != "m":
        raise InputError(
            "planar angles need landmarks in m with X forward and Y up, found px with y down: clean them "
            "first (kinelab.keypoints.cleaning)"
        )
    time = _uniform(keypoints)
    segments = _segments(keypoints.skeleton)
    angles = {name: _segment_angle(keypoints, segment) for name, segment in segments.items()}
    for pattern, parts in JOINTS.items():
        for s in SIDES:
            terms = [(part.format(s=s), factor) for part, factor in parts]
            if all(name in segments for name, _ in terms):
                (first, _), (second, factor) = terms
                angles[pattern.format(s=s)] = angles[first].plus(angles[second], factor)
    if not angles:
        reasons = "; ".join(f"{name}: {why}" for name, why in missing_angles(keypoints.skeleton).items())
        raise InputError(f"landmark set {keypoints.skeleton.name!r} allows no angle ({reasons})")
    names = tuple(name for name in angle_names() if name in angles)
    angle_deg = np.degrees(np.stack([angles[name].angle_rad for name in names], axis=-1))
    sd_deg = np.degrees(np.stack([_spread(keypoints, angles[name]) for name in names], axis=-1))
    valid = np.isfinite(angle_deg)
    sd_deg = np.where(valid, sd_deg, np.nan)
    who, how = subject or Subject(), provenance or Provenance()
    return Kinematics(names, time, angle_deg, sd_deg, valid, who, how)


def angle_names() -> tuple[str, ...]:
    """All planar angles in the order of docs/conventions.md, right before left."""
    per_side = ("thigh_angle", "shank_angle", "foot_angle", "hip_flexion", "knee_angle", "ankle_angle")
    return ("trunk_lean", *(f"{name}_{s}" for name in per_side for s in SIDES))


def missing_angles(skeleton: Skeleton) -> dict[str, str]:
    """Angles that a landmark set does not allow, each with the reason in words."""
    segments = _segments(skeleton)
    missing = {name: why for name, why in _segment_needs(skeleton).items() if name not in segments}
    for pattern, parts in JOINTS.items():
        for s in SIDES:
            lacking = [name for name in (part.format(s=s) for part, _ in parts) if name not in segments]
            if lacking:
                missing[pattern.format(s=s)] = f"it needs {' and '.join(lacking)}"
    return {name: missing[name] for name in angle_names() if name in missing}


def _middle(skeleton: Skeleton, joint: str, centre: str) -> dict[str, float]:
    """The mid-point of a left/right pair, else the set's own centre landmark."""
    if skeleton.has(f"left_{joint}", f"right_{joint}"):
        return {f"left_{joint}": 0.5, f"right_{joint}": 0.5}
    return {centre: 1.0}


def _all_segments(skeleton: Skeleton) -> dict[str, Segment]:
    hips, shoulders = _middle(skeleton, "hip", "mid_hip"), _middle(skeleton, "shoulder", "neck")
    # Leaning forward turns the trunk clockwise in (X forward, Y up), hence the flip.
    segments = {"trunk_lean": Segment(hips, shoulders, UP, -1.0)}
    for s, side in SIDES.items():
        hip, knee, ankle = ({f"{side}_{joint}": 1.0} for joint in ("hip", "knee", "ankle"))
        segments[f"thigh_angle_{s}"] = Segment(hip, knee, DOWN)
        segments[f"shank_angle_{s}"] = Segment(knee, ankle, DOWN)
        segments[f"foot_angle_{s}"] = Segment({f"{side}_heel": 1.0}, {f"{side}_big_toe": 1.0}, FORWARD)
    return segments


def _segments(skeleton: Skeleton) -> dict[str, Segment]:
    return {
        name: segment
        for name, segment in _all_segments(skeleton).items()
        if skeleton.has(*segment.start, *segment.stop)
    }


def _segment_needs(skeleton: Skeleton) -> dict[str, str]:
    needs = {}
    for name, segment in _all_segments(skeleton).items():
        lacking = [n for n in (*segment.start, *segment.stop) if not skeleton.has(n)]
        needs[name] = f"the landmark set {skeleton.name!r} has no {' and no '.join(lacking)}"
    return needs


def _segment_angle(keypoints: Keypoints, segment: Segment) -> _Angles:
    def end(weights: End) -> Array:
        parts = [weight * keypoints.of(name)[:, :2] for name, weight in weights.items()]
        place: Array = np.stack(parts).sum(axis=0)
        return place

    vector = end(segment.stop) - end(segment.start)
    length2 = (vector**2).sum(axis=-1)
    length2 = np.where(length2 > 0, length2, np.nan)
    angle = np.arctan2(vector[:, 1], vector[:, 0]) - segment.zero_rad + 0 * length2
    # d atan2(y, x) = (-y, x) / (x^2 + y^2)
    slope = segment.flip * np.stack([-vector[:, 1], vector[:, 0]], axis=-1) / length2[:, None]
    by_landmark: dict[str, Array] = {}
    for weights, way in ((segment.start, -1.0), (segment.stop, 1.0)):
        for name, weight in weights.items():
            by_landmark[name] = way * weight * slope
    return _Angles(segment.flip * _unwrap(angle), by_landmark)


def _unwrap(angle_rad: Array) -> Array:
    """Continuous over the finite samples, the median within half a turn of zero."""
    seen: BoolArray = np.isfinite(angle_rad)
    result = np.full(angle_rad.shape, np.nan)
    if seen.any():
        whole = np.unwrap(angle_rad[seen])
        result[seen] = whole - 2 * np.pi * np.round(np.median(whole) / (2 * np.pi))
    return result


def _spread(keypoints: Keypoints, angles: _Angles) -> Array:
    if keypoints.sd is None:
        return np.full(keypoints.n, np.nan)
    variance = np.zeros(keypoints.n)
    for name, slope in angles.by_landmark.items():
        sd = keypoints.sd[:, keypoints.skeleton.index(name)]
        variance += (slope**2).sum(axis=-1) * sd**2
    return np.sqrt(variance)


def _uniform(keypoints: Keypoints) -> Timebase:
    if keypoints.n < 2:
        raise InputError(f"planar angles need two frames or more, found {keypoints.n}")
    time_s = keypoints.time_s
    rate_hz = (keypoints.n - 1) / float(time_s[-1] - time_s[0])
    timebase = Timebase(rate_hz, keypoints.n, float(time_s[0]))
    off = float(np.abs(timebase.time_s - time_s).max())
    if off > 0.05 / rate_hz:
        raise InputError(
            f"the landmarks' times are not uniform (up to {1000 * off:.1f} ms from {rate_hz:.2f} Hz): "
            "resample them first (kinelab.keypoints.cleaning)"
        )
    return timebase
