"""One training run on labelled frames as Lightning runs it."""

from __future__ import annotations

import torch

from kinelab.keypoints.transfer.network import KeypointNet
from kinelab.keypoints.transfer.recipe import TransferRecipe
from kinelab.keypoints.transfer.targets import TargetShape, loss
from kinelab.keypoints.transfer.unlabelled import UnlabelledVideo
from kinelab.learning.lightning_run import DivergenceError, TimedLearner, decayed_apart, warm_cosine
from kinelab.learning.steps import hash_of

_PAPERS_STEPS = ((10_000, 0.25), (430_000, 1.0), (730_000, 0.1))  # DeepLabCut's multi_step over its 0.02
_PAPERS_LAST = 0.05
_MOMENTUM = 0.9


class TransferLearner(TimedLearner):
    """Loss, schedule and moving average of one run. `last_loss` is that of the labelled frames alone."""

    net: KeypointNet
    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self, recipe: TransferRecipe, net: KeypointNet, unlabelled: UnlabelledVideo | None = None
    ) -> None:
        super().__init__(
            net.to(memory_format=torch.channels_last),
            steps=recipe.steps,
            minutes=recipe.minutes,
            average_decay=recipe.average_decay,
        )
        self.recipe = recipe
        self.unlabelled = unlabelled
        self.shape = TargetShape(
            recipe.score, recipe.radius_px, recipe.offset_radius_px, recipe.offset_weight
        )
        pixels = net.backbone.pixels
        self.register_buffer("mean", 255 * torch.tensor(pixels.mean)[:, None, None], persistent=False)
        self.register_buffer("std", 255 * torch.tensor(pixels.std)[:, None, None], persistent=False)

    def training_step(self, batch: tuple[torch.Tensor, ...], _: int) -> torch.Tensor:
        """Loss of one batch of `Batches`."""
        image, landmarks_px, known, *window = batch
        # what the network itself draws (dropped paths) follows from the step, as the batch does
        torch.manual_seed(hash_of(self.recipe.seed, self.global_step))
        value = loss(self._maps(image), landmarks_px, known, self.net.stride, self.shape)
        self.last_loss = value.detach()
        if window:
            value = value + self._of_unlabelled(window[0])
        if not torch.isfinite(value):
            raise DivergenceError(
                f"the training diverged: the loss is {value.item()} at step {self.global_step}. The "
                "last whole state stays. Lower the learning rate (it is "
                f"{self.recipe.learning_rate:g}), or look whether the weights belong to this backbone"
            )
        return value

    def _maps(self, image: torch.Tensor) -> torch.Tensor:
        pixels = ((image - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        maps: torch.Tensor = self.net(pixels).float()
        return maps

    def _of_unlabelled(self, window: torch.Tensor) -> torch.Tensor | float:
        """What one window teaches, by the network as it is used: its norms do not learn from three frames."""
        chosen, video = self.recipe.unlabelled, self.unlabelled
        if chosen is None or video is None or self.progress() < chosen.begin:
            return 0.0
        self.net.eval()
        value = video.loss(self._maps(window.float()), self.net.stride)
        self.net.train()
        return chosen.weight * value

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW, or stochastic gradient descent with momentum; the backbone learns at its own share."""
        groups = []
        for part, share in ((self.net.backbone, self.recipe.backbone_share), (self.net.head, 1.0)):
            groups += [
                {**g, "share": share} for g in decayed_apart(part, self.recipe.weight_decay) if g["params"]
            ]
        if self.recipe.optimizer == "sgd":
            return torch.optim.SGD(groups, lr=self.recipe.learning_rate, momentum=_MOMENTUM)
        return torch.optim.AdamW(groups, lr=self.recipe.learning_rate)

    def rate(self) -> float:
        """Learning rate of the coming step: see `recipe.preset` for the papers' steps."""
        top, step = self.recipe.learning_rate, self.global_step
        if self.recipe.schedule == "papers":
            return top * next((share for until, share in _PAPERS_STEPS if step < until), _PAPERS_LAST)
        # a constant rate leaves every benchmark as good as a run that ended there; a cosine only the last one
        progress = self.progress() if self.recipe.schedule == "cosine" else 0.0
        return warm_cosine(progress, step, top, warm_up=max(20, min(200, self.steps // 20)))
