"""How a direct network is trained: everything that decides its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from kinelab.core.checks import Problems
from kinelab.errors import InputError
from kinelab.learning.backbones import Pixels
from kinelab.monocular.losses import OWN, PAPER, LossWeights
from kinelab.monocular.network import Way
from kinelab.monocular.views import Look

Schedule = Literal["cosine", "paper"]
MAY_CHANGE = ("minutes", "threads", "bf16", "save_minutes")


@dataclass(frozen=True)
class DirectRecipe:
    """backbone: of timm; weights: its safetensors file, "" = random numbers. start: the
    weights (network.pt) of another run to begin with. pixels: what `weights` were made for; a run finds it
    out and keeps it, None = there were none. way: see `network`.

    frozen_stride: what comes before this stride stays as it is. points: teach the multi-step way's head too,
    on the same backbone (`metric_heatmaps`). minutes: train so long in place of `steps`.
    schedule "paper": decay in two steps over 28 and 2 of 30 epochs, from the learning rate to a fifteenth,
    then from a 150th to a 500th of it.
    """

    name: str = "small"
    backbone: str = "mobilenetv2_100"
    weights: str = ""
    start: str = ""
    pixels: Pixels | None = None
    way: Way = "landmarks"
    width: int = 64
    points: bool = False
    from_stride: int = 8
    frozen_stride: int = 8
    look: Look = field(default_factory=Look)
    loss: LossWeights = OWN
    batch: int = 24
    steps: int = 8000
    minutes: float | None = None
    learning_rate: float = 6e-4
    backbone_share: float = 1.0
    weight_decay: float = 1e-3
    schedule: Schedule = "cosine"
    average_decay: float = 0.999
    bf16: bool = True
    threads: int = 1
    save_minutes: float = 5.0
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("recipe") as problems:
            problems.add_if(self.batch < 1, f"batch is {self.batch}, expected 1 or more")
            problems.add_if(self.steps < 1, f"steps is {self.steps}, expected 1 or more")
            problems.add_if(
                self.minutes is not None and not self.minutes > 0, f"minutes is {self.minutes}, expected > 0"
            )
            problems.add_if(
                not self.learning_rate > 0, f"learning_rate is {self.learning_rate:g}, expected > 0"
            )
            problems.add_if(
                self.look.size_px % 32 != 0, f"size_px is {self.look.size_px}, expected a multiple of 32"
            )

    def described(self) -> dict[str, Any]:
        """As plain values; of the weights only the file's name."""
        return {**asdict(self), "weights": Path(self.weights).name, "start": Path(self.start).name}


# One of two: for two cores, and as published (weights of ImageNet are the user's own file).
PRESETS: dict[str, DirectRecipe] = {
    "small": DirectRecipe(),
    "papers": DirectRecipe(
        name="papers",
        backbone="resnext50_32x4d",
        way="mean",
        from_stride=32,
        frozen_stride=0,
        look=Look(size_px=256),
        loss=PAPER,
        batch=64,
        steps=30_000,
        learning_rate=5e-4,
        backbone_share=1.0,
        schedule="paper",
    ),
}


def preset(name: str) -> DirectRecipe:
    """A recipe by its name; raises `InputError` that lists what exists."""
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    return PRESETS[name]


def quick(recipe: DirectRecipe) -> DirectRecipe:
    """The same path in seconds: few steps, small batches."""
    return replace(recipe, steps=6, batch=8, minutes=None, save_minutes=0.0)
