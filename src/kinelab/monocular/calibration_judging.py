"""What a direct network tells of pictures whose truth is known, and how wrong it is: for its calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.learning.steps import hash_of
from kinelab.monocular.batches import look_at, viewer
from kinelab.monocular.calibration_spoiling import SPOILERS
from kinelab.monocular.examples import Examples
from kinelab.monocular.shipped import DirectNetwork
from kinelab.monocular.vector import Vector
from kinelab.monocular.views import View, straight

_AT_ONCE = 64
_OFF = 0.02  # sd of a box in sides of the crop
GOOD = "good"
_AXES = np.sqrt(3)  # one axis's share of the angle between two rotations, by their mean squares


@dataclass(frozen=True, eq=False)
class Judged:
    """N pictures: vectors (N, numbers) as told; errors (N, sds) signed where they have a sign, of each number
    that has an sd, NaN where there is no truth; kind (N,) good, or how the picture was spoilt; person (N,).
    """

    vectors: Array
    errors: Array
    kind: tuple[str, ...]
    person: IntArray

    def of(self, rows: BoolArray | IntArray) -> Judged:
        """Only these pictures."""
        kind = tuple(np.array(self.kind)[rows].tolist())
        return Judged(self.vectors[rows], self.errors[rows], kind, self.person[rows])

    @property
    def good(self) -> BoolArray:
        """(N,) pictures that were not spoilt."""
        return np.array([one == GOOD for one in self.kind])


def judge(
    network: DirectNetwork,
    examples: Examples,
    *,
    rows: IntArray | None = None,
    spoilt_every: int = 4,
    mirror: bool = False,
    seed: int = 0,
    advance: Callable[[int], None] = lambda done: None,
) -> Judged:
    """Look at examples (rows: only these) as a detector would cut them out, each once, and at every
    `spoilt_every`-th of them once more, spoilt (0 = none). advance: examples done so far.
    """
    rows = np.arange(len(examples)) if rows is None else rows
    # A detector's box is a little off, and never turned.
    look = replace(straight(network.size_px), fill=network.fill, shift=_OFF)
    viewed = viewer(network.model, look)
    spoilers = list(SPOILERS.items())
    parts: list[tuple[Array, Array, list[str], IntArray]] = []
    person = np.asarray(examples.labels["person"], np.int64)
    for start in range(0, len(rows), _AT_ONCE):
        chosen = rows[start : start + _AT_ONCE]
        generator = torch.Generator().manual_seed(hash_of(seed, start))
        view = look_at(examples, chosen, viewed, generator)
        images, kinds, at = [view.image], [GOOD] * len(chosen), np.arange(len(chosen))
        for i in range(0, len(chosen) if spoilt_every else 0, max(spoilt_every, 1)):
            name, spoil = spoilers[(start + i) // max(spoilt_every, 1) % len(spoilers)]
            images.append(spoil(view.image[i : i + 1], generator))
            kinds.append(name)
            at = np.append(at, i)
        crops = torch.cat(images).round().clamp(0, 255).byte().permute(0, 2, 3, 1).contiguous().numpy()
        told = np.asarray(network.vectors(crops, mirror=mirror), np.float64)
        parts.append((told, _errors(told, view, at, network.vector), kinds, person[chosen[at]]))
        advance(start + len(chosen))
    vectors, errors, kinds_of, people = zip(*parts, strict=True)
    kind = tuple(name for part in kinds_of for name in part)
    return Judged(np.concatenate(vectors), np.concatenate(errors), kind, np.concatenate(people))


def _errors(told: Array, view: View, at: IntArray, vector: Vector) -> Array:
    """(N, sds): told minus true, rad and sides of the crop; a rotation's is the angle about one axis."""
    side = view.image.shape[-1]
    poses = vector.poses(told, side)
    columns = vector.head.columns
    angle = poses.coordinates[:, columns] - view.coordinates.numpy()[at][:, columns]
    turn = rotation_error(poses.view_rotation, view.view_rotation.numpy()[at])
    parts = [angle, turn[:, None]]
    if vector.landmarks:
        off = (poses.landmark_px - view.landmark_px.numpy()[at]) / side
        apart = np.sqrt((off**2).mean(axis=2))
        parts.append(np.where(view.in_view.numpy()[at], apart, np.nan))
    return np.concatenate(parts, axis=1)


def rotation_error(first: Array, second: Array) -> Array:
    """(N,) angle between rotations (N, 3, 3) as one of its three axes sees it on average, rad."""
    cosine = (np.einsum("nij,nij->n", first, second) - 1) / 2
    return np.asarray(np.arccos(np.clip(cosine, -1, 1)) / _AXES)
