"""The keypoint network: a small encoder-decoder, and the torch module that any `PlainNet` becomes.

An image goes down to a sixteenth of its size in residual blocks (He et al. 2016, doi:10.1109/CVPR.2016.90)
and comes back up to a quarter, adding the encoder's map of the same size on each step, as in the stacked
hourglass (Newell et al. 2016, doi:10.1007/978-3-319-46484-8_29). One map a landmark leaves it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn.functional import interpolate, relu

from kinelab.learning.plain_net import INPUT, Add, Conv, Layer, PlainNet, Upsample


def keypoint_net(landmarks: int, widths: tuple[int, int, int] = (32, 64, 128), blocks: int = 3) -> PlainNet:
    """The network from an image (B, 3, H, W) to heatmaps (B, landmarks, H/4, W/4).

    `widths` are the channels at 1/4, 1/8 and 1/16 of the image's size; `blocks` residual blocks stand on
    each of the two coarser levels. H and W must be multiples of 16.
    """
    fine, middle, coarse = widths
    return PlainNet(
        3,
        (
            Conv("stem", INPUT, 24, stride=2),
            Conv("fine", "stem", fine, stride=2),
            *_residual("fine_0", "fine", fine),
            Conv("middle", "fine_0", middle, stride=2),
            *_chain("middle", middle, blocks),
            Conv("coarse", f"middle_{blocks - 1}", coarse, stride=2),
            *_chain("coarse", coarse, blocks),
            *_up("middle_up", f"coarse_{blocks - 1}", f"middle_{blocks - 1}", middle),
            *_up("fine_up", "middle_up", "fine_0", fine),
            Conv("heatmaps", "fine_up", landmarks, kernel=1, relu=False, norm=False),
        ),
    )


def _chain(name: str, channels: int, blocks: int) -> list[Layer]:
    layers: list[Layer] = []
    for i in range(blocks):
        layers += _residual(f"{name}_{i}", name if i == 0 else f"{name}_{i - 1}", channels)
    return layers


def _residual(name: str, source: str, channels: int) -> list[Layer]:
    return [
        Conv(f"{name}_a", source, channels),
        Conv(f"{name}_b", f"{name}_a", channels, relu=False),
        Add(name, source, f"{name}_b"),
    ]


def _up(name: str, source: str, skip: str, channels: int) -> list[Layer]:
    return [
        Conv(f"{name}_thin", source, channels, kernel=1, relu=False),
        Upsample(f"{name}_wide", f"{name}_thin"),
        Add(f"{name}_sum", f"{name}_wide", skip),
        Conv(name, f"{name}_sum", channels),
    ]


class TorchNet(nn.Module):
    """A `PlainNet` that can be trained: each convolution has its batch norm."""

    def __init__(self, net: PlainNet) -> None:
        super().__init__()
        self.net = net
        self.convs = nn.ModuleDict()
        self.norms = nn.ModuleDict()
        channels = net.channels()
        for layer in net.layers:
            if isinstance(layer, Conv):
                self.convs[layer.name] = nn.Conv2d(
                    channels[layer.source],
                    layer.channels,
                    layer.kernel,
                    layer.stride,
                    padding=layer.kernel // 2,
                    bias=not layer.norm,
                )
                if layer.norm:
                    self.norms[layer.name] = nn.BatchNorm2d(layer.channels)
        self._start()

    def _start(self) -> None:
        """He initialisation; residual branches start at zero, the output near zero."""
        for conv in self.convs.values():
            assert isinstance(conv, nn.Conv2d)
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            if conv.bias is not None:
                nn.init.normal_(conv.weight, std=1e-3)
                nn.init.zeros_(conv.bias)
        for name, norm in self.norms.items():
            if name.endswith("_b") and isinstance(norm, nn.BatchNorm2d):
                nn.init.zeros_(norm.weight)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Output of the last layer for an input (B, C, H, W)."""
        values = {INPUT: image}
        for layer in self.net.layers:
            values[layer.name] = self._run(layer, values)
        return values[self.net.layers[-1].name]

    def _run(self, layer: Layer, values: dict[str, torch.Tensor]) -> torch.Tensor:
        if isinstance(layer, Upsample):
            return interpolate(values[layer.source], scale_factor=2.0, mode="nearest")
        if isinstance(layer, Add):
            value = values[layer.first] + values[layer.second]
        else:
            value = self.convs[layer.name](values[layer.source])
            if layer.norm:
                value = self.norms[layer.name](value)
        return relu(value) if layer.relu else value


def folded_weights(module: TorchNet) -> dict[str, npt.NDArray[np.float32]]:
    """Weights with the batch norms folded in, by the names of `PlainNet.weight_shapes`.

    In use a batch norm is y = (x - mean) / sqrt(var + eps) * scale + shift, which is linear in x and so
    becomes part of the convolution before it (Jacob et al. 2018, doi:10.1109/CVPR.2018.00286, equation 14).
    """
    folded: dict[str, npt.NDArray[np.float32]] = {}
    for name, conv in module.convs.items():
        assert isinstance(conv, nn.Conv2d)
        weight = conv.weight.detach().double()
        bias = torch.zeros(weight.shape[0]).double() if conv.bias is None else conv.bias.detach().double()
        if name in module.norms:
            norm = module.norms[name]
            assert isinstance(norm, nn.BatchNorm2d)
            assert norm.running_mean is not None
            assert norm.running_var is not None
            scale = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
            weight = weight * scale[:, None, None, None]
            bias = (bias - norm.running_mean.double()) * scale + norm.bias.detach().double()
        folded[f"{name}.weight"] = weight.float().contiguous().numpy()
        folded[f"{name}.bias"] = bias.float().numpy()
    return folded
