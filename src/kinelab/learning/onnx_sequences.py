"""How the operations of networks of time series are written as ONNX: convolutions over time, LSTM."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import fx

from kinelab.learning.onnx_writing import Graph, Writer, given, inputs_of, shape_of

_TORCH_GATES, _ONNX_GATES = "ifgo", "iofg"


def _conv(graph: Graph, node: fx.Node, out: str) -> None:
    stride, padding, dilation, groups = (given(node, i, d) for i, d in ((3, [1]), (4, [0]), (5, [1]), (6, 1)))
    graph.add(
        "Conv", inputs_of(graph, node, 3), out,
        strides=list(stride), pads=list(padding) * 2, dilations=list(dilation), group=groups,
    )  # fmt: skip


def _lstm(graph: Graph, node: fx.Node, out: str) -> None:
    """Layers of cells, each with its own node; states begin at zero, as in torch where none is given."""
    arguments: Any = node.args
    value, _, weights, biased, layers, _, _, both_ways, batch_first = arguments
    assert biased, "an LSTM without biases"
    ways = 2 if both_ways else 1
    x = graph.name(value, out)
    if batch_first:
        x = graph.add("Transpose", [x], f"{out}:frames_first", perm=[1, 0, 2])
    merged = graph.constant(f"{out}:merged", [0, 0, -1], np.int64)
    for layer in range(int(layers)):
        near = f"{out}:{layer}"
        own = weights[4 * ways * layer : 4 * ways * (layer + 1)]
        inputs = [graph.name(one, near) for one in own]
        cells = int(shape_of(own[1])[1])
        w, r, *biases = (_stacked(graph, inputs[kind::4], cells, f"{near}:{kind}") for kind in range(4))
        bias = graph.add("Concat", biases, f"{near}:bias", axis=1)
        told = graph.add(
            "LSTM", [x, w, r, bias], f"{near}:told", hidden_size=cells,
            direction="bidirectional" if both_ways else "forward",
        )  # (T, ways, B, cells)  # fmt: skip
        turned = graph.add("Transpose", [told], f"{near}:turned", perm=[0, 2, 1, 3])
        x = graph.add("Reshape", [turned, merged], f"{near}:merged")
    if batch_first:
        graph.add("Transpose", [x], out, perm=[1, 0, 2])
    else:
        graph.add("Identity", [x], out)
    graph.parts[node] = [out]  # of the sequence and two states only the first is used


def _stacked(graph: Graph, names: list[str], cells: int, near: str) -> str:
    """Weights of each direction with the gates in ONNX's order, one above the other."""
    ways = []
    for i, name in enumerate(names):
        order = np.concatenate([np.arange(cells) + cells * _TORCH_GATES.index(gate) for gate in _ONNX_GATES])
        index = graph.constant(f"{near}:order", order[None], np.int64)  # a first axis beside, of one
        ways.append(graph.add("Gather", [name, index], f"{near}:{i}", axis=0))
    return graph.add("Concat", ways, f"{near}:ways", axis=0)


SEQUENCES: dict[str, Writer] = {
    "conv1d": _conv,
    "lstm": _lstm,
}
