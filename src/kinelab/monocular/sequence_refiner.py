"""A sequence network between vectors: what was told of each frame in, the same told better out."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from kinelab.core.checks import Array
from kinelab.monocular.sequence_data import Floats
from kinelab.monocular.sequence_modules import sequence_net
from kinelab.monocular.sequence_recipe import SequenceRecipe
from kinelab.monocular.vector import Vector

_STILLEST = 1e-3


class Clipwise(nn.Module):
    """From clips (B, T, ...) to refined vectors (B, T, numbers)."""

    def settle(self, progress: float) -> None:
        """What changes while it learns; progress 0 to 1."""


class Refiner(Clipwise):
    """Vectors (B, T, numbers) of `Vector` -> the same, refined: pose and sd of angles and rotation.

    The network sees standardised numbers and tells what to add, so that untrained it changes nothing;
    landmarks stay as they were told.
    """

    mean: Tensor
    sd: Tensor

    def __init__(
        self, recipe: SequenceRecipe, vector: Vector, mean: Array | Floats, sd: Array | Floats
    ) -> None:
        """mean, sd (numbers,): of the vectors that are learnt from."""
        super().__init__()
        self.pose, self.spots = vector.pose.stop, vector.spots.stop
        self.doubts = vector.rotation_sd.stop - self.spots
        self.net = sequence_net(recipe, vector.numbers, self.pose, self.doubts)
        self.register_buffer("mean", torch.tensor(np.asarray(mean, np.float32)))
        self.register_buffer("sd", torch.tensor(np.asarray(sd, np.float32)).clamp(min=_STILLEST))

    def settle(self, progress: float) -> None:
        """See `SequenceNet.settle`."""
        self.net.settle(progress)

    def forward(self, vectors: Tensor) -> Tensor:
        """See the class."""
        told = self.net((vectors - self.mean) / self.sd)
        more, doubts = told[..., : self.pose], told[..., self.pose :]
        end = self.spots + self.doubts
        return torch.cat(
            [
                vectors[..., : self.pose] + more * self.sd[: self.pose],
                vectors[..., self.pose : self.spots],
                vectors[..., self.spots : end] + doubts,
                vectors[..., end:],
            ],
            dim=-1,
        )
