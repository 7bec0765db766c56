"""Networks of joints as ONNX graphs.

conv1d: `channels` (N, 16, L) -> `values` (N, V, frames). lstm: `channels` (T, N, 16) and the state `h`, `c`
(layers x ways, N, width) -> `values` (T, N, V), `h_out`, `c_out`: the same graph runs a recording or one
sample after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from kinelab.inertial.networks.joint_network import JointNetwork
from kinelab.inertial.networks.recipe import INPUTS, Recipe

_OPSET = 14
_IR_VERSION = 8  # read by every onnxruntime since 1.10


class _Graph:
    """Nodes and constants while a graph is written."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], out: str, **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [out], **settings))
        return out

    def constant(self, name: str, value: npt.ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype), name))
        return name


def onnx_model(network: JointNetwork) -> bytes:
    """The network as the bytes of an ONNX file."""
    recipe, graph = network.recipe, _Graph()
    write = _write_conv if recipe.kind == "conv1d" else _write_lstm
    inputs, outputs = write(graph, network)
    model = helper.make_model(
        helper.make_graph(graph.nodes, recipe.kind, inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        producer_name="kinelab",
    )
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


Ports = tuple[list[onnx.ValueInfoProto], list[onnx.ValueInfoProto]]


def _port(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _write_conv(graph: _Graph, network: JointNetwork) -> Ports:
    recipe, arrays = network.recipe, network.arrays
    x = "channels"
    for i, kernel in enumerate(recipe.kernels):
        weights = [
            graph.constant(f"conv{i}.{part}", arrays[f"conv{i}.{part}"]) for part in ("weight", "bias")
        ]
        stride = recipe.stride if i == 0 else 1
        x = graph.add("Conv", [x, *weights], f"linear{i}", kernel_shape=[kernel], strides=[stride])
        x = graph.add("Relu", [x], f"layer{i}")
    if recipe.dense:
        weights = [
            graph.constant("dense.weight", arrays["dense.weight"][:, :, None]),
            graph.constant("dense.bias", arrays["dense.bias"]),
        ]
        x = graph.add("Conv", [x, *weights], "dense:linear", kernel_shape=[1])
        x = graph.add("Relu", [x], "dense:layer")
    weight = np.atleast_3d(arrays["out.weight"])
    weights = [graph.constant("out.weight", weight), graph.constant("out.bias", arrays["out.bias"])]
    x = graph.add("Conv", [x, *weights], "out:linear", kernel_shape=[weight.shape[2]])
    if recipe.stride > 1:  # (N, V x stride, steps): a step's frames come side by side
        apart = graph.constant("apart", [0, recipe.values, recipe.stride, -1], np.int64)
        x = graph.add("Reshape", [x, apart], "apart:values")
        x = graph.add("Transpose", [x], "turned:values", perm=[0, 1, 3, 2])
        x = graph.add(
            "Reshape", [x, graph.constant("joined", [0, recipe.values, -1], np.int64)], "joined:values"
        )
    graph.add("Identity", [x], "values")
    return [_port("channels", ["N", INPUTS, "L"])], [_port("values", ["N", recipe.values, "frames"])]


def _write_lstm(graph: _Graph, network: JointNetwork) -> Ports:
    recipe, arrays = network.recipe, network.arrays
    ways = 2 if recipe.bidirectional else 1
    x = "channels"
    ends: dict[str, list[str]] = {"h": [], "c": []}
    starts = {name: _split(graph, name, recipe, ways) for name in ends}
    for i in range(recipe.layers):
        # torch has the gates in the order input, forget, cell, output; ONNX wants input, output, forget, cell
        parts = {key: _gates(arrays[f"lstm{i}.{key}"]) for key in ("input", "state", "bias")}
        bias = np.concatenate([parts["bias"], np.zeros_like(parts["bias"])], axis=1)
        weights = [
            graph.constant(f"lstm{i}.input", parts["input"]),
            graph.constant(f"lstm{i}.state", parts["state"]),
            graph.constant(f"lstm{i}.bias", bias),
        ]
        outs = [f"lstm{i}:ways", f"lstm{i}:h", f"lstm{i}:c"]
        graph.nodes.append(
            helper.make_node(
                "LSTM", [x, *weights, "", starts["h"][i], starts["c"][i]], outs,
                hidden_size=recipe.width, direction="bidirectional" if ways == 2 else "forward",
            )
        )  # fmt: skip
        ends["h"].append(outs[1])
        ends["c"].append(outs[2])
        x = graph.add(
            "Transpose", [outs[0]], f"lstm{i}:last", perm=[0, 2, 1, 3]
        )  # (T, ways, N, W) -> N first
        x = graph.add("Reshape", [x, graph.constant(f"lstm{i}.flat", [0, 0, -1], np.int64)], f"lstm{i}:layer")
    for name, parts_of in ends.items():
        graph.add("Concat", parts_of, f"{name}_out", axis=0)
    for name in ("dense", "out") if recipe.dense else ("out",):
        weight = graph.constant(f"{name}.weight", arrays[f"{name}.weight"].T)
        x = graph.add("MatMul", [x, weight], f"{name}:product")
        bias_name = graph.constant(f"{name}.bias", arrays[f"{name}.bias"])
        x = graph.add("Add", [x, bias_name], "values" if name == "out" else f"{name}:linear")
        if name == "dense":
            x = graph.add("Relu", [x], "dense:layer")
    state: list[str | int] = [recipe.layers * ways, "N", recipe.width]
    return (
        [_port("channels", ["T", "N", INPUTS]), _port("h", state), _port("c", state)],
        [_port("values", ["T", "N", recipe.values]), _port("h_out", state), _port("c_out", state)],
    )


def _split(graph: _Graph, name: str, recipe: Recipe, ways: int) -> list[str]:
    """The state of each layer."""
    if recipe.layers == 1:
        return [name]
    parts = [f"{name}:{i}" for i in range(recipe.layers)]
    sizes = graph.constant(f"{name}.sizes", [ways] * recipe.layers, np.int64)
    graph.nodes.append(helper.make_node("Split", [name, sizes], parts, axis=0))
    return parts


def _gates(array: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Gates (ways, 4 W, ...) from torch's order into ONNX's."""
    i, f, g, o = np.split(array, 4, axis=1)
    return np.concatenate([i, o, f, g], axis=1)
