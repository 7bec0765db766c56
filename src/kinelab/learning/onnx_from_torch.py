"""A torch network as an ONNX graph and its arrays, so that what torch trained runs without torch.

torch's own exporter needs a further package; `torch.export` gives the same list of operations, and the
networks of pictures use few kinds of them. Weights stay apart from the graph, under torch's names.
"""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper
from torch import fx, nn

from kinelab.errors import InputError
from kinelab.learning.onnx_convolutional import CONVOLUTIONAL
from kinelab.learning.onnx_graph import with_weights
from kinelab.learning.onnx_sequences import SEQUENCES
from kinelab.learning.onnx_tokens import TOKENS
from kinelab.learning.onnx_writing import INPUT, Graph

_OPSET = 17
_IR_VERSION = 8  # read by every onnxruntime since 1.10
OUTPUT = "maps"
Arrays = dict[str, npt.NDArray[np.float32]]
_KINDS = CONVOLUTIONAL | TOKENS | SEQUENCES
_LEARNT = ("running_mean", "running_var")  # of all that is no parameter, only these change in training
_SAID_ONLY = "_assert_tensor_metadata"  # torch's notes on a value, which nothing follows from


def onnx_from_torch(module: nn.Module, size: tuple[int, int]) -> tuple[bytes, Arrays]:
    """Graph without weights (bytes of an ONNX model) and weights by name, of a network in evaluation mode.

    It takes one `image` (N, 3, H, W) with (H, W) = `size`, any N, and gives one `maps`.

    Raises:
        InputError: the network has an operation that is not known here; it is named.
    """
    return onnx_of_shape(module, (3, *size))


def onnx_of_shape(module: nn.Module, shape: tuple[int, ...]) -> tuple[bytes, Arrays]:
    """The same of a network that takes one array (N, *shape) of any kind, still called `image`."""
    with warnings.catch_warnings():  # torch keeps an LSTM's weights in a list of its own too
        warnings.filterwarnings("ignore", message=".*were assigned during export")
        exported = torch.export.export(module.eval(), (torch.zeros(1, *shape),)).run_decompositions({})
    signature = exported.graph_signature
    state = {**exported.state_dict, **exported.constants}
    kept = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
    fixed = {**signature.inputs_to_lifted_tensor_constants}
    fixed |= {key: name for key, name in signature.inputs_to_buffers.items() if not name.endswith(_LEARNT)}
    graph = Graph()
    output: fx.Node | None = None
    for node in exported.graph.nodes:
        if node.op == "placeholder":
            if node.name in fixed:
                graph.known[node] = state[fixed[node.name]]
            else:
                graph.names[node] = kept.get(node.name, INPUT)
        elif node.op == "output":
            output = node.args[0][0]
        else:
            _follow(graph, node)
    assert output is not None
    graph.add("Identity", [graph.names[output]], OUTPUT)
    used = {name for node in graph.nodes for name in node.input}
    arrays = {key: value.detach().float().contiguous().numpy() for key, value in state.items() if key in used}
    return _model(graph, arrays, shape, tuple(output.meta["val"].shape[1:])), arrays


def _follow(graph: Graph, node: fx.Node) -> None:
    """Compute what follows from no picture and no weight; write all else."""
    if _kind(node) == _SAID_ONLY:
        return
    if all(one in graph.known for one in node.all_input_nodes):
        target: Any = node.target
        values: Any = fx.node.map_arg((node.args, node.kwargs), lambda one: graph.known[one])
        graph.known[node] = target(*values[0], **values[1])
    elif node.target is operator.getitem:
        source: Any = node.args[0]
        at: Any = node.args[1]
        parts = graph.parts.get(source)  # of a norm only the first of several outputs is used
        graph.names[node] = graph.names[source] if parts is None else parts[at]
    else:
        _write(graph, node)


def _kind(node: fx.Node) -> str:
    return str(node.target).removeprefix("aten.").split(".")[0]


def _write(graph: Graph, node: fx.Node) -> None:
    write = _KINDS.get(_kind(node))
    if write is None:
        raise InputError(
            f"the network has the operation {node.target}, which kinelab cannot write as ONNX; choose "
            "another backbone (mobilenet, resnet, efficientnet, hrnet, convnext, vit ...)"
        )
    write(graph, node, node.name)
    graph.names[node] = node.name


def _model(graph: Graph, arrays: Arrays, shape: tuple[int, ...], out: tuple[int, ...]) -> bytes:
    whole = helper.make_graph(
        graph.nodes,
        "network",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["N", *shape])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["N", *out])],
        graph.constants,
    )
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="kinelab")
    model.ir_version = _IR_VERSION
    content: bytes = model.SerializeToString()
    onnx.checker.check_model(onnx.load_model_from_string(with_weights(content, arrays)))
    return content
