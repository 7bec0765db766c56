"""Convolutions of a backbone in ways that train fast on a CPU: the same numbers under the same names.

- A depthwise convolution with a stride: oneDNN has no fast gradient for it. Of a MobileNetV2's training on
  one thread, two such layers took a third of the time (192 of 895 ms for one of them; without a stride 5).
- A batch norm that keeps its statistics is a gain and a lift for each channel. As a pass of its own over the
  maps it takes as long as the convolution before it, which can do both on the way (64 to 37 ms forward).
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable

import torch
from timm.layers.padding import pad_same
from torch import Tensor, nn
from torch.nn.functional import conv2d

from kinelab.learning.backbones import Backbone


def faster_convolutions(backbone: Backbone) -> None:
    """Let its convolutions do what follows them, and those with a stride that learn go without.

    Outputs and gradients are the same numbers to rounding. Norms that learn their statistics stay.
    """
    for module in list(backbone.modules()):
        for one, after in itertools.pairwise([*module.children(), nn.Identity()]):
            if not isinstance(one, nn.Conv2d) or one.padding_mode != "zeros":
                continue
            kept = isinstance(after, nn.BatchNorm2d) and after.num_features == one.out_channels
            norm = after if backbone.pretrained and kept and one.bias is None else None
            dense = one.weight.requires_grad and one.groups == one.in_channels > 1 and max(one.stride) > 1
            if norm is None and not dense:
                continue
            one.forward = types.MethodType(_forward(norm, dense=dense), one)  # type: ignore[method-assign]
            if norm is not None:
                norm.forward = types.MethodType(_rest, norm)


def _forward(norm: nn.Module | None, *, dense: bool) -> Callable[[nn.Conv2d, Tensor], Tensor]:
    def forward(self: nn.Conv2d, x: Tensor) -> Tensor:
        weight, bias = self.weight, self.bias
        if isinstance(norm, nn.BatchNorm2d):
            assert norm.running_var is not None
            assert norm.running_mean is not None
            gain = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
            weight, bias = weight * gain[:, None, None, None], norm.bias - norm.running_mean * gain
        padding: str | tuple[int, ...] = self.padding
        if type(self).__name__ == "Conv2dSame":  # timm's: as TensorFlow pads, by the picture's size
            x = pad_same(x, list(self.kernel_size), list(self.stride), list(self.dilation))
            padding = (0, 0)
        if not dense:
            return conv2d(x, weight, bias, self.stride, padding, self.dilation, self.groups)
        every = conv2d(x, weight, bias, 1, padding, self.dilation, self.groups)
        return every[..., :: self.stride[0], :: self.stride[1]]

    return forward


def _rest(self: nn.BatchNorm2d, x: Tensor) -> Tensor:
    """What timm's norms do beside: nothing of torch's own."""
    for name in ("drop", "act"):
        x = getattr(self, name, nn.Identity())(x)
    return x
