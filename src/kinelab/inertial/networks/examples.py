"""Movements with the readings that sensors on them give, and who of the people is learnt from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.inertial.joint_trial import JointTrial, joint_trial
from kinelab.inertial.motions.files import read_motions
from kinelab.inertial.motions.paths import resampled
from kinelab.inertial.motions.synthesis import readings
from kinelab.inertial.networks.recipe import RATE_HZ
from kinelab.inertial.segment_motion import SIDES, SegmentMotion


@dataclass(frozen=True, eq=False)
class Example:
    """A movement at 100 Hz and what its sensors read, without noise (`variation` adds it)."""

    motion: SegmentMotion
    imu: Imu


def load_examples(
    paths: Sequence[Path], people: int | None = None, tell: Callable[[int, int], None] | None = None
) -> list[Example]:
    """All movements of files of `motions.files`; of each file the first so many people.

    tell: is told how many movements of how many are done.

    Raises:
        InputError: no file.
        FileFormatError: a file of another kind.
    """
    if not paths:
        raise InputError("no file of movements; `kinelab inertial motions` makes one")
    motions: list[SegmentMotion] = []
    for path in paths:
        own = read_motions(path)
        first = set(list(dict.fromkeys(motion.person for motion in own))[:people])
        motions += [motion for motion in own if motion.person in first]
    found = []
    for i, motion in enumerate(motions):
        at_rate = motion if motion.time.rate_hz == RATE_HZ else resampled(motion, RATE_HZ)
        found.append(Example(at_rate, readings(at_rate)))
        if tell is not None:
            tell(i + 1, len(motions))
    return found


def joint_trials(examples: Sequence[Example], joint: str, *, mirror: bool = True) -> Iterator[JointTrial]:
    """Every leg with sensors on both sides of a joint; left ones as their mirror image, if `mirror`."""
    for example in examples:
        for side in SIDES:
            if example.motion.has(joint, side):
                yield joint_trial(example.motion, example.imu, joint, side, mirror=mirror)


def held_out(examples: Sequence[Example], share: float, seed: int) -> set[str]:
    """People by chance who are not learnt from: this share of those who walk and of those who run.

    Raises:
        InputError: a share outside 0 to below 1, or one that leaves nobody to learn from.
    """
    if not 0 <= share < 1:
        raise InputError(f"the share of people held out is {share:g}, allowed is 0 to below 1")
    chosen: set[str] = set()
    rng = np.random.default_rng([seed, 3])
    for activity in ("walking", "running"):
        people = sorted({e.motion.person for e in examples if e.motion.activity == activity} - chosen)
        count = round(share * len(people))
        if share > 0 and people and not 0 < count < len(people):
            raise InputError(
                f"{len(people)} people are {activity}, of whom {count} would be held out; at least one is "
                "needed on either side: give more people or another share"
            )
        chosen |= {people[i] for i in rng.permutation(len(people))[:count]}
    return chosen
