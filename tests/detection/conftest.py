"""Small ONNX networks made on the spot, so that no test needs a downloaded one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

MakeOnnx = Callable[..., Path]


@pytest.fixture
def constant_onnx(tmp_path: Path) -> MakeOnnx:
    """make(name, input_shape, **outputs): a network that gives the same outputs for every image."""

    def make(name: str, input_shape: list[int | str], **outputs: NDArray[np.generic]) -> Path:
        nodes, infos = [], []
        for key, value in outputs.items():
            nodes.append(helper.make_node("Constant", [], [key], value=numpy_helper.from_array(value, key)))
            kind = helper.np_dtype_to_tensor_dtype(value.dtype)
            infos.append(helper.make_tensor_value_info(key, kind, value.shape))
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, input_shape)
        return _save(tmp_path / name, nodes, [image], infos)

    return make


@pytest.fixture
def bright_spot_onnx(tmp_path: Path) -> MakeOnnx:
    """make(name, pool, k): k heatmaps, each the brightness of the crop at a quarter of its size.

    pool "AveragePool" looks at whole 4 x 4 cells (`half_pixel` grid), "Slice" at every fourth pixel
    (`corner` grid).
    """

    def make(name: str, pool: str = "AveragePool", k: int = 17, batch: int | str = "batch") -> Path:
        nodes = [
            helper.make_node("Constant", [], ["axes"], value=_ints([1])),
            helper.make_node("ReduceMean", ["image", "axes"], ["grey"], keepdims=1),
        ]
        if pool == "AveragePool":
            nodes.append(helper.make_node(pool, ["grey"], ["small"], kernel_shape=[4, 4], strides=[4, 4]))
        else:
            for key, value in (("start", [0, 0]), ("end", [256, 192]), ("hw", [2, 3]), ("step", [4, 4])):
                nodes.append(helper.make_node("Constant", [], [key], value=_ints(value)))
            nodes.append(helper.make_node("Slice", ["grey", "start", "end", "hw", "step"], ["small"]))
        nodes.append(helper.make_node("Concat", ["small"] * k, ["heatmaps"], axis=1))
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, 3, 256, 192])
        out = helper.make_tensor_value_info("heatmaps", TensorProto.FLOAT, [batch, k, 64, 48])
        return _save(tmp_path / name, nodes, [image], [out])

    return make


def _ints(values: list[int]) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, dtype=np.int64))


def _save(path: Path, nodes: list, inputs: list, outputs: list) -> Path:
    graph = helper.make_graph(nodes, "stand-in", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path
