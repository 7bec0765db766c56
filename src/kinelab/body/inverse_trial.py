"""All frames of a trial (or of one chunk of it): anchors, chains between them, scouts, and sweeps.

1. In every block of frames the one with the most markers is the anchor. It is solved from several starts.
2. From the anchors each block is solved outwards, every frame from its neighbour.
3. Scouts, evenly spaced frames, look for better minima from random poses.
4. Where neighbours disagree they are offered each other's poses until nothing changes (`inverse_sweep`).

Blocks and scouts sit at fixed frames of the trial and random poses belong to their frame, so that neither the
number of threads nor the length of a chunk changes what is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kinelab.body.inverse_problem import Posed
from kinelab.body.inverse_starts import fit_root, random_starts
from kinelab.body.inverse_sweep import (
    ANEW,
    EQUAL_M2,
    LEAD,
    PLAIN,
    Answer,
    empty_answer,
    grow,
    offer_starts,
    sweep,
)
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray, IntArray

BLOCK, SCOUT = 64, 32  # frames
JUMP_RAD = 0.05  # neighbours that jump by more in an angle are offered each other's poses
MUCH = 1.2  # and so are neighbours one of which costs so many times the other
SWEEPS = 12  # at most; each is a look forward and one back


@dataclass(frozen=True)
class Search:
    """How to search: tolerance and iterations of a frame, random starts a scout, threads, seed."""

    limits: tuple[float, int]
    starts: int
    threads: int
    seed: int


def solve_trial(
    model: BodyModel, posed: Posed, root: Posed, search: Search, before: Array | None, first_frame: int
) -> Answer:
    """The best poses of all frames of a problem.

    before: pose (C,) of the frame before the first, when there is one. first_frame: number of the first frame
    in the whole trial.
    """
    frames = posed.problem.seen_m.shape[0]
    answer = empty_answer(frames, model.default_coordinates if before is None else before)
    edges = [0, *range(BLOCK - first_frame % BLOCK, frames, BLOCK), frames]
    blocks = [(a, b) for a, b in pairwise(edges) if a < b]
    seen = np.isfinite(posed.problem.seen_m[:, :, 0]).sum(axis=1)
    anchors = [a + int(np.argmax(seen[a:b])) for a, b in blocks]

    def draw(frame: int, pose: Array, count: int) -> Array:
        rng = np.random.default_rng((search.seed, first_frame + frame))
        return random_starts(model, posed, root, pose, count, rng)

    def offer(frame: int, starts: Array, mode: int = ANEW) -> None:
        offer_starts(posed, frame, starts, search.limits, answer, mode)

    def anchor(at: int) -> None:
        known = [model.default_coordinates] + ([] if lead is None else [lead])
        fitted = fit_root(model, root, at, known)
        if before is not None and at == anchors[0]:
            offer(at, before[None, :], LEAD)
        offer(at, fitted)
        offer(at, draw(at, answer.pose[at], search.starts))

    def fill(block: int) -> None:
        (first, stop), at = blocks[block], anchors[block]
        grow(posed, at, stop, search.limits, answer)
        grow(posed, at, first - 1, search.limits, answer)
        for frame in range(first, stop):
            if (first_frame + frame) % SCOUT == 0 and search.starts and frame != at:
                offer(frame, draw(frame, answer.pose[frame], search.starts))

    with ThreadPoolExecutor(search.threads) as pool:
        lead = before
        if seen.any():
            begin = int(np.argmax(seen[anchors] > 0))
            anchor(anchors[begin])
            lead = answer.pose[anchors[begin]].copy()
            _each(pool, anchor, (at for at in anchors if seen[at] and at != anchors[begin]))
            _each(pool, fill, (n for n, at in enumerate(anchors) if seen[at]))
            _settle(posed, blocks, search.limits, answer, pool)
    return answer


def _each(pool: ThreadPoolExecutor, task: Callable[[int], None], of: Iterable[int]) -> None:
    for _ in pool.map(task, list(of)):
        pass


def _settle(
    posed: Posed,
    blocks: list[tuple[int, int]],
    limits: tuple[float, int],
    answer: Answer,
    pool: ThreadPoolExecutor,
) -> None:
    """Offer poses from frame to frame until nothing changes; then write all postures as the first one is."""
    _want_where_they_jump(answer, posed.problem.unknown)
    for turn in range(2 * SWEEPS):
        if not answer.wants.any():
            break
        _sweep_all(posed, blocks, limits, answer, pool, direction=-1 if turn % 2 == 0 else 1, mode=PLAIN)
    _want_where_they_jump(answer, posed.problem.unknown)
    answer.wants[:, 1:] = False
    for _ in blocks:
        if not answer.wants[:, 0].any():
            return
        _sweep_all(posed, blocks, limits, answer, pool, direction=1, mode=LEAD)


def _sweep_all(
    posed: Posed,
    blocks: list[tuple[int, int]],
    limits: tuple[float, int],
    answer: Answer,
    pool: ThreadPoolExecutor,
    *,
    direction: int,
    mode: int,
) -> None:
    """One sweep in every block, and the wishes of the frames at their seams."""
    side = slice(2, 4) if direction < 0 else slice(0, 2)
    pose, other = answer.pose.copy(), answer.other.copy()
    other[~np.isfinite(answer.other_cost)] = np.nan

    def one(block: int) -> None:
        first, stop = blocks[block]
        if not answer.wants[first:stop, side].any():
            return
        beyond = first - 1 if direction > 0 else stop
        inside = 0 <= beyond < pose.shape[0]
        edges = np.stack([pose[beyond], other[beyond]]) if inside else np.full((2, pose.shape[1]), np.nan)
        sweep(*posed, first, stop, direction, edges, limits, answer, mode)

    _each(pool, one, range(len(blocks)))
    for _, seam in blocks[:-1]:
        for at, to, first_want in ((seam - 1, seam, 0), (seam, seam - 1, 2)):
            answer.wants[to, first_want] |= (answer.pose[at] != pose[at]).any()
            fresh = np.isfinite(answer.other_cost[at]) and (answer.other[at] != other[at]).any()
            answer.wants[to, first_want + 1] |= fresh


def _want_where_they_jump(answer: Answer, unknown: IntArray) -> None:
    """Neighbours that differ want each other's poses; all want their neighbours' other minima."""
    angle = answer.pose[:, unknown]
    step: BoolArray = np.abs(np.diff(angle, axis=0)) > JUMP_RAD
    bend = np.abs(np.diff(angle, n=2, axis=0)) > JUMP_RAD / 2  # a fast movement is no jump
    if len(bend):
        step &= np.concatenate([bend, bend[-1:]]) | np.concatenate([bend[:1], bend])
    rough = ~answer.converged | ~np.isfinite(answer.cost)
    small, large = np.sort([answer.cost[1:], answer.cost[:-1]], axis=0)
    jump: BoolArray = step.any(axis=1) | rough[1:] | rough[:-1] | (large > MUCH * small + EQUAL_M2)
    answer.wants[:] = False
    second = np.isfinite(answer.other_cost)
    answer.wants[1:, 0] = answer.wants[:-1, 2] = jump
    answer.wants[1:, 1] = second[:-1]
    answer.wants[:-1, 3] = second[1:]
