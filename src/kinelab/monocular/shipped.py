"""A direct network at work on crops: that of a file, or the one that ships with kinelab. Needs no torch."""

from __future__ import annotations

from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from kinelab.body.model import BodyModel
from kinelab.core.checks import Array
from kinelab.detection.onnx_sessions import OnnxSession, open_session
from kinelab.errors import InputError, ModelError
from kinelab.files.atomic import sha256_of
from kinelab.learning.onnx_graph import with_weights
from kinelab.learning.weights import ModelCard
from kinelab.monocular.calibration import calibrated
from kinelab.monocular.mirror import Mirror
from kinelab.monocular.mirrored_vector import mirrored_vectors, with_mirror
from kinelab.monocular.network_file import NetworkFile, read_network
from kinelab.monocular.poses import Poses
from kinelab.monocular.vector import Floats, Vector

BATCH = 16
"""Crops at once: more are no faster on a CPU, and memory stays small."""
Crops = npt.NDArray[np.uint8]


def shipped_path() -> Path:
    """Where the weights that ship with kinelab are."""
    return Path(str(files("kinelab") / "weights" / "monocular.safetensors"))


def load_network(path: str | Path | None = None, *, threads: int | None = None) -> DirectNetwork:
    """The network of a file, None = the shipped one. threads: of one call; None takes all cores.

    Raises:
        ModelError: no such file, damaged, or not a direct network.
    """
    place = shipped_path() if path is None else Path(path)
    file = read_network(place)
    try:
        session = open_session(with_weights(file.graph, file.arrays), threads=threads, name=place.name)
    except (ModelError, ValueError) as error:
        raise ModelError(f"{place}: the network cannot be opened ({error}); copy it again") from error
    return DirectNetwork(file, session, sha256_of(place))


class DirectNetwork:
    """A network that tells the pose of the person in a square crop."""

    def __init__(self, file: NetworkFile, session: OnnxSession, sha256: str = "") -> None:
        self.file = file
        self.sha256 = sha256
        self._session = session
        mean, std = (np.array(v, np.float32) for v in (file.use.mean, file.use.std))
        self._gain, self._lift = 1 / (255 * std), -mean / std

    @property
    def vector(self) -> Vector:
        """What the numbers of `vectors` mean."""
        return self.file.vector

    @property
    def model(self) -> BodyModel:
        """The skeletal model whose pose is told."""
        return self.vector.head.model

    @property
    def landmarks(self) -> tuple[str, ...]:
        """Names of the landmarks that are told in the crop."""
        return self.vector.landmarks

    @property
    def size_px(self) -> int:
        """Side of the crops; others are scaled to it."""
        return self.file.use.size_px

    @property
    def fill(self) -> tuple[float, float]:
        """Share of a crop's side that the person's box is to take, lowest and highest."""
        return self.file.use.fill

    @property
    def card(self) -> ModelCard:
        """Where the network comes from, and its limits."""
        return self.file.card

    @cached_property
    def _mirror(self) -> Mirror:
        return Mirror(self.model)

    def estimate(self, images: Crops, *, mirror: bool = False) -> Poses:
        """Poses in square crops (N, H, H, 3) uint8 RGB; sd are calibrated where the file says how.

        mirror: the mean with what is told of each crop's mirror image, at twice the time.

        Raises:
            InputError: crops of another type or shape; mirror with a model whose sides differ.
        """
        values = np.asarray(self.vectors(images, mirror=mirror), np.float64)
        if self.file.use.calibration is not None:
            values = calibrated(values, self.vector, self.file.use.calibration)
        return self.vector.poses(values, self.size_px)

    def vectors(self, images: Crops, *, mirror: bool = False) -> Floats:
        """The network's numbers (N, numbers) as they come, sd not calibrated; errors as `estimate`."""
        if images.ndim != 4 or images.shape[3] != 3 or images.shape[1] != images.shape[2]:
            raise InputError(f"crops have shape {images.shape}; expected (n, side, side, 3), square and RGB")
        if images.dtype != np.uint8:
            raise InputError(f"crops are of type {images.dtype}; expected uint8, 0 to 255")
        parts = [self._told(images[i : i + BATCH], mirror) for i in range(0, len(images), BATCH)]
        return np.concatenate([np.empty((0, self.vector.numbers), np.float32), *parts])

    def _told(self, images: Crops, mirror: bool) -> Floats:
        batch = self._pixels(images)
        told: Floats = self._session.run(batch)[0]
        if not mirror:
            return told
        other = self._session.run(np.ascontiguousarray(batch[..., ::-1]))[0]
        back = mirrored_vectors(np.asarray(other, np.float64), self.vector, self._mirror)
        both: Array = with_mirror(np.asarray(told, np.float64), back, self.vector)
        return both.astype(np.float32)

    def _pixels(self, images: Crops) -> Floats:
        side = self.size_px
        batch = np.empty((len(images), 3, side, side), np.float32)
        for i, image in enumerate(images):
            if len(image) != side:
                small = PillowImage.fromarray(image).resize((side, side), PillowImage.Resampling.BILINEAR)
                image = np.asarray(small)
            batch[i] = (image * self._gain + self._lift).transpose(2, 0, 1)
        return batch
