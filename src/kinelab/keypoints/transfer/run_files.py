"""Where a training run keeps what, and which frames it learns from."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError, RunFolderError
from kinelab.files.atomic import write_text
from kinelab.keypoints.projects.training_set import TrainingSet
from kinelab.keypoints.transfer.recipe import TransferRecipe
from kinelab.learning.splits import Split, given_split, nested, split

LOG_FILE = "log.csv"
SPLIT_FILE = "split.json"
_COLUMNS = ("step", "minutes", "loss", "test_error_px")


def last_state(out: Path) -> Path:
    """The file from which a stopped run goes on."""
    return out / "checkpoints" / "last.ckpt"


def candidate_path(out: Path) -> Path:
    """A network that is not measured yet."""
    return out / "checkpoints" / "candidate.safetensors"


def benchmark_path(out: Path, step: int) -> Path:
    """The network as it was after so many steps."""
    return out / "checkpoints" / f"step_{step:06d}.safetensors"


def split_of(recipe: TransferRecipe, frames: TrainingSet) -> Split:
    """How a recipe divides the labelled frames; see `continued_split` where it begins with another run's.

    Raises:
        InputError: too few frames or groups, more frames asked for than there are, rows that do not exist.
        RunFolderError: the run to begin with does not say which frames it learnt from.
    """
    if recipe.start is not None:
        return continued_split(Path(recipe.start).parent, frames)
    if recipe.train_rows is not None and recipe.test_rows is not None:
        return given_split(frames.n, recipe.train_rows, recipe.test_rows)
    parts = split(
        frames.video,
        frames.person,
        by=recipe.split_by,
        test_share=recipe.test_share,
        seed=recipe.split_seed,
    )
    if recipe.frames is None:
        return parts
    rows = nested(parts.train, frames.video, [recipe.frames], recipe.split_seed)[recipe.frames]
    said = f"{parts.said}; of the former {recipe.frames} are used"
    return replace(parts, train=rows, said=said)


def continued_split(run: Path, frames: TrainingSet) -> Split:
    """The division of an earlier run, with the frames that came since.

    What it learnt from is never tested: its network would look better than it is. New frames are learnt from,
    since they were labelled where the network was wrong, but those of a video or person that was tested only
    are tested too.

    Raises:
        InputError: none of the frames that were tested is left.
        RunFolderError: no split.json there.
    """
    path = run / SPLIT_FILE
    if not path.is_file():
        raise RunFolderError(
            f"{run} does not say which frames its network learnt from (no {SPLIT_FILE}); name a run that "
            "`kinelab keypoints train` made"
        )
    before = json.loads(path.read_text(encoding="utf-8"))
    names = [f"{video}/{frame}" for video, frame in zip(frames.video, frames.frame, strict=True)]
    learnt, tested = set(before["train"]), set(before["test"])
    group = {"video": frames.video, "person": frames.person}.get(before["by"], names)
    of_learnt = {g for g, name in zip(group, names, strict=True) if name in learnt}
    of_tested = {g for g, name in zip(group, names, strict=True) if name in tested} - of_learnt
    test = np.array([name in tested or g in of_tested for g, name in zip(group, names, strict=True)])
    if not test.any():
        raise InputError(f"none of the {len(tested)} frames on which {run} was tested is labelled any more")
    new = sum(name not in learnt | tested for name in names)
    said = (
        f"split by {before['by']} as in {run.name}, with {new} new frames: {int((~test).sum())} frames to "
        f"learn from, {int(test.sum())} to test on"
    )
    return Split(before["by"], before["seed"], np.flatnonzero(~test), np.flatnonzero(test), said)


def keep_split(out: Path, parts: Split, frames: TrainingSet) -> None:
    """Write down which frames are tested, and refuse to go on with others.

    Raises:
        RunFolderError: the run was begun with other frames.
    """
    path = out / SPLIT_FILE
    names = {
        name: [f"{frames.video[i]}/{frames.frame[i]}" for i in rows]
        for name, rows in (("train", parts.train), ("test", parts.test))
    }
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        if any(before.get(name) != names[name] for name in names):
            raise RunFolderError(
                f"{out} was begun with other labelled frames (labels were added or taken away since); train "
                "anew in an empty folder with --out"
            )
        return
    content = {"by": parts.by, "seed": parts.seed, "said": parts.said, **names}
    write_text(path, json.dumps(content, indent=1) + "\n")


def read_log(out: Path) -> dict[str, Array]:
    """The log's columns; NaN where a cell is empty. Empty columns where there is no log yet."""
    rows = _rows(out / LOG_FILE)
    return {name: np.array([float(row[name] or "nan") for row in rows]) for name in _COLUMNS}


def cut_log(out: Path, step: int) -> None:
    """Forget what a run logged after the state from which it goes on."""
    rows = [row for row in _rows(out / LOG_FILE) if int(row["step"]) <= step]
    write_text(out / LOG_FILE, _lines([_COLUMNS, *([row[name] for name in _COLUMNS] for row in rows)]))


def add_to_log(out: Path, step: int, minutes: float, loss: float, test_error_px: float | None) -> None:
    """One more line, written whole or not at all."""
    path = out / LOG_FILE
    before = path.read_text(encoding="utf-8") if path.is_file() else _lines([_COLUMNS])
    said = "" if test_error_px is None else f"{test_error_px:.4f}"
    write_text(path, before + _lines([(step, f"{minutes:.3f}", f"{loss:.6g}", said)]))


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _lines(rows: list[Any]) -> str:
    return "".join(",".join(str(cell) for cell in row) + "\n" for row in rows)
