"""Trials as one block of memory, from which windows are drawn by chance, never over a gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.inertial.joint_trial import JointTrial
from kinelab.inertial.networks.channels import Floats, sensor_channels, six_numbers
from kinelab.inertial.networks.recipe import ANGLES, INPUTS, RATE_HZ
from kinelab.signals.runs import finite_points, true_runs

_SAME_RATE = 1e-3
_LEAST_SD = {"acc": 0.05, "gyr": 0.02, "angle": 0.1, "six": 0.01}  # m/s2, rad/s, deg: no division by nearly 0


@dataclass(frozen=True, eq=False)
class Scale:
    """Mean and SD of a network's inputs (16,) and outputs (V,) over what it learns from."""

    input_mean: Floats
    input_sd: Floats
    output_mean: Floats
    output_sd: Floats


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """All whole pieces of all trials, one after the other.

    readings (N, 2, 6): acc and gyr of both sensors; values (N, 15): three angles in deg, two orientations of
    six numbers; piece p lies in start[p] <= row < stop[p]; person (P,) is the number of the person in it;
    weight (persons,): how often each is drawn, against each other. Pieces are in the order of the persons.
    """

    joint: str
    trials: int
    readings: Floats
    values: Floats
    start: IntArray
    stop: IntArray
    person: IntArray
    weight: Array
    persons: tuple[str, ...]

    def scale(self, told: slice) -> Scale:
        """Mean and SD over all samples, of these values; an SD near zero is raised to a least one."""
        channels = sensor_channels(self.readings[:, :, :3], self.readings[:, :, 3:])
        least = np.tile(np.repeat([_LEAST_SD["acc"], _LEAST_SD["gyr"]], 4), INPUTS // 8)
        angle = np.arange(self.values.shape[1]) < ANGLES.stop
        least_out = np.where(angle, _LEAST_SD["angle"], _LEAST_SD["six"])[told]
        return Scale(
            channels.mean(axis=1, dtype=np.float64).astype(np.float32),
            np.maximum(channels.std(axis=1, dtype=np.float64), least).astype(np.float32),
            self.values[:, told].mean(axis=0, dtype=np.float64).astype(np.float32),
            np.maximum(self.values[:, told].std(axis=0, dtype=np.float64), least_out).astype(np.float32),
        )

    def draw(
        self,
        count: int,
        frames: int,
        context: tuple[int, int],
        rng: np.random.Generator,
        tempo: Array | None = None,
    ) -> tuple[Floats, Floats]:
        """Windows by chance: readings and values, (B, before + frames + after, 2, 6) and (..., 15).

        A person by weight, then any place in any of their pieces. Beyond a piece's ends its first and last
        sample stay. Pieces shorter than `frames` are not used. tempo (B,): how fast each window goes through
        the trial, from its first frame on, by straight lines between samples (what is read at that tempo is
        for `variation` to say).

        Raises:
            InputError: no piece is long enough.
        """
        room = np.maximum(self.stop - self.start - frames + 1, 0)
        ends = np.concatenate([[0], np.cumsum(room)])
        first = ends[np.searchsorted(self.person, np.arange(len(self.persons)), "left")]
        last = ends[np.searchsorted(self.person, np.arange(len(self.persons)), "right")]
        weight = np.where(last > first, self.weight, 0.0)
        if not weight.sum() > 0:
            raise InputError(
                f"no trial has {frames / RATE_HZ:g} s without a gap; the longest piece has "
                f"{(self.stop - self.start).max(initial=0) / RATE_HZ:.2f} s: use shorter windows"
            )
        who = rng.choice(len(self.persons), count, p=weight / weight.sum())
        place = first[who] + (rng.random(count) * (last - first)[who]).astype(np.int64)
        piece = np.searchsorted(ends, place, "right") - 1
        begin = self.start[piece] + place - ends[piece]
        steps = np.arange(-context[0], frames + context[1])
        low, high = self.start[piece][:, None], self.stop[piece][:, None] - 1
        if tempo is None:
            rows = np.clip(begin[:, None] + steps, low, high)
            return self.readings[rows], self.values[rows]
        at = np.clip(begin[:, None] + tempo[:, None] * steps, low, high)
        rows = np.minimum(at.astype(np.int64), np.maximum(high - 1, low))
        share = (at - rows).astype(np.float32)
        after = np.minimum(rows + 1, high)
        return (
            _between(self.readings, rows, after, share[..., None, None]),
            _between(self.values, rows, after, share[..., None]),
        )


def _between(samples: Floats, rows: IntArray, after: IntArray, share: Floats) -> Floats:
    first = samples[rows]
    first += share * (samples[after] - first)
    return first


def training_set(trials: Iterable[JointTrial], weight: Mapping[str, float] | None = None) -> TrainingSet:
    """Trials of one joint at 100 Hz as a training set; they are taken one by one, so none needs to be kept.

    weight: by person, how often each is drawn; 1 where not named.

    Raises:
        InputError: no trial, several joints, another rate, or nothing but gaps.
    """
    pieces: list[tuple[str, Floats, Floats]] = []
    joint, count = "", 0
    for trial in trials:
        _check(trial, joint or trial.joint)
        joint, count = trial.joint, count + 1
        readings = np.concatenate([trial.acc_mps2, trial.gyr_radps], axis=-1).astype(np.float32)
        six = six_numbers(trial.rotation).reshape(trial.time.n, 12)
        values = np.concatenate([trial.angle_deg, six], axis=1).astype(np.float32)
        whole = finite_points(np.concatenate([readings.reshape(trial.time.n, 12), values], axis=1))
        pieces += [(trial.person, readings[a:b], values[a:b]) for a, b in true_runs(whole)]
    if not pieces:
        what = "hold nothing but gaps; were the readings made from empty markers?" if count else "are none"
        raise InputError(f"the trials to learn from {what}")
    pieces.sort(key=itemgetter(0))
    names = tuple(dict.fromkeys(name for name, _, _ in pieces))
    stop = np.cumsum([len(part) for _, part, _ in pieces])
    return TrainingSet(
        joint, count,
        np.concatenate([readings for _, readings, _ in pieces]),
        np.concatenate([values for _, _, values in pieces]),
        stop - [len(part) for _, part, _ in pieces], stop,
        np.array([names.index(name) for name, _, _ in pieces], np.int64),
        np.array([(weight or {}).get(name, 1.0) for name in names]), names,
    )  # fmt: skip


def _check(trial: JointTrial, joint: str) -> None:
    if trial.joint != joint:
        raise InputError(f"trials of {joint} and {trial.joint} are mixed; a network is of one joint")
    if abs(trial.time.rate_hz / RATE_HZ - 1) > _SAME_RATE:
        raise InputError(
            f"{trial.person} {trial.trial} has {trial.time.rate_hz:g} Hz; networks learn at {RATE_HZ:g} Hz: "
            "resample it first"
        )
