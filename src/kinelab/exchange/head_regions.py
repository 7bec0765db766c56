"""Where heads are in each frame of a film, from the landmarks of those who are in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError

_HEAD = (
    "head", "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_eye_inner", "right_eye_inner",
    "left_eye_outer", "right_eye_outer", "left_mouth", "right_mouth",
)  # fmt: skip
_TORSO = (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"))
# A head with its hair lies within this part of shoulder-to-hip around the middle of its landmarks (head 0.13,
# torso 0.29 of the height: half a head is 0.22 torsos), and within this part of head-to-neck.
_RADIUS_TORSO, _RADIUS_NECK, _RADIUS_SPREAD = 0.42, 0.85, 1.7
_SURE = 0.2  # confidence from which a landmark counts
REACH_S = 0.5  # how long a head that is not seen counts as near where it was
_GROWTH_PER_S = 1.5  # by how much of itself a region grows each second in which the head is not seen


def head_regions(people: Sequence[Keypoints], time_s: Array) -> list[Array | None]:
    """For each of T frame times the circles (x, y, radius) px (P, 3) of heads; None where one is not known.

    Each person's head counts for `REACH_S` before and after it was seen, with a region that grows.
    None stands where nobody's head is known, and where somebody is in the film whose own is not: the body is
    seen, or the person was there before and comes again.

    Raises:
        InputError: nobody is given, landmarks not in px, or without head or torso, or of another film.
    """
    if not people:
        raise InputError(
            "nobody's landmarks are given: nobody knows where the heads are, so none can be hidden"
        )
    tracks = [_track(one, time_s) for one in people]
    if not any(np.isfinite(circle).any() for circle, _ in tracks):
        raise InputError("nobody's head was seen in any frame of this film: none can be hidden")
    found: list[Array | None] = []
    for i in range(time_s.size):
        here = np.stack([circle[i] for circle, _ in tracks])
        here = here[np.logical_and.reduce(np.isfinite(here), axis=1)]
        found.append(None if not len(here) or any(lost[i] for _, lost in tracks) else here)
    return found


def _track(keypoints: Keypoints, time_s: Array) -> tuple[Array, BoolArray]:
    """Of one person at each frame's time: (T, 3) px, NaN = no head; (T,) True where there should be one."""
    if keypoints.unit != "px":
        raise InputError(f"the landmarks are in {keypoints.unit}; a film needs those in px (keypoints_px.nc)")
    circle = _circles(keypoints)
    seen = np.isfinite(circle[:, 2])
    step_s = 1.0 / keypoints.rate_hz if keypoints.rate_hz else REACH_S
    if not seen.any():
        return np.full((time_s.size, 3), np.nan), _body_seen(keypoints, time_s, step_s)
    sighted_s, circle = keypoints.time_s[seen], circle[seen]
    if sighted_s[0] > time_s[-1] + step_s or sighted_s[-1] < time_s[0] - step_s:
        raise InputError("the landmarks lie outside the times of this film; they are of another one")
    after = np.clip(np.searchsorted(sighted_s, time_s), 0, sighted_s.size - 1)
    before = np.maximum(after - 1, 0)
    since_s, until_s = np.abs(time_s - sighted_s[before]), np.abs(sighted_s[after] - time_s)
    away_s = np.minimum(since_s, until_s)
    regions = circle[np.where(since_s <= until_s, before, after)]
    regions[:, 2] = _widest(sighted_s, circle[:, 2], time_s)
    hidden = away_s > 0.6 * step_s
    regions[:, 2] *= 1 + _GROWTH_PER_S * np.where(hidden, away_s, 0.0)
    # Between two sightings the head moves on: half the way is added on either side.
    between = hidden & (time_s > sighted_s[0]) & (time_s < sighted_s[-1])
    moved = np.linalg.norm(circle[after, :2] - circle[before, :2], axis=1)
    regions[:, 2] += np.where(between, 0.5 * moved, 0.0)
    far = away_s > REACH_S
    regions[far] = np.nan
    return regions, far & (_body_seen(keypoints, time_s, step_s) | between)


def _body_seen(keypoints: Keypoints, time_s: Array, step_s: float) -> BoolArray:
    """(T,) True where any landmark of the person is seen at about that time."""
    seen = np.logical_or.reduce(keypoints.seen & (keypoints.confidence >= _SURE), axis=1)
    times = keypoints.time_s[seen]
    first = np.searchsorted(times, time_s - 0.6 * step_s)
    last = np.searchsorted(times, time_s + 0.6 * step_s, side="right")
    there: BoolArray = last > first
    return there


def _circles(keypoints: Keypoints) -> Array:
    """(F, 3) px: middle of the head's landmarks and the radius around it; NaN where there are none."""
    names = keypoints.skeleton.landmarks
    head = [i for i, name in enumerate(names) if name in _HEAD]
    if not head or not keypoints.skeleton.has(*_TORSO[0], *_TORSO[1]):
        raise InputError(
            f"landmark set {keypoints.skeleton.name!r} has no head or no shoulders and hips: the size of a "
            "head is not known"
        )
    position = np.where((keypoints.confidence >= _SURE)[..., None], keypoints.position, np.nan)
    points = position[:, head]
    counted = np.isfinite(points[..., 0]).sum(axis=1)
    centre = np.nansum(points, axis=1) / np.maximum(counted, 1)[:, None]
    spread = np.nanmax(np.where(np.isfinite(points), np.abs(points - centre[:, None]), 0.0), axis=(1, 2))
    shoulders, hips = (np.mean([position[:, names.index(n)] for n in pair], axis=0) for pair in _TORSO)
    torso = np.linalg.norm(shoulders - hips, axis=1)
    usual = np.nanmedian(torso) if np.isfinite(torso).any() else np.nan
    torso = np.where(np.isfinite(torso), np.maximum(torso, 0.8 * usual), usual)
    neck = position[:, names.index("neck")] if "neck" in names else shoulders
    above = np.linalg.norm(centre - neck, axis=1)
    radius = np.nanmax(
        np.stack(
            [
                _RADIUS_TORSO * torso,
                _RADIUS_NECK * np.where(above < torso, above, 0.0),
                _RADIUS_SPREAD * spread,
            ]
        ),
        axis=0,
    )
    circle = np.concatenate([centre, radius[:, None]], axis=1)
    circle[(counted == 0) | ~np.isfinite(radius)] = np.nan
    return circle


def _widest(sighted_s: Array, radius: Array, time_s: Array) -> Array:
    """(T,) the largest radius of a tenth of a second around each time; the nearest where none lies there."""
    first = np.searchsorted(sighted_s, time_s - 0.1)
    last = np.searchsorted(sighted_s, time_s + 0.1, side="right")
    nearest = np.clip(np.searchsorted(sighted_s, time_s), 0, sighted_s.size - 1)
    return np.array(
        [radius[a:b].max() if b > a else radius[n] for a, b, n in zip(first, last, nearest, strict=True)]
    )
