"""What all event methods share: landmarks of feet and pelvis, and how found times become events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.core.keypoints import Keypoints
from kinelab.errors import GaitError, InputError
from kinelab.gait.progress import SLOWEST_WALK_MPS, progress_mps
from kinelab.signals.peaks import Peaks, parabolic_peaks

# Two equal events of one foot are at least a stride apart; the fastest runners need 0.5 s for one.
SHORTEST_STRIDE_S = 0.4
# A foot that moves less than this against the pelvis does not walk (standing, and noise of the network).
LEAST_EXCURSION_M = 0.05
# A peak counts when it stands out by this share of the track's usual range (5th to 95th percentile).
PROMINENCE_SHARE = 0.3


class Found(NamedTuple):
    """Events of one kind of one foot at fractional frames, and the method (with its variant) behind them."""

    side: Side
    kind: EventKind
    frame: Array
    method: str


def rate_hz(keypoints: Keypoints) -> float:
    """Rate of clean planar keypoints.

    Raises:
        InputError: they are in pixels, not planar, or not uniform in time.
        GaitError: fewer than three frames.
    """
    if keypoints.n < 3:
        raise GaitError(f"the recording has {keypoints.n} frames; gait events need at least a whole step")
    if keypoints.unit != "m":
        raise InputError(
            "gait events need keypoints in metres, found pixels; clean and scale the keypoints first"
        )
    if keypoints.position.shape[-1] != 2:
        raise InputError("gait events need planar keypoints (X forward, Y up), found three components")
    interval_s = np.diff(keypoints.time_s)
    if interval_s.size and np.ptp(interval_s) > 0.01 * interval_s.mean():
        low, high = 1e3 * interval_s.min(), 1e3 * interval_s.max()
        raise InputError(
            f"gait events need uniform times, found intervals of {low:.1f} to {high:.1f} ms; resample first"
        )
    return keypoints.rate_hz


def pelvis(keypoints: Keypoints) -> Array:
    """Middle of both hips, (T, 2) m; `mid_hip` where the set has no hips.

    Raises:
        InputError: the landmark set has neither.
    """
    if keypoints.skeleton.has("left_hip", "right_hip"):
        return (keypoints.of("left_hip") + keypoints.of("right_hip")) / 2
    return keypoints.of("mid_hip")


def hip(keypoints: Keypoints, side: Side) -> Array:
    """A hip, (T, 2) m; the middle between both where the set has that only."""
    return keypoints.of(f"{side}_hip" if keypoints.skeleton.has(f"{side}_hip") else "mid_hip")


def foot_part(keypoints: Keypoints, side: Side, part: str) -> Array | None:
    """Track of heel or big toe, (T, 2) m; None when the set lacks it or the network hardly ever saw it.

    Hardly ever: in fewer than half of the frames in which the ankle was seen.
    """
    name = f"{side}_{part}"
    if not keypoints.skeleton.has(name):
        return None
    track = keypoints.of(name)
    ankle_seen = np.isfinite(keypoints.of(f"{side}_ankle")).all(axis=1)
    seen = np.isfinite(track).all(axis=1)
    return track if 2 * seen.sum() >= max(ankle_seen.sum(), 1) else None


def heel_and_toe(keypoints: Keypoints, side: Side) -> tuple[Array, Array] | None:
    """Tracks of heel and big toe, (T, 2) m each, or None when either is missing (coco17)."""
    heel, toe = foot_part(keypoints, side, "heel"), foot_part(keypoints, side, "big_toe")
    return None if heel is None or toe is None else (heel, toe)


def some_feet(keypoints: Keypoints, method: str) -> list[tuple[Side, Array, Array]]:
    """(side, heel, toe) of each foot that has both.

    Raises:
        GaitError: no foot has heel and toe, which `method` cannot do without.
    """
    feet: list[tuple[Side, Array, Array]] = [
        (side, *pair) for side in SIDES if (pair := heel_and_toe(keypoints, side)) is not None
    ]
    if not feet:
        raise GaitError(
            f"{method} needs heel and big toe of at least one foot; the landmark set "
            f"{keypoints.skeleton.name!r} has none or the network saw none"
        )
    return feet


def stride_peaks(track: Array, rate: float, *, least_range: float = 0.0) -> Peaks:
    """Maxima of a track (T,) that come once a stride; none when its usual range is below `least_range`."""
    seen = track[np.isfinite(track)]
    usual = float(np.ptp(np.percentile(seen, [5, 95]))) if seen.size else 0.0
    if usual <= least_range:
        return Peaks(np.empty(0), np.empty(0))
    return parabolic_peaks(
        track, prominence=PROMINENCE_SHARE * usual, distance_samples=SHORTEST_STRIDE_S * rate
    )


def strongest(peaks: Peaks, gap: float) -> Array:
    """Index (n,) of the peaks left when of any two closer than `gap` samples only the higher stays."""
    left = np.ones(peaks.index.size, dtype=bool)
    kept: list[float] = []
    for i in np.argsort(-peaks.value, kind="stable"):
        if left[i]:
            kept.append(float(peaks.index[i]))
            left &= np.abs(peaks.index - peaks.index[i]) >= gap
    return np.sort(np.array(kept))


def as_events(keypoints: Keypoints, found: Iterable[Found]) -> GaitEvents:
    """Fractional frames as sorted events; drops those at which the person does not walk towards +X."""
    speed = progress_mps(keypoints)
    rows: list[tuple[float, Side, EventKind, str]] = []
    for side, kind, frames, method in found:
        at = np.asarray(frames, dtype=np.float64)
        walks = speed[np.minimum(np.round(at).astype(int), keypoints.n - 1)] > SLOWEST_WALK_MPS
        times_s = np.interp(at[walks], np.arange(keypoints.n), keypoints.time_s)
        rows += [(float(time_s), side, kind, method) for time_s in times_s]
    return sorted_events(rows)


def sorted_events(rows: Iterable[tuple[float, Side, EventKind, str]]) -> GaitEvents:
    """Events (time_s, side, kind, method) of one method in order of time."""
    ordered = sorted(rows)
    return GaitEvents(
        side=tuple(row[1] for row in ordered),
        kind=tuple(row[2] for row in ordered),
        time_s=np.array([row[0] for row in ordered]),
        sd_s=np.full(len(ordered), np.nan),
        method=tuple(row[3] for row in ordered),
    )
