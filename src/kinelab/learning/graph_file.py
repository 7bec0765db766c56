"""Files of networks that run by a graph: arrays under torch's names in half precision, and as texts the graph
(ONNX without weights), how it is used, and the model card. Reading needs no torch.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ValidationError

from kinelab.errors import ModelError
from kinelab.learning.weights import ModelCard, card_from_json, read_arrays, write_arrays

_TEXTS = ("graph", "use", "card")
Arrays = dict[str, npt.NDArray[np.float32]]
Use = TypeVar("Use", bound=BaseModel)


class GraphParts(NamedTuple):
    """The parts of a file beside its use."""

    graph: bytes
    arrays: Arrays
    card: ModelCard


def read_graph(path: str | Path, wanted: str, use: type[Use]) -> tuple[GraphParts, Use]:
    """What a file of the format `wanted` holds, whose use is described by the class `use`.

    Raises:
        ModelError: no such file, damaged, or not one of this format.
    """
    arrays, texts = read_arrays(path, wanted, _TEXTS)
    try:
        how = use.model_validate_json(texts["use"])
        graph = base64.b64decode(texts["graph"], validate=True)
    except (ValidationError, ValueError) as error:
        raise ModelError(f"{path}: what the file says of its use cannot be read ({error})") from error
    return GraphParts(graph, arrays, card_from_json(texts["card"])), how


def write_graph(
    path: str | Path,
    wanted: str,
    graph: bytes,
    arrays: Arrays,
    use: BaseModel,
    card: ModelCard,
) -> None:
    """Write a file of the format `wanted` whole or not at all.

    Raises:
        ModelError: a weight is no number or too large for float16.
        OutputError: the file cannot be written.
    """
    texts = {
        "format": wanted,
        "graph": base64.b64encode(graph).decode("ascii"),
        "use": use.model_dump_json(),
        "card": json.dumps(asdict(card)),
    }
    write_arrays(path, arrays, texts)
