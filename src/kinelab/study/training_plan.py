"""A study of training parameters: which networks are trained, on which frames, tested on which."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kinelab.core.checks import IntArray, Problems
from kinelab.errors import InputError
from kinelab.files.atomic import sha256_of
from kinelab.keypoints.projects.training_set import TrainingSet
from kinelab.learning.splits import By, nested, split
from kinelab.pipeline.workers.job import Job

Design = Literal["shared-test", "as-published"]
DESIGNS: tuple[Design, ...] = ("shared-test", "as-published")


@dataclass(frozen=True)
class Training:
    """How every network of the study is trained; None: as the preset has it. weights: see TransferRecipe."""

    preset: Literal["fast", "papers"] = "fast"
    weights: str = "none"
    backbone: str | None = None
    long_side_px: int | None = None
    batch: int | None = None
    threads: int = 1


@dataclass(frozen=True)
class TrainingPlan:
    """A network for each number of `frames` and each seed, looked at after each number of `iterations`.

    design "shared-test": one test set for all networks, of people (else videos, else frames) that none
    learns from, and the frames of a seed nested (20 of the 40 of the 80), drawn anew for each seed.

    design "as-published": as Johnson et al. (2022) and Cronin et al. (2019) did it, each network splits its
    own frames 90/10. Networks are then tested on different frames, few of them where the frames are few, and
    on the people they learned from: differences between numbers of frames are mixed with those between test
    sets. Johnson's networks of 600 frames tested worse than those of 400, which the authors put down to this.
    """

    frames: tuple[int, ...]
    iterations: tuple[int, ...]
    seeds: tuple[int, ...]
    design: Design = "shared-test"
    test_share: float | None = None
    split_by: By | None = None
    rater: str | None = None
    training: Training = field(default_factory=Training)

    def __post_init__(self) -> None:
        with Problems("study") as problems:
            for name in ("frames", "iterations", "seeds"):
                values = getattr(self, name)
                problems.add_if(not values, f"{name} is empty")
                problems.increasing(name, np.asarray(values, dtype=np.float64))
            for name in ("frames", "iterations"):
                problems.add_if(any(v < 1 for v in getattr(self, name)), f"{name} holds a number below 1")
            problems.one_of("design", self.design, DESIGNS)
            if self.test_share is not None:
                problems.add_if(
                    not 0 < self.test_share < 1, f"test_share is {self.test_share}, expected 0 to 1"
                )

    @property
    def share(self) -> float:
        """Of the labelled frames, tested: 20 %, and 10 % as published."""
        return self.test_share or (0.2 if self.design == "shared-test" else 0.1)


@dataclass(frozen=True, eq=False)
class CellRows:
    """Rows of the training set that one network learns from and is tested on."""

    frames: int
    seed: int
    train: IntArray
    test: IntArray


def rows_of(plan: TrainingPlan, frames: TrainingSet) -> tuple[list[CellRows], str]:
    """The rows of every network, and one sentence on how they were split.

    Raises:
        InputError: too few labelled frames, people or videos for the plan.
    """
    if plan.design == "shared-test":
        whole = split(frames.video, frames.person, by=plan.split_by, test_share=plan.share)
        drawn = {seed: nested(whole.train, frames.video, plan.frames, seed) for seed in plan.seeds}
        return [CellRows(n, seed, drawn[seed][n], whole.test) for n in plan.frames for seed in plan.seeds], (
            f"One test set for all networks; {whole.said}."
        )
    if plan.split_by not in (None, "frame"):
        raise InputError(
            "the published design splits by frame; leave out --split-by, or the published design"
        )
    every = np.arange(frames.n)
    cells = []
    for seed in plan.seeds:
        for n, chosen in nested(every, frames.video, plan.frames, seed).items():
            parts = split(
                [frames.video[i] for i in chosen],
                [frames.person[i] for i in chosen],
                by="frame",
                test_share=plan.share,
                seed=1_000_003 * seed + n,
            )
            cells.append(CellRows(n, seed, chosen[parts.train], chosen[parts.test]))
    said = (
        f"Each network split its own frames, {1 - plan.share:.0%} to learn from and {plan.share:.0%} to test"
        " on, as published: networks are tested on different frames, of people they learned from."
    )
    return sorted(cells, key=lambda cell: (cell.frames, cell.seed)), said


def jobs_of(plan: TrainingPlan, project: Path, frames: TrainingSet) -> tuple[list[Job], str]:
    """One job a network, and one sentence on the split.

    Raises:
        InputError: as `rows_of`, or the weights' file is missing.
    """
    cells, said = rows_of(plan, frames)
    shared = {
        "labels_sha256": _fingerprint(frames),
        "landmarks": list(frames.landmarks),
        "rater": plan.rater,
        "iterations": list(plan.iterations),
        "training": _training(plan.training),
    }
    places = {"project": str(Path(project).resolve()), "weights": _place(plan.training.weights)}
    jobs = [
        Job(
            f"frames_{cell.frames:05d}_seed_{cell.seed:02d}",
            {
                **shared,
                "frames": cell.frames,
                "seed": cell.seed,
                "train_rows": cell.train.tolist(),
                "test_rows": cell.test.tolist(),
            },
            places,
        )
        for cell in cells
    ]
    return jobs, said


def _training(training: Training) -> dict[str, Any]:
    """As plain values; a file of weights counts by what is in it, wherever it lies."""
    weights = training.weights
    if weights != "none":
        path = Path(weights)
        if not path.is_file():
            raise InputError(f"{path}: there is no such file of weights; give one, or --weights none")
        weights = sha256_of(path)
    return {**asdict(training), "weights": weights}


def _place(weights: str) -> str:
    return weights if weights == "none" else str(Path(weights).resolve())


def _fingerprint(frames: TrainingSet) -> str:
    """Of all labels: labels that were changed make another study."""
    digest = hashlib.sha256()
    names = [f"{video}/{frame}" for video, frame in zip(frames.video, frames.frame.tolist(), strict=True)]
    digest.update("\n".join(names).encode())
    digest.update(np.round(frames.position_px, 3).tobytes())
    digest.update(frames.state.tobytes())
    return digest.hexdigest()
