"""A head of convolutions that brings a backbone's maps together at the finest of them."""

from __future__ import annotations

from typing import Literal

import torch
from torch import nn
from torch.nn.functional import interpolate, relu


class Pyramid(nn.Module):
    """From coarse to fine, adding the backbone's maps (Lin et al. 2017, doi:10.1109/CVPR.2017.106).

    Each map is brought to the same size cell by cell, and the convolutions begin as He et al. (2015,
    arXiv:1502.01852) draw them, so that every level has its say from the first step: with torch's own start
    the coarse levels, which know what is left and what is right, were a tenth of the sum and learnt late.
    doublings: how often the finest map is doubled at the end, for transformers, whose maps are all coarse
    (Xu et al. 2022, arXiv:2204.12484, do so for ViT).
    """

    def __init__(self, channels: tuple[int, ...], width: int, outputs: int, doublings: int = 0) -> None:
        super().__init__()
        self.norm = nn.ModuleList(nn.LayerNorm(c) for c in channels)
        self.lateral = nn.ModuleList(_begun(nn.Conv2d(c, width, 1), "linear") for c in channels)
        self.smooth = nn.ModuleList(_begun(nn.Conv2d(width, width, 3, padding=1), "relu") for _ in channels)
        self.finer = nn.ModuleList(
            _begun(nn.Conv2d(width, width, 3, padding=1), "relu") for _ in range(doublings)
        )
        self.last = nn.Conv2d(width, outputs, 1)
        nn.init.normal_(self.last.weight, std=1e-2)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    @property
    def last_bias(self) -> torch.Tensor:
        """Bias of the output channels."""
        assert self.last.bias is not None
        return self.last.bias

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        """Output at the stride of the first map, or finer by the doublings."""
        value = relu(self.smooth[-1](self._level(maps, -1)))
        for i in range(len(maps) - 2, -1, -1):
            if maps[i].shape[-1] != value.shape[-1]:
                value = interpolate(value, scale_factor=2.0, mode="nearest")
            value = relu(self.smooth[i](value + self._level(maps, i)))
        for finer in self.finer:
            value = relu(finer(interpolate(value, scale_factor=2.0, mode="nearest")))
        out: torch.Tensor = self.last(value)
        return out

    def _level(self, maps: list[torch.Tensor], i: int) -> torch.Tensor:
        cells: torch.Tensor = self.norm[i](maps[i].permute(0, 2, 3, 1))
        level: torch.Tensor = self.lateral[i](cells.permute(0, 3, 1, 2))
        return level


def _begun(convolution: nn.Conv2d, follows: Literal["linear", "relu"]) -> nn.Conv2d:
    """A convolution whose output is as large as its input once it has gone through what follows."""
    nn.init.kaiming_normal_(convolution.weight, nonlinearity=follows)
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    return convolution
