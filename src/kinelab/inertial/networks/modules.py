"""The networks in torch, for training. (In use they run as ONNX graphs, without torch: `graphs`.)"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from kinelab.inertial.networks.recipe import INPUTS, Recipe


class JointNet(nn.Module):
    """From channels (B, 16, L), each of mean 0 and SD 1, to values (B, V, frames), likewise."""


class ConvNet(JointNet):
    """Layers of convolution, ReLU, batch norm and dropout in this order, as published, and a dense head.

    No layer pads: a window brings its own surroundings (`Recipe.context`), so that its frames are told as
    they are within a whole recording. frames = L less the context. With a stride, each step's head tells
    `stride` frames, side by side (as Shi et al. 2016, arXiv:1609.05158, do for pictures), which are blended.
    """

    blend: torch.Tensor

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.stride = recipe.stride
        blend = torch.tensor(recipe.blend) / sum(recipe.blend)
        self.register_buffer("blend", blend.expand(recipe.values, 1, -1).clone(), persistent=False)
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        before = INPUTS
        for i, kernel in enumerate(recipe.kernels):
            stride = recipe.stride if i == 0 else 1
            self.convolutions.append(nn.Conv1d(before, recipe.width, kernel, stride))
            self.norms.append(nn.BatchNorm1d(recipe.width))
            before = recipe.width
        self.dropout = nn.Dropout(recipe.dropout)
        self.dense = nn.Conv1d(before, recipe.dense, 1) if recipe.dense else None
        self.out = nn.Conv1d(recipe.dense or before, recipe.values * recipe.stride, 1)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """(B, 16, L) -> (B, V, frames)."""
        x = channels
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = self.dropout(norm(convolution(x).relu()))
        if self.dense is not None:
            x = self.dense(x).relu()
        out: torch.Tensor = self.out(x).unflatten(1, (-1, self.stride))
        frames = out.transpose(2, 3).flatten(2)
        if self.stride == 1:
            return frames
        blended = nn.functional.conv1d(frames, self.blend, groups=frames.shape[1])
        return blended[..., : frames.shape[-1] - self.stride]


class LstmNet(JointNet):
    """Recurrent layers and the same head; frames = L, from a state of zeros on."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.lstm = nn.LSTM(
            INPUTS,
            recipe.width,
            recipe.layers,
            batch_first=True,
            dropout=recipe.dropout if recipe.layers > 1 else 0.0,
            bidirectional=recipe.bidirectional,
        )
        before = recipe.width * (2 if recipe.bidirectional else 1)
        self.dense = nn.Linear(before, recipe.dense) if recipe.dense else None
        self.out = nn.Linear(recipe.dense or before, recipe.values)

    def forward(self, channels: torch.Tensor) -> torch.Tensor:
        """(B, 16, L) -> (B, V, L)."""
        x: torch.Tensor = self.lstm(channels.transpose(1, 2))[0]
        if self.dense is not None:
            x = self.dense(x).relu()
        out: torch.Tensor = self.out(x).transpose(1, 2)
        return out


def joint_net(recipe: Recipe) -> JointNet:
    """An untrained network of this recipe."""
    kinds: dict[str, Any] = {"conv1d": ConvNet, "lstm": LstmNet}
    net: JointNet = kinds[recipe.kind](recipe)
    return net
