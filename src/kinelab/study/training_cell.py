"""One network of a study of training parameters: trained, and looked at after each number of iterations."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.pipeline.workers.job import Job, Say

if TYPE_CHECKING:
    from kinelab.keypoints.transfer.recipe import TransferRecipe

_TRAINING_SHARE = 0.85  # of a cell's time; the rest is looking at the benchmarks


def train_cell(job: Job, folder: Path, say: Say) -> Mapping[str, Any]:
    """Train one network and give its errors at each benchmark, by landmark, on both parts.

    The checkpoints are removed once they were looked at; the network stays in run/network.safetensors.
    """
    from kinelab.keypoints.transfer.evaluation import evaluate_run
    from kinelab.keypoints.transfer.training import train

    recipe = recipe_of(job, folder / "run")
    train(recipe, lambda now: say(_TRAINING_SHARE * now.step / recipe.steps))
    found = []
    for i, iterations in enumerate(recipe.benchmarks, start=1):
        seen = evaluate_run(recipe.out, checkpoint=iterations)
        found.append((_means(seen.error_px, seen.split), _means(seen.error_mm, seen.split)))
        say(_TRAINING_SHARE + (1 - _TRAINING_SHARE) * i / len(recipe.benchmarks))
    shutil.rmtree(recipe.out / "checkpoints", ignore_errors=True)
    return {
        "n_frames": [len(job.settings["train_rows"]), len(job.settings["test_rows"])],
        "error_px": [_plain(px) for px, _ in found],
        "error_mm": [_plain(mm) for _, mm in found],
    }


def recipe_of(job: Job, out: Path) -> TransferRecipe:
    """The recipe of one network.

    The learning rate is kept constant ("fast") or follows the papers' steps: with one that falls to the end
    of the run, as a cosine does, an early benchmark would look worse than a run of that length.
    """
    from kinelab.keypoints.transfer.recipe import preset

    settings, wanted = job.settings, job.settings["training"]
    base = preset(wanted["preset"], Path(job.places["project"]), out)
    own = {name: wanted[name] for name in ("backbone", "long_side_px", "batch") if wanted[name] is not None}
    return replace(
        base,
        **own,
        weights=job.places["weights"],
        schedule="constant" if wanted["preset"] == "fast" else base.schedule,
        seed=settings["seed"],
        steps=max(settings["iterations"]),
        benchmarks=tuple(settings["iterations"]),
        rater=settings["rater"],
        train_rows=tuple(settings["train_rows"]),
        test_rows=tuple(settings["test_rows"]),
        threads=wanted["threads"],
    )


def _means(error: Array, split: Any) -> Array:
    """(K, 2) mean error of each landmark on the frames of both parts; NaN where it is in none of them."""
    return np.stack([_mean(error[split.train]), _mean(error[split.test])], axis=1)


def _mean(error: Array) -> Array:
    there = np.isfinite(error)
    n = there.sum(axis=0)
    mean: Array = np.where(n > 0, np.where(there, error, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
    return mean


def _plain(values: Array) -> list[list[float | None]]:
    """As JSON has it: null where not known."""
    return [[float(v) if np.isfinite(v) else None for v in row] for row in values]
