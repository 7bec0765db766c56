"""From a network's landmarks in an image to clean landmarks in the plane of walking, in metres."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray, Problems
from kinelab.core.keypoints import Keypoints
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.keypoints.by_hand import ByHand
from kinelab.keypoints.outliers import (
    MIN_CONFIDENCE,
    drop_cut_off,
    drop_unsure,
    reject_jumps,
    reject_long_bones,
)
from kinelab.keypoints.scaling import Scale, scale_from_calibration, scale_from_height, scale_from_length
from kinelab.keypoints.smoothing import smooth
from kinelab.keypoints.swaps import repair_swaps
from kinelab.keypoints.walking_direction import WalkingDirection, straight_passes, walking_direction


@dataclass(frozen=True)
class CleaningOptions:
    """What cleaning does; the defaults are for walking.

    cutoff_hz: low-pass (6 Hz: Winter 2009 for walking; 10 to 12 for running), None = no filter. max_gap_s:
    longer gaps stay empty. min_confidence: points below are not used. width_px: of the picture; points at its
    left and right edge are not used, None = unknown. rate_hz: of the result, None = the
    recording's own. direction: +1 the person faces the image's right, -1 its left, None = found. one_pass:
    when the person turns round, keep the longest straight pass only. Scale, the first given counts: px_per_m
    (with ground_y_px, the floor's image height), known_length (landmark, landmark, m), height_m; with none of
    them a height is assumed.
    """

    cutoff_hz: float | None = 6.0
    max_gap_s: float = 0.2
    min_confidence: float = MIN_CONFIDENCE
    width_px: int | None = None
    rate_hz: float | None = None
    direction: int | None = None
    one_pass: bool = True
    px_per_m: float | None = None
    ground_y_px: float | None = None
    known_length: tuple[str, str, float] | None = None
    height_m: float | None = None

    def __post_init__(self) -> None:
        with Problems("CleaningOptions") as problems:
            cutoff = self.cutoff_hz
            problems.add_if(cutoff is not None and not cutoff > 0, f"cutoff_hz is {cutoff}, expected > 0")
            problems.add_if(not self.max_gap_s >= 0, f"max_gap_s is {self.max_gap_s}, expected 0 or more")
            problems.one_of("direction", self.direction, (None, 1, -1))


@dataclass(frozen=True)
class LandmarkCounts:
    """What was done to one landmark. In raw frames: seen to exchanged; in uniform ones: filled, empty."""

    landmark: str
    seen: int
    unsure: int
    cut_off: int
    outliers: int
    exchanged: int
    filled: int
    empty: int


@dataclass(frozen=True)
class Cleaned:
    """Clean landmarks and the log of what was done.

    keypoints: m, X forward Y up, at the uniform times of `timebase`, with sd. repaired_px: the raw frames in
    px after unsure and wrong points were taken out and sides put right (what an overlay should show).
    exchanged, filled (T, K) at the times of `keypoints`. notes: what a person should know, in words.
    """

    keypoints: Keypoints
    timebase: Timebase
    repaired_px: Keypoints
    exchanged: BoolArray
    filled: BoolArray
    counts: tuple[LandmarkCounts, ...]
    direction: WalkingDirection
    scale: Scale
    notes: tuple[str, ...]

    def log_as_dict(self) -> dict[str, object]:
        """What was done, as plain data for JSON."""
        direction = {**asdict(self.direction), "near_side": self.direction.near_side}
        return {
            "landmarks": [asdict(row) for row in self.counts],
            "direction": direction,
            "scale": asdict(self.scale),
            "notes": list(self.notes),
        }


class Repaired(NamedTuple):
    """Landmarks px, each of its own side, without unsure and wrong points; what was done, (T, K) each."""

    keypoints: Keypoints
    unsure: BoolArray
    cut_off: BoolArray
    outliers: BoolArray
    exchanged: BoolArray


def clean(
    keypoints: Keypoints,
    options: CleaningOptions | None = None,
    by_hand: ByHand | None = None,
    repaired: Repaired | None = None,
) -> Cleaned:
    """Clean one person's landmarks (px, y down, any times) into the sagittal plane (m, X forward, Y up).

    In this order: unsure points out; spikes out; exchanged sides put right (`swaps`); spikes, excursions and
    impossible bones out (`outliers`); cut-off points out; gaps up to `max_gap_s` filled, uniform times,
    low-pass, standard deviation (`smoothing`); the longest straight pass; scale (`scaling`); turned so that
    the person faces +X (`walking_direction`).

    X = 0 is the mid-hip when first seen, Y = 0 the floor. One factor turns px into m: the camera is taken to
    look across the walking line, level, and perspective along the line is not corrected. The scale's own
    uncertainty is not part of the landmarks' sd: it is common to all (see `Scale.sd`).

    by_hand: what a person put right, after the steps that may throw a point away and before gaps are filled.
    repaired: what `repair` gives for the same, where it is known already: it takes nine tenths of the time.

    Raises:
        InputError: not px, fewer than two frames, nobody's legs seen, or a cut-off that the frame rate does
            not allow.
    """
    options = options or CleaningOptions()
    if keypoints.unit != "px":
        raise InputError("cleaning starts from landmarks in px; these are in m already")
    if not keypoints.seen.any():
        raise InputError(f"not one landmark was seen in {keypoints.n} frames: is a person in the video?")
    repaired = repaired or repair(keypoints, options)
    if by_hand is not None:
        repaired = repaired._replace(keypoints=by_hand.put(repaired.keypoints))
    uniform = smooth(repaired.keypoints, options.cutoff_hz, options.max_gap_s, options.rate_hz)
    kept, turn_note = _longest_pass(uniform.keypoints) if options.one_pass else (uniform.keypoints, [])
    direction = walking_direction(kept)
    if options.direction is not None:
        direction = replace(direction, sign=options.direction, confidence=1.0, backwards=False)
    scale = _scale(kept, options)
    metres = _to_metres(kept, direction.sign, scale)
    filled = uniform.filled & metres.seen
    return Cleaned(
        metres,
        uniform.timebase,
        repaired.keypoints,
        repaired.exchanged[_nearest(keypoints.time_s, metres.time_s)] & metres.seen,
        filled,
        _counts(keypoints, repaired, filled, metres.seen),
        direction,
        scale,
        (*turn_note, *_notes(direction, scale)),
    )


def repair(keypoints: Keypoints, options: CleaningOptions) -> Repaired:
    """The steps of `clean` that take points out and put sides right."""
    sure = drop_unsure(keypoints, options.min_confidence)
    spikes = reject_jumps(sure.keypoints, sides_sure=False)
    sides = repair_swaps(spikes.keypoints)
    jumps = reject_jumps(sides.keypoints, sides_sure=True)
    bones = reject_long_bones(jumps.keypoints)
    outliers = spikes.rejected | jumps.rejected | bones.rejected
    # Last: a guess at the edge still shows by its neighbours there which point is a leap.
    whole = bones if options.width_px is None else drop_cut_off(bones.keypoints, options.width_px)
    cut_off = whole.rejected & bones.keypoints.seen
    return Repaired(whole.keypoints, sure.rejected, cut_off, outliers, sides.exchanged)


def _longest_pass(keypoints: Keypoints) -> tuple[Keypoints, list[str]]:
    """Everything outside the longest straight pass becomes NaN."""
    passes = straight_passes(keypoints)
    if len(passes) == 1:
        return keypoints, []
    longest = max(passes, key=lambda p: p.stop - p.start)
    inside = np.zeros(keypoints.n, dtype=bool)
    inside[longest.start : longest.stop] = True
    position = np.where(inside[:, None, None], keypoints.position, np.nan)
    confidence = np.where(inside[:, None], keypoints.confidence, np.nan)
    sd = None if keypoints.sd is None else np.where(inside[:, None], keypoints.sd, np.nan)
    start, stop = keypoints.time_s[longest.start], keypoints.time_s[longest.stop - 1]
    note = (
        f"The person turns round ({len(passes)} passes): only the longest, {start:.2f} to {stop:.2f} s, is "
        "measured. Cut the video to measure another."
    )
    return replace(keypoints, position=position, confidence=confidence, sd=sd), [note]


def _scale(keypoints: Keypoints, options: CleaningOptions) -> Scale:
    if options.px_per_m is not None:
        return scale_from_calibration(keypoints, options.px_per_m, options.ground_y_px)
    if options.known_length is not None:
        return scale_from_length(keypoints, *options.known_length)
    return scale_from_height(keypoints, options.height_m)


def _to_metres(keypoints: Keypoints, sign: int, scale: Scale) -> Keypoints:
    names = [n for n in ("left_hip", "right_hip", "mid_hip") if keypoints.skeleton.has(n)]
    middle = np.stack([keypoints.of(n)[:, 0] for n in names]).mean(axis=0)
    seen = middle[np.isfinite(middle)]
    lowest = float(np.nanmax(keypoints.position[..., 1]))
    ground_y = lowest if scale.ground_y_px is None else scale.ground_y_px
    x = sign * (keypoints.position[..., 0] - (seen[0] if seen.size else 0.0)) / scale.px_per_m
    y = (ground_y - keypoints.position[..., 1]) / scale.px_per_m
    sd = None if keypoints.sd is None else keypoints.sd / scale.px_per_m
    return replace(keypoints, position=np.stack([x, y], axis=-1), unit="m", sd=sd)


def _nearest(time_s: Array, wanted_s: Array) -> IntArray:
    return np.searchsorted((time_s[1:] + time_s[:-1]) / 2, wanted_s)


def _counts(
    raw: Keypoints, repaired: Repaired, filled: BoolArray, seen: BoolArray
) -> tuple[LandmarkCounts, ...]:
    done = (repaired.unsure, repaired.cut_off, repaired.outliers, repaired.exchanged)
    columns = (raw.seen, *done, filled, ~seen)
    totals = np.stack([mask.sum(axis=0) for mask in columns], axis=-1)
    return tuple(
        LandmarkCounts(name, *(int(n) for n in row))
        for name, row in zip(raw.skeleton.landmarks, totals, strict=True)
    )


def _notes(direction: WalkingDirection, scale: Scale) -> list[str]:
    notes = []
    if direction.backwards:
        notes.append("The person walks backwards: flexion is counted from the way the feet point.")
    if direction.confidence < 0.7:
        notes.append(
            f"The walking direction is not sure ({100 * direction.confidence:.0f} %): if flexion and "
            "extension look reversed, state the direction."
        )
    if not scale.known:
        notes.append(
            "No length is known: metres rest on an assumed height, do not report lengths and speeds."
        )
    if scale.ground_y_px is None:
        notes.append("No foot was seen: the height of the floor is a guess.")
    return notes
