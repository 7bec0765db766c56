"""One training run of a joint's network as Lightning runs it: its batches, its loss, its learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch.utils.data import IterableDataset

from kinelab.geometry.torch_rotations import from_6d
from kinelab.inertial.networks.modules import JointNet, joint_net
from kinelab.inertial.networks.recipe import ORIENTATIONS, RATE_HZ, Recipe
from kinelab.inertial.networks.variation import channels_of, drawn_tempo, otherwise_moved, varied
from kinelab.inertial.networks.windows import Scale, TrainingSet
from kinelab.learning.lightning_run import DivergenceError, TimedLearner

_WHO_TURN = 1 / 3
Batch = tuple[torch.Tensor, torch.Tensor]


class WindowBatches(IterableDataset[Batch]):
    """Batches from step `start` on, each the same for the same seed and step: readings and values, varied."""

    def __init__(self, recipe: Recipe, data: TrainingSet, start: int = 0) -> None:
        self.recipe = recipe
        self.data = data
        self.start = start

    def __iter__(self) -> Iterator[Batch]:
        """Until the recipe's last step."""
        for step in range(self.start, self.recipe.steps):
            yield self.batch(step)

    def batch(self, step: int) -> Batch:
        """Channels (B, 16, L), not yet scaled, and values (B, V, frames) of one step."""
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, 1, step])
        drawn = torch.Generator().manual_seed(int(rng.integers(2**62)))
        frames = self.frames(step)
        tempo = drawn_tempo(recipe.batch, recipe.tempo_share, rng) if recipe.tempo_share else None
        found = self.data.draw(recipe.batch, frames, recipe.context, rng, tempo)
        readings, values = (torch.from_numpy(part) for part in found)
        if tempo is not None or recipe.turn_dps:
            turning = math.radians(recipe.turn_dps) * torch.randn(recipe.batch, generator=drawn)
            turning = turning * (torch.rand(recipe.batch, generator=drawn) < _WHO_TURN)
            played = torch.ones(recipe.batch) if tempo is None else torch.from_numpy(tempo).float()
            # the second row of a rotation to ground: its Y in the segment's axes
            upwards = from_6d(values[..., ORIENTATIONS].reshape(*values.shape[:-1], 2, 6))[..., 1, :]
            readings = otherwise_moved(readings, upwards, played, turning)
        wanted = values[:, recipe.context[0] : recipe.context[0] + frames, recipe.told]
        return channels_of(varied(readings, recipe, drawn)), wanted.transpose(1, 2)

    def frames(self, step: int) -> int:
        """Length of the windows of a step: that of its stage, a whole number of strides."""
        stage = 0 if step < self.recipe.iterations[0] else 1
        steps = round(self.recipe.windows_s[stage] * RATE_HZ / self.recipe.stride)
        return max(steps, 1) * self.recipe.stride


class JointLearner(TimedLearner):
    """Mean squared error of scaled values (angles and orientations count alike), Adam, exponential decay."""

    net: JointNet
    input_mean: torch.Tensor
    input_sd: torch.Tensor
    output_mean: torch.Tensor
    output_sd: torch.Tensor

    def __init__(self, recipe: Recipe, scale: Scale) -> None:
        super().__init__(
            joint_net(recipe), steps=recipe.steps, minutes=None, average_decay=recipe.average_decay
        )
        self.recipe = recipe
        for name in ("input_mean", "input_sd", "output_mean", "output_sd"):
            self.register_buffer(name, torch.tensor(getattr(scale, name))[:, None])

    def scale(self) -> Scale:
        """The scale that the run was begun with (a run that goes on brings its own)."""
        names = ("input_mean", "input_sd", "output_mean", "output_sd")
        return Scale(*(getattr(self, name)[:, 0].numpy().copy() for name in names))

    def training_step(self, batch: Batch, _: int) -> torch.Tensor:
        """Loss of one batch."""
        channels, values = batch
        # what dropout draws follows from the step, so that a run that went on equals one in one go
        torch.manual_seed(
            int(np.random.SeedSequence([self.recipe.seed, 2, self.global_step]).generate_state(1)[0])
        )
        told = self.net((channels - self.input_mean) / self.input_sd).float()
        squared = (told - (values - self.output_mean) / self.output_sd).square().mean(dim=(0, 2))
        parts = squared.split([3, 12]) if self.recipe.outputs == "both" else (squared,)
        loss = torch.stack([part.mean() for part in parts]).mean()
        self.last_loss = loss.detach()
        if not torch.isfinite(loss):
            raise DivergenceError(
                f"the training diverged at step {self.global_step}; the last whole state stays. Lower the "
                f"learning rate (it is {self.recipe.learning_rate:g})"
            )
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam, as published."""
        return torch.optim.Adam(self.net.parameters(), lr=self.recipe.learning_rate)

    def rate(self) -> float:
        """Exponential decay with each iteration."""
        return self.recipe.learning_rate * self.recipe.decay**self.global_step

    def averaged(self) -> JointNet:
        """The network whose weights are kept, in evaluation mode."""
        net = super().averaged()
        assert isinstance(net, JointNet)
        return net
