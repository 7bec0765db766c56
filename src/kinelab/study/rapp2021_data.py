"""Who takes part in the reproduction of Rapp et al. 2021, in which folds, and what their sensors read."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from kinelab.core.checks import Problems
from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.inertial.joint_trial import JointTrial, joint_trial
from kinelab.inertial.motions.faults import with_gyro_bias, with_white_noise
from kinelab.inertial.motions.files import read_motions
from kinelab.inertial.motions.fukuchi import read_runners
from kinelab.inertial.motions.placement import draw_placements, level_at_contacts, turned_readings
from kinelab.inertial.motions.synthesis import Synthesis, readings
from kinelab.inertial.motions.virtual_people import without_soft_tissue
from kinelab.inertial.networks.recipe import RATE_HZ
from kinelab.inertial.segment_motion import SIDES, Activity, SegmentMotion

Alignment = Literal["segments", "contacts"]
RUNNERS_FOLDER = "mocap/running_26"
RUNNER_FOLDS = 3


@dataclass(frozen=True)
class Fold:
    """People to learn from, others to test on, and others to see how far off networks are on people they have
    not seen (with several folds empty: the people of the other folds tell it)."""

    number: int
    train: tuple[str, ...]
    test: tuple[str, ...]
    validate: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Cohort:
    """Everyone's motions at 100 Hz, in folds by person."""

    name: str
    activity: Activity
    synthetic: bool
    motions: tuple[SegmentMotion, ...]
    folds: tuple[Fold, ...]

    def of(self, people: Collection[str]) -> list[SegmentMotion]:
        """The motions of these people."""
        return [motion for motion in self.motions if motion.person in people]


@dataclass(frozen=True)
class Sensors:
    """How the sensors of a test or training set sit and read.

    alignment: axes as the anatomical ones of the segments, or level in the mean of foot contacts, as
    published (`placement.level_at_contacts`). placement_sd_deg: turned at random besides, by a true angle
    of that SD.
    bias_dps: constant gyroscope bias; noise: white, of a research sensor.
    """

    alignment: Alignment = "segments"
    placement_sd_deg: float = 0.0
    bias_dps: float = 0.0
    noise: bool = False

    def __post_init__(self) -> None:
        with Problems("Sensors") as problems:
            problems.one_of("alignment", self.alignment, ("segments", "contacts"))
            for name in ("placement_sd_deg", "bias_dps"):
                value = getattr(self, name)
                problems.add_if(not 0 <= value < np.inf, f"{name} is {value}, expected 0 or more")


def runners(shared: Path | None, motions: Path | None, seed: int) -> Cohort:
    """The runners of Fukuchi et al. 2017 in three folds of people, from their folder or a file of motions.

    Raises:
        InputError: neither is given, or fewer than three people.
    """
    if motions is not None:
        found = read_motions(motions)
    elif shared is not None:
        found = list(read_runners(shared / RUNNERS_FOLDER, RATE_HZ))
    else:
        raise InputError(
            "the runners are needed: --shared DIR (that holds mocap/running_26) or --motions FILE"
        )
    return _cohort("runners", "running", found, seed, RUNNER_FOLDS)


def virtual_people(motions: Path, seed: int) -> Cohort:
    """Virtual people of a file of `kinelab inertial motions`: 80 % to learn from, 10 % to test on.

    The other 10 % are those by whom the paper chose its settings; nothing is chosen here. Sensors are
    fixed to the bones, as the paper's are to rigid clusters: soft tissue is taken out.
    """
    found = [without_soft_tissue(motion) for motion in read_motions(motions)]
    activities = {motion.activity for motion in found}
    if len(activities) != 1:
        raise InputError(f"{motions}: holds {' and '.join(sorted(activities))}; give a file of one of them")
    (activity,) = activities
    return _cohort(f"virtual_{activity}", activity, found, seed, 1)


def people_of(motions: Sequence[SegmentMotion]) -> tuple[str, ...]:
    """Everyone, in order of appearance."""
    return tuple(dict.fromkeys(motion.person for motion in motions))


@lru_cache(maxsize=1024)
def worn(motion: SegmentMotion, sensors: Sensors, seed: int) -> tuple[SegmentMotion, Imu]:
    """The motion as its sensors' axes are aligned, and what they read; drawn by person, trial and seed.

    Readings are increments (`synthesis.Synthesis`), so that gyroscopes without error give the orientation
    back exactly: the assumption that the paper's optimisation rests on.
    """
    rng = np.random.default_rng([seed, zlib.crc32(motion.person.encode()), zlib.crc32(motion.trial.encode())])
    place, bias, noise = rng.spawn(3)
    aligned = level_at_contacts(motion) if sensors.alignment == "contacts" else motion
    imu = readings(aligned, Synthesis("increments"))
    if sensors.placement_sd_deg > 0:
        imu = turned_readings(imu, draw_placements(place, len(imu.segments), sensors.placement_sd_deg))
    if sensors.bias_dps > 0:
        imu = with_gyro_bias(imu, sensors.bias_dps, bias)
    if sensors.noise:
        imu = with_white_noise(imu, noise)
    return aligned, imu


def trials(motions: Sequence[SegmentMotion], joint: str, sensors: Sensors, seed: int) -> Iterator[JointTrial]:
    """Both legs of each motion; left ones as their mirror image.

    The orientations to learn are those of the sensors as aligned, as published: with `contacts` the angles
    that follow from them are off the anatomical ones by a constant, which pseudo-calibration takes out.
    """
    for motion in motions:
        aligned, imu = worn(motion, sensors, seed)
        told = replace(aligned, segment_rotation=aligned.sensor_rotation)
        for side in SIDES:
            if motion.has(joint, side):
                trial = joint_trial(aligned, imu, joint, side)
                yield replace(trial, rotation=joint_trial(told, imu, joint, side).rotation)


def _cohort(name: str, activity: Activity, motions: Sequence[SegmentMotion], seed: int, folds: int) -> Cohort:
    people = people_of(motions)
    if len(people) < 3:
        raise InputError(f"{len(people)} people cannot be divided into those to learn from and to test on")
    order = [people[i] for i in np.random.default_rng(seed).permutation(len(people))]
    if folds == 1:
        tenth = max(1, round(len(order) / 10))
        parts = [(order[2 * tenth :], order[:tenth], order[tenth : 2 * tenth])]
    else:
        tested = [order[k::folds] for k in range(folds)]
        parts = [([p for p in order if p not in part], part, []) for part in tested]
    made = tuple(Fold(k, tuple(a), tuple(b), tuple(c)) for k, (a, b, c) in enumerate(parts))
    synthetic = any(motion.synthetic for motion in motions)
    return Cohort(name, activity, synthetic, tuple(motions), made)
