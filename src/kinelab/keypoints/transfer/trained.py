"""A network that was trained on a project's labels, ready for use: needs onnxruntime only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from kinelab.core.checks import Array
from kinelab.core.skeletons import Skeleton
from kinelab.detection.onnx_sessions import OnnxSession, open_session
from kinelab.errors import InputError, ModelError
from kinelab.files.atomic import sha256_of
from kinelab.keypoints.projects.runs import NETWORK_FILE
from kinelab.keypoints.transfer.decoding import decode
from kinelab.keypoints.transfer.pictures import Picture, fitted, from_input
from kinelab.learning.graph_file import Arrays, read_graph, write_graph
from kinelab.learning.onnx_graph import with_weights
from kinelab.learning.weights import ModelCard

_FORMAT = "kinelab landmark network 1"
_BATCH = 8  # pictures at once: more are no faster on a CPU, and memory stays small


class Use(BaseModel):
    """How a trained network is used.

    input_size_px: width, height; pixels are (RGB / 255 - mean) / std. stride, spread_px, votes: see
    `decoding.decode`. sd_scale, sd_floor_px (K): see `calibration`; empty = not calibrated.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    landmarks: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    input_size_px: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    stride: int
    spread_px: float
    votes: int
    sd_scale: tuple[float, ...] = ()
    sd_floor_px: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class Prediction:
    """Where a network sees K landmarks in N pictures.

    position_px (N, K, 2): x right, y DOWN in the px of the pictures as given; confidence (N, K): 0 to 1;
    sd_px (N, K): standard deviation of one coordinate, px.
    """

    position_px: Array
    confidence: Array
    sd_px: Array


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """What a file of a trained network holds."""

    graph: bytes
    arrays: Arrays
    use: Use
    card: ModelCard


class TrainedNetwork:
    """A network that finds the landmarks of a project in pictures of any size."""

    def __init__(self, file: NetworkFile, session: OnnxSession, sha256: str = "") -> None:
        self.use = file.use
        self.card = file.card
        self.sha256 = sha256
        self._session = session
        mean, std = (np.array(v, np.float32)[:, None, None] for v in (file.use.mean, file.use.std))
        self._gain, self._lift = 1 / (255 * std), -mean / std

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Names of the K landmarks, in order."""
        return self.use.landmarks

    @property
    def skeleton(self) -> Skeleton:
        """The landmarks with their links."""
        return Skeleton(self.card.name, self.use.landmarks, self.use.links)

    @property
    def input_size_px(self) -> tuple[int, int]:
        """(width, height) to which pictures are scaled."""
        return self.use.input_size_px

    def predict(self, images: Sequence[Picture]) -> Prediction:
        """Landmarks in pictures (H, W, 3) uint8 RGB, which may differ in size.

        Raises:
            InputError: a picture of another type or shape.
        """
        parts = [self._predict(images[i : i + _BATCH]) for i in range(0, len(images), _BATCH)]
        if not parts:
            k = len(self.landmarks)
            return Prediction(np.empty((0, k, 2)), np.empty((0, k)), np.empty((0, k)))
        return Prediction(
            np.concatenate([p.position_px for p in parts]),
            np.concatenate([p.confidence for p in parts]),
            np.concatenate([p.sd_px for p in parts]),
        )

    def _predict(self, images: Sequence[Picture]) -> Prediction:
        width, height = self.use.input_size_px
        batch = np.empty((len(images), 3, height, width), np.float32)
        scale = np.empty(len(images))
        for i, image in enumerate(images):
            _check(image)
            small, scale[i] = fitted(image, self.use.input_size_px)
            np.multiply(small.transpose(2, 0, 1), self._gain, out=batch[i])
            batch[i] += self._lift
        maps = self._session.run(batch)[0]
        position, confidence, sd = decode(maps, self.use.stride, self.use.spread_px, radius=self.use.votes)
        if self.use.sd_scale:
            sd = np.sqrt((np.array(self.use.sd_scale) * sd) ** 2 + np.array(self.use.sd_floor_px) ** 2)
        return Prediction(
            from_input(position, scale[:, None, None]), confidence, np.asarray(sd / scale[:, None])
        )


def open_trained(path: str | Path, *, threads: int | None = None) -> TrainedNetwork:
    """A trained network from its file, or from the folder of its run.

    threads: of one call; None takes all cores.

    Raises:
        ModelError: no such file, damaged, or not a network that was trained on labels.
    """
    place = Path(path) / NETWORK_FILE if Path(path).is_dir() else Path(path)
    file = read_network(place)
    try:
        session = open_session(with_weights(file.graph, file.arrays), threads=threads, name=place.name)
    except (ModelError, ValueError) as error:
        raise ModelError(f"{place}: the network cannot be opened ({error}); copy it again") from error
    return TrainedNetwork(file, session, sha256_of(place))


def read_network(path: Path) -> NetworkFile:
    """What a file holds; errors as `open_trained`."""
    parts, use = read_graph(path, _FORMAT, Use)
    return NetworkFile(parts.graph, parts.arrays, use, parts.card)


def write_network(path: Path, file: NetworkFile) -> None:
    """Write a trained network whole or not at all.

    Raises:
        ModelError: a weight is no number or too large for float16.
        OutputError: the file cannot be written.
    """
    write_graph(path, _FORMAT, file.graph, file.arrays, file.use, file.card)


def _check(image: Picture) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise InputError(
            f"a picture has shape {image.shape} and type {image.dtype}; expected (height, width, 3) uint8 RGB"
        )
