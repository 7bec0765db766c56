"""A `PlainNet` and its weights as an ONNX model, so that a network runs without torch."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from kinelab.errors import ModelError
from kinelab.learning.plain_net import INPUT, Add, Conv, Layer, PlainNet, Upsample, Weights, check_weights

_OPSET = 13
_IR_VERSION = 8  # read by every onnxruntime since 1.10


def onnx_model(net: PlainNet, weights: Weights, size_px: tuple[int, int], output: str = "heatmaps") -> bytes:
    """The network as the bytes of an ONNX file.

    The input is `image` (N, C, H, W) float32 with H, W = `size_px`, any N; the output is (N, K, h, w) under
    the name `output`.

    Raises:
        ModelError: the weights are not those of this network (see `check_weights`).
    """
    check_weights(net, weights)
    nodes = [node for layer in net.layers for node in _nodes(layer)]
    nodes.append(helper.make_node("Identity", [_value(net.layers[-1].name)], [output]))
    arrays = [numpy_helper.from_array(np.asarray(array, np.float32), name) for name, array in weights.items()]
    arrays.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice"))
    graph = helper.make_graph(
        nodes,
        "plain_net",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["N", net.input_channels, *size_px])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", *_output_shape(net, size_px)])],
        arrays,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="kinelab")
    model.ir_version = _IR_VERSION
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def with_weights(graph: bytes, arrays: Weights) -> bytes:
    """An ONNX model that was kept without its weights, made whole; each array has an input's name."""
    model = onnx.load_model_from_string(graph)
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in arrays.items()
    )
    content: bytes = model.SerializeToString()
    return content


def _value(name: str) -> str:
    """Name of a layer's output in the graph; apart from the output's own name, which a user sees."""
    return name if name == INPUT else f"layer:{name}"


def _nodes(layer: Layer) -> list[onnx.NodeProto]:
    out = _value(layer.name)
    if isinstance(layer, Upsample):
        nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        return [helper.make_node("Resize", [_value(layer.source), "", "twice"], [out], **nearest)]
    before = f"{out}:linear" if layer.relu else out
    if isinstance(layer, Add):
        nodes = [helper.make_node("Add", [_value(layer.first), _value(layer.second)], [before])]
    else:
        inputs = [_value(layer.source), f"{layer.name}.weight", f"{layer.name}.bias"]
        kernel, stride, padding = [layer.kernel] * 2, [layer.stride] * 2, [layer.kernel // 2] * 4
        nodes = [
            helper.make_node("Conv", inputs, [before], kernel_shape=kernel, strides=stride, pads=padding)
        ]
    return [*nodes, helper.make_node("Relu", [before], [out])] if layer.relu else nodes


def _output_shape(net: PlainNet, size_px: tuple[int, int]) -> tuple[int, int, int]:
    """Channels, height and width that leave the network."""
    sizes = {INPUT: size_px}
    for layer in net.layers:
        height, width = sizes[layer.first if isinstance(layer, Add) else layer.source]
        if isinstance(layer, Conv):
            inner = 2 * (layer.kernel // 2) - layer.kernel
            height, width = ((side + inner) // layer.stride + 1 for side in (height, width))
        elif isinstance(layer, Upsample):
            height, width = 2 * height, 2 * width
        elif sizes[layer.second] != (height, width):
            raise ModelError(
                f"layer {layer.name!r} adds {height} x {width} and {sizes[layer.second]} for an input of "
                f"{size_px[0]} x {size_px[1]}; use a size that the strides divide"
            )
        sizes[layer.name] = (height, width)
    return (net.output_channels, *sizes[net.layers[-1].name])
