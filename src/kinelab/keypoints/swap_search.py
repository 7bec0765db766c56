"""The most likely sequence of exchanges by a beam of hypotheses, each with its own prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.keypoints.swap_tracking import CLIP, SwapPrior, Tracks, tail_cost
from kinelab.signals.runs import finite_points

BEAM = 24  # hypotheses kept; 12, 48 and 96 give the same figures in study.swap_repair
MEMORY_S = 0.25  # hypotheses that agree for so long have the same predictions and are one


def best_states(
    tracks: Tracks, difference: Array, states: BoolArray, frame_cost: Array, prior: SwapPrior
) -> IntArray:
    """(T,) index of the state of each frame on the most likely path.

    difference (T, P, 2) observed, NaN = not seen; states (S, P) True = exchanged; frame_cost (T, S) what a
    state costs in a frame whatever came before (bone lengths).
    """
    T, P = difference.shape[:2]
    seen = finite_points(difference)
    observed = np.where(seen[..., None], difference, 0.0)
    sign = np.where(states, -1.0, 1.0)
    choose = np.concatenate((~states, states), axis=1).T.astype(np.float64)
    # Before the first frame there is no past: as after an endless gap.
    since_s: Array = np.concatenate(([np.inf], np.maximum(tracks.step_s[1:], 1e-6)))
    different_s, which = np.unique(np.round(since_s, 6), return_inverse=True)
    moves = _transitions(np.asarray(different_s, dtype=np.float64), states, prior)
    window = int(np.clip(round(MEMORY_S / max(float(np.median(tracks.step_s[1:])), 1e-6)), 4, 40))
    weights = np.random.default_rng(0).integers(1, 2**62, window)

    mean = np.zeros((1, P, 2, 2))  # hypothesis, pair, component, position and velocity
    recent = np.zeros((1, window), dtype=np.int64)
    score = np.zeros(1)
    parents = np.zeros((T, BEAM), dtype=np.int16)
    chosen = np.zeros((T, BEAM), dtype=np.int16)
    for t in range(T):
        mean[..., 0] += tracks.step_s[t] * mean[..., 1]
        cost = _costs(mean[..., 0], observed[t], tracks.spread[t], seen[t]) @ choose
        total = score[:, None] + cost + moves[which[t]][recent[:, -1]] + frame_cost[t]
        parent, state = _keep(total, recent, weights)
        parents[t, : parent.size], chosen[t, : parent.size] = parent, state
        score = total[parent, state]
        score -= score[0]
        recent = np.concatenate((recent[parent, 1:], state[:, None]), axis=1)
        mean = mean[parent]
        miss = np.where(seen[t, :, None], sign[state][..., None] * observed[t] - mean[..., 0], 0.0)
        far = np.sqrt((miss**2).sum(axis=-1)) / tracks.spread[t]
        miss *= np.minimum(1, CLIP / (far + 1e-12))[..., None]
        mean += tracks.gain[t][:, None, :] * miss[..., None]
    return _trace(parents, chosen)


def _costs(predicted: Array, observed: Array, spread: Array, seen: BoolArray) -> Array:
    """(H, 2 P): cost of each pair as labelled, then exchanged."""
    far = [((way * observed - predicted) ** 2).sum(axis=-1) / spread**2 for way in (1.0, -1.0)]
    return np.concatenate([np.where(seen, tail_cost(f), 0.0) for f in far], axis=1)


def _keep(total: Array, recent: IntArray, weights: IntArray) -> tuple[IntArray, IntArray]:
    """Parent and state of the best hypotheses, best first, one of each recent history."""
    flat = total.ravel()
    many = min(flat.size, 3 * BEAM)
    best = np.argpartition(flat, many - 1)[:many] if many < flat.size else np.arange(flat.size)
    best = best[np.argsort(flat[best], kind="stable")]
    parent, state = np.divmod(best, total.shape[1])
    history = recent[parent, 1:] @ weights[:-1] + state * weights[-1]
    _, first = np.unique(history, return_index=True)
    first = np.sort(first)[:BEAM]
    return parent[first], state[first]


def _transitions(step_s: Array, states: BoolArray, prior: SwapPrior) -> Array:
    """(N, S, S) cost in nats of passing from one state to another in each of N different times.

    A Markov chain in continuous time: after a long gap it has forgotten, and the labels count again.
    """
    exchanged: BoolArray = np.logical_or.reduce(states, axis=1)
    whole: BoolArray = np.logical_and.reduce(states, axis=1)
    total = prior.begins_hz + prior.ends_hz
    settled = 1 - np.exp(-total * step_s)[:, None, None]
    share = prior.begins_hz / total
    begin, end = share * settled, (1 - share) * settled
    old, new = exchanged[:, None], exchanged[None, :]
    same = np.eye(states.shape[0], dtype=bool)
    chance = np.where(old, np.where(new, np.where(same, 1 - end, end * begin), end),
                      np.where(new, begin, 1 - begin))  # fmt: skip
    part = np.where(exchanged & ~whole, prior.part, 0.0)
    cost: Array = -np.log(chance) + np.where(same, 0.0, part[None, :])
    return cost


def _trace(parents: NDArray[np.int16], chosen: NDArray[np.int16]) -> IntArray:
    path = np.zeros(parents.shape[0], dtype=np.int64)
    at = 0
    for t in range(parents.shape[0] - 1, -1, -1):
        path[t] = chosen[t, at]
        at = int(parents[t, at])
    return path
