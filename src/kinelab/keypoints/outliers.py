"""Points that cannot be: unsure ones, cut-off ones, jumps that no person makes, bones that are too long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import maximum_filter1d

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.keypoints.swap_groups import BONES
from kinelab.signals.runs import finite_points

MIN_CONFIDENCE = 0.3  # Pose2Sim's default likelihood threshold
# Where the picture cuts a person off, a network guesses. On the virtual walker: median error 10 px within 2 %
# of the body's size from the edge, 2.4 px at 5 to 9 %, 1.8 px beyond; 1.3 px where nobody is cut off.
CUT_OFF = 0.08
REACH = 4  # a point is compared with the mid-points of its neighbours 1 to 4 frames away
ROBUST_SDS = 8.0  # of the distance from those mid-points
SMALLEST_JUMP = 0.06  # of the body's size; 10 cm for an adult
# A runner's foot swings at about 10 m/s = 6 body heights a second (Fukuchi 2017, 4.5 m/s).
FASTEST = 8.0  # body sizes a second
LONGEST_EXCURSION_S = 0.3
LONGEST_END_S = 0.1  # a head or tail of a track beyond such a step is wrong if it is not longer
MOST_ROUNDS = 12  # of taking out one spike in each surroundings
TOO_LONG = 1.5  # times the 90th percentile of a bone's length on both sides


@dataclass(frozen=True)
class Rejected:
    """`keypoints` with what cannot be set to NaN; `rejected` (T, K) where."""

    keypoints: Keypoints
    rejected: BoolArray


def drop_unsure(keypoints: Keypoints, min_confidence: float = MIN_CONFIDENCE) -> Rejected:
    """Points with a confidence below `min_confidence` (0 to 1) become NaN. Unknown confidence is kept.

    Raises:
        InputError: the threshold is outside 0 to 1.
    """
    if not 0 <= min_confidence <= 1:
        raise InputError(
            f"min_confidence is {min_confidence}, allowed is 0 to 1 (is it in percent? then divide by 100)"
        )
    return without(keypoints, keypoints.seen & (keypoints.confidence < min_confidence))


def drop_cut_off(keypoints: Keypoints, width_px: int) -> Rejected:
    """Points at the left or right edge of a picture `width_px` wide, or beyond, become NaN.

    Who walks in or out of the view is cut off there, and what is not in the picture is guessed just inside
    of its edge. Within 8 % of the body's size nothing is taken for seen. The lower and upper edge are left
    alone: feet often stand near them, and nobody walks out that way.
    """
    margin = CUT_OFF * body_size(keypoints)
    x = keypoints.position[..., 0]
    return without(keypoints, keypoints.seen & ~((x > margin) & (x < width_px - 1 - margin)))


def reject_jumps(keypoints: Keypoints, *, sides_sure: bool) -> Rejected:
    """Jumps and excursions that no person makes become NaN.

    Spikes: a point farther than 8 robust standard deviations, and than 6 % of the body's size, from the
    median of the mid-points of its neighbours 1 to 4 frames before and after it (a Hampel test, Pearson 2002,
    with a reference that follows uniform motion). Excursions (`sides_sure` only): up to 0.3 s that begin and
    end with a step faster than 8 body sizes a second, when what is before and after fits together; and the
    first or last 0.1 s of a track beyond one such step.
    With `sides_sure` False (before exchanges of left and right are repaired) a point counts only
    if the middle of it and its partner jumps too: an exchange leaves that where it is.

    The body's size is the median diagonal of the box around its landmarks. Works in px or m.
    """
    size = body_size(keypoints)
    if keypoints.n < 5 or not size > 0:
        return without(keypoints, np.zeros((keypoints.n, len(keypoints.skeleton)), dtype=bool))
    far = np.zeros((keypoints.n, len(keypoints.skeleton)), dtype=bool)
    if sides_sure:
        tracks = np.moveaxis(keypoints.position, 1, 0)
        far = np.stack([_excursions(keypoints.time_s, track, size) for track in tracks], axis=-1)
    far |= _spikes(np.where(far[..., None], np.nan, keypoints.position), size)
    if not sides_sure:
        for left, right in keypoints.skeleton.pairs:
            # An exchange moves both points but not their middle; a wrong point moves it by half.
            middle = keypoints.position[:, [left, right]].mean(axis=1, keepdims=True)
            jump = np.linalg.norm(middle - _expected(middle), axis=-1)
            far[:, [left, right]] &= np.nan_to_num(jump) > SMALLEST_JUMP * size / 2
    return without(keypoints, far)


def reject_long_bones(keypoints: Keypoints) -> Rejected:
    """The outer end of a bone that is 1.5 times longer than it ever should be becomes NaN.

    The measure is the 90th percentile of the bone's length on both sides over the recording: in one view a
    bone can look shorter than it is, never longer. The outer end is taken to be wrong, because networks lose
    hands and feet before knees and elbows.
    """
    position = np.array(keypoints.position)
    wrong = np.zeros(position.shape[:2], dtype=bool)
    for inner, outer in BONES:
        ends = [(f"{side}_{inner}", f"{side}_{outer}") for side in ("left", "right")]
        ends = [pair for pair in ends if keypoints.skeleton.has(*pair)]
        columns = [(keypoints.skeleton.index(a), keypoints.skeleton.index(b)) for a, b in ends]
        lengths = [np.linalg.norm(position[:, a] - position[:, b], axis=-1) for a, b in columns]
        finite = (
            np.concatenate([length[np.isfinite(length)] for length in lengths]) if lengths else np.empty(0)
        )
        if finite.size < 10:
            continue
        longest = TOO_LONG * float(np.percentile(finite, 90))
        for (_, outer_column), length in zip(columns, lengths, strict=True):
            bad = np.nan_to_num(length) > longest
            wrong[:, outer_column] |= bad
            position[bad, outer_column] = np.nan  # the next bone outwards is not judged by it
    return without(keypoints, wrong)


def body_size(keypoints: Keypoints) -> float:
    """Median diagonal of the box around the landmarks over the frames that hold at least half of them."""
    seen = keypoints.seen
    enough = seen.sum(axis=1) >= max(2, 0.5 * seen.sum(axis=1).max(initial=0))
    if not enough.any():
        return 0.0
    held = np.where(seen[..., None], keypoints.position, np.nan)[enough]
    box = np.nanmax(held, axis=1) - np.nanmin(held, axis=1)
    return float(np.median(np.linalg.norm(box, axis=-1)))


def without(keypoints: Keypoints, wrong: BoolArray) -> Rejected:
    """`keypoints` with the points of `wrong` (T, K) set to NaN, confidence and sd too."""
    wrong = wrong & keypoints.seen
    if not wrong.any():
        return Rejected(keypoints, wrong)
    position = np.where(wrong[..., None], np.nan, keypoints.position)
    confidence = np.where(wrong, np.nan, keypoints.confidence)
    sd = None if keypoints.sd is None else np.where(wrong, np.nan, keypoints.sd)
    return Rejected(replace(keypoints, position=position, confidence=confidence, sd=sd), wrong)


def _spikes(position: Array, size: float) -> BoolArray:
    """(T, K) True at spikes. The worst of its surroundings goes first: it makes its neighbours look wrong."""
    left = np.array(position)
    limit = np.array([_limit(column, size) for column in np.linalg.norm(left - _expected(left), axis=-1).T])
    found = np.zeros(left.shape[:2], dtype=bool)
    for _ in range(MOST_ROUNDS):
        away = np.nan_to_num(np.linalg.norm(left - _expected(left), axis=-1))
        worst = (away > limit) & (away >= maximum_filter1d(away, 2 * REACH + 1, axis=0, mode="nearest"))
        if not worst.any():
            break
        found |= worst
        left[worst] = np.nan
    return found


def _expected(position: Array) -> Array:
    """(T, K, D) median of the mid-points of the neighbours 1 to REACH frames before and after."""
    around = []
    for reach in range(1, REACH + 1):
        middle = np.full(position.shape, np.nan)
        if position.shape[0] > 2 * reach:
            middle[reach:-reach] = (position[2 * reach :] + position[: -2 * reach]) / 2
        around.append(middle)
    stack = np.sort(np.stack(around), axis=0)  # NaN last
    count = np.isfinite(stack).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.maximum(count // 2, 0)
    high = np.minimum(high, np.maximum(count - 1, 0))
    picked = [np.take_along_axis(stack, at[None], axis=0)[0] for at in (low, high)]
    expected: Array = (picked[0] + picked[1]) / 2
    return expected


def _limit(away: Array, size: float) -> float:
    finite = away[np.isfinite(away)]
    robust = 1.4826 * float(np.median(finite)) if finite.size else 0.0
    return max(ROBUST_SDS * robust, SMALLEST_JUMP * size)


def _excursions(time_s: Array, track: Array, size: float) -> BoolArray:
    """(T,) True in short stretches between two impossible steps that cancel, or beyond one at an end."""
    wrong = np.zeros(time_s.size, dtype=bool)
    rows = np.flatnonzero(finite_points(track))
    if rows.size < 3:
        return wrong

    def possible(a: int, b: int) -> bool:
        step = np.linalg.norm(track[rows[b]] - track[rows[a]])
        return bool(step <= max(FASTEST * (time_s[rows[b]] - time_s[rows[a]]), SMALLEST_JUMP) * size)

    steps = np.linalg.norm(np.diff(track[rows], axis=0), axis=-1)
    leaps = steps > np.maximum(FASTEST * np.diff(time_s[rows]), SMALLEST_JUMP) * size
    starts = np.flatnonzero(leaps) + 1
    for first, after in pairwise(starts.tolist()):
        short = time_s[rows[after]] - time_s[rows[first - 1]] <= LONGEST_EXCURSION_S
        if short and possible(first - 1, after):
            wrong[rows[first:after]] = True
    if starts.size:
        # Who comes into view is guessed at first: a short end has nothing to come from or go back to.
        if time_s[rows[starts[0]]] - time_s[rows[0]] <= LONGEST_END_S:
            wrong[rows[: starts[0]]] = True
        if time_s[rows[-1]] - time_s[rows[starts[-1] - 1]] <= LONGEST_END_S:
            wrong[rows[starts[-1] :]] = True
    return wrong
