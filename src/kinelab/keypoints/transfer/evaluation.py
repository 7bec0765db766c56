"""How far a trained network is from the human, on frames that it learnt from and on others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.errors import RunFolderError
from kinelab.keypoints.projects.pictures import read_picture
from kinelab.keypoints.projects.project import load_project
from kinelab.keypoints.projects.runs import NETWORK_FILE
from kinelab.keypoints.projects.training_set import TrainingSet, training_set
from kinelab.keypoints.transfer.recipe import recipe_of
from kinelab.keypoints.transfer.run_files import benchmark_path, split_of
from kinelab.keypoints.transfer.trained import TrainedNetwork, open_trained
from kinelab.learning.splits import Split
from kinelab.stats.summary import summarise

CUT = 0.6  # DeepLabCut's p-cutoff
_PCK = 0.05  # of the subject's extent
_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Network against human on N labelled frames, K landmarks.

    predicted_px and human_px (N, K, 2): px of the pictures, human NaN where a landmark was not placed;
    confidence, sd_px (N, K); cut: confidence from which a landmark counts as sure; calibrated: whether sd_px
    is.
    """

    frames: TrainingSet
    split: Split
    predicted_px: Array
    confidence: Array
    sd_px: Array
    cut: float = CUT
    calibrated: bool = False

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Names of the K landmarks."""
        return self.frames.landmarks

    @property
    def difference_px(self) -> Array:
        """(N, K, 2) network minus human; NaN where the human placed nothing."""
        return np.asarray(self.predicted_px - self.frames.position_px)

    @property
    def error_px(self) -> Array:
        """(N, K) distance between network and human (the papers' Euclidean error), or NaN."""
        return np.asarray(np.linalg.norm(self.difference_px, axis=-1))

    @property
    def error_mm(self) -> Array:
        """(N, K) the same in millimetres; NaN where no length is known."""
        return np.asarray(self.error_px * self.frames.mm_per_px[:, None])

    def rows(self) -> list[dict[str, Any]]:
        """A long table: a row for each part (train, test) and landmark, and one for all landmarks together.

        error_px: mean over n points, with sd_error_px and median; error_sure_px: over points of confidence
        `cut` or more, which are share_sure of all; pck_5_percent: share within 5 % of the subject's extent
        (median over frames of the longer side of the landmarks' box); stated_sd_px: root mean square of the
        stated sd, which for a true sd is rms_error_px / sqrt(2).
        """
        parts = (("train", self.split.train), ("test", self.split.test))
        columns = [
            *((name, np.array([k])) for k, name in enumerate(self.landmarks)),
            ("all", np.arange(self.k)),
        ]
        return [self._row(part, rows, name, which) for part, rows in parts for name, which in columns]

    @property
    def k(self) -> int:
        """Number of landmarks."""
        return len(self.landmarks)

    def figures(self) -> dict[str, float]:
        """What a model card holds: error of all landmarks and of each, train and test."""
        held: dict[str, float] = {}
        for row in self.rows():
            of = "" if row["landmark"] == "all" else f"_{row['landmark']}"
            for name in ("error_px", "error_sure_px", "error_mm"):
                if row[name] is not None:
                    held[f"{row['part']}{of}_{name}"] = round(float(row[name]), 4)
        return held

    def test_error_px(self) -> float:
        """Mean over all landmarks of the tested frames."""
        return float(np.nanmean(self.error_px[self.split.test]))

    def _row(self, part: str, rows: IntArray, name: str, which: IntArray) -> dict[str, Any]:
        error, sure = self.error_px[np.ix_(rows, which)], self.confidence[np.ix_(rows, which)] >= self.cut
        there = np.isfinite(error)
        sd = self.sd_px[np.ix_(rows, which)]
        found = error[there]
        within = found <= _PCK * self._extent_px()
        return {
            "part": part,
            "landmark": name,
            "n": int(found.size),
            "error_px": _mean(found),
            "sd_error_px": None if found.size < 2 else summarise(found).sd,
            "median_error_px": None if not found.size else float(np.median(found)),
            "error_sure_px": _mean(error[there & sure]),
            "share_sure": None if not found.size else float(sure[there].mean()),
            "error_mm": _mean(self.error_mm[np.ix_(rows, which)]),
            "pck_5_percent": _mean(within.astype(float)),
            "rms_error_px": None if not found.size else float(np.sqrt((found**2).mean())),
            "stated_sd_px": None if not found.size else float(np.sqrt((sd[there] ** 2).mean())),
        }

    def _extent_px(self) -> float:
        place = self.frames.position_px[np.isfinite(self.frames.position_px).all(axis=-1).sum(axis=1) > 1]
        if not len(place):
            return float("nan")
        return float(np.median((np.nanmax(place, axis=1) - np.nanmin(place, axis=1)).max(axis=1)))


def evaluate(network: TrainedNetwork, frames: TrainingSet, split: Split, *, cut: float = CUT) -> Evaluation:
    """Run a network on all labelled frames of a split; frames of neither part stay NaN.

    Raises:
        InputError: a picture is missing or damaged.
    """
    k = len(frames.landmarks)
    position, confidence, sd = (np.full((frames.n, *rest), np.nan) for rest in ((k, 2), (k,), (k,)))
    rows = np.concatenate([split.train, split.test])
    for start in range(0, rows.size, _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        found = network.predict([read_picture(frames.images[i]) for i in some])
        position[some], confidence[some], sd[some] = found.position_px, found.confidence, found.sd_px
    return Evaluation(frames, split, position, confidence, sd, cut, bool(network.use.sd_scale))


def evaluate_run(
    folder: str | Path, *, checkpoint: int | None = None, project: str | Path | None = None, cut: float = CUT
) -> Evaluation:
    """Measure the network of a run, or the one it kept at a benchmark, on the run's own split.

    project: where the project lies now, if it was moved since.

    Raises:
        RunFolderError: no run there, or no such benchmark.
        InputError: the project's labels do not fit the run any more.
    """
    out = Path(folder)
    recipe = recipe_of(out)
    if project is not None:
        recipe = replace(recipe, project=Path(project))
    path = out / NETWORK_FILE if checkpoint is None else benchmark_path(out, checkpoint)
    if not path.is_file():
        kept = ", ".join(p.stem.removeprefix("step_").lstrip("0") for p in _benchmarks(out)) or "none"
        what = "no finished network" if checkpoint is None else f"no network of step {checkpoint}"
        raise RunFolderError(f"{out} holds {what}; benchmarks kept: {kept}")
    frames = training_set(recipe.project, load_project(recipe.project), recipe.rater)
    return evaluate(open_trained(path), frames, split_of(recipe, frames), cut=cut)


def reliability(error_px: Array, stated_sd_px: Array, bins: int = 5) -> list[Mapping[str, float]]:
    """Stated sd against found error, in groups of equal size from small to large sd.

    Each group: n, stated_sd_px (root mean square), found_sd_px (root mean square error of one coordinate),
    within_1_sd and within_2_sd: shares of points within so many sd in the plane, which are 0.393 and 0.865
    for normal errors of a true sd.
    """
    good: BoolArray = np.isfinite(error_px) & np.isfinite(stated_sd_px)
    error, sd = error_px[good], stated_sd_px[good]
    order = np.argsort(sd, kind="stable")
    groups = [g for g in np.array_split(order, min(bins, max(1, order.size // 8))) if g.size]
    return [
        {
            "n": float(g.size),
            "stated_sd_px": float(np.sqrt((sd[g] ** 2).mean())),
            "found_sd_px": float(np.sqrt((error[g] ** 2).mean() / 2)),
            "within_1_sd": float((error[g] <= sd[g]).mean()),
            "within_2_sd": float((error[g] <= 2 * sd[g]).mean()),
        }
        for g in groups
    ]


def _mean(values: Array) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else None


def _benchmarks(out: Path) -> list[Path]:
    return sorted((out / "checkpoints").glob("step_*.safetensors"))
