"""One training run of the keypoint network as Lightning runs it: loss, schedule, moving average.

The loss is the mean squared error to Gaussian heatmaps (Tompson et al. 2014, arXiv:1406.2984; Xiao et al.
2018, doi:10.1007/978-3-030-01231-1_29), AdamW with a warm-up and a cosine to zero; what is kept is the moving
average of the weights.
"""

from __future__ import annotations

import torch

from kinelab.core.skeletons import Skeleton
from kinelab.detection.pose_input import PoseInput
from kinelab.keypoints.dataset import gaussian_heatmaps
from kinelab.keypoints.held_out import LEG
from kinelab.keypoints.network import TorchNet, keypoint_net
from kinelab.keypoints.recipe import Recipe
from kinelab.learning.lightning_run import TimedLearner, decayed_apart, warm_cosine


class Learner(TimedLearner):
    """Loss, schedule and moving average of one run."""

    net: TorchNet
    mean: torch.Tensor
    std: torch.Tensor
    weight: torch.Tensor

    def __init__(self, recipe: Recipe, skeleton: Skeleton) -> None:
        net = TorchNet(keypoint_net(len(skeleton), recipe.widths, recipe.blocks)).to(
            memory_format=torch.channels_last
        )
        super().__init__(net, steps=recipe.steps, minutes=recipe.minutes, average_decay=recipe.average_decay)
        self.recipe = recipe
        self.skeleton = skeleton
        conventions = PoseInput()
        self.register_buffer("mean", torch.tensor(conventions.mean)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(conventions.std)[:, None, None], persistent=False)
        self.register_buffer("weight", landmark_weights(skeleton), persistent=False)

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
        groups = decayed_apart(self.net, self.recipe.weight_decay)
        return torch.optim.AdamW(groups, lr=self.recipe.learning_rate)

    def rate(self) -> float:
        """A warm-up, then half a cosine."""
        return warm_cosine(self.progress(), self.global_step, self.recipe.learning_rate)

    def averaged(self) -> TorchNet:
        """The network with averaged weights, in evaluation mode."""
        module = super().averaged()
        assert isinstance(module, TorchNet)
        return module


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
