"""Lifting: from the 2D landmarks of a pose network to the pose of the skeletal model, without the picture.

The usual way from one camera (Martinez et al. 2017, arXiv:1705.03098; Pavllo et al. 2019, arXiv:1811.11742),
with the model's own head in place of points: what a direct network has to be better than. It has learnt from
projections of virtual people alone (`lifting_views`), and reads the landmarks of nine moments, of any set
that has shoulders, hips, knees and ankles.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import SKELETONS, Skeleton
from kinelab.errors import InputError, ModelError
from kinelab.learning.weights import ModelCard, card_from_json, read_arrays, write_arrays
from kinelab.monocular.calibration import Calibration, calibrated
from kinelab.monocular.head import ROTATION_NUMBERS, Head
from kinelab.monocular.lifting_input import MOMENTS_S, boxes_of, features, moments
from kinelab.monocular.mirror import Mirror, exchanged
from kinelab.monocular.mirrored_vector import mirrored_vectors, with_mirror
from kinelab.monocular.network_file import fingerprint
from kinelab.monocular.poses import Poses
from kinelab.monocular.vector import Floats, Vector

BLOCKS = 2  # of two layers each, with a way past them
NEEDED = tuple(
    f"{side}_{name}" for name in ("shoulder", "hip", "knee", "ankle") for side in ("left", "right")
)
LEAST_SEEN = 6  # landmarks in the middle moment; with fewer nothing is told
_FORMAT = "kinelab lifting network 2"
_TEXTS = ("skeleton", "fingerprint", "card", "calibration")
_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class LiftingNetwork:
    """A perceptron with residual blocks, in numpy; arrays are named as in `lifting_training`."""

    skeleton: Skeleton
    arrays: dict[str, Floats]
    card: ModelCard
    calibration: Calibration | None = None

    @cached_property
    def vector(self) -> Vector:
        """What its numbers mean."""
        return Vector(Head(own_body()), ())

    def estimate(self, keypoints: Keypoints) -> Poses:
        """The poses of a person in T frames of a video, from landmarks of this network's set, px.

        Of a set that has fewer, the others count as not seen.

        The view of each frame looks through the middle of what is seen of the landmarks (`middle_px`). In
        frames with fewer than six landmarks the model stands as by default with the largest sd. The poses'
        landmarks are those given, in the video's own pixels, with their sd (NaN: not seen, or not known).

        Raises:
            InputError: not in px, a landmark of `NEEDED` is missing, or times that do not increase.
        """
        position = self._wanted(keypoints)
        at, seen = moments(position, np.asarray(keypoints.time_s))
        values = np.concatenate(
            [
                self.told(features(at[i : i + _AT_ONCE], seen[i : i + _AT_ONCE]))
                for i in range(0, len(at), _AT_ONCE)
            ]
        )
        if self.calibration is not None:
            values = calibrated(values, self.vector, self.calibration)
        blind = np.isfinite(position).all(axis=2).sum(axis=1) < LEAST_SEEN
        values[blind] = self._nothing()
        sd = np.full(position.shape[:2], np.nan)
        for i, name in enumerate(self.skeleton.landmarks):
            if keypoints.sd is not None and keypoints.skeleton.has(name):
                sd[:, i] = keypoints.sd[:, keypoints.skeleton.index(name)]
        return replace(
            self.vector.poses(values, 1),
            landmarks=self.skeleton.landmarks,
            landmark_px=position,
            landmark_sd_px=sd,
        )

    def told(self, inputs: Array) -> Array:
        """Vectors (N, V), the mean of what is told of a person and of the person in a mirror; sd as told."""
        there = np.array(inputs, np.float64).reshape(len(inputs), len(MOMENTS_S), len(self.skeleton), 3)
        there = there[:, :, exchanged(self.skeleton.landmarks)]
        there[..., 0] *= -1
        mirrored = self.vectors(there.reshape(len(inputs), -1))
        return with_mirror(
            self.vectors(inputs), mirrored_vectors(mirrored, self.vector, self._mirror), self.vector
        )

    @cached_property
    def _mirror(self) -> Mirror:
        return Mirror(self.vector.head.model)

    def vectors(self, inputs: Array) -> Array:
        """Vectors (N, V) of inputs (N, W * K * 3) as `lifting_input.features` makes them."""
        a = self.arrays
        value = np.maximum(inputs.astype(np.float32) @ a["first.weight"].T + a["first.bias"], 0)
        for block in range(BLOCKS):
            inner = value
            for layer in ("one", "two"):
                name = f"blocks.{block}.{layer}"
                inner = np.maximum(inner @ a[f"{name}.weight"].T + a[f"{name}.bias"], 0)
            value = value + inner
        pose = value @ a["pose.weight"].T + a["pose.bias"]
        spread = value @ a["spread.weight"].T + a["spread.bias"]
        return np.concatenate([self._bounded(pose), spread], axis=1)

    def _bounded(self, pose: Array) -> Array:
        """As `network.Bounds`."""
        head = self.vector.head
        middle, half = head.bounds
        factors = slice(ROTATION_NUMBERS, ROTATION_NUMBERS + 3 * head.factors)
        told = np.array(pose, np.float64)
        told[:, factors] = head.half_log_factor * np.tanh(told[:, factors])
        told[:, factors.stop :] = middle + half * np.tanh(told[:, factors.stop :])
        return told

    def _nothing(self) -> Array:
        """The vector of who is not seen."""
        head = self.vector.head
        vector = np.zeros(self.vector.numbers)
        vector[self.vector.rotation] = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)
        vector[self.vector.coordinates] = head.model.default_coordinates[head.columns]
        vector[self.vector.coordinate_sd] = vector[self.vector.rotation_sd] = np.log(np.pi)
        return vector

    def _wanted(self, keypoints: Keypoints) -> Array:
        if keypoints.unit != "px":
            raise InputError(f"landmarks are in {keypoints.unit}; lifting reads px of a picture")
        lacking = [name for name in NEEDED if not keypoints.skeleton.has(name)]
        if lacking:
            raise InputError(
                f"landmark set {keypoints.skeleton.name} lacks {', '.join(lacking)}, without which nothing "
                "can be lifted"
            )
        none = np.full((keypoints.n, 2), np.nan)
        names = self.skeleton.landmarks
        return np.stack(
            [keypoints.of(name)[..., :2] if keypoints.skeleton.has(name) else none for name in names], axis=1
        )


def middle_px(position: Array) -> Array:
    """(T, 2) where the views look: the middle of what is seen of landmarks (T, K, 2) px; NaN for nothing."""
    return boxes_of(position, np.asarray(np.isfinite(position).all(axis=-1)))[0]


def save_lifting(path: str | Path, network: LiftingNetwork) -> None:
    """Write a network whole or not at all, in half precision.

    Raises:
        ModelError: a weight is no number or too large. OutputError: the file cannot be written.
    """
    texts = {
        "format": _FORMAT,
        "skeleton": network.skeleton.name,
        "fingerprint": fingerprint(own_body()),
        "card": json.dumps(asdict(network.card)),
        "calibration": network.calibration.model_dump_json() if network.calibration else "",
    }
    write_arrays(path, network.arrays, texts)


def shipped_lifting_path() -> Path:
    """Where the weights that ship with kinelab are."""
    return Path(str(files("kinelab") / "weights" / "lifting.safetensors"))


def load_lifting(path: str | Path | None = None) -> LiftingNetwork:
    """A network that `save_lifting` wrote; None = the shipped one, for up to 26 landmarks (`HALPE_26`).

    Raises:
        ModelError: no such file, damaged, another kind of network, or one of another own body.
    """
    path = shipped_lifting_path() if path is None else Path(path)
    arrays, texts = read_arrays(path, _FORMAT, _TEXTS)
    if texts["fingerprint"] != fingerprint(own_body()):
        raise ModelError(
            f"{path} was trained for another version of the own body, whose coordinates or ranges differed; "
            "train it again"
        )
    if texts["skeleton"] not in SKELETONS:
        raise ModelError(f"{path} reads the landmark set {texts['skeleton']!r}, which this kinelab has not")
    calibration = texts["calibration"]
    return LiftingNetwork(
        SKELETONS[texts["skeleton"]],
        arrays,
        card_from_json(texts["card"]),
        Calibration.model_validate_json(calibration) if calibration else None,
    )
