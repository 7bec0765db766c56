"""Training a sequence network on what a direct network told of clips: one after the other, as published.

A run is a folder: recipe.json, log.csv, state.ckpt while it runs, and sequence.pt. The same call goes on
where a stopped run ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from kinelab.body.layer import SkeletalLayer
from kinelab.files.atomic import atomic_path
from kinelab.learning.lightning_run import DivergenceError, TimedLearner, quiet_lightning
from kinelab.learning.run_diary import LossDiary
from kinelab.learning.run_folder import open_run
from kinelab.learning.steps import frames_of_step, hash_of
from kinelab.monocular.losses import Losses, losses
from kinelab.monocular.mirror import MIRROR_BODY, MIRROR_VIEW, Mirror
from kinelab.monocular.mirrored_vector import mirrored_vectors
from kinelab.monocular.network import read
from kinelab.monocular.sequence_data import ToldClips, windows
from kinelab.monocular.sequence_recipe import SequenceRecipe
from kinelab.monocular.sequence_refiner import Clipwise, Refiner
from kinelab.monocular.vector import Vector
from kinelab.monocular.views import View

WEIGHTS_FILE, STATE_FILE, LOG_FILE = "sequence.pt", "state.ckpt", "log.csv"
_LONGEST_GRADIENT = 2.0
_LINE_EVERY = 20
_SAVE_S = 120.0


def train_sequence(
    recipe: SequenceRecipe,
    vector: Vector,
    clips: ToldClips,
    out: str | Path,
    *,
    tell: Callable[[int, int, float], None] = lambda step, steps, loss: None,
) -> Refiner:
    """Train, or go on, or give back what a finished run has learnt. tell: step, steps, mean loss of late.

    Raises:
        InputError: no clip. RunFolderError: the folder holds another run. OutputError: the disk is full.
        DivergenceError: the loss is no number any more.
    """
    out = Path(out)
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    if recipe.mirror:
        clips = with_mirrored(clips, vector)
    refiner = Refiner(recipe, vector, clips.vectors.mean(axis=0), clips.vectors.std(axis=0))
    open_run(out, recipe.described() | {"frames_learnt": len(clips.vectors)}, ("threads",))
    if (out / WEIGHTS_FILE).is_file():
        refiner.load_state_dict(torch.load(out / WEIGHTS_FILE, weights_only=True))
        return refiner.eval()
    batches = _Windows(clips, recipe)
    learner = SequenceLearner(recipe, refiner, vector, batches.steps)
    state = out / STATE_FILE
    diary = LossDiary(
        learner, out / LOG_FILE, state, _SAVE_S, every=_LINE_EVERY,
        tell=lambda loss: tell(learner.global_step, learner.steps, loss),
    )  # fmt: skip
    batches.start = int(torch.load(state, weights_only=True)["global_step"]) if state.is_file() else 0
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="auto", devices=1, max_epochs=-1, callbacks=[diary],
            logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
            default_root_dir=out,
        )  # fmt: skip
        resumed = str(state) if state.is_file() else None
        trainer.fit(learner, DataLoader(batches, None), ckpt_path=resumed, weights_only=True)
    with atomic_path(out / WEIGHTS_FILE) as temporary:
        torch.save(refiner.cpu().state_dict(), temporary)
    state.unlink(missing_ok=True)
    return refiner.eval()


def with_mirrored(clips: ToldClips, vector: Vector) -> ToldClips:
    """The clips, and after them the same in a mirror."""
    mirror = Mirror(vector.head.model)
    mirrored = ToldClips(
        vectors=mirrored_vectors(clips.vectors.astype(np.float64), vector, mirror).astype(np.float32),
        coordinates=mirror.coordinates(clips.coordinates.astype(np.float64)).astype(np.float32),
        scale=clips.scale[:, mirror.bodies],
        view_rotation=(MIRROR_VIEW @ clips.view_rotation @ MIRROR_BODY).astype(np.float32),
        person=clips.person,
        first=clips.first + len(clips.vectors),
    )
    names = ("vectors", "coordinates", "scale", "view_rotation", "person", "first")
    both = {name: np.concatenate([getattr(clips, name), getattr(mirrored, name)]) for name in names}
    return ToldClips(**both, told_by=clips.told_by)


class _Windows(IterableDataset[tuple[Tensor, ...]]):
    """Batches of windows, each window once in a round."""

    def __init__(self, clips: ToldClips, recipe: SequenceRecipe) -> None:
        super().__init__()
        self.clips, self.recipe, self.start = clips, recipe, 0
        self.rows = windows(clips, recipe.frames)
        self.batch = min(recipe.batch, len(self.rows))
        self.steps = recipe.epochs * math.ceil(len(self.rows) / self.batch)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        for step in range(self.start, self.steps):
            chosen = self.rows[frames_of_step(len(self.rows), self.batch, step, self.recipe.seed)]
            yield tuple(
                torch.from_numpy(getattr(self.clips, name)[chosen])
                for name in ("vectors", "coordinates", "scale", "view_rotation")
            )


class SequenceLearner(TimedLearner):
    """Loss and schedule of one run, of windows of vectors and their truth."""

    net: Clipwise
    columns: Tensor

    def __init__(self, recipe: SequenceRecipe, net: Clipwise, vector: Vector, steps: int) -> None:
        super().__init__(net, steps=steps, minutes=None, average_decay=0.0)
        self.recipe, self.vector = recipe, vector
        self.layer = SkeletalLayer(vector.head.model, dtype=torch.float32)
        self.register_buffer("columns", torch.from_numpy(vector.head.columns), persistent=False)

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Loss of one batch of windows."""
        vectors, *truth = batch
        torch.manual_seed(hash_of(self.recipe.seed, self.global_step))  # of dropout
        self.net.settle(self.progress())
        found = sequence_losses(self.net(vectors), truth, self)
        self.last_loss = found.detach()
        if not torch.isfinite(found):
            raise DivergenceError(
                f"the training diverged: the loss is {found.item()} at step {self.global_step}. The last "
                f"whole state stays. Lower the learning rate (it is {self.recipe.learning_rate:g})"
            )
        return found

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, as published."""
        return torch.optim.Adam(self.net.parameters(), lr=self.recipe.learning_rate)

    def configure_gradient_clipping(self, optimizer: torch.optim.Optimizer, *_: Any, **__: Any) -> None:
        """One odd clip must not throw away what was learnt."""
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), _LONGEST_GRADIENT)

    def rate(self) -> float:
        """Exponential fall over the run."""
        recipe = self.recipe
        fall: float = (recipe.last_rate / recipe.learning_rate) ** self.progress()
        return recipe.learning_rate * fall


def sequence_losses(refined: Tensor, truth: list[Tensor], learner: SequenceLearner) -> Tensor:
    """The losses of `losses` over all frames, and the weighted error of the angles' velocity, rad a frame."""
    vector, recipe = learner.vector, learner.recipe
    flat = refined.flatten(0, 1)
    bare = Vector(vector.head, ())  # landmarks were told before
    told = read(
        bare,
        torch.cat([flat[:, : vector.pose.stop], flat[:, vector.spots.stop : vector.rotation_sd.stop]], dim=1),
    )
    coordinates, scale, rotation = (one.flatten(0, 1) for one in truth)
    none = flat.new_zeros(len(flat), 0, 2)
    view = View(flat, coordinates, scale, rotation, none, none[..., 0].bool(), none)
    found: Losses = losses(told, view, learner.layer, learner.columns, recipe.loss)
    if not recipe.velocity:
        return found.total
    speed = refined[..., vector.coordinates].diff(dim=1)
    true = truth[0][..., learner.columns].diff(dim=1)
    return found.total + recipe.velocity * (speed - true).abs().mean()
