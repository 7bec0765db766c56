"""Training of the multi-step way's network: by the recipe, pictures and schedule of the direct one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kinelab.core.checks import Array, IntArray
from kinelab.learning.lightning_run import DivergenceError
from kinelab.learning.run_folder import open_run
from kinelab.monocular.batches import look_at, viewer
from kinelab.monocular.evaluation import Errors, told_names
from kinelab.monocular.examples import Examples
from kinelab.monocular.learner import DirectLearner
from kinelab.monocular.losses import Losses, apart_m
from kinelab.monocular.metric_heatmaps import MetricNet
from kinelab.monocular.multistep import point_body
from kinelab.monocular.network import DirectNet
from kinelab.monocular.recipe import MAY_CHANGE, DirectRecipe
from kinelab.monocular.training import (
    WEIGHTS_FILE,
    Progress,
    Source,
    new_backbone,
    run,
    with_pixels,
    with_weights,
)
from kinelab.monocular.views import Look, View, straight

_AT_ONCE = 64
Crops = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]


class MetricLearner(DirectLearner):
    """The direct network's learner with one loss: the mean distance of points from the root, along axes."""

    def training_step(self, batch: tuple[Tensor, ...], _: int) -> Tensor:
        """Loss of one batch of views."""
        view = View(*batch)
        loss = apart_m(self.tell(self.net, view.image), view)
        nothing = torch.zeros_like(loss.detach())
        self.last = Losses(**dict.fromkeys(Losses._fields, nothing))._replace(
            total=loss.detach(), marker=loss.detach()
        )
        self.last_loss = loss.detach()
        if not torch.isfinite(loss):
            raise DivergenceError(
                f"the training diverged: the loss is {loss.item()} at step {self.global_step}; lower the "
                f"learning rate (it is {self.recipe.learning_rate:g})"
            )
        return loss


def new_metric_network(recipe: DirectRecipe) -> MetricNet:
    """A network as the recipe says, before it has learnt, for all points of `multistep.point_body`.

    Raises:
        InputError: timm has no such backbone. ModelError: the weights are not there or not of it.
    """
    base = new_backbone(recipe)
    return MetricNet(base, len(point_body().markers), way=recipe.way, width=recipe.width)


def train_metric(
    recipe: DirectRecipe,
    source: Source,
    out: str | Path,
    *,
    workers: int = 0,
    tell: Callable[[Progress], None] = lambda _: None,
) -> MetricNet:
    """Train, or go on, or give back what a finished run has learnt; see `training.train`.

    The recipe's losses are not used.
    """
    out = Path(out)
    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    net = new_metric_network(recipe)
    recipe = with_pixels(recipe, net)
    open_run(out, {**recipe.described(), "told": "points in metric volumes"}, MAY_CHANGE)
    if not (out / WEIGHTS_FILE).is_file():
        run(MetricLearner(recipe, net), source, out, workers=workers, tell=tell, judge=point_errors)
    return trained_metric(out, recipe)


def trained_metric(run_folder: str | Path, recipe: DirectRecipe) -> MetricNet:
    """What a finished run has learnt, in evaluation mode.

    Raises:
        ModelError: the run is not finished, or of another recipe.
    """
    return with_weights(new_metric_network(recipe), run_folder, recipe.name)


def point_errors(
    net: DirectNet,
    tell: Callable[[DirectNet, Tensor], Tensor],
    examples: Examples,
    look: Look,
    rows: IntArray,
) -> Errors:
    """Mean distance of the points from the truth about the root, as `Errors`; the rest of it is NaN."""
    head = net.vector.head
    viewed = viewer(head.model, straight(look.size_px))
    generator = torch.Generator().manual_seed(0)
    apart = []
    with torch.inference_mode():
        for start in range(0, len(rows), _AT_ONCE):
            view = look_at(examples, rows[start : start + _AT_ONCE], viewed, generator)
            told = tell(net, view.image).reshape(len(view.image), -1, 3)
            apart.append((told - view.point_m).norm(dim=-1).mean(dim=1))
    names = told_names(head.model, head.columns)
    unknown = np.full((1, len(names)), np.nan)
    point_mm = 1000 * float(torch.cat(apart).mean())
    return Errors(names, unknown, unknown, unknown[:, 0], point_mm, float("nan"), float("nan"))


def points_m(net: MetricNet, recipe: DirectRecipe, images: Crops) -> Array:
    """Points (N, P, 3) m from the root in the frames of the views of square crops (N, H, H, 3) uint8 RGB."""
    learner = MetricLearner(recipe, net.eval())
    side, parts = recipe.look.size_px, []
    with torch.inference_mode():
        for start in range(0, len(images), _AT_ONCE):
            pixels = torch.from_numpy(images[start : start + _AT_ONCE]).permute(0, 3, 1, 2).float()
            if pixels.shape[-1] != side:
                pixels = torch.nn.functional.interpolate(
                    pixels, (side, side), mode="bilinear", antialias=True, align_corners=False
                )
            parts.append(learner.tell(net, pixels).reshape(len(pixels), -1, 3).double().numpy())
    return np.concatenate(parts)
