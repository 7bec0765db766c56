"""Training a lifting network on projections of virtual people, which cost next to nothing.

A run is a folder: recipe.json, log.csv, state.ckpt while it runs, and network.safetensors. The same call goes
on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from kinelab.body.own_body import own_body
from kinelab.core.checks import IntArray, Problems
from kinelab.core.skeletons import HALPE_26, skeleton
from kinelab.geometry.torch_rotations import geodesic_angle
from kinelab.learning.lightning_run import (
    DivergenceError,
    TimedLearner,
    decayed_apart,
    quiet_lightning,
    warm_cosine,
)
from kinelab.learning.run_diary import LossDiary
from kinelab.learning.run_folder import open_run
from kinelab.learning.weights import ModelCard
from kinelab.monocular.head import Head
from kinelab.monocular.lifting import BLOCKS, LiftingNetwork, load_lifting, save_lifting
from kinelab.monocular.lifting_clips import make_clips
from kinelab.monocular.lifting_input import MOMENTS_S
from kinelab.monocular.lifting_judging import judged
from kinelab.monocular.lifting_lending import lend
from kinelab.monocular.lifting_views import Lifted, Looker
from kinelab.monocular.losses import OWN, laplace
from kinelab.monocular.network import Bounds, read
from kinelab.monocular.vector import Vector

NETWORK_FILE, STATE_FILE, LOG_FILE = "network.safetensors", "state.ckpt", "log.csv"
_START_LOG_SD = -2.0
_TESTED_SHARE = 0.05
_LONGEST_GRADIENT = 2.0
_TELL = 100
_SAVE_S = 120.0


@dataclass(frozen=True)
class LiftingRecipe:
    """Everything that decides the weights, but for the computer's speed where `minutes` is given.

    people: one movement of each is made, and lent to `lent` more; a twentieth of the movements, and whoever
    does them, is tested on. minutes: the run ends after so long instead of after so many steps.
    """

    landmarks: str = HALPE_26.name
    people: int = 600
    lent: int = 3400
    width: int = 448
    batch: int = 256
    steps: int = 12_000
    minutes: float | None = None
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    average_decay: float = 0.998
    seed: int = 0

    def __post_init__(self) -> None:
        skeleton(self.landmarks)
        with Problems("lifting recipe") as problems:
            problems.add_if(self.people < 2, f"people is {self.people}, expected 2 or more")
            problems.add_if(self.lent < 0, f"lent is {self.lent}, expected 0 or more")
            for name in ("width", "batch", "steps"):
                value = getattr(self, name)
                problems.add_if(value < 1, f"{name} is {value}, expected 1 or more")
            wrong = self.minutes is not None and not self.minutes > 0
            problems.add_if(wrong, f"minutes is {self.minutes}, expected above 0")


class LiftingNet(nn.Module):
    """From `lifting_input.features` (B, W * K * 3) to vectors (B, V) in the order of `Vector`."""

    def __init__(self, landmarks: int, vector: Vector, width: int) -> None:
        super().__init__()
        told = len(vector.head.columns) + 1
        self.first = nn.Linear(len(MOMENTS_S) * landmarks * 3, width)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(BLOCKS))
        self.pose = nn.Linear(width, vector.head.numbers)
        self.spread = nn.Linear(width, told)
        self.bounds = Bounds(vector.head)
        nn.init.normal_(self.pose.weight, std=0.01)
        nn.init.zeros_(self.spread.weight)
        nn.init.constant_(self.spread.bias, _START_LOG_SD)

    def forward(self, value: Tensor) -> Tensor:
        """See the class."""
        value = torch.relu(self.first(value))
        for block in self.blocks:
            value = block(value)
        # how unsure it is must not change what it says
        return torch.cat([self.bounds(self.pose(value)), self.spread(value.detach())], dim=1)


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, value: Tensor) -> Tensor:
        """(B, width) with a way past both layers."""
        inner: Tensor = torch.relu(self.two(torch.relu(self.one(value))))
        return value + inner


class _Batches(IterableDataset[Lifted]):
    """What step i sees follows from the seed and i."""

    def __init__(self, recipe: LiftingRecipe, looker: Looker, rows: IntArray) -> None:
        super().__init__()
        self.recipe, self.looker, self.rows, self.start = recipe, looker, rows, 0

    def __iter__(self) -> Iterator[Lifted]:
        """Batches without end."""
        step = self.start
        while True:
            rng = np.random.default_rng([self.recipe.seed, 1, step])
            yield _tensors(self.looker(rng.choice(self.rows, self.recipe.batch), rng))
            step += 1


def _tensors(lifted: Lifted) -> Lifted:
    return Lifted(*(torch.from_numpy(np.asarray(part, np.float32)) for part in lifted))  # type: ignore[arg-type]


class LiftingLearner(TimedLearner):
    """Losses of angles, pelvis, factors and spread as the direct network has them (`losses.OWN`).

    Where joints and markers would be is left out: it takes longer than all the rest and is not what is told.
    """

    columns: Tensor

    def __init__(self, recipe: LiftingRecipe, net: LiftingNet, vector: Vector) -> None:
        super().__init__(net, steps=recipe.steps, minutes=recipe.minutes, average_decay=recipe.average_decay)
        self.recipe, self.vector = recipe, vector
        self.register_buffer("columns", torch.from_numpy(vector.head.columns), persistent=False)

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Loss of one batch."""
        values, coordinates, scale, rotation = batch
        told = read(self.vector, self.net(values))
        off = (told.coordinates - coordinates)[:, self.columns].abs()
        turn = geodesic_angle(told.view_rotation, rotation)
        spread = laplace(torch.cat([off, turn[:, None]], dim=1), told.log_sd).mean()
        total = OWN.angle * off.mean() + OWN.rotation * turn.mean() + OWN.spread * spread
        total = total + OWN.body * (told.scale - scale).abs().mean()
        self.last_loss = total.detach()
        if not torch.isfinite(total):
            raise DivergenceError(
                f"the training diverged: the loss is {total.item()} at step {self.global_step}; lower "
                f"the learning rate (it is {self.recipe.learning_rate:g})"
            )
        return total

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW."""
        groups = decayed_apart(self.net, self.recipe.weight_decay)
        return torch.optim.AdamW(groups, lr=self.recipe.learning_rate)

    def configure_gradient_clipping(self, *_: object, **__: object) -> None:
        """One odd batch must not throw away what was learnt."""
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), _LONGEST_GRADIENT)

    def rate(self) -> float:
        """Learning rate of the coming step."""
        return warm_cosine(self.progress(), self.global_step, self.recipe.learning_rate, warm_up=100)


def train_lifting(
    recipe: LiftingRecipe,
    out: str | Path,
    *,
    people_folder: str | Path | None = None,
    threads: int = 1,
    tell: Callable[[float, float], None] = lambda done, loss: None,
) -> LiftingNetwork:
    """Train in the folder `out`, or go on there, or give back what a finished run there has learnt.

    The people are kept in people_folder (None: beside the network), so that a second run is spared making
    them. tell is called with the share that is done and the mean loss of late.

    Raises:
        RunFolderError: the folder holds a run of another recipe.
        DivergenceError: the loss is no number any more. OutputError: the disk is full.
    """
    out = Path(out)
    open_run(out, asdict(recipe), ())
    if (out / NETWORK_FILE).is_file():
        return load_lifting(out / NETWORK_FILE)
    landmarks, vector = skeleton(recipe.landmarks), Vector(Head(own_body()), ())
    folder = people_folder or out
    clips = lend(make_clips(folder, recipe.people, recipe.seed), recipe.lent, recipe.seed, folder)
    looker = Looker(clips, landmarks)
    kept = recipe.people - max(1, round(_TESTED_SHARE * recipe.people))
    tested = clips.clip % recipe.people >= kept
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    learner = LiftingLearner(recipe, LiftingNet(len(landmarks), vector, recipe.width), vector)
    _fit(learner, _Batches(recipe, looker, np.flatnonzero(~tested)), out, tell)
    arrays = {name: value.float().numpy() for name, value in learner.averaged().state_dict().items()}
    network = LiftingNetwork(landmarks, arrays, ModelCard("lifting", "CC0-1.0", "", True))
    rows = np.flatnonzero(tested & (clips.clip < recipe.people))
    calibration, figures = judged(network, looker, rows, recipe.seed)
    card = ModelCard(
        name=f"lifting {landmarks.name}",
        licence="CC0-1.0",
        data=f"projections of {clips.n} frames of {len(clips.scale)} virtual people in {recipe.people} clips",
        synthetic=True,
        figures=figures | {"steps": float(learner.global_step)},
        limits=(
            "has seen no picture and no real person",
            "turns of the legs and arms about their own length can hardly be told from such landmarks",
        ),
        recipe=f"{recipe}",
    )
    save_lifting(out / NETWORK_FILE, LiftingNetwork(landmarks, arrays, card, calibration))
    (out / STATE_FILE).unlink(missing_ok=True)
    return load_lifting(out / NETWORK_FILE)  # as it is used: rounded to half precision


def _fit(learner: LiftingLearner, batches: _Batches, out: Path, tell: Callable[[float, float], None]) -> None:
    state = out / STATE_FILE
    diary = LossDiary(
        learner, out / LOG_FILE, state, _SAVE_S, every=_TELL, tell=lambda loss: tell(learner.progress(), loss)
    )
    resumed: dict[str, Any] = {"ckpt_path": str(state)} if state.is_file() else {}
    batches.start = int(torch.load(state, weights_only=True)["global_step"]) if resumed else 0
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="cpu", devices=1, max_epochs=-1, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, default_root_dir=out,
            callbacks=[diary],
        )  # fmt: skip
        trainer.fit(learner, DataLoader(batches, None), weights_only=True, **resumed)
