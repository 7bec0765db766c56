"""A torch network as an ONNX graph and its arrays, so that what torch trained runs without torch.

torch's own exporter needs a further package; `torch.export` gives the same list of operations, and a
convolutional network uses few kinds of them. Weights stay apart from the graph, under torch's names.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import fx, nn

from kinelab.errors import InputError
from kinelab.learning.onnx_graph import with_weights

_OPSET = 17
_IR_VERSION = 8  # read by every onnxruntime since 1.10
INPUT, OUTPUT = "image", "maps"
Arrays = dict[str, npt.NDArray[np.float32]]


@dataclass
class _Graph:
    """What has been written so far: nodes, constants, and the name of each torch value."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    names: dict[fx.Node, str] = field(default_factory=dict)

    def add(self, kind: str, inputs: list[str], out: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))

    def constant(self, name: str, value: npt.ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def name(self, value: Any, near: str) -> str:
        """Name of a torch value; a plain number becomes a constant."""
        return self.names[value] if isinstance(value, fx.Node) else self.constant(f"{near}:number", value)


def onnx_from_torch(module: nn.Module, size: tuple[int, int]) -> tuple[bytes, Arrays]:
    """Graph without weights (bytes of an ONNX model) and weights by name, of a network in evaluation mode.

    It takes one `image` (N, 3, H, W) with (H, W) = `size`, any N, and gives one `maps`.

    Raises:
        InputError: the network has an operation that is not known here; it is named.
    """
    exported = torch.export.export(module.eval(), (torch.zeros(1, 3, *size),)).run_decompositions({})
    state = {**exported.state_dict, **exported.constants}
    kept = {**exported.graph_signature.inputs_to_parameters, **exported.graph_signature.inputs_to_buffers}
    graph = _Graph()
    output: fx.Node | None = None
    for node in exported.graph.nodes:
        if node.op == "placeholder":
            graph.names[node] = kept.get(node.name, INPUT)
        elif node.op == "output":
            output = node.args[0][0]
        elif node.target is operator.getitem:
            graph.names[node] = graph.names[node.args[0]]  # only the first of several outputs is used
        else:
            _write(graph, node)
    assert output is not None
    graph.add("Identity", [graph.names[output]], OUTPUT)
    used = {name for node in graph.nodes for name in node.input}
    arrays = {key: value.detach().float().contiguous().numpy() for key, value in state.items() if key in used}
    shape = tuple(output.meta["val"].shape[1:])
    return _model(graph, arrays, size, shape), arrays


def _model(graph: _Graph, arrays: Arrays, size: tuple[int, int], shape: tuple[int, ...]) -> bytes:
    whole = helper.make_graph(
        graph.nodes,
        "network",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["N", 3, *size])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", *shape])],
        graph.constants,
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="kinelab")
    model.ir_version = _IR_VERSION
    content: bytes = model.SerializeToString()
    onnx.checker.check_model(onnx.load_model_from_string(with_weights(content, arrays)))
    return content


def _write(graph: _Graph, node: fx.Node) -> None:
    kind = str(node.target).removeprefix("aten.").split(".")[0]
    write = _KINDS.get(kind)
    if write is None:
        raise InputError(
            f"the network has the operation {node.target}, which kinelab cannot write as ONNX; choose a "
            "convolutional backbone (mobilenetv2, resnet, efficientnet, hrnet, convnext ...)"
        )
    write(graph, node, node.name)
    graph.names[node] = node.name


def _given(node: fx.Node, place: int, otherwise: Any) -> Any:
    return node.args[place] if len(node.args) > place else otherwise


def _inputs(graph: _Graph, node: fx.Node, count: int) -> list[str]:
    given = [_given(node, i, None) for i in range(count)]
    while given and given[-1] is None:
        given.pop()
    return ["" if value is None else graph.name(value, node.name) for value in given]


def _pair(value: Any) -> list[int]:
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    return values * 2 if len(values) == 1 else values


def _conv(graph: _Graph, node: fx.Node, out: str) -> None:
    stride, padding, dilation, groups = (_given(node, i, d) for i, d in ((3, 1), (4, 0), (5, 1), (6, 1)))
    graph.add(
        "Conv", _inputs(graph, node, 3), out,
        strides=_pair(stride), pads=_pair(padding) * 2, dilations=_pair(dilation), group=groups,
    )  # fmt: skip


def _conv_transpose(graph: _Graph, node: fx.Node, out: str) -> None:
    stride, padding, beyond, groups, dilation = (
        _given(node, i, d) for i, d in ((3, 1), (4, 0), (5, 0), (6, 1), (7, 1))
    )
    graph.add(
        "ConvTranspose", _inputs(graph, node, 3), out, strides=_pair(stride), pads=_pair(padding) * 2,
        output_padding=_pair(beyond), group=groups, dilations=_pair(dilation),
    )  # fmt: skip


def _batch_norm(graph: _Graph, node: fx.Node, out: str) -> None:
    epsilon = [value for value in node.args if isinstance(value, float)][-1]
    graph.add("BatchNormalization", _inputs(graph, node, 5), out, epsilon=epsilon)


def _layer_norm(graph: _Graph, node: fx.Node, out: str) -> None:
    shape: Any = node.args[1]
    inputs = [graph.name(node.args[i], out) for i in (0, 2, 3)]
    graph.add("LayerNormalization", inputs, out, axis=-len(shape), epsilon=_given(node, 4, 1e-5))


def _clip(graph: _Graph, node: fx.Node, out: str) -> None:
    low = graph.constant(f"{out}:low", _given(node, 1, -1.0))
    high = graph.constant(f"{out}:high", _given(node, 2, 1.0))
    graph.add("Clip", [graph.name(node.args[0], out), low, high], out)


def _linear(graph: _Graph, node: fx.Node, out: str) -> None:
    value, weight, *bias = _inputs(graph, node, 3)
    graph.add("Transpose", [weight], f"{out}:weight", perm=[1, 0])
    product = f"{out}:product" if bias else out
    graph.add("MatMul", [value, f"{out}:weight"], product)
    if bias:
        graph.add("Add", [product, bias[0]], out)


def _silu(graph: _Graph, node: fx.Node, out: str) -> None:
    value = graph.name(node.args[0], out)
    graph.add("Sigmoid", [value], f"{out}:gate")
    graph.add("Mul", [value, f"{out}:gate"], out)


def _gelu(graph: _Graph, node: fx.Node, out: str) -> None:
    value = graph.name(node.args[0], out)
    graph.add("Mul", [value, graph.constant(f"{out}:root", np.sqrt(0.5))], f"{out}:scaled")
    graph.add("Erf", [f"{out}:scaled"], f"{out}:erf")
    graph.add("Add", [f"{out}:erf", graph.constant(f"{out}:one", 1.0)], f"{out}:sum")
    graph.add("Mul", [value, f"{out}:sum"], f"{out}:double")
    graph.add("Mul", [f"{out}:double", graph.constant(f"{out}:half", 0.5)], out)


def _hard_sigmoid(graph: _Graph, node: fx.Node, out: str) -> None:
    graph.add("HardSigmoid", [graph.name(node.args[0], out)], out, alpha=1 / 6, beta=0.5)


def _mean(graph: _Graph, node: fx.Node, out: str) -> None:
    axes: Any = node.args[1]
    keep = int(bool(_given(node, 2, False)))
    graph.add("ReduceMean", [graph.name(node.args[0], out)], out, axes=list(axes), keepdims=keep)


def _max_pool(graph: _Graph, node: fx.Node, out: str) -> None:
    kernel: Any = node.args[1]
    stride, padding = _given(node, 2, None) or kernel, _given(node, 3, 0)
    graph.add(
        "MaxPool", [graph.name(node.args[0], out)], out, kernel_shape=_pair(kernel), strides=_pair(stride),
        pads=_pair(padding) * 2, ceil_mode=int(_given(node, 5, False)),
    )  # fmt: skip


def _avg_pool(graph: _Graph, node: fx.Node, out: str) -> None:
    kernel: Any = node.args[1]
    stride, padding = _given(node, 2, None) or kernel, _given(node, 3, 0)
    graph.add(
        "AveragePool", [graph.name(node.args[0], out)], out, kernel_shape=_pair(kernel),
        strides=_pair(stride), pads=_pair(padding) * 2, ceil_mode=int(_given(node, 4, False)),
        count_include_pad=int(_given(node, 5, True)),
    )  # fmt: skip


def _pad(graph: _Graph, node: fx.Node, out: str) -> None:
    sides: Any = node.args[1]
    left, right, top, bottom = [*sides, 0, 0][:4]
    pads = graph.constant(f"{out}:pads", [0, 0, top, left, 0, 0, bottom, right], np.int64)
    value = graph.constant(
        f"{out}:value", next((v for v in node.args[2:] if isinstance(v, (int, float))), 0.0)
    )
    graph.add("Pad", [graph.name(node.args[0], out), pads, value], out)


def _upsample(graph: _Graph, node: fx.Node, out: str) -> None:
    height, width = node.meta["val"].shape[2:]
    source: Any = node.args[0]
    before = source.meta["val"].shape[2:]
    scales = graph.constant(f"{out}:scales", [1, 1, height / before[0], width / before[1]])
    graph.add(
        "Resize", [graph.name(source, out), "", scales], out, mode="nearest",
        coordinate_transformation_mode="asymmetric", nearest_mode="floor",
    )  # fmt: skip


def _concat(graph: _Graph, node: fx.Node, out: str) -> None:
    parts: Any = node.args[0]
    graph.add("Concat", [graph.name(part, out) for part in parts], out, axis=_given(node, 1, 0))


def _permute(graph: _Graph, node: fx.Node, out: str) -> None:
    graph.add("Transpose", [graph.name(node.args[0], out)], out, perm=node.args[1])


def _view(graph: _Graph, node: fx.Node, out: str) -> None:
    source: Any = node.args[0]
    shape: Any = node.args[1]
    first = source.meta["val"].shape[0] == shape[0]  # the number of pictures stays free: 0 keeps what comes
    sizes = graph.constant(f"{out}:sizes", [0, *shape[1:]] if first else list(shape), np.int64)
    graph.add("Reshape", [graph.name(source, out), sizes], out)


def _plain(kind: str, count: int = 1) -> Callable[[_Graph, fx.Node, str], None]:
    def write(graph: _Graph, node: fx.Node, out: str) -> None:
        graph.add(kind, _inputs(graph, node, count), out)

    return write


_KINDS: dict[str, Callable[[_Graph, fx.Node, str], None]] = {
    "conv2d": _conv,
    "conv_transpose2d": _conv_transpose,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "layer_norm": _layer_norm,
    "linear": _linear,
    "relu": _plain("Relu"),
    "hardtanh": _clip,
    "clamp": _clip,
    "silu": _silu,
    "gelu": _gelu,
    "sigmoid": _plain("Sigmoid"),
    "hardswish": _plain("HardSwish"),
    "hardsigmoid": _hard_sigmoid,
    "add": _plain("Add", 2),
    "mul": _plain("Mul", 2),
    "mean": _mean,
    "max_pool2d": _max_pool,
    "avg_pool2d": _avg_pool,
    "pad": _pad,
    "upsample_nearest2d": _upsample,
    "cat": _concat,
    "permute": _permute,
    "view": _view,
    "clone": _plain("Identity"),
    "alias": _plain("Identity"),
}
