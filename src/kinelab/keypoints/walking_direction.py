"""Which way the person walks in the image, and which side of the body faces the camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import Side
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError

Cue = Literal["travel", "feet", "knees", "none"]
ENOUGH_TRAVEL = 1.0  # leg lengths that the hips must travel before their travel counts
SURE = 0.8  # a cue at least so sure overrules the travel: the person walks backwards


@dataclass(frozen=True)
class WalkingDirection:
    """sign: +1 the person faces the right of the image, -1 the left. near_side faces the camera.

    cue: what decided; confidence 0.5 (a coin) to 1; travel_leg_lengths: net travel of the hips, + to the
    right of the image; backwards: the hips travel against the facing.
    """

    sign: int
    cue: Cue
    confidence: float
    travel_leg_lengths: float
    backwards: bool = False

    @property
    def near_side(self) -> Side:
        """A person who faces the right of the image shows the camera the right side."""
        return "right" if self.sign > 0 else "left"


@dataclass(frozen=True)
class Pass:
    """Frames [start, stop) during which the hips travel one way; sign as in `WalkingDirection`."""

    start: int
    stop: int
    sign: int


def walking_direction(keypoints: Keypoints) -> WalkingDirection:
    """Direction of walking from the hips' travel, and facing from feet and knees (keypoints in px).

    Overground the travel of the mid-hips decides (at least one leg length). On a treadmill, or when the hips
    hardly travel, the feet do: the big toe is ahead of the heel (the ankle where there is no heel); then the
    knees, which bend forwards: a knee lies ahead of the line from hip to ankle. Confidence is the share of
    frames that agree. When feet (or knees) contradict the travel in at least 80 % of the frames the person
    walks backwards: flexion is then counted from the facing, and `backwards` says so.

    Raises:
        InputError: keypoints not in px, or no hips, knees or feet were seen.
    """
    if keypoints.unit != "px":
        raise InputError("the walking direction is found in the image: give keypoints in px, not in m")
    leg = leg_length(keypoints)
    hips = _mid_hip_x(keypoints)
    seen = hips[np.isfinite(hips)]
    tenth = max(1, seen.size // 10)
    travel = float(np.median(seen[-tenth:]) - np.median(seen[:tenth])) / leg if seen.size > 1 else 0.0
    ahead = _feet_ahead(keypoints)
    cue: Cue = "feet"
    if ahead.size < 5:
        ahead, cue = _knees_ahead(keypoints), "knees"
    # A foot seen from the front points nowhere: only clear leads vote.
    votes = np.sign(ahead[np.abs(ahead) > 0.02 * leg])
    share = float((votes > 0).mean()) if votes.size else 0.5
    facing, sure = (1, share) if share >= 0.5 else (-1, 1 - share)
    if abs(travel) >= ENOUGH_TRAVEL:
        going = int(np.sign(travel))
        against = facing != going and sure >= SURE
        if not against:
            agreed = sure if facing == going else 1 - sure
            confidence = max(min(1.0, 0.5 + 0.25 * abs(travel)), agreed)
            return WalkingDirection(going, "travel", confidence, travel)
        return WalkingDirection(facing, cue, sure, travel, backwards=True)
    if not votes.size:
        if not seen.size:
            raise InputError("no hips, knees or feet were seen: the walking direction cannot be found")
        return WalkingDirection(1 if travel >= 0 else -1, "none", 0.5, travel)
    return WalkingDirection(facing, cue, sure, travel)


def straight_passes(keypoints: Keypoints) -> tuple[Pass, ...]:
    """The recording cut where the hips turn back by more than a leg length; one pass when they do not.

    A pass's sign is that of its travel; 0 when the hips travel less than a leg length in all (treadmill).
    The cut is at the outermost point. Frames before the first and after the last sight of the hips belong to
    the first and the last pass.
    """
    hips = _mid_hip_x(keypoints)
    rows = np.flatnonzero(np.isfinite(hips))
    if rows.size < 2:
        return (Pass(0, keypoints.n, 0),)
    leg = leg_length(keypoints)
    window = max(1, round(0.2 * keypoints.rate_hz))
    smooth = np.convolve(np.pad(hips[rows], window, mode="edge"), np.ones(2 * window + 1), "valid")
    smooth /= 2 * window + 1
    cuts: list[int] = []
    signs: list[int] = []
    low = high = sign = 0
    for i, x in enumerate(smooth):
        low = i if x < smooth[low] else low
        high = i if x > smooth[high] else high
        if sign >= 0 and smooth[high] - x > leg:
            cuts, signs, low, sign = [*cuts, int(rows[high])], [*signs, -1], i, -1
        elif sign <= 0 and x - smooth[low] > leg:
            cuts, signs, high, sign = [*cuts, int(rows[low])], [*signs, 1], i, 1
    if not signs:
        return (Pass(0, keypoints.n, 0),)
    edges = [0, *cuts[1:], keypoints.n]
    return tuple(Pass(edges[i], edges[i + 1], sign) for i, sign in enumerate(signs))


def leg_length(keypoints: Keypoints) -> float:
    """Robust largest hip-knee-ankle length in the keypoints' unit (80th percentile of both sides).

    Raises:
        InputError: the landmark set has no legs or not one whole leg was ever seen.
    """
    lengths = []
    for side in ("left", "right"):
        if keypoints.skeleton.has(*(f"{side}_{joint}" for joint in ("hip", "knee", "ankle"))):
            hip, knee, ankle = (keypoints.of(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
            whole = np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1)
            lengths.append(whole[np.isfinite(whole)])
    every = np.concatenate(lengths) if lengths else np.empty(0)
    if not every.size:
        raise InputError(
            "not one whole leg (hip, knee, ankle) was seen; the landmark set "
            f"{keypoints.skeleton.name!r} has "
            f"{', '.join(keypoints.skeleton.landmarks)}"
        )
    return float(np.percentile(every, 80))


def _mid_hip_x(keypoints: Keypoints) -> Array:
    skeleton = keypoints.skeleton
    columns = [skeleton.index(n) for n in ("left_hip", "right_hip", "mid_hip") if skeleton.has(n)]
    x = keypoints.position[:, columns, 0]
    count = np.isfinite(x).sum(axis=1)
    middle: Array = np.where(count > 0, np.nansum(x, axis=1) / np.maximum(count, 1), np.nan)
    return middle


def _feet_ahead(keypoints: Keypoints) -> Array:
    """How far each toe is right of its heel (of its ankle where the set has no heels), all frames, px."""
    leads = []
    for side in ("left", "right"):
        back = f"{side}_heel" if keypoints.skeleton.has(f"{side}_heel") else f"{side}_ankle"
        if keypoints.skeleton.has(f"{side}_big_toe", back):
            lead = keypoints.of(f"{side}_big_toe")[:, 0] - keypoints.of(back)[:, 0]
            leads.append(lead[np.isfinite(lead)])
    return np.concatenate(leads) if leads else np.empty(0)


def _knees_ahead(keypoints: Keypoints) -> Array:
    """How far each knee is right of the line from its hip to its ankle, all frames, px."""
    leads = []
    for side in ("left", "right"):
        names = [f"{side}_{joint}" for joint in ("hip", "knee", "ankle")]
        if keypoints.skeleton.has(*names):
            hip, knee, ankle = (keypoints.of(name) for name in names)
            line = ankle - hip
            length = np.linalg.norm(line, axis=-1)
            # y is down: a knee to the right of a leg that points down has a negative cross product.
            away = (line[:, 1] * (knee - hip)[:, 0] - line[:, 0] * (knee - hip)[:, 1]) / length
            leads.append(away[np.isfinite(away)])
    return np.concatenate(leads) if leads else np.empty(0)
