"""How the operations of convolutional networks are written as ONNX: convolutions, norms, pools, gates."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import fx

from kinelab.learning.onnx_writing import Graph, Writer, given, inputs_of, plain, shape_of

_PADDED = {"constant": "constant", "replicate": "edge", "reflect": "reflect"}


def _pair(value: Any) -> list[int]:
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    return values * 2 if len(values) == 1 else values


def _conv(graph: Graph, node: fx.Node, out: str) -> None:
    stride, padding, dilation, groups = (given(node, i, d) for i, d in ((3, 1), (4, 0), (5, 1), (6, 1)))
    graph.add(
        "Conv", inputs_of(graph, node, 3), out,
        strides=_pair(stride), pads=_pair(padding) * 2, dilations=_pair(dilation), group=groups,
    )  # fmt: skip


def _conv_transpose(graph: Graph, node: fx.Node, out: str) -> None:
    stride, padding, beyond, groups, dilation = (
        given(node, i, d) for i, d in ((3, 1), (4, 0), (5, 0), (6, 1), (7, 1))
    )
    graph.add(
        "ConvTranspose", inputs_of(graph, node, 3), out, strides=_pair(stride), pads=_pair(padding) * 2,
        output_padding=_pair(beyond), group=groups, dilations=_pair(dilation),
    )  # fmt: skip


def _batch_norm(graph: Graph, node: fx.Node, out: str) -> None:
    epsilon = [value for value in node.args if isinstance(value, float)][-1]
    graph.add("BatchNormalization", inputs_of(graph, node, 5), out, epsilon=epsilon)


def _clip(graph: Graph, node: fx.Node, out: str) -> None:
    low = graph.constant(f"{out}:low", given(node, 1, -1.0))
    high = graph.constant(f"{out}:high", given(node, 2, 1.0))
    graph.add("Clip", [graph.name(node.args[0], out), low, high], out)


def _silu(graph: Graph, node: fx.Node, out: str) -> None:
    value = graph.name(node.args[0], out)
    graph.add("Sigmoid", [value], f"{out}:gate")
    graph.add("Mul", [value, f"{out}:gate"], out)


def _gelu(graph: Graph, node: fx.Node, out: str) -> None:
    value = graph.name(node.args[0], out)
    graph.add("Mul", [value, graph.constant(f"{out}:root", np.sqrt(0.5))], f"{out}:scaled")
    graph.add("Erf", [f"{out}:scaled"], f"{out}:erf")
    graph.add("Add", [f"{out}:erf", graph.constant(f"{out}:one", 1.0)], f"{out}:sum")
    graph.add("Mul", [value, f"{out}:sum"], f"{out}:double")
    graph.add("Mul", [f"{out}:double", graph.constant(f"{out}:half", 0.5)], out)


def _leaky_relu(graph: Graph, node: fx.Node, out: str) -> None:
    graph.add("LeakyRelu", [graph.name(node.args[0], out)], out, alpha=float(given(node, 1, 0.01)))


def _hard_sigmoid(graph: Graph, node: fx.Node, out: str) -> None:
    graph.add("HardSigmoid", [graph.name(node.args[0], out)], out, alpha=1 / 6, beta=0.5)


def _max_pool(graph: Graph, node: fx.Node, out: str) -> None:
    kernel: Any = node.args[1]
    stride, padding = given(node, 2, None) or kernel, given(node, 3, 0)
    graph.add(
        "MaxPool", [graph.name(node.args[0], out)], out, kernel_shape=_pair(kernel), strides=_pair(stride),
        pads=_pair(padding) * 2, ceil_mode=int(given(node, 5, False)),
    )  # fmt: skip


def _avg_pool(graph: Graph, node: fx.Node, out: str) -> None:
    kernel: Any = node.args[1]
    stride, padding = given(node, 2, None) or kernel, given(node, 3, 0)
    graph.add(
        "AveragePool", [graph.name(node.args[0], out)], out, kernel_shape=_pair(kernel),
        strides=_pair(stride), pads=_pair(padding) * 2, ceil_mode=int(given(node, 4, False)),
        count_include_pad=int(given(node, 5, True)),
    )  # fmt: skip


def _pad(graph: Graph, node: fx.Node, out: str) -> None:
    sides: Any = node.args[1]  # before and after of the last axis, then of the one before it, ...
    unpadded = [0] * (len(shape_of(node)) - len(sides) // 2)
    before, after = ([*unpadded, *sides[start::2][::-1]] for start in (0, 1))
    pads = graph.constant(f"{out}:pads", [*before, *after], np.int64)
    value = graph.constant(
        f"{out}:value", next((v for v in node.args[2:] if isinstance(v, (int, float))), 0.0)
    )
    mode = next((v for v in (*node.args[2:], *node.kwargs.values()) if isinstance(v, str)), "constant")
    source = graph.name(node.args[0], out)
    graph.add("Pad", [source, pads] + [value] * (mode == "constant"), out, mode=_PADDED[mode])


def _upsample(graph: Graph, node: fx.Node, out: str) -> None:
    height, width = node.meta["val"].shape[2:]
    source: Any = node.args[0]
    before = source.meta["val"].shape[2:]
    scales = graph.constant(f"{out}:scales", [1, 1, height / before[0], width / before[1]])
    graph.add(
        "Resize", [graph.name(source, out), "", scales], out, mode="nearest",
        coordinate_transformation_mode="asymmetric", nearest_mode="floor",
    )  # fmt: skip


CONVOLUTIONAL: dict[str, Writer] = {
    "conv2d": _conv,
    "conv_transpose2d": _conv_transpose,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "relu": plain("Relu"),
    "leaky_relu": _leaky_relu,
    "hardtanh": _clip,
    "clamp": _clip,
    "silu": _silu,
    "gelu": _gelu,
    "sigmoid": plain("Sigmoid"),
    "tanh": plain("Tanh"),
    "hardswish": plain("HardSwish"),
    "hardsigmoid": _hard_sigmoid,
    "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool,
    "pad": _pad,
    "upsample_nearest2d": _upsample,
}
