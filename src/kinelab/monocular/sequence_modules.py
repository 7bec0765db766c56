"""Networks that look at all frames of a clip: LSTM, temporal convolutions, lifting Transformer.

One interface: numbers of each frame (B, T, inputs) to numbers of each frame (B, T, outputs), both of mean 0
and sd 1. All tell every frame at once, where Pavllo et al. and Li et al. tell the middle one of each window:
the same layers with strides of one, so that a clip costs one pass and not one for each frame.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from kinelab.monocular.sequence_recipe import SequenceRecipe

_FIRST_MOMENTUM, _LAST_MOMENTUM = 0.1, 0.001
_KERNEL = 3


class SequenceNet(nn.Module):
    """(B, T, inputs) -> (B, T, outputs + doubts). Each kind says what it makes of a clip in `features`.

    doubts: numbers that tell how unsure the outputs are; what they learn does not change the features.
    """

    def __init__(self, features: int, outputs: int, doubts: int) -> None:
        super().__init__()
        self.last = _quiet(nn.Linear(features, outputs))
        self.doubts = _quiet(nn.Linear(features, doubts)) if doubts else None

    def forward(self, values: Tensor) -> Tensor:
        """See the class."""
        features = self.features(values)
        told: Tensor = self.last(features)
        return told if self.doubts is None else torch.cat([told, self.doubts(features.detach())], dim=-1)

    def features(self, values: Tensor) -> Tensor:
        """(B, T, inputs) -> (B, T, features)."""
        raise NotImplementedError

    def settle(self, progress: float) -> None:
        """What changes while it learns, if anything."""


class Lstm(SequenceNet):
    """Bidirectional LSTM (Hochreiter and Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735)."""

    def __init__(self, inputs: int, outputs: int, recipe: SequenceRecipe, doubts: int = 0) -> None:
        super().__init__(2 * recipe.width, outputs, doubts)
        self.lstm = nn.LSTM(
            inputs, recipe.width, recipe.layers, batch_first=True, bidirectional=True,
            dropout=recipe.dropout if recipe.layers > 1 else 0.0,
        )  # fmt: skip

    def features(self, values: Tensor) -> Tensor:
        """States of both directions."""
        states: Tensor = self.lstm(values)[0]
        return states


class Tcn(SequenceNet):
    """Dilated convolutions with residuals (Pavllo et al. 2019, arXiv:1811.11742).

    Before the first and after the last frame there is the same frame again, as there.
    """

    def __init__(self, inputs: int, outputs: int, recipe: SequenceRecipe, doubts: int = 0) -> None:
        width = recipe.width
        super().__init__(width, outputs, doubts)
        self.first = nn.Conv1d(inputs, width, _KERNEL, bias=False)
        self.wide = nn.ModuleList(
            nn.Conv1d(width, width, _KERNEL, dilation=_KERNEL**i, bias=False) for i in range(1, recipe.layers)
        )
        self.single = nn.ModuleList(nn.Conv1d(width, width, 1, bias=False) for _ in self.wide)
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(1 + 2 * len(self.wide)))
        self.dropout = nn.Dropout(recipe.dropout)

    def features(self, values: Tensor) -> Tensor:
        """Channels of the last block."""
        x = self._seen(self.first, self.norms[0], values.transpose(1, 2))
        for i, (wide, single) in enumerate(zip(self.wide, self.single, strict=True)):
            x = x + self._seen(single, self.norms[2 * i + 2], self._seen(wide, self.norms[2 * i + 1], x))
        return x.transpose(1, 2)

    def _seen(self, convolution: nn.Module, norm: nn.Module, x: Tensor) -> Tensor:
        assert isinstance(convolution, nn.Conv1d)
        side = convolution.dilation[0] * (convolution.kernel_size[0] - 1) // 2
        wide = pad(x, (side, side), mode="replicate") if side else x
        told: Tensor = self.dropout(torch.relu(norm(convolution(wide))))
        return told

    def settle(self, progress: float) -> None:
        """The norms' momentum falls exponentially from 0.1 to 0.001."""
        momentum = _FIRST_MOMENTUM * (_LAST_MOMENTUM / _FIRST_MOMENTUM) ** progress
        for norm in self.norms:
            assert isinstance(norm, nn.BatchNorm1d)
            norm.momentum = momentum


class LiftingTransformer(SequenceNet):
    """Attention over the clip's frames, and convolutions over three frames in place of the usual perceptron.

    After Li et al. 2022 (arXiv:2103.14304): channels, heads, convolutions and places learnt for each frame
    are theirs; their strides, which leave the middle frame only, are one here.
    """

    def __init__(self, inputs: int, outputs: int, recipe: SequenceRecipe, doubts: int = 0) -> None:
        super().__init__(recipe.width, outputs, doubts)
        self.frames = recipe.frames
        self.first = nn.Linear(inputs, recipe.width)
        self.places = nn.Parameter(torch.zeros(1, recipe.frames, recipe.width))
        self.layers = nn.ModuleList(_Layer(recipe) for _ in range(recipe.layers))
        self.norm = nn.LayerNorm(recipe.width)

    def features(self, values: Tensor) -> Tensor:
        """Channels after the last layer; T is at most the recipe's frames."""
        x = self.first(values) + self.places[:, : values.shape[1]]
        for layer in self.layers:
            x = layer(x)
        normal: Tensor = self.norm(x)
        return normal


class _Layer(nn.Module):
    """Self-attention, then convolutions, each beside a way straight through."""

    def __init__(self, recipe: SequenceRecipe) -> None:
        super().__init__()
        self.heads = recipe.heads
        self.before = nn.LayerNorm(recipe.width)
        self.three = nn.Linear(recipe.width, 3 * recipe.width)
        self.together = nn.Linear(recipe.width, recipe.width)
        self.between = nn.LayerNorm(recipe.width)
        self.out = nn.Conv1d(recipe.width, recipe.wide, 1)
        self.back = nn.Conv1d(recipe.wide, recipe.width, _KERNEL, padding=1)
        self.dropout = nn.Dropout(recipe.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, width) -> the same."""
        frames, width = x.shape[1:]
        parts = self.three(self.before(x)).reshape(-1, frames, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        seen = scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(-1, frames, width)
        x = x + self.dropout(self.together(seen))
        inner = self.dropout(torch.relu(self.out(self.between(x).transpose(1, 2))))
        told: Tensor = x + self.dropout(self.back(inner).transpose(1, 2))
        return told


def sequence_net(recipe: SequenceRecipe, inputs: int, outputs: int, doubts: int = 0) -> SequenceNet:
    """An untrained network of this recipe, which begins by telling next to nothing."""
    kinds: dict[str, Any] = {"lstm": Lstm, "tcn": Tcn, "transformer": LiftingTransformer}
    net: SequenceNet = kinds[recipe.kind](inputs, outputs, recipe, doubts)
    return net


def _quiet(layer: nn.Linear) -> nn.Linear:
    nn.init.normal_(layer.weight, std=1e-3)
    nn.init.zeros_(layer.bias)
    return layer
