"""Sequence networks between the first and the second of many steps: points of a clip in, better points out.

As in Bittner et al. 2022 for their custom multi-step approach: the same networks as of the direct way, on
places in metres in place of vectors, taught by the distance of the points from the root.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path
from kinelab.learning.lightning_run import DivergenceError, quiet_lightning
from kinelab.learning.run_folder import open_run, read_recipe
from kinelab.learning.steps import frames_of_step, hash_of
from kinelab.monocular.head import Head
from kinelab.monocular.sequence_data import ToldClips, windows
from kinelab.monocular.sequence_modules import sequence_net
from kinelab.monocular.sequence_recipe import SequenceRecipe, sequence_recipe_from
from kinelab.monocular.sequence_refiner import Clipwise
from kinelab.monocular.sequence_training import SequenceLearner
from kinelab.monocular.vector import Vector

WEIGHTS_FILE = "points.pt"
_STILLEST_M = 1e-3
_FRAMES_LEARNT = "frames_learnt"


class PointRefiner(Clipwise):
    """Clips (B, T, 3 P) m of points from the root -> the same, better; untrained it changes nothing."""

    mean: Tensor
    sd: Tensor

    def __init__(self, recipe: SequenceRecipe, numbers: int) -> None:
        super().__init__()
        self.frames = recipe.frames
        self.net = sequence_net(recipe, numbers, numbers)
        self.register_buffer("mean", torch.zeros(numbers))
        self.register_buffer("sd", torch.ones(numbers))

    def settle(self, progress: float) -> None:
        """See `SequenceNet.settle`."""
        self.net.settle(progress)

    def forward(self, points: Tensor) -> Tensor:
        """See the class."""
        refined: Tensor = points + self.net((points - self.mean) / self.sd) * self.sd
        return refined


class _Learner(SequenceLearner):
    """The sequence networks' schedule with a loss of points."""

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Mean distance along each axis of one batch of windows, in m."""
        told, true = batch
        torch.manual_seed(hash_of(self.recipe.seed, self.global_step))  # of dropout
        self.net.settle(self.progress())
        loss: Tensor = (self.net(told) - true).abs().mean()
        self.last_loss = loss.detach()
        if not torch.isfinite(loss):
            raise DivergenceError(
                f"the training diverged: the loss is {loss.item()} at step {self.global_step}. Lower the "
                f"learning rate (it is {self.recipe.learning_rate:g})"
            )
        return loss


class _Windows(IterableDataset[tuple[Tensor, Tensor]]):
    def __init__(self, clips: ToldClips, recipe: SequenceRecipe) -> None:
        super().__init__()
        self.clips, self.recipe = clips, recipe
        self.rows = windows(clips, recipe.frames)
        self.batch = min(recipe.batch, len(self.rows))
        self.steps = recipe.epochs * math.ceil(len(self.rows) / self.batch)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for step in range(self.steps):
            chosen = self.rows[frames_of_step(len(self.rows), self.batch, step, self.recipe.seed)]
            yield (
                torch.from_numpy(self.clips.vectors[chosen]),
                torch.from_numpy(self.clips.coordinates[chosen]),
            )


def train_point_sequence(recipe: SequenceRecipe, clips: ToldClips, out: str | Path) -> PointRefiner:
    """Train, or give back what a finished run has learnt; a stopped run begins anew.

    clips: `vectors` (N, 3 P) are the points told, `coordinates` (N, 3 P) the true ones, m from the root; the
    rest of them is not looked at. The recipe's losses and mirror are not used.

    Raises:
        InputError: no clip. RunFolderError: the folder holds another run. OutputError: the disk is full.
        DivergenceError: the loss is no number any more.
    """
    out = Path(out)
    open_run(out, recipe.described() | {_FRAMES_LEARNT: len(clips.vectors)}, ("threads",))
    if (out / WEIGHTS_FILE).is_file():
        return trained_points(out)
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    refiner = PointRefiner(recipe, clips.vectors.shape[1])
    refiner.mean.copy_(torch.from_numpy(clips.vectors.mean(axis=0)))
    refiner.sd.copy_(torch.from_numpy(clips.vectors.std(axis=0)).clamp(min=_STILLEST_M))
    batches = _Windows(clips, recipe)
    learner = _Learner(recipe, refiner, Vector(Head(own_body()), ()), batches.steps)
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="auto", devices=1, max_epochs=-1, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, default_root_dir=out,
        )  # fmt: skip
        trainer.fit(learner, DataLoader(batches, None))
    with atomic_path(out / WEIGHTS_FILE) as temporary:
        torch.save(refiner.cpu().state_dict(), temporary)
    return refiner.eval()


def trained_points(run: str | Path) -> PointRefiner:
    """What a finished run has learnt.

    Raises:
        RunFolderError: no run. InputError: it is not finished.
    """
    described = read_recipe(Path(run))
    described.pop(_FRAMES_LEARNT, None)
    path = Path(run) / WEIGHTS_FILE
    if not path.is_file():
        raise InputError(f"{run} holds no {WEIGHTS_FILE}: the run is not finished, or of another kind")
    weights = torch.load(path, weights_only=True)
    refiner = PointRefiner(sequence_recipe_from(described), len(weights["mean"]))
    refiner.load_state_dict(weights)
    return refiner.eval()


def refined_points(refiner: PointRefiner, point_m: Array) -> Array:
    """Points (T, P, 3) m of one clip, frame after frame, refined.

    In windows of the length that was learnt, of which neighbours share a half: there the mean counts, each by
    how far from its end. A shorter clip is filled up by its last frame.
    """
    n, frames = len(point_m), refiner.frames
    flat = np.asarray(point_m, np.float32).reshape(n, -1)
    whole = ToldClips(flat, flat, flat, flat, np.zeros(n, np.int64), np.zeros(1, np.int64))
    rows = windows(whole, frames)
    with torch.inference_mode():
        told = refiner(torch.from_numpy(flat[rows])).numpy()
    inner = np.minimum(np.arange(1, frames + 1), np.arange(frames, 0, -1))
    total, weight = np.zeros((n, flat.shape[1])), np.zeros((n, 1))
    for row, said in zip(rows, told, strict=True):
        # what was filled up repeats the last frame, of which the first saying is the real one
        there = np.unique(row, return_index=True)[1]
        total[row[there]] += inner[there, None] * said[there]
        weight[row[there]] += inner[there, None]
    return np.asarray((total / weight).reshape(point_m.shape))
