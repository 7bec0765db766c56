"""How sums, norms, attention and changes of shape are written as ONNX: what transformers are made of.

The number of pictures stays free: a shape's first number is kept as it comes, or follows from the others.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import fx

from kinelab.learning.onnx_writing import INPUT, Graph, Writer, given, inputs_of, plain, shape_of

_END = 2**62


def _whole(graph: Graph, out: str, what: str, values: Any) -> str:
    return graph.constant(f"{out}:{what}", values, np.int64)


def _linear(graph: Graph, node: fx.Node, out: str) -> None:
    value, weight, *bias = inputs_of(graph, node, 3)
    graph.add("Transpose", [weight], f"{out}:weight", perm=[1, 0])
    product = graph.add("MatMul", [value, f"{out}:weight"], f"{out}:product" if bias else out)
    if bias:
        graph.add("Add", [product, bias[0]], out)


def _layer_norm(graph: Graph, node: fx.Node, out: str) -> None:
    shape: Any = node.args[1]
    weight, bias = given(node, 2, None), given(node, 3, None)
    inputs = [
        graph.name(node.args[0], out),
        graph.constant(f"{out}:ones", np.ones(shape)) if weight is None else graph.name(weight, out),
        *([] if bias is None else [graph.name(bias, out)]),
    ]
    graph.add("LayerNormalization", inputs, out, axis=-len(shape), epsilon=given(node, 4, 1e-5))


def _normal(graph: Graph, source: str, axes: list[int], epsilon: float, out: str) -> str:
    """Less its mean, over its standard deviation."""
    middle = graph.add("ReduceMean", [source], f"{out}:middle", axes=axes)
    away = graph.add("Sub", [source, middle], f"{out}:away")
    square = graph.add("Mul", [away, away], f"{out}:square")
    variance = graph.add("ReduceMean", [square], f"{out}:variance", axes=axes)
    lifted = graph.add("Add", [variance, graph.constant(f"{out}:epsilon", epsilon)], f"{out}:lifted")
    return graph.add("Div", [away, graph.add("Sqrt", [lifted], f"{out}:sd")], f"{out}:normal")


def _scaled(graph: Graph, normal: str, weight: Any, bias: Any, rank: int, out: str) -> None:
    """Times a weight and plus a bias of each channel."""
    sizes = _whole(graph, out, "channels", [-1] + [1] * (rank - 2))
    value = normal
    for kind, factor in (("Mul", weight), ("Add", bias)):
        if factor is not None:
            each = graph.add("Reshape", [graph.name(factor, out), sizes], f"{out}:{kind}:each")
            value = graph.add(kind, [value, each], f"{out}:{kind}:done")
    graph.add("Identity", [value], out)


def _norm_of_itself(graph: Graph, node: fx.Node, out: str) -> None:
    """Batch norm by the values' own statistics: of weights that are standardised, never of pictures."""
    rank = len(shape_of(node.args[0]))
    source = graph.name(node.args[0], out)
    normal = _normal(graph, source, [0, *range(2, rank)], float(given(node, 5, 1e-5)), out)
    _scaled(graph, normal, given(node, 1, None), given(node, 2, None), rank, out)


def _group_norm(graph: Graph, node: fx.Node, out: str) -> None:
    shape = shape_of(node.args[0])
    groups = _whole(graph, out, "groups", [0, int(node.args[1]), -1])  # type: ignore[arg-type]
    grouped = graph.add("Reshape", [graph.name(node.args[0], out), groups], f"{out}:grouped")
    normal = _normal(graph, grouped, [2], float(given(node, 4, 1e-5)), out)
    back = graph.add("Reshape", [normal, _whole(graph, out, "back", [0, *shape[1:]])], f"{out}:back:done")
    _scaled(graph, back, given(node, 2, None), given(node, 3, None), len(shape), out)


def _reduced(kind: str) -> Writer:
    def write(graph: Graph, node: fx.Node, out: str) -> None:
        axes: Any = node.args[1]
        keep = int(bool(given(node, 2, False)))
        source = graph.name(node.args[0], out)
        axes = list(axes) if isinstance(axes, (list, tuple)) else [axes]
        if kind == "ReduceSum":
            graph.add(kind, [source, _whole(graph, out, "axes", axes)], out, keepdims=keep)
        else:
            graph.add(kind, [source], out, axes=axes, keepdims=keep)

    return write


def _length(graph: Graph, node: fx.Node, out: str) -> None:
    order, axes = given(node, 1, 2), given(node, 2, None)
    kinds = {1: "ReduceL1", 2: "ReduceL2"}
    assert order in kinds, f"a norm of order {order}"
    keep = int(bool(given(node, 3, False)))
    graph.add(kinds[order], [graph.name(node.args[0], out)], out, axes=axes, keepdims=keep)


def _attention(graph: Graph, node: fx.Node, out: str) -> None:
    query, key, value = (graph.name(node.args[i], out) for i in range(3))
    mask = given(node, 3, None)
    *_, width = shape_of(node.args[0])
    scale: Any = node.kwargs.get("scale") or 1 / math.sqrt(width)
    rank = len(shape_of(node.args[1]))
    turned = graph.add("Transpose", [key], f"{out}:key", perm=[*range(rank - 2), rank - 1, rank - 2])
    scaled = graph.add("Mul", [query, graph.constant(f"{out}:scale", scale)], f"{out}:query")
    score = graph.add("MatMul", [scaled, turned], f"{out}:score")
    if mask is not None:
        score = graph.add("Add", [score, graph.name(mask, out)], f"{out}:masked")
    graph.add("MatMul", [graph.add("Softmax", [score], f"{out}:share", axis=-1), value], out)


def _softmax(graph: Graph, node: fx.Node, out: str) -> None:
    graph.add("Softmax", [graph.name(node.args[0], out)], out, axis=node.args[1])


def _at_least(graph: Graph, node: fx.Node, out: str) -> None:
    low = graph.constant(f"{out}:low", given(node, 1, 0.0))
    graph.add("Clip", [graph.name(node.args[0], out), low], out)


def _plus_product(graph: Graph, node: fx.Node, out: str) -> None:
    base, first, second = inputs_of(graph, node, 3)
    product = graph.add("Mul", [first, second], f"{out}:product")
    factor: Any = node.kwargs.get("value", 1)
    if factor != 1:
        scale = graph.constant(f"{out}:factor", factor)
        product = graph.add("Mul", [product, scale], f"{out}:scaled")
    graph.add("Add", [base, product], out)


def _inverse_root(graph: Graph, node: fx.Node, out: str) -> None:
    graph.add("Reciprocal", [graph.add("Sqrt", [graph.name(node.args[0], out)], f"{out}:root")], out)


def _concat(graph: Graph, node: fx.Node, out: str) -> None:
    parts: Any = node.args[0]
    graph.add("Concat", [graph.name(part, out) for part in parts], out, axis=given(node, 1, 0))


def _stack(graph: Graph, node: fx.Node, out: str) -> None:
    parts: Any = node.args[0]
    axis = int(given(node, 1, 0)) % len(shape_of(node))
    axes = _whole(graph, out, "axes", [axis])
    each = [
        graph.add("Unsqueeze", [graph.name(part, out), axes], f"{out}:{i}") for i, part in enumerate(parts)
    ]
    graph.add("Concat", each, out, axis=axis)


def _permute(graph: Graph, node: fx.Node, out: str) -> None:
    order: Any = node.args[1]
    graph.add("Transpose", [graph.name(node.args[0], out)], out, perm=[i % len(order) for i in order])


def _transpose(graph: Graph, node: fx.Node, out: str) -> None:
    order = list(range(len(shape_of(node))))
    one, other = (int(node.args[i]) % len(order) for i in (1, 2))  # type: ignore[arg-type]
    order[one], order[other] = other, one
    graph.add("Transpose", [graph.name(node.args[0], out)], out, perm=order)


def _reshaped(graph: Graph, node: fx.Node, out: str) -> None:
    """Every operation that leaves all values in their order."""
    shape = shape_of(node)
    before = shape_of(node.args[0])
    kept = bool(before and shape) and before[0] == shape[0]  # 0 keeps what comes, -1 follows from the others
    sizes = _whole(graph, out, "sizes", [0 if kept else -1, *shape[1:]] if shape else [])
    graph.add("Reshape", [graph.name(node.args[0], out), sizes], out)


def _expand(graph: Graph, node: fx.Node, out: str) -> None:
    """To the shape that torch found; what is one picture's there, to as many as come."""
    shape = shape_of(node)
    source: Any = node.args[0]
    before = (1,) * (len(shape) - len(shape_of(source))) + shape_of(source)
    numbers = [1 if old == new else new for old, new in zip(before, shape, strict=True)]  # 1 keeps what comes
    sizes = _whole(graph, out, "sizes", numbers)
    if len(shape) > 2 and before[0] == shape[0] == 1:
        every = graph.add("Shape", [INPUT], f"{out}:pictures", end=1)
        rest = _whole(graph, out, "rest", numbers[1:])
        sizes = graph.add("Concat", [every, rest], f"{out}:shape", axis=0)
    graph.add("Expand", [graph.name(source, out), sizes], out)


def _sliced(graph: Graph, source: str, axis: int, start: int, stop: int, step: int, out: str) -> str:
    numbers = (("start", start), ("stop", min(stop, _END)), ("axis", axis), ("step", step))
    return graph.add("Slice", [source, *(_whole(graph, out, what, [n]) for what, n in numbers)], out)


def _slice(graph: Graph, node: fx.Node, out: str) -> None:
    axis, start, stop, step = (given(node, i, d) for i, d in ((1, 0), (2, 0), (3, _END), (4, 1)))
    source = graph.name(node.args[0], out)
    _sliced(graph, source, axis, start or 0, _END if stop is None else stop, step, out)


def _select(graph: Graph, node: fx.Node, out: str) -> None:
    index = _whole(graph, out, "index", node.args[2])
    graph.add("Gather", [graph.name(node.args[0], out), index], out, axis=node.args[1])


def _rows(graph: Graph, node: fx.Node, out: str) -> None:
    """Rows of a table by known numbers."""
    numbers: Any = node.args[1]
    axis = next(i for i, one in enumerate(numbers) if one is not None)
    assert len(numbers) == axis + 1, "one index at a time"
    index = _whole(graph, out, "index", graph.known[numbers[axis]].numpy())
    graph.add("Gather", [graph.name(node.args[0], out), index], out, axis=axis)


def _unbind(graph: Graph, node: fx.Node, out: str) -> None:
    axis = given(node, 1, 0)
    source = graph.name(node.args[0], out)
    graph.parts[node] = [
        graph.add("Gather", [source, _whole(graph, f"{out}:{i}", "index", i)], f"{out}:{i}", axis=axis)
        for i in range(shape_of(node.args[0])[axis])
    ]


def _split(graph: Graph, node: fx.Node, out: str) -> None:
    sizes: Any = node.args[1]
    axis = given(node, 2, 0)
    whole = shape_of(node.args[0])[axis]
    if isinstance(sizes, int):
        sizes = [min(sizes, whole - start) for start in range(0, whole, sizes)]
    source = graph.name(node.args[0], out)
    ends = np.cumsum([0, *sizes]).tolist()
    graph.parts[node] = [
        _sliced(graph, source, axis, start, stop, 1, f"{out}:{i}")
        for i, (start, stop) in enumerate(pairwise(ends))
    ]


def _roll(graph: Graph, node: fx.Node, out: str) -> None:
    shifts: Any = node.args[1]
    axes: Any = node.args[2]
    value = graph.name(node.args[0], out)
    for i, (shift, axis) in enumerate(zip(shifts, axes, strict=True)):
        cut = -shift % shape_of(node)[axis]
        back = _sliced(graph, value, axis, cut, _END, 1, f"{out}:{i}:back")
        front = _sliced(graph, value, axis, 0, cut, 1, f"{out}:{i}:front")
        value = graph.add("Concat", [back, front], f"{out}:{i}", axis=axis)
    graph.add("Identity", [value], out)


def _resampled(graph: Graph, node: fx.Node, out: str) -> None:
    """Linear and cubic resampling, smoothed beforehand or not: a matrix for the rows, one for the columns."""
    target: Any = node.target
    *_, height, width = shape_of(node.args[0])
    *_, tall, wide = shape_of(node)

    def matrix(before: int, after: int) -> npt.NDArray[np.float32]:
        each = torch.eye(before)[None, None]  # its columns stay what they are
        found: torch.Tensor = target(each, [after, before], given(node, 2, False), None)
        return found[0, 0].numpy()

    rows = graph.constant(f"{out}:rows", matrix(height, tall))
    columns = graph.constant(f"{out}:columns", matrix(width, wide).T)
    turned = graph.add("MatMul", [rows, graph.name(node.args[0], out)], f"{out}:tall")
    graph.add("MatMul", [turned, columns], out)


TOKENS: dict[str, Writer] = {
    "add": plain("Add", 2),
    "sub": plain("Sub", 2),
    "mul": plain("Mul", 2),
    "div": plain("Div", 2),
    "neg": plain("Neg"),
    "pow": plain("Pow", 2),
    "sqrt": plain("Sqrt"),
    "rsqrt": _inverse_root,
    "exp": plain("Exp"),
    "addcmul": _plus_product,
    "matmul": plain("MatMul", 2),
    "bmm": plain("MatMul", 2),
    "linear": _linear,
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "_native_batch_norm_legit": _norm_of_itself,
    "linalg_vector_norm": _length,
    "clamp_min": _at_least,
    "mean": _reduced("ReduceMean"),
    "sum": _reduced("ReduceSum"),
    "amax": _reduced("ReduceMax"),
    "softmax": _softmax,
    "scaled_dot_product_attention": _attention,
    "cat": _concat,
    "stack": _stack,
    "permute": _permute,
    "transpose": _transpose,
    "view": _reshaped,
    "_unsafe_view": _reshaped,
    "reshape": _reshaped,
    "unsqueeze": _reshaped,
    "squeeze": _reshaped,
    "expand": _expand,
    "slice": _slice,
    "select": _select,
    "index": _rows,
    "unbind": _unbind,
    "split": _split,
    "split_with_sizes": _split,
    "roll": _roll,
    "upsample_bilinear2d": _resampled,
    "upsample_bicubic2d": _resampled,
    "_upsample_bilinear2d_aa": _resampled,
    "_upsample_bicubic2d_aa": _resampled,
    "clone": plain("Identity"),
    "alias": plain("Identity"),
    "detach": plain("Identity"),
    "contiguous": plain("Identity"),
    "type_as": plain("Identity"),
    "_to_copy": plain("Identity"),
    "dropout": plain("Identity"),
}
