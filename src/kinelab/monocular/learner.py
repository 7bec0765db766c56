"""One training run of a direct network as Lightning runs it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from kinelab.body.layer import SkeletalLayer
from kinelab.learning.faster_convolutions import faster_convolutions
from kinelab.learning.lightning_run import DivergenceError, TimedLearner, decayed_apart, warm_cosine
from kinelab.learning.steps import hash_of
from kinelab.monocular.losses import Losses, losses
from kinelab.monocular.network import DirectNet
from kinelab.monocular.recipe import DirectRecipe
from kinelab.monocular.views import View

_FIRST_PART = 28 / 30  # of the paper's epochs
_FIRST_DECAY, _SECOND = 3.33e-5 / 5e-4, (3.33e-6 / 5e-4, 1e-6 / 5e-4)
_LONGEST_GRADIENT = 2.0
_SHOWN_UNTIL, _SHOWN_OFF = 0.6, 0.015  # share of the run; sides of the crop


class DirectLearner(TimedLearner):
    """Loss, schedule and moving average of one run; `last` holds every part of the last loss.

    show: at first the network is shown where the landmarks are; who can find them already need not be.
    """

    net: DirectNet
    mean: Tensor
    std: Tensor
    columns: Tensor
    last: Losses

    def __init__(self, recipe: DirectRecipe, net: DirectNet, *, show: bool = True) -> None:
        super().__init__(
            net.to(memory_format=torch.channels_last),
            steps=recipe.steps,
            minutes=recipe.minutes,
            average_decay=recipe.average_decay,
        )
        self.recipe, self.show = recipe, show
        faster_convolutions(net.backbone)  # not in the average, which is what is kept
        head = net.vector.head
        self.layer = SkeletalLayer(head.model, dtype=torch.float32)
        pixels = net.backbone.pixels
        self.register_buffer("mean", 255 * torch.tensor(pixels.mean)[:, None, None], persistent=False)
        self.register_buffer("std", 255 * torch.tensor(pixels.std)[:, None, None], persistent=False)
        self.register_buffer("columns", torch.from_numpy(head.columns), persistent=False)

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Loss of one batch of views."""
        view = View(*batch)
        torch.manual_seed(
            hash_of(self.recipe.seed, self.global_step)
        )  # whatever is drawn follows from the step
        told, log_share, points = self.net.to_learn(self.pixels(view.image), self._shown(view))
        found = losses(
            self.net.read(told.float()), view, self.layer, self.columns, self.recipe.loss, log_share, points
        )
        self.last = Losses(*(part.detach() for part in found))
        self.last_loss = self.last.total
        if not torch.isfinite(found.total):
            raise DivergenceError(
                f"the training diverged: the loss is {found.total.item()} at step {self.global_step}. The "
                f"last whole state stays. Lower the learning rate (it is {self.recipe.learning_rate:g})"
            )
        return found.total

    def _shown(self, view: View) -> tuple[Tensor, Tensor] | None:
        """Whom the network is shown the landmarks of, and where, a little off: fewer as it learns."""
        share = 1 - self.progress() / _SHOWN_UNTIL
        if not self.show or share <= 0 or not self.net.vector.landmarks:
            return None
        spot = (view.landmark_px + 0.5) / view.image.shape[-1]
        spot = (spot + _SHOWN_OFF * torch.randn_like(spot)).clamp(0, 1)
        return torch.rand(len(spot), device=spot.device) < share, spot

    def pixels(self, image: Tensor) -> Tensor:
        """Pictures (B, 3, H, W), 0 to 255, as the backbone wants them."""
        return ((image - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def tell(self, net: DirectNet, image: Tensor) -> Tensor:
        """A network's vectors (B, V) of pictures (B, 3, H, W), 0 to 255."""
        told: Tensor = net(self.pixels(image)).float()
        return told

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; the backbone learns at its own share of the rate."""
        groups: list[dict[str, Any]] = []
        heads = [self.net.pose] if self.net.points is None else [self.net.pose, self.net.points]
        for part, share in ((self.net.backbone, self.recipe.backbone_share), *((one, 1.0) for one in heads)):
            groups += [
                {**g, "share": share} for g in decayed_apart(part, self.recipe.weight_decay) if g["params"]
            ]
        return torch.optim.AdamW(groups, lr=self.recipe.learning_rate)

    def configure_gradient_clipping(self, optimizer: torch.optim.Optimizer, *_: Any, **__: Any) -> None:
        """A pose upside down must not throw away what was learnt."""
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), _LONGEST_GRADIENT)

    def rate(self) -> float:
        """Learning rate of the coming step."""
        top = self.recipe.learning_rate
        if self.recipe.schedule == "paper":
            return top * paper_share(self.progress())
        warm_up = max(5, min(100, self.steps // 20))
        return warm_cosine(self.progress(), self.global_step, top, warm_up=warm_up)

    def averaged(self) -> DirectNet:
        """The network whose weights are kept, in evaluation mode."""
        net = super().averaged()
        assert isinstance(net, DirectNet)
        return net


def paper_share(progress: float) -> float:
    """D3KE's schedule: exponential from 1 to 1/15 over 28 epochs, from 1/150 to 1/500 over two more."""
    if progress < _FIRST_PART:
        return math.exp(math.log(_FIRST_DECAY) * progress / _FIRST_PART)
    share = (progress - _FIRST_PART) / (1 - _FIRST_PART)
    return math.exp((1 - share) * math.log(_SECOND[0]) + share * math.log(_SECOND[1]))
