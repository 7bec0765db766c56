"""Landmarks as several cameras saw them, at common times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems, read_only
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.signals.resampling import resample, uniform_timebase

_SAME_STEP = 0.05  # of a frame: two recordings so far apart are taken as in step
_OTHER_RATE = 0.002


@dataclass(frozen=True, eq=False)
class ViewTracks:
    """K landmarks of one person seen by C cameras at T common times.

    px (T, C, K, 2), NaN = not seen; confidence (T, C, K); sd_px (T, C, K), NaN where not known.
    """

    names: tuple[str, ...]
    skeleton: Skeleton
    time_s: Array
    px: Array
    confidence: Array
    sd_px: Array

    def __post_init__(self) -> None:
        for name in ("time_s", "px", "confidence", "sd_px"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        shape = (self.time_s.size, len(self.names), len(self.skeleton))
        with Problems("ViewTracks") as problems:
            problems.unique("names", self.names)
            problems.increasing("time_s", self.time_s)
            problems.shape("px", self.px, (*shape, 2))
            problems.shape("confidence", self.confidence, shape)
            problems.shape("sd_px", self.sd_px, shape)

    @property
    def rate_hz(self) -> float:
        """Frames a second."""
        return (self.time_s.size - 1) / float(self.time_s[-1] - self.time_s[0])


def in_step(
    names: Sequence[str], tracks: Sequence[Keypoints], offset_s: Sequence[float] | None = None
) -> ViewTracks:
    """Put the landmarks of each camera's recording on common times.

    The landmarks are those that all recordings have, in the first one's order. offset_s: how much later than
    the first camera's clock each clock shows the same moment (`synchronise.find_offsets`); None: the clocks
    agree, and a recording's first frame is at its own time. With equal rates and whole frames between them no
    sample is touched; else positions are joined by splines, across no gap, at the rate of the quickest.
    A recording that ends early is not seen from there on.

    Raises:
        InputError: fewer than two cameras, no common landmark, not px, or recordings that do not overlap.
    """
    shift = np.zeros(len(tracks)) if offset_s is None else np.asarray(offset_s, dtype=float)
    _check(names, tracks, shift)
    common = tuple(name for name in tracks[0].skeleton.landmarks if all(t.skeleton.has(name) for t in tracks))
    if not common:
        raise InputError("the cameras' landmarks have no name in common; use one pose network for all")
    quickest = max(tracks, key=lambda t: t.rate_hz)
    start = max(float(t.time_s[0] - s) for t, s in zip(tracks, shift, strict=True))
    stop = min(float(t.time_s[-1] - s) for t, s in zip(tracks, shift, strict=True))
    if stop <= start:
        spans = ", ".join(
            f"{n}: {t.time_s[0]:.2f} to {t.time_s[-1]:.2f} s" for n, t in zip(names, tracks, strict=True)
        )
        raise InputError(f"the recordings do not overlap in time ({spans}); are they of one trial?")
    first = min(float(t.time_s[0] - s) for t, s in zip(tracks, shift, strict=True))
    last = max(float(t.time_s[-1] - s) for t, s in zip(tracks, shift, strict=True))
    time = uniform_timebase(np.array([first, *_inner(quickest, first, last), last]), quickest.rate_hz)
    columns = [
        _at(track, common, track.time_s - s, time.time_s) for track, s in zip(tracks, shift, strict=True)
    ]
    px, confidence, sd = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
    kept = (np.isfinite(px[..., 0]).any(axis=2).sum(axis=1)).nonzero()[0]
    if not kept.size:
        raise InputError("no camera sees any landmark of the person")
    span = slice(int(kept[0]), int(kept[-1]) + 1)
    links = tuple(link for link in tracks[0].skeleton.links if set(link) <= set(common))
    whole = len(common) == len(tracks[0].skeleton)
    skeleton = tracks[0].skeleton if whole else Skeleton(f"{tracks[0].skeleton.name} (common)", common, links)
    return ViewTracks(tuple(names), skeleton, time.time_s[span], px[span], confidence[span], sd[span])


def _inner(track: Keypoints, first: float, last: float) -> list[float]:
    """Times between first and last at the track's rate, so that the timebase knows it."""
    step = 1 / track.rate_hz
    return [t for t in (first + step, last - step) if first < t < last][:1] if last - first > 2 * step else []


def _check(names: Sequence[str], tracks: Sequence[Keypoints], shift: Array) -> None:
    if len(tracks) < 2:
        raise InputError(
            f"{len(tracks)} camera; a place in space needs two or more that see it. For one camera there are "
            "planar angles: kinelab analyze"
        )
    with Problems("in_step") as problems:
        problems.add_if(len(names) != len(tracks), f"{len(names)} names for {len(tracks)} recordings")
        problems.add_if(len(shift) != len(tracks), f"{len(shift)} offsets for {len(tracks)} recordings")
        problems.add_if(not np.isfinite(shift).all(), "an offset is NaN")
        for name, track in zip(names, tracks, strict=False):
            problems.add_if(track.unit != "px", f"{name} is in {track.unit}, expected px")
            problems.add_if(track.n < 2, f"{name} has {track.n} frame, expected two or more")


def _at(track: Keypoints, names: tuple[str, ...], own_s: Array, time_s: Array) -> tuple[Array, Array, Array]:
    """Positions, confidences and sd of one recording at the common times."""
    at = [track.skeleton.index(name) for name in names]
    position, confidence = track.position[:, at], track.confidence[:, at]
    sd = np.full_like(confidence, np.nan) if track.sd is None else track.sd[:, at]
    confidence = np.where(np.isfinite(position[..., 0]), confidence, np.nan)
    step = 1 / track.rate_hz
    nearest = np.clip(np.searchsorted(own_s, time_s), 1, own_s.size - 1)
    nearest -= (time_s - own_s[nearest - 1]) < (own_s[nearest] - time_s)
    off = np.abs(own_s[nearest] - time_s)
    inside = off <= 0.5 * step + 1e-9
    near_off = off[(time_s >= own_s[0] - 1e-9) & (time_s <= own_s[-1] + 1e-9)]
    values = [position, confidence, sd]
    if near_off.size and near_off.max() <= _SAME_STEP * step:
        return tuple(np.where(_wide(inside, v), v[nearest], np.nan) for v in values)  # type: ignore[return-value]
    base = uniform_timebase(time_s)
    moved = resample(own_s, position, base, 1.5 * step)
    others = (np.where(_wide(inside, v), v[nearest], np.nan) for v in values[1:])
    seen = np.isfinite(moved[..., 0])
    return moved, *(np.where(seen, v, np.nan) for v in others)  # type: ignore[return-value]


def _wide(mask: BoolArray, like: Array) -> BoolArray:
    return mask.reshape(-1, *[1] * (like.ndim - 1))
