"""The file of a sequence network: as `network_file`, for clips of vectors in place of crops."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from kinelab.learning.graph_file import Arrays, read_graph, write_graph
from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration import Calibration
from kinelab.monocular.network_file import vector_of
from kinelab.monocular.vector import Vector

RATE_HZ = 30.0
"""All sequence networks work at this rate."""
_FORMAT = "kinelab sequence network 1"


class SequenceUse(BaseModel):
    """How a sequence network is used: length of its windows at 30 Hz, the model and landmarks of the direct
    network whose vectors it takes (see `network_file.Use`), its recipe, and its own calibration.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    frames: int
    landmarks: tuple[str, ...]
    model: str = ""
    fingerprint: str
    recipe: dict[str, Any]
    calibration: Calibration | None = None


@dataclass(frozen=True, eq=False)
class SequenceFile:
    """What a file of a sequence network holds; `vector` says what its numbers mean."""

    graph: bytes
    arrays: Arrays
    use: SequenceUse
    card: ModelCard
    vector: Vector


def read_sequence(path: str | Path) -> SequenceFile:
    """What a file holds.

    Raises:
        ModelError: no such file, damaged, not a sequence network, or one for another own body.
    """
    parts, use = read_graph(path, _FORMAT, SequenceUse)
    vector = vector_of(path, use.model, use.fingerprint, use.landmarks)
    return SequenceFile(parts.graph, parts.arrays, use, parts.card, vector)


def write_sequence(path: str | Path, file: SequenceFile) -> None:
    """Write a network whole or not at all; errors as `network_file.write_network`."""
    write_graph(path, _FORMAT, file.graph, file.arrays, file.use, file.card)
