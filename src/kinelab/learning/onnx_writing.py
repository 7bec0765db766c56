"""An ONNX graph while it is written: nodes, constants, and what each torch value is called in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import helper, numpy_helper
from torch import fx

INPUT = "image"


@dataclass
class Graph:
    """names: of torch's values. parts: names of the values of an operation that gives several. known: values
    that follow from no picture and no weight, computed by torch; they become constants where they are used.
    """

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    names: dict[fx.Node, str] = field(default_factory=dict)
    parts: dict[fx.Node, list[str]] = field(default_factory=dict)
    known: dict[fx.Node, Any] = field(default_factory=dict)
    _written: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)

    def add(self, kind: str, inputs: list[str], out: str, **attributes: Any) -> str:
        """Write one operation; its output's name."""
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        return out

    def constant(self, name: str, value: npt.ArrayLike, dtype: type[np.generic] = np.float32) -> str:
        """Write an array, an equal one only once; its name."""
        array = np.asarray(value, dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._written:
            self._written[key] = name
            self.constants.append(numpy_helper.from_array(array, name))
        return self._written[key]

    def name(self, value: Any, near: str) -> str:
        """Name of a torch value; a plain number becomes a constant, as does what is known."""
        if not isinstance(value, fx.Node):
            return self.constant(f"{near}:number{len(self.constants)}", value)
        if value not in self.names:
            self.names[value] = self.constant(f"{value.name}:known", _float(self.known[value]))
        return self.names[value]


Writer = Callable[[Graph, fx.Node, str], None]


def given(node: fx.Node, place: int, otherwise: Any) -> Any:
    """An argument of an operation by its place, or its default."""
    return node.args[place] if len(node.args) > place else otherwise


def inputs_of(graph: Graph, node: fx.Node, count: int) -> list[str]:
    """Names of the first arguments, trailing None left out."""
    values = [given(node, i, None) for i in range(count)]
    while values and values[-1] is None:
        values.pop()
    return ["" if value is None else graph.name(value, node.name) for value in values]


def shape_of(value: Any) -> tuple[int, ...]:
    """Shape of a torch value, for one picture."""
    return tuple(value.meta["val"].shape)


def plain(kind: str, count: int = 1) -> Writer:
    """A writer for an operation that ONNX has with the same inputs and no settings."""

    def write(graph: Graph, node: fx.Node, out: str) -> None:
        graph.add(kind, inputs_of(graph, node, count), out)

    return write


def _float(value: torch.Tensor) -> npt.NDArray[np.float32]:
    array: npt.NDArray[np.float32] = value.detach().float().numpy()
    return array
