"""Training a direct network: from labelled crops to weights, with a log, in a folder that can go on.

A run is a folder: recipe.json, log.csv, state.ckpt while it runs, and network.pt, the averaged weights (which
`export` makes a file for use of). The same call goes on where a stopped run ended, with the same weights to
rounding unless the run's length is a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import lightning
import numpy as np
import torch
from torch.utils.data import DataLoader

from kinelab.body.model import BodyModel
from kinelab.body.own_body import own_body
from kinelab.core.checks import IntArray
from kinelab.errors import InputError, ModelError
from kinelab.files.atomic import atomic_path
from kinelab.learning.backbones import Backbone, backbone
from kinelab.learning.lightning_run import quiet_lightning
from kinelab.learning.run_diary import RunDiary
from kinelab.learning.run_folder import open_run
from kinelab.monocular.batches import DrawnBatches, ExampleBatches
from kinelab.monocular.evaluation import Errors, evaluate
from kinelab.monocular.examples import Examples
from kinelab.monocular.head import Head
from kinelab.monocular.learner import DirectLearner
from kinelab.monocular.losses import Losses
from kinelab.monocular.metric_heatmaps import Volumes
from kinelab.monocular.multistep import point_body
from kinelab.monocular.network import DirectNet
from kinelab.monocular.recipe import MAY_CHANGE, DirectRecipe
from kinelab.monocular.vector import Vector
from kinelab.monocular.views import Look
from kinelab.virtual_lab.sample import SampleDesign
from kinelab.virtual_lab.sessions.filming import LANDMARKS

WEIGHTS_FILE, STATE_FILE, LOG_FILE = "network.pt", "state.ckpt", "log.csv"
_LINE_EVERY = 100
_TESTED_SHARE, _TESTED_MOST = 0.03, 960
_LOOKS_EVERY = 1000  # steps between two looks at people who are not learnt from

Net = TypeVar("Net", bound=DirectNet)
Source = Examples | tuple[SampleDesign, ...]
Split = tuple[IntArray, IntArray]
Judge = Callable[
    [DirectNet, Callable[[DirectNet, torch.Tensor], torch.Tensor], Examples, Look, IntArray], Errors | None
]


@dataclass(frozen=True)
class Progress:
    """How far a run is; losses are means since the line before, errors those of the averaged network."""

    step: int
    share: float
    minutes: float
    losses: dict[str, float]
    errors: Errors | None


def new_network(recipe: DirectRecipe) -> DirectNet:
    """A network as the recipe says, before it has learnt, for the own body.

    Raises:
        InputError: timm has no such backbone. ModelError: the weights are not there or not of it.
    """
    base = new_backbone(recipe)
    vector = Vector(Head(own_body()), LANDMARKS if recipe.way == "landmarks" else ())
    points = None
    if recipe.points:
        width = recipe.width if recipe.way == "landmarks" else 0
        points = Volumes(base.channels, len(point_body().markers), width)
    return DirectNet(
        base, vector, way=recipe.way, side_px=recipe.look.size_px, width=recipe.width, points=points
    )


def new_backbone(recipe: DirectRecipe) -> Backbone:
    """The backbone of a recipe, its first layers frozen; errors as `new_network`."""
    base = backbone(
        recipe.backbone,
        recipe.weights or None,
        from_stride=recipe.from_stride,
        pixels=None if recipe.weights else recipe.pixels,
    )
    base.freeze(recipe.frozen_stride)
    return base


def with_pixels(recipe: DirectRecipe, net: DirectNet) -> DirectRecipe:
    """The recipe with what its weights were made for: who opens the run later has not their file."""
    return replace(recipe, pixels=net.backbone.pixels) if recipe.weights else recipe


def with_weights(net: Net, run: str | Path, name: str) -> Net:
    """A new network with what a finished run of this recipe (name) has learnt, in evaluation mode.

    Raises:
        ModelError: the run is not finished, or of another recipe.
    """
    path = Path(run) / WEIGHTS_FILE
    if not path.is_file():
        raise ModelError(f"{run} holds no {WEIGHTS_FILE}: the run is not finished, or this is no run")
    try:
        net.load_state_dict(torch.load(path, weights_only=True))
    except RuntimeError as error:
        raise ModelError(f"{path} does not fit the recipe {name!r} ({str(error)[:200]})") from error
    return net.eval()


def train(
    recipe: DirectRecipe,
    source: Source,
    out: str | Path,
    *,
    workers: int = 0,
    tell: Callable[[Progress], None] = lambda _: None,
) -> DirectNet:
    """Train, or go on, or give back what a finished run has learnt.

    source: examples on disk, of which the last people are tested on and not learnt from; or designs of
    virtual people, who are drawn while the network learns and seen once.

    Raises:
        InputError, ModelError: see `new_network`; or fewer than two people.
        RunFolderError: the folder holds a run of another recipe.
        DivergenceError: the loss is no number any more.
        OutputError: the disk is full.
    """
    out = Path(out)
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    net = new_network(recipe)
    recipe = with_pixels(recipe, net)
    open_run(out, recipe.described(), MAY_CHANGE)
    if (out / WEIGHTS_FILE).is_file():
        net.load_state_dict(torch.load(out / WEIGHTS_FILE, weights_only=True))
        return net.eval()
    if recipe.start:
        net.load_state_dict(torch.load(recipe.start, weights_only=True))
    return run(DirectLearner(recipe, net), source, out, workers=workers, tell=tell)


def run(
    learner: DirectLearner,
    source: Source,
    out: Path,
    *,
    workers: int = 0,
    tell: Callable[[Progress], None] = lambda _: None,
    judge: Judge = evaluate,
    split: Split | None = None,
) -> DirectNet:
    """Let a learner learn in a folder that `open_run` gave it; the weights are in it afterwards.

    judge: looks at people who are not learnt from, now and then. split: rows of the examples to learn from,
    and of these people; None = `split_people`.
    """
    recipe, state = learner.recipe, out / STATE_FILE
    start = int(torch.load(state, weights_only=True)["global_step"]) if state.is_file() else 0
    model = learner.net.vector.head.model
    batches, tested = batches_of(source, recipe, model, start, split)
    _fit(learner, batches, workers, _Diary(learner, tested, out, tell, judge))
    with atomic_path(out / WEIGHTS_FILE) as temporary:
        torch.save(learner.averaged().state_dict(), temporary)
    state.unlink(missing_ok=True)
    return learner.averaged()


def batches_of(
    source: Source, recipe: DirectRecipe, model: BodyModel, start: int = 0, split: Split | None = None
) -> tuple[ExampleBatches | DrawnBatches, tuple[Examples, IntArray] | None]:
    """What a run sees from step `start` on, and the rows of examples that it is tested on meanwhile."""
    batch, seed, look = recipe.batch, recipe.seed, recipe.look
    if not isinstance(source, Examples):
        return DrawnBatches(source, model, look, batch=batch, seed=seed, start=start), None
    learnt, rows = split or split_people(source)
    batches = ExampleBatches(source, model, look, rows=learnt, batch=batch, seed=seed, start=start)
    return batches, (source, rows)


def split_people(examples: Examples, tested_share: float = _TESTED_SHARE) -> Split:
    """Rows to learn from, and rows of the last people, such a share of them, to look at meanwhile.

    Raises:
        InputError: fewer than two people.
    """
    person = examples.labels["person"]
    people = np.unique(person)
    if people.size < 2:
        raise InputError(f"{examples.folder} shows {people.size} person; two are needed, one to test on")
    held = people[-max(1, round(tested_share * people.size)) :]
    away = np.isin(person, held)
    return np.flatnonzero(~away), np.flatnonzero(away)[:_TESTED_MOST]


def _fit(learner: DirectLearner, batches: ExampleBatches | DrawnBatches, workers: int, diary: _Diary) -> None:
    state = diary.out / STATE_FILE
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="auto",
            devices=1,
            precision="bf16-mixed" if learner.recipe.bf16 else "32-true",
            max_epochs=-1,
            callbacks=[diary],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=diary.out,
        )
        loader = DataLoader(batches, None, num_workers=workers)
        trainer.fit(learner, loader, ckpt_path=str(state) if state.is_file() else None, weights_only=True)


class _Diary(RunDiary):
    """Writes the log, keeps the state every few minutes, looks at people who are not learnt from."""

    def __init__(
        self,
        learner: DirectLearner,
        tested: tuple[Examples, IntArray] | None,
        out: Path,
        tell: Callable[[Progress], None],
        judge: Judge,
    ) -> None:
        super().__init__(learner, out / LOG_FILE, out / STATE_FILE, 60 * learner.recipe.save_minutes)
        self.out = out
        self._learner, self._tested, self._tell, self._judge = learner, tested, tell, judge
        self._losses: list[Losses] = []

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: object) -> None:
        """One line, or the state, when it is time."""
        learner = self._learner
        self._losses.append(learner.last)
        step, done = learner.global_step, learner.progress() >= 1
        looks = self._tested is not None and (done or step % _LOOKS_EVERY == 0)
        if looks or done or step % _LINE_EVERY == 0:
            self._line(looks)
        self.keep(trainer)

    def _line(self, looks: bool) -> None:
        learner = self._learner
        means = {
            name: float(torch.stack([getattr(one, name) for one in self._losses]).mean())
            for name in Losses._fields
        }
        self._losses = []
        errors = None
        if looks and self._tested is not None:
            examples, rows = self._tested
            errors = self._judge(learner.averaged(), learner.tell, examples, learner.recipe.look, rows)
        said = Progress(learner.global_step, learner.progress(), learner.elapsed_s / 60, means, errors)
        row: dict[str, Any] = {"step": said.step, "minutes": round(said.minutes, 2)}
        row |= {name: round(value, 5) for name, value in means.items()}
        row |= {
            "angle_mae_deg": "" if errors is None else round(errors.angle_mae_deg, 3),
            "lower_mae_deg": "" if errors is None else round(errors.lower_mae_deg, 3),
            "point_mm": "" if errors is None else round(errors.point_mm, 1),
        }
        self.write(row)
        self._tell(said)
