"""Depthwise convolutions with strides, in a way whose gradient is fast on a CPU.

oneDNN has no fast gradient for them: of a MobileNetV2's training on one thread, two such layers took a third
of the time (192 ms of 895 ms for one of them; without a stride it takes 5 ms).
"""

from __future__ import annotations

import types

from timm.layers.padding import pad_same
from torch import Tensor, nn
from torch.nn.functional import conv2d


def faster_depthwise(module: nn.Module) -> None:
    """Let every depthwise convolution with a stride that learns go without, and drop the outputs between.

    The outputs are the same numbers to rounding, with the same parameters under the same names.
    """
    for one in module.modules():
        if not isinstance(one, nn.Conv2d) or not one.weight.requires_grad:
            continue
        depthwise = one.groups == one.in_channels > 1
        if depthwise and max(one.stride) > 1 and one.padding_mode == "zeros":
            one.forward = types.MethodType(_without_stride, one)  # type: ignore[method-assign]


def _without_stride(self: nn.Conv2d, x: Tensor) -> Tensor:
    padding: str | tuple[int, ...] = self.padding
    if type(self).__name__ == "Conv2dSame":  # timm's: as TensorFlow pads, by the picture's size
        x = pad_same(x, list(self.kernel_size), list(self.stride), list(self.dilation))
        padding = (0, 0)
    dense = conv2d(x, self.weight, self.bias, 1, padding, self.dilation, self.groups)
    return dense[..., :: self.stride[0], :: self.stride[1]]
