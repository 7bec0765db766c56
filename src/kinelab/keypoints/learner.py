"""One training run of the keypoint network as Lightning runs it: loss, schedule, moving average.

The loss is the mean squared error to Gaussian heatmaps (Tompson et al. 2014, arXiv:1406.2984; Xiao et al.
2018, doi:10.1007/978-3-030-01231-1_29), AdamW with a warm-up and a cosine to zero, and what is kept is the
moving average of the weights (Polyak and Juditsky 1992, doi:10.1137/0330046).
"""

from __future__ import annotations

import math
import time
from typing import Any

import lightning
import torch
from torch.optim.swa_utils import AveragedModel

from kinelab.core.skeletons import Skeleton
from kinelab.detection.pose_input import PoseInput
from kinelab.keypoints.dataset import gaussian_heatmaps
from kinelab.keypoints.held_out import LEG
from kinelab.keypoints.network import TorchNet, keypoint_net
from kinelab.keypoints.recipe import Recipe


class Learner(lightning.LightningModule):
    """Loss, schedule and moving average of one run."""

    mean: torch.Tensor
    std: torch.Tensor
    weight: torch.Tensor

    def __init__(self, recipe: Recipe, skeleton: Skeleton) -> None:
        super().__init__()
        self.recipe = recipe
        self.skeleton = skeleton
        self.net = TorchNet(keypoint_net(len(skeleton), recipe.widths, recipe.blocks)).to(
            memory_format=torch.channels_last
        )
        self.average = AveragedModel(self.net, avg_fn=self._moved, use_buffers=True)
        conventions = PoseInput()
        self.register_buffer("mean", torch.tensor(conventions.mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(conventions.std)[:, None, None], persistent=False)
        self.register_buffer("weight", landmark_weights(skeleton), persistent=False)
        self.elapsed_s = 0.0  # of earlier starts of this run too
        self._clock_s = 0.0

    def training_step(self, batch: tuple[torch.Tensor, ...], _: int) -> torch.Tensor:
        """Loss of one batch of `VirtualCrops`."""
        image, landmarks_px, visible = batch
        pixels = (image.permute(0, 3, 1, 2) - self.mean) / self.std
        heatmaps = self.net(pixels.contiguous(memory_format=torch.channels_last)).float()
        loss = heatmap_loss(heatmaps, landmarks_px, visible, self.weight)
        self.last_loss = loss.detach()
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; no decay of biases and batch norms."""
        flat = [p for p in self.net.parameters() if p.ndim == 1]
        deep = [p for p in self.net.parameters() if p.ndim > 1]
        groups = [
            {"params": deep, "weight_decay": self.recipe.weight_decay},
            {"params": flat, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.recipe.learning_rate)

    def progress(self) -> float:
        """How much of the run is done, 0 to 1: by time where the recipe has `minutes`, else by steps."""
        if self.recipe.minutes is None:
            return min(self.global_step / self.recipe.steps, 1.0)
        return min(self.elapsed_s / (60 * self.recipe.minutes), 1.0)

    def on_train_start(self) -> None:
        """Start the clock."""
        self._clock_s = time.monotonic()

    def on_train_batch_start(self, *_: object) -> None:
        """Count the time and set the learning rate for it."""
        now_s = time.monotonic()
        self.elapsed_s += now_s - self._clock_s
        self._clock_s = now_s
        rate = learning_rate(self.progress(), self.global_step, self.recipe.learning_rate)
        for group in self.optimizers().param_groups:  # type: ignore[union-attr]
            group["lr"] = rate

    def on_train_batch_end(self, *_: object) -> None:
        """Move the average, and stop when the run is done."""
        self.average.update_parameters(self.net)
        if self.progress() >= 1:
            self.trainer.should_stop = True

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The time used so far belongs to the state."""
        checkpoint["elapsed_s"] = self.elapsed_s

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """See `on_save_checkpoint`."""
        self.elapsed_s = float(checkpoint["elapsed_s"])

    def _moved(self, average: torch.Tensor, current: torch.Tensor, count: torch.Tensor | int) -> torch.Tensor:
        """One value of the moving average; young averages move faster, so that the start is forgotten."""
        share = max(1 - self.recipe.average_decay, 9 / (10 + int(count)))
        return average + (share * (current - average)).to(average.dtype)

    def averaged(self) -> TorchNet:
        """The network with averaged weights, in evaluation mode."""
        module = self.average.module
        assert isinstance(module, TorchNet)
        return module.eval()


def landmark_weights(skeleton: Skeleton) -> torch.Tensor:
    """Weight of each landmark in the loss, (K,): the legs, which gait is measured on, count double."""
    return torch.tensor([2.0 if name.endswith(LEG) else 1.0 for name in skeleton.landmarks])


def heatmap_loss(
    heatmaps: torch.Tensor, landmarks_px: torch.Tensor, visible: torch.Tensor, weight: torch.Tensor
) -> torch.Tensor:
    """Weighted squared error of heatmaps (B, K, h, w), summed over cells, mean over landmarks.

    A hidden landmark counts 0.7: its place is often a guess. One outside the crop counts 0.5, with an empty
    target, so that the network learns to say that it is not there. The error is not weighted by the
    target's height, so the best answer to an uncertain place stays the mean of the Gaussians, which the
    decoder's spread rests on.
    """
    target = gaussian_heatmaps(landmarks_px)
    inside = torch.isfinite(landmarks_px).all(dim=-1)
    share = torch.where(inside, torch.where(visible, 1.0, 0.7), 0.5) * weight
    error = ((heatmaps - target) ** 2).sum(dim=(2, 3))
    return (error * share).mean()


def learning_rate(progress: float, step: int, top: float) -> float:
    """Linear warm-up over 200 steps, then half a cosine down to 1 % of the top at the run's end."""
    cosine = 0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2
    return top * cosine * min((step + 1) / 200, 1.0)
