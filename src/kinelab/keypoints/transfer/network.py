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

from kinelab.learning.backbones import Backbone
from kinelab.learning.pyramid import Pyramid

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
