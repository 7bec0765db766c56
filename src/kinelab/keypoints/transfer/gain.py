"""What a round of training has gained: two networks on the same frames, which neither has learnt from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.errors import FileFormatError, InputError
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.projects.project import Project, load_project
from kinelab.keypoints.projects.training_set import TrainingSet, training_set
from kinelab.keypoints.transfer.recipe import recipe_of
from kinelab.keypoints.transfer.run_files import SPLIT_FILE
from kinelab.keypoints.transfer.trained import TrainedNetwork, open_trained
from kinelab.stats.summary import summarise

TESTED = "tested before"
NEW = "labelled since"
ALL = "all"
_AT_ONCE = 16


@dataclass(frozen=True)
class GainRow:
    """Errors of both networks on the same n frames, px; difference is after minus before: negative = better.

    part: `TESTED`, frames that the first run was tested on; `NEW`, frames that it did not have. landmark: a
    name, or `ALL`, whose errors are means over the landmarks of a frame. ci95: of the mean difference over
    frames, None with one frame.
    """

    part: str
    landmark: str
    n: int
    before_px: float
    after_px: float
    difference_px: float
    ci95_px: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class Gain:
    """rows of all parts and landmarks; `before`, `after` the names of the runs; said: what was compared."""

    before: str
    after: str
    rows: tuple[GainRow, ...]
    said: str
    synthetic: bool

    def of(self, part: str, landmark: str = ALL) -> GainRow:
        """One row; raises `InputError` when it is not there."""
        for row in self.rows:
            if (row.part, row.landmark) == (part, landmark):
                return row
        raise InputError(f"no row of {landmark!r} on frames {part!r}")


def network_gain(before: str | Path, after: str | Path, project: str | Path | None = None) -> Gain:
    """Compare two runs of a project on all its labelled frames that neither has learnt from.

    Frames that the first was tested on, and frames labelled since, are told apart: the latter were often
    chosen because the first network failed on them, and so flatter the second. The interval takes frames as
    independent; frames of one video are not quite, so that the true one is wider.

    project: where it lies now, if it was moved since.

    Raises:
        RunFolderError: no finished run in a folder.
        InputError: no labelled frame is left that neither has learnt from, or no landmark is common.
    """
    recipe = recipe_of(after)
    folder = recipe.project if project is None else Path(project)
    about = load_project(folder)
    frames = training_set(folder, about, recipe.rater)
    names = [f"{video}/{frame}" for video, frame in zip(frames.video, frames.frame, strict=True)]
    first, second = _split(before), _split(after)
    left = [i for i, name in enumerate(names) if name not in first["train"] and name not in second["train"]]
    if not left:
        raise InputError(
            f"{len(names)} frames are labelled, and each was learnt from by {Path(before).name} or "
            f"{Path(after).name}: nothing is left to compare them on. Train both with --split video or "
            "person and the same --split-seed, or label some more frames first"
        )
    error = {run: _error_px(open_trained(run), about, frames, np.array(left)) for run in (before, after)}
    tested = np.array([names[i] in first["test"] for i in left])
    rows: list[GainRow] = []
    for part, which in ((TESTED, tested), (NEW, ~tested)):
        if which.any():
            rows += _rows(part, frames.landmarks, error[before][which], error[after][which])
    if not rows:
        raise InputError("the two networks and the labels have no landmark in common; nothing to compare")
    learnt = {frames.video[i] for i, name in enumerate(names) if name in first["train"] | second["train"]}
    near = sum(frames.video[i] in learnt for i in left)
    said = f"{len(left)} labelled frames that neither network has learnt from"
    if near:
        said += f"; {near} of them are of videos of which other frames were learnt"
    return Gain(Path(before).name, Path(after).name, tuple(rows), said, frames.synthetic)


def _split(run: str | Path) -> dict[str, set[str]]:
    path = Path(run) / SPLIT_FILE
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return {part: set(held[part]) for part in ("train", "test")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileFormatError(
            path, "does not say which frames the network learnt from; give the folders of two training runs"
        ) from error


def _error_px(network: TrainedNetwork, project: Project, frames: TrainingSet, rows: IntArray) -> Array:
    """(n, K) distance to the labels by the project's landmarks, NaN where either has no place."""
    names = [project.current_name(name) for name in network.landmarks]
    error = np.full((rows.size, len(frames.landmarks)), np.nan)
    common = [(names.index(name), k) for k, name in enumerate(frames.landmarks) if name in names]
    if not common:
        return error
    theirs, ours = (list(columns) for columns in zip(*common, strict=True))
    for start in range(0, rows.size, _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        found = network.predict([read_picture(frames.images[i]) for i in some]).position_px[:, theirs]
        labelled = frames.position_px[some][:, ours]
        error[start : start + _AT_ONCE, ours] = np.linalg.norm(found - labelled, axis=-1)
    return error


def _rows(part: str, landmarks: Sequence[str], before: Array, after: Array) -> list[GainRow]:
    both = np.isfinite(before) & np.isfinite(after)
    if not both.any():
        return []
    before, after = np.where(both, before, np.nan), np.where(both, after, np.nan)
    some = both.any(axis=1)
    rows = [_row(part, ALL, *(np.nanmean(error[some], axis=1) for error in (before, after)))]
    for k, name in enumerate(landmarks):
        if both[:, k].any():
            rows.append(_row(part, name, before[both[:, k], k], after[both[:, k], k]))
    return rows


def _row(part: str, landmark: str, before: Array, after: Array) -> GainRow:
    difference = summarise(after - before)
    mean = float(before.mean()), float(after.mean())
    return GainRow(part, landmark, difference.n, *mean, difference.mean, difference.ci95)
