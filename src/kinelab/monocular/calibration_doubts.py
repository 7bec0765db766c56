"""The second, short stage of a direct network's training: it learns what it does not know.

What the network says stays as it is; only the layer that tells the standard deviations learns, on people it
was taught on, a share of whose pictures is spoilt. A network that saw good pictures only is sure of a black
one. Spoiling pictures on purpose for this is outlier exposure (Hendrycks et al. 2019, arXiv:1812.04606); here
the network is not told to doubt them, but by how much it is wrong on them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from kinelab.body.layer import SkeletalLayer
from kinelab.learning.lightning_run import DivergenceError
from kinelab.learning.steps import hash_of
from kinelab.monocular.batches import DrawnBatches, ExampleBatches
from kinelab.monocular.calibration_spoiling import spoilt_pictures
from kinelab.monocular.losses import losses
from kinelab.monocular.network import DirectNet
from kinelab.monocular.recipe import DirectRecipe

SPOILT_SHARE = 0.25
_RATE = 3e-3
_SALT = 77  # other looks than those of the first stage


def learn_doubts(
    net: DirectNet,
    recipe: DirectRecipe,
    batches: ExampleBatches | DrawnBatches,
    steps: int,
    *,
    tell: Callable[[int, float], None] = lambda step, loss: None,
) -> DirectNet:
    """The network with its layer of standard deviations taught anew, in place and in evaluation mode.

    batches: of the first stage, or alike. tell: step and loss after each step.

    Raises:
        DivergenceError: the loss is no number any more.
    """
    net.eval().requires_grad_(False)
    layer: nn.Module = net.pose.spread.requires_grad_(True)
    skeleton = SkeletalLayer(net.vector.head.model, dtype=torch.float32)
    columns = torch.from_numpy(net.vector.head.columns)
    optimizer = torch.optim.Adam(layer.parameters(), lr=_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, max(steps, 1))
    for step in range(steps):
        view = batches.at(step + _SALT * recipe.steps)
        generator = torch.Generator().manual_seed(hash_of(recipe.seed + 1, step))
        image, _ = spoilt_pictures(view.image, SPOILT_SHARE, generator)
        told = net.read(net(pixels_of(net, image)))
        loss = losses(told, view, skeleton, columns, recipe.loss).spread
        if not torch.isfinite(loss):
            raise DivergenceError(f"the doubts diverged: the loss is {loss.item()} at step {step}")
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        tell(step + 1, loss.item())
    return net.requires_grad_(True)


def pixels_of(net: DirectNet, image: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) 0 to 255 as the network takes them."""
    pixels = net.backbone.pixels
    mean, std = (255 * torch.tensor(v)[:, None, None] for v in (pixels.mean, pixels.std))
    return ((image - mean) / std).contiguous(memory_format=torch.channels_last)
