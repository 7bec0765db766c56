"""Training a lifting network on projections of virtual people, which cost next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import LambdaCallback
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from kinelab.body.layer import SkeletalLayer
from kinelab.body.own_body import own_body
from kinelab.core.checks import IntArray, Problems
from kinelab.core.skeletons import COCO_17, skeleton
from kinelab.learning.lightning_run import (
    DivergenceError,
    TimedLearner,
    decayed_apart,
    quiet_lightning,
    warm_cosine,
)
from kinelab.learning.run_folder import open_run
from kinelab.learning.weights import ModelCard
from kinelab.monocular.evaluation import LOWER_BODY
from kinelab.monocular.head import Head
from kinelab.monocular.lifting import BLOCKS, LiftingNetwork, load_lifting, save_lifting
from kinelab.monocular.lifting_clips import Clips, make_clips
from kinelab.monocular.lifting_input import MOMENTS_S
from kinelab.monocular.lifting_views import Lifted, Looker
from kinelab.monocular.losses import OWN, losses
from kinelab.monocular.network import Bounds, read
from kinelab.monocular.vector import Vector
from kinelab.monocular.views import View

NETWORK_FILE = "network.safetensors"
_START_LOG_SD = -2.0
_TESTED_SHARE, _TESTED = 0.05, 4096
_LONGEST_GRADIENT = 2.0
_TELL = 100


@dataclass(frozen=True)
class LiftingRecipe:
    """Everything that decides the weights. people: one clip of each is made; a twentieth is tested on."""

    landmarks: str = COCO_17.name
    people: int = 600
    width: int = 256
    batch: int = 512
    steps: int = 6000
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    average_decay: float = 0.998
    seed: int = 0

    def __post_init__(self) -> None:
        skeleton(self.landmarks)
        with Problems("lifting recipe") as problems:
            problems.add_if(self.people < 2, f"people is {self.people}, expected 2 or more")
            for name in ("width", "batch", "steps"):
                value = getattr(self, name)
                problems.add_if(value < 1, f"{name} is {value}, expected 1 or more")


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
        self.recipe, self.looker, self.rows = recipe, looker, rows

    def __iter__(self) -> Iterator[Lifted]:
        """One batch for each step."""
        for step in range(self.recipe.steps + 1):
            rng = np.random.default_rng([self.recipe.seed, 1, step])
            yield _tensors(self.looker(rng.choice(self.rows, self.recipe.batch), rng))


def _tensors(lifted: Lifted) -> Lifted:
    return Lifted(*(torch.from_numpy(np.asarray(part, np.float32)) for part in lifted))  # type: ignore[arg-type]


class LiftingLearner(TimedLearner):
    """The losses of the direct network, without a picture."""

    columns: Tensor

    def __init__(self, recipe: LiftingRecipe, net: LiftingNet, vector: Vector) -> None:
        super().__init__(net, steps=recipe.steps, minutes=None, average_decay=recipe.average_decay)
        self.recipe, self.vector = recipe, vector
        self.layer = SkeletalLayer(vector.head.model, dtype=torch.float32)
        self.register_buffer("columns", torch.from_numpy(vector.head.columns), persistent=False)

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Loss of one batch."""
        values, coordinates, scale, rotation = batch
        nothing = values.new_zeros(len(values), 0, 3)
        truth = View(nothing, coordinates, scale, rotation, nothing[..., :2], nothing[..., 0] > 0, nothing)
        found = losses(read(self.vector, self.net(values)), truth, self.layer, self.columns, OWN)
        self.last_loss = found.total.detach()
        if not torch.isfinite(found.total):
            raise DivergenceError(
                f"the training diverged: the loss is {found.total.item()} at step {self.global_step}; lower "
                f"the learning rate (it is {self.recipe.learning_rate:g})"
            )
        return found.total

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
    tell: Callable[[int, float], None] = lambda step, loss: None,
) -> LiftingNetwork:
    """Train in the folder `out`, or give back what a finished run there has learnt.

    The people are kept in people_folder (None: beside the network), so that a second run is spared making
    them. A stopped run begins anew: it takes minutes. tell is called with step and loss.

    Raises:
        RunFolderError: the folder holds a run of another recipe.
        DivergenceError: the loss is no number any more. OutputError: the disk is full.
    """
    out = Path(out)
    open_run(out, asdict(recipe), ())
    if (out / NETWORK_FILE).is_file():
        return load_lifting(out / NETWORK_FILE)
    landmarks, vector = skeleton(recipe.landmarks), Vector(Head(own_body()), ())
    clips = make_clips(people_folder or out, recipe.people, recipe.seed)
    looker = Looker(clips, landmarks)
    tested = clips.clip >= recipe.people - max(1, round(_TESTED_SHARE * recipe.people))
    torch.set_num_threads(threads)
    torch.manual_seed(recipe.seed)
    learner = LiftingLearner(recipe, LiftingNet(len(landmarks), vector, recipe.width), vector)
    diary = LambdaCallback(
        on_train_batch_end=lambda *_: (
            tell(learner.global_step, float(learner.last_loss)) if learner.global_step % _TELL == 0 else None
        )
    )
    with quiet_lightning():
        trainer = lightning.Trainer(
            accelerator="cpu", devices=1, max_epochs=-1, logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False, default_root_dir=out,
            callbacks=[diary],
        )  # fmt: skip
        trainer.fit(learner, DataLoader(_Batches(recipe, looker, np.flatnonzero(~tested)), None))
    arrays = {name: value.float().numpy() for name, value in learner.averaged().state_dict().items()}
    network = LiftingNetwork(landmarks, arrays, ModelCard("lifting", "CC0-1.0", "", True))
    figures = errors_of(network, clips, np.flatnonzero(tested), recipe.seed)
    card = ModelCard(
        name=f"lifting {landmarks.name}",
        licence="CC0-1.0",
        data=f"projections of {clips.n} frames of {recipe.people} virtual people",
        synthetic=True,
        figures=figures,
        limits=(
            "has seen no picture and no real person",
            "turns of the legs and arms about their own length can hardly be told from such landmarks",
        ),
        recipe=f"{recipe}",
    )
    save_lifting(out / NETWORK_FILE, LiftingNetwork(landmarks, arrays, card))
    return load_lifting(out / NETWORK_FILE)  # as it is used: rounded to half precision


def errors_of(network: LiftingNetwork, clips: Clips, rows: IntArray, seed: int) -> dict[str, float]:
    """Mean absolute errors on frames of clips, with a detector's errors, deg: angles, legs, pelvis."""
    rng = np.random.default_rng([seed, 2])
    seen = Looker(clips, network.skeleton)(rng.choice(rows, _TESTED), rng)
    head = network.vector.head
    poses = network.vector.poses(network.vectors(seen.values), 1)
    off = np.degrees(np.abs(poses.coordinates - seen.coordinates)[:, head.columns])
    names = [head.model.coordinate_names[i] for i in head.columns]
    legs = [name.startswith(LOWER_BODY) for name in names]
    between = np.einsum("nji,nji->n", poses.view_rotation, seen.view_rotation)
    turn = np.degrees(np.arccos(np.clip((between - 1) / 2, -1, 1)))
    return {
        "angle_mae_deg": round(float(off.mean()), 2),
        "lower_mae_deg": round(float(off[:, legs].mean()), 2),
        "rotation_deg": round(float(turn.mean()), 2),
    }
