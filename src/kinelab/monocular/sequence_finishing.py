"""A sequence network from clips to its file, with what it changes on people it did not learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array
from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration import calibrated, fit_calibration
from kinelab.monocular.calibration_judging import rotation_error
from kinelab.monocular.evaluation import LOWER_BODY
from kinelab.monocular.examples import Examples
from kinelab.monocular.sequence_data import Floats, ToldClips, read_clips, told_clips, write_clips
from kinelab.monocular.sequence_export import sequence_file
from kinelab.monocular.sequence_file import RATE_HZ, write_sequence
from kinelab.monocular.sequence_recipe import SequenceRecipe
from kinelab.monocular.sequence_refiner import Refiner
from kinelab.monocular.sequence_running import SequenceNetwork
from kinelab.monocular.sequence_training import train_sequence
from kinelab.monocular.shipped import DirectNetwork
from kinelab.monocular.vector import Vector

SEQUENCE_FILE = "sequence.safetensors"
Advance = Callable[[int], None]


@dataclass(frozen=True)
class ToldFiles:
    """What a network told of clips, kept in a folder: a run that goes on need not ask it again."""

    folder: Path
    network: DirectNetwork

    def of(self, name: str, examples: Examples, *, advance: Advance = lambda done: None) -> ToldClips:
        """Told clips of these examples, from the file where it is there and as long."""
        path = self.folder / f"{name}.safetensors"
        if path.is_file():
            found = read_clips(path)
            if len(found.vectors) == len(examples) and found.told_by == self.network.sha256:
                return found
        found = told_clips(self.network, examples, advance=advance)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_clips(path, found)
        return found


@dataclass(frozen=True, eq=False)
class FinishedSequence:
    """The trained network, its file, and figures of people held out: before and after, {} where none were."""

    refiner: Refiner
    path: Path
    figures: Mapping[str, float] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The figures as sentences."""
        names = {
            "mae_deg": "angle error (MAE, deg)",
            "lower_body_mae_deg": "of the legs",
            "velocity_error_degps": "error of angular velocity (deg/s)",
            "turning_degps": "mean angular speed told (deg/s)",
        }
        return [
            f"{said}: {self.figures[f'frame_{name}']:.2f} frame by frame, {self.figures[name]:.2f} as clips"
            for name, said in names.items()
            if name in self.figures
        ]


def finish_sequence(
    recipe: SequenceRecipe,
    network: DirectNetwork,
    clips: ToldClips,
    others: ToldClips | None,
    out: Path,
    *,
    tell: Callable[[int, int, float], None] = lambda step, steps, loss: None,
) -> FinishedSequence:
    """Train on clips, calibrate and judge on those of other people, and write out/sequence.safetensors.

    Raises:
        as `train_sequence`.
    """
    vector, run = network.vector, out / "run"
    refiner = train_sequence(recipe, vector, clips, run, tell=tell)
    people = np.unique(clips.person).size
    card = ModelCard(
        name=f"kinelab sequence {recipe.name}",
        licence="Apache-2.0",
        data=f"{len(clips.vectors)} frames of {len(clips.first)} clips of {people} people, told by "
        f"{network.card.name}",
        synthetic=network.card.synthetic,
        limits=("only for what this direct network told",),
        recipe=f"kinelab monocular train-sequence --recipe {recipe.name} --seed {recipe.seed}",
    )
    file = sequence_file(refiner, recipe, vector, card)
    figures: dict[str, float] = {}
    if others is not None:
        refined = refined_clips(SequenceNetwork(file, 1), others)
        errors = _errors(refined, others, vector)
        every = np.ones(len(refined), bool)
        calibration = fit_calibration(refined, errors, every, vector, network.file.use.calibration)
        figures = {f"frame_{k}": v for k, v in clip_figures(others.vectors, others, vector).items()}
        figures |= clip_figures(calibrated(refined, vector, calibration), others, vector)
        card = replace(card, figures={name: round(value, 4) for name, value in figures.items()})
        file = replace(file, card=card, use=file.use.model_copy(update={"calibration": calibration}))
    path = out / SEQUENCE_FILE
    write_sequence(path, file)
    return FinishedSequence(refiner, path, figures)


def refined_clips(network: SequenceNetwork, clips: ToldClips) -> Array:
    """Vectors (N, numbers) of all clips, each refined by itself."""
    parts = []
    for clip in clips.clips:
        vectors = clips.vectors[clip]
        parts.append(network.refine(vectors, np.arange(len(vectors)) / RATE_HZ))
    return np.concatenate(parts)


def clip_figures(vectors: Array | Floats, clips: ToldClips, vector: Vector) -> dict[str, float]:
    """Of vectors (N, numbers) of clips: errors of angles, of the legs', of velocities; mean speed told."""
    columns, model = vector.head.columns, vector.head.model
    told = np.degrees(np.asarray(vectors, np.float64)[:, vector.coordinates])
    true = np.degrees(clips.coordinates[:, columns].astype(np.float64))
    steps = [(np.diff(told[c], axis=0), np.diff(true[c], axis=0)) for c in clips.clips]
    speed, true_speed = (np.concatenate(part) * RATE_HZ for part in zip(*steps, strict=True))
    legs = _legs(model, columns.tolist())
    return {
        "mae_deg": float(np.abs(told - true).mean()),
        "lower_body_mae_deg": float(np.abs(told - true)[:, legs].mean()),
        "velocity_error_degps": float(np.abs(speed - true_speed).mean()),
        "turning_degps": float(np.abs(speed).mean()),
    }


def _legs(model: BodyModel, columns: list[int]) -> list[bool]:
    return [model.coordinate_names[i].startswith(LOWER_BODY) for i in columns]


def _errors(vectors: Array, clips: ToldClips, vector: Vector) -> Array:
    """(N, sds) as `calibration_judging.Judged.errors`; landmarks are not judged anew: NaN."""
    poses = vector.poses(vectors, 100)
    columns = vector.head.columns
    angle = poses.coordinates[:, columns] - clips.coordinates[:, columns]
    turn = rotation_error(poses.view_rotation, clips.view_rotation.astype(np.float64))
    none = np.full((len(vectors), len(vector.landmarks)), np.nan)
    return np.concatenate([angle, turn[:, None], none], axis=1)
