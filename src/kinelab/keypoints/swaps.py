"""Left/right exchanges: found and taken back over a whole recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import median_filter

from kinelab.core.checks import Array, BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.keypoints.swap_groups import SwapGroup, swap_groups
from kinelab.keypoints.swap_search import best_states
from kinelab.keypoints.swap_tracking import SwapPrior, fit_noise, kalman_gains, tail_cost
from kinelab.signals.runs import finite_points

UNCLEAR = 1.0  # nats: bone lengths that differ by less in a frame say nothing
CLEAR, CLEAR_LONG = 3.0, 5.0  # times its noise a difference must be to tell two points from one another
CROSSING_S = 0.2  # a longer stretch than this needs CLEAR_LONG

FIT_FRAMES = 4000  # from the middle of the recording


@dataclass(frozen=True)
class Repaired:
    """`keypoints` with exchanges taken back; `exchanged` (T, K) True where a landmark was its partner."""

    keypoints: Keypoints
    exchanged: BoolArray


def repair_swaps(keypoints: Keypoints, prior: SwapPrior | None = None) -> Repaired:
    """Put left and right back where a network exchanged them.

    Legs, arms and face are judged by themselves, and in each the whole limb, any stretch of it (the part
    beyond the knee, the feet) or a single joint may be exchanged. The most likely sequence over the whole
    recording wins: it makes the left-right differences move smoothly (constant velocity with an intensity of
    acceleration fitted to this recording, noise likewise), keeps bones as long as they are, and takes
    exchanges to be rare and short (`prior`). It looks through the crossing of the legs and through gaps,
    because hypotheses are judged by what follows, and it needs no uniform times.

    What cannot be known from positions alone: a recording that is exchanged for most of the time between two
    long gaps may come out wholly exchanged, because the labels' majority decides which leg is the left one.
    Neither the walking direction nor the bend of the knees tells the legs apart. Points that have no partner
    are never changed. Two points within their noise of one another stay as they are.

    Works in px or m, in a plane or (from its first two components) in space.
    """
    position = np.array(keypoints.position)
    confidence = np.array(keypoints.confidence)
    sd = None if keypoints.sd is None else np.array(keypoints.sd)
    exchanged = np.zeros(confidence.shape, dtype=bool)
    for group in swap_groups(keypoints.skeleton):
        swapped = _judge(keypoints, group, prior or SwapPrior())
        for pair, (left, right) in enumerate(zip(group.left, group.right, strict=True)):
            rows = np.flatnonzero(swapped[:, pair])
            for values in (position, confidence, *(() if sd is None else (sd,))):
                values[np.ix_(rows, [left, right])] = values[np.ix_(rows, [right, left])]
            exchanged[np.ix_(rows, [left, right])] = True
    return Repaired(replace(keypoints, position=position, confidence=confidence, sd=sd), exchanged)


def _judge(keypoints: Keypoints, group: SwapGroup, prior: SwapPrior) -> BoolArray:
    """(T, P) True where the pair of the group is exchanged."""
    left, right = keypoints.position[:, group.left, :2], keypoints.position[:, group.right, :2]
    result = np.zeros((keypoints.n, group.left.size), dtype=bool)
    both = finite_points(left - right)
    used = both.any(axis=1)
    if used.sum() < 4:
        return result
    time_s, difference = keypoints.time_s[used], (left - right)[used]
    weight = _relative_noise(keypoints, group)[used]
    # A minute or two says enough about noise, and memory must not grow with the recording.
    start = max(0, (len(time_s) - FIT_FRAMES) // 2)
    some = slice(start, start + FIT_FRAMES)
    noise, shake = fit_noise(time_s[some], difference[some], weight[some])
    sd = np.where(both[used], weight * noise, np.inf)
    tracks = kalman_gains(time_s, sd, shake)
    bones = _bone_cost(left[used], right[used], group, keypoints.rate_hz)
    path = best_states(tracks, difference, group.states, bones, prior)
    result[used] = _clear_only(time_s, group.states[path], np.linalg.norm(difference, axis=-1) / noise)
    return result


def _clear_only(time_s: Array, exchanged: BoolArray, apart: Array) -> BoolArray:
    """Takes back stretches of one state where no exchanged pair (T, P) is `apart` enough.

    Network noise wanders slowly, and two points inside of it (hips and shoulders from the side) follow each
    other's tracks by chance. Pairs that do part are close only while they cross, so that a longer stretch has
    to be clearer. `apart` is in units of the noise of the difference; the median over the stretch counts.
    """
    kept = exchanged.copy()
    changes = np.flatnonzero((exchanged[1:] != exchanged[:-1]).any(axis=1)) + 1
    for start, stop in pairwise([0, *changes.tolist(), len(exchanged)]):
        inside = np.where(exchanged[start:stop], apart[start:stop], np.nan)
        clear = [np.median(column[np.isfinite(column)]) for column in inside.T if np.isfinite(column).any()]
        needed = CLEAR if time_s[stop - 1] - time_s[start] <= CROSSING_S else CLEAR_LONG
        if not clear or max(clear) < needed:
            kept[start:stop] = False
    return kept


def _relative_noise(keypoints: Keypoints, group: SwapGroup) -> Array:
    """(T, P) how much noisier each pair is than in its median frame: from sd, else from confidence."""
    if keypoints.sd is not None:
        spread = np.hypot(keypoints.sd[:, group.left], keypoints.sd[:, group.right])
    else:
        sure = np.minimum(keypoints.confidence[:, group.left], keypoints.confidence[:, group.right])
        spread = 1 / np.clip(sure, 0.1, 1)
    middle = np.array([np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else 1.0 for c in spread.T])
    ratio = spread / np.where(middle > 0, middle, 1.0)
    clipped: Array = np.clip(np.where(np.isfinite(ratio), ratio, 1.0), 0.5, 4.0)
    return clipped


def _bone_cost(left: Array, right: Array, group: SwapGroup, rate_hz: float) -> Array:
    """(T, S) cost of each state by the lengths of the bones that it makes."""
    cost = np.zeros((left.shape[0], group.states.shape[0]))
    window = max(3, round(3 * rate_hz))
    for near, far in group.bones:
        straight = [np.hypot(*(a[:, near] - a[:, far]).T) for a in (left, right)]
        crossed = [np.hypot(*(a[:, near] - b[:, far]).T) for a, b in ((left, right), (right, left))]
        both = np.stack(straight)
        seen = np.isfinite(both).all(axis=0)
        if seen.sum() < 4:
            continue
        rows = np.arange(seen.size)
        middle = np.interp(rows, rows[seen], median_filter(both[:, seen].mean(axis=0), window, mode="mirror"))
        away = both[:, seen] - middle[seen]
        spread = max(1.4826 * float(np.median(np.abs(away))), 0.01 * float(middle.mean()), 1e-9)
        price = [
            sum(0.5 * tail_cost(((length - middle) / spread) ** 2) for length in lengths)
            for lengths in (straight, crossed)
        ]
        mixed = group.states[:, near] != group.states[:, far]
        extra = np.where(seen & np.isfinite(price[1]), price[1] - price[0], 0.0)
        # Only clear evidence: small differences are systematic and would add up over the frames.
        extra = np.sign(extra) * np.maximum(np.abs(extra) - UNCLEAR, 0)
        cost += extra[:, None] * mixed[None, :]
    return cost
