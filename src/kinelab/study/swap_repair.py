"""How many exchanged frames does the left/right repair mend, and how many good ones does it harm?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import BoolArray
from kinelab.core.keypoints import Keypoints
from kinelab.keypoints.swaps import repair_swaps
from kinelab.study.swap_sources import sources

LEG = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe")
SUBSETS: Mapping[str, tuple[str, ...]] = {
    "whole legs": LEG,
    "below the knee": LEG[2:],
    "from the knee": LEG[1:],
    "feet": LEG[3:],
    "knees only": ("knee",),
    "arms": ("shoulder", "elbow", "wrist"),
}
LENGTHS = {"1-3 frames": (1, 3), "4-10 frames": (4, 10), "11-30 frames": (11, 30)}
SHARE = 0.08  # of the frames are exchanged
ROUNDS = 10


@dataclass(frozen=True)
class Counts:
    """Landmark pairs x frames: exchanged on purpose, of them taken back; good, of them harmed."""

    exchanged: int = 0
    repaired: int = 0
    good: int = 0
    harmed: int = 0

    def plus(self, other: Counts) -> Counts:
        """Sums."""
        return Counts(
            self.exchanged + other.exchanged,
            self.repaired + other.repaired,
            self.good + other.good,
            self.harmed + other.harmed,
        )

    @property
    def repaired_pct(self) -> float:
        """Share of the exchanged ones that were taken back, %."""
        return 100 * self.repaired / self.exchanged if self.exchanged else float("nan")

    @property
    def harmed_pct(self) -> float:
        """Share of the good ones that were exchanged, %."""
        return 100 * self.harmed / self.good if self.good else float("nan")


@dataclass(frozen=True)
class SwapRepairResult:
    """by: counts for each (source, part, length); per_round: all together for each round."""

    by: Mapping[tuple[str, str, str], Counts]
    per_round: tuple[Counts, ...]

    @property
    def total(self) -> Counts:
        """Everything together."""
        return _sum(list(self.per_round))

    def where(self, level: int) -> dict[str, Counts]:
        """Counts by source (0), by part of the body (1) or by length (2)."""
        names = dict.fromkeys(key[level] for key in self.by)
        return {name: _sum([c for key, c in self.by.items() if key[level] == name]) for name in names}


def run(seed: int = 0, quick: bool = False, shared: Path | None = None) -> str:
    """The experiment as a page of Markdown: `ROUNDS` rounds, two with `quick` (see `measure`)."""
    return markdown(measure(seed, 2 if quick else ROUNDS, shared), seed)


def measure(seed: int, rounds: int, shared: Path | None = None) -> SwapRepairResult:
    """Exchange sides at random in clean tracks, repair, count.

    In each round new virtual walkers and runners and the same OpenPose tracks; in each every part of
    `SUBSETS` that its landmark set has, and every length of `LENGTHS`, by itself, until 8 % of the frames
    are exchanged. Every pair that is seen counts, also where its two points lie on one another.
    `shared` is the folder of real recordings; without it only virtual walkers are used.
    """
    by: dict[tuple[str, str, str], Counts] = {}
    per_round = []
    for number in range(rounds):
        rng = np.random.default_rng([seed, number])
        whole = Counts()
        for source in sources(rng, shared):
            for part, names in SUBSETS.items():
                for length, frames in LENGTHS.items():
                    counts = try_once(source.keypoints, names, frames, rng)
                    key = (source.kind, part, length)
                    by[key] = by.get(key, Counts()).plus(counts)
                    whole = whole.plus(counts)
        per_round.append(whole)
    return SwapRepairResult({key: c for key, c in by.items() if c.exchanged}, tuple(per_round))


def try_once(
    keypoints: Keypoints, joints: tuple[str, ...], frames: tuple[int, int], rng: np.random.Generator
) -> Counts:
    """Exchange these joints in such stretches, repair, count; empty if the set has no such pair."""
    names = keypoints.skeleton.landmarks
    chosen = [(a, b) for a, b in keypoints.skeleton.pairs if names[a].removeprefix("left_") in joints]
    if not chosen:
        return Counts()
    rows = stretches(keypoints.n, frames, rng)
    wrong = np.zeros((keypoints.n, len(names)), dtype=bool)
    for pair in chosen:
        wrong[:, pair] = rows[:, None]
    found = repair_swaps(exchange(keypoints, wrong)).exchanged
    left, right = np.array(keypoints.skeleton.pairs).T
    seen = keypoints.seen[:, left] & keypoints.seen[:, right]
    was, is_now = wrong[:, left], found[:, left]
    cells = (was, was & is_now, ~was, ~was & is_now)
    return Counts(*(int((cell & seen).sum()) for cell in cells))


def stretches(n: int, frames: tuple[int, int], rng: np.random.Generator, share: float = SHARE) -> BoolArray:
    """(n,) True in random stretches, at least two frames apart, that add up to `share` of the frames."""
    rows = np.zeros(n, dtype=bool)
    while rows.mean() < share:
        length = int(rng.integers(frames[0], frames[1] + 1))
        first = int(rng.integers(0, max(1, n - length)))
        if not rows[max(0, first - 2) : first + length + 2].any():
            rows[first : first + length] = True
    return rows


def exchange(keypoints: Keypoints, wrong: BoolArray) -> Keypoints:
    """Left and right of the pairs marked in `wrong` (T, K) exchanged."""
    order = np.tile(np.arange(len(keypoints.skeleton)), (keypoints.n, 1))
    for left, right in keypoints.skeleton.pairs:
        order[wrong[:, left], left], order[wrong[:, right], right] = right, left
    return replace(
        keypoints,
        position=np.take_along_axis(keypoints.position, order[..., None], axis=1),
        confidence=np.take_along_axis(keypoints.confidence, order, axis=1),
        sd=None if keypoints.sd is None else np.take_along_axis(keypoints.sd, order, axis=1),
    )


def markdown(result: SwapRepairResult, seed: int) -> str:
    """The figures as a page: all, by source, by part, by length; pairs x frames counted."""
    total = result.total
    each = np.array([(c.repaired_pct, c.harmed_pct) for c in result.per_round])
    lines = [
        f"Seed {seed}, {len(result.per_round)} rounds. Repaired {total.repaired_pct:.2f} % of "
        f"{total.exchanged} exchanged (rounds {each[:, 0].min():.2f} to {each[:, 0].max():.2f} %), harmed "
        f"{total.harmed_pct:.3f} % of {total.good} good (rounds {each[:, 1].min():.3f} to "
        f"{each[:, 1].max():.3f} %). Counted: landmark pairs x frames in which both points are seen.",
    ]
    for title, level in (("Source", 0), ("Part exchanged", 1), ("Length", 2)):
        lines += ["", f"| {title} | exchanged | repaired % | good | harmed % |", "|---|---|---|---|---|"]
        for name, c in result.where(level).items():
            row = (name, str(c.exchanged), f"{c.repaired_pct:.2f}", str(c.good), f"{c.harmed_pct:.3f}")
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines) + "\n"


def _sum(counts: list[Counts]) -> Counts:
    total = Counts()
    for one in counts:
        total = total.plus(one)
    return total
