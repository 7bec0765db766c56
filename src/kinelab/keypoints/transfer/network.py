"""The network that is trained on labelled frames: a backbone that has seen many pictures, and a small head.

For every landmark the head gives a score map and two maps of offsets. A cell's score says whether the
landmark is near, its offset where from the cell's middle it lies: location refinement, as in DeeperCut
(Insafutdinov et al. 2016, doi:10.1007/978-3-319-46466-4_3) and DeepLabCut (Mathis et al. 2018,
doi:10.1038/s41593-018-0209-y). Cell i is the block of `stride` pixels whose middle is stride * i + (stride -
1) / 2, so that a mirrored picture has mirrored cells.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import nn
from torch.nn.functional import interpolate, relu

from kinelab.learning.backbones import Backbone

HeadKind = Literal["pyramid", "deconvolution"]
_START_SCORE = 0.01  # nearly every cell is far from every landmark


class KeypointNet(nn.Module):
    """From normalised images (B, 3, H, W) to (B, 3 K, H / stride, W / stride): K logits of scores, K x, K y.

    Offsets are in units of `offset_scale_px`; H and W must be multiples of the backbone's coarsest stride.
    """

    def __init__(self, backbone: Backbone, landmarks: int, *, head: HeadKind, width: int = 64) -> None:
        super().__init__()
        self.backbone = backbone
        self.landmarks = landmarks
        self.head: Pyramid | Deconvolution
        if head == "pyramid":
            doublings = max(0, round(math.log2(backbone.strides[0] / backbone.from_stride)))
            self.head = Pyramid(backbone.channels, width, 3 * landmarks, doublings)
            self.stride = backbone.strides[0] // 2**doublings
        else:
            self.head = Deconvolution(backbone.channels[-1], 3 * landmarks)
            self.stride = backbone.strides[-1] // 2
        with torch.no_grad():
            self.head.last_bias[:landmarks] = math.log(_START_SCORE / (1 - _START_SCORE))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """See the class."""
        maps: torch.Tensor = self.head(self.backbone(image))
        return maps


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


class Deconvolution(nn.Module):
    """One transposed 3 x 3 convolution to twice the size, as DeepLabCut's heads."""

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.last = nn.ConvTranspose2d(channels, outputs, 3, stride=2, padding=1, output_padding=1)
        nn.init.normal_(self.last.weight, std=1e-3)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    @property
    def last_bias(self) -> torch.Tensor:
        """Bias of the output channels."""
        assert self.last.bias is not None
        return self.last.bias

    def forward(self, maps: list[torch.Tensor]) -> torch.Tensor:
        """Output at half the stride of the last map."""
        out: torch.Tensor = self.last(maps[-1])
        return out


def _begun(convolution: nn.Conv2d, follows: Literal["linear", "relu"]) -> nn.Conv2d:
    """A convolution whose output is as large as its input once it has gone through what follows."""
    nn.init.kaiming_normal_(convolution.weight, nonlinearity=follows)
    nn.init.zeros_(convolution.bias)  # type: ignore[arg-type]
    return convolution
