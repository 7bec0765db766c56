"""The file of a direct network: its graph, its arrays, how it is used, and its model card."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from kinelab.body.model import BodyModel
from kinelab.body.model_file import model_from_json, model_json
from kinelab.body.own_body import own_body
from kinelab.errors import KinelabError, ModelError
from kinelab.learning.graph_file import Arrays, read_graph, write_graph
from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration import Calibration
from kinelab.monocular.head import Head
from kinelab.monocular.vector import Vector

_FORMAT = "kinelab direct network 1"


class Use(BaseModel):
    """How a direct network is used.

    size_px: side of its square crops; pixels are (RGB / 255 - mean) / std. fill: share of the crop that
    a person's box took when it learnt, lowest and highest. model: "" for the own body, else the model's JSON;
    fingerprint: of the model's parts that the output follows from. recipe: of the training, so that a network
    can be built in torch again. calibration: None = not calibrated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_px: int
    fill: tuple[float, float]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    landmarks: tuple[str, ...]
    model: str = ""
    fingerprint: str
    recipe: dict[str, Any] = {}
    calibration: Calibration | None = None


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """What a file of a direct network holds; `vector` says what its numbers mean."""

    graph: bytes
    arrays: Arrays
    use: Use
    card: ModelCard
    vector: Vector


def described(model: BodyModel) -> tuple[str, str]:
    """`Use.model` and `Use.fingerprint` of a model."""
    mark = fingerprint(model)
    return "" if mark == fingerprint(own_body()) else model_json(model), mark


def fingerprint(model: BodyModel) -> str:
    """Equal for models of which a network's output means the same: joints, bodies, coordinates, ranges."""
    parts = (
        [(body.name, body.scaled_as) for body in model.bodies],
        [(joint.name, joint.kind, joint.parent, joint.child) for joint in model.joints],
        [(one.name, one.motion, one.locked, one.range) for one in model.coordinates],
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def read_network(path: str | Path) -> NetworkFile:
    """What a file holds.

    Raises:
        ModelError: no such file, damaged, not a direct network, or one for another own body.
    """
    parts, use = read_graph(path, _FORMAT, Use)
    vector = vector_of(path, use.model, use.fingerprint, use.landmarks)
    return NetworkFile(parts.graph, parts.arrays, use, parts.card, vector)


def vector_of(path: str | Path, model: str, fingerprint: str, landmarks: tuple[str, ...]) -> Vector:
    """What the numbers of a file's network mean; raises `ModelError` for one of another own body."""
    try:
        return Vector(model_of(model, fingerprint), landmarks)
    except KinelabError as error:
        raise ModelError(f"{path}: {error}") from error


def write_network(path: str | Path, file: NetworkFile) -> None:
    """Write a network whole or not at all.

    Raises:
        ModelError: a weight is no number or too large for float16.
        OutputError: the file cannot be written.
    """
    write_graph(path, _FORMAT, file.graph, file.arrays, file.use, file.card)


def model_of(text: str, mark: str) -> Head:
    """The head of `Use.model` and `Use.fingerprint`.

    Raises:
        ModelError: it was another version of the own body. FileFormatError: the text is no model.
    """
    model = model_from_json(text, "the network's file") if text else own_body()
    if fingerprint(model) != mark:
        raise ModelError(
            "the network was trained for another version of the own body, whose coordinates or ranges "
            "differed; use the file that came with this kinelab, or train again"
        )
    return Head(model)
