"""What the numbers mean that a direct network tells of one crop: their order, and the poses behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.monocular.head import ROTATION_NUMBERS, Head
from kinelab.monocular.poses import Poses

Floats = npt.NDArray[np.float32]
_LIMITS = (-7.0, 2.0)  # of a log sd that is believed: 0.05 deg to two turns


@dataclass(frozen=True)
class Vector:
    """The order of the numbers for one `Head` and K landmarks; each property is a slice of the last axis.

    rotation: pelvis to the view's frame, two columns one after the other; factors: log of each told row of
    factors, three numbers a row; coordinates: the told ones, rad; spots: x and y of each landmark in sides of
    the crop, 0 to 1 (0 is the crop's left and top EDGE); then logs of standard deviations: coordinate_sd
    (rad), rotation_sd (rad, about any axis), spot_sd (of x and of y, in sides of the crop).
    """

    head: Head
    landmarks: tuple[str, ...]

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        told, k = len(self.head.columns), len(self.landmarks)
        lengths = (ROTATION_NUMBERS, 3 * self.head.factors, told, 2 * k, told, 1, k)
        return tuple(int(end) for end in np.cumsum([0, *lengths]))

    def _part(self, i: int) -> slice:
        return slice(self._ends[i], self._ends[i + 1])

    @property
    def rotation(self) -> slice:
        """Six numbers."""
        return self._part(0)

    @property
    def factors(self) -> slice:
        """Three for each row of factors."""
        return self._part(1)

    @property
    def coordinates(self) -> slice:
        """One for each told coordinate."""
        return self._part(2)

    @property
    def spots(self) -> slice:
        """Two for each landmark."""
        return self._part(3)

    @property
    def coordinate_sd(self) -> slice:
        """One for each told coordinate."""
        return self._part(4)

    @property
    def rotation_sd(self) -> slice:
        """One."""
        return self._part(5)

    @property
    def spot_sd(self) -> slice:
        """One for each landmark."""
        return self._part(6)

    @property
    def sds(self) -> slice:
        """All three logs of standard deviations."""
        return slice(self._ends[4], self._ends[7])

    @property
    def pose(self) -> slice:
        """Rotation, factors and coordinates: what D3KE tells, `Head.numbers` of them."""
        return slice(0, self._ends[3])

    @property
    def numbers(self) -> int:
        """How many there are."""
        return self._ends[-1]

    def poses(self, values: Floats | Array, size_px: int) -> Poses:
        """The poses that vectors (N, numbers) stand for, seen in square crops of size_px.

        Raises:
            InputError: another count of numbers.
        """
        values = np.asarray(values, np.float64)
        if values.ndim != 2 or values.shape[1] != self.numbers:
            raise InputError(f"vectors have shape {values.shape}, expected (n, {self.numbers})")
        model, n = self.head.model, len(values)
        coordinates = np.tile(model.default_coordinates, (n, 1))
        coordinates[:, self.head.columns] = values[:, self.coordinates]
        sd = np.full_like(coordinates, np.nan)
        sd[:, self.head.columns] = _sd(values[:, self.coordinate_sd])
        factors = np.exp(values[:, self.factors]).reshape(n, self.head.factors, 3)
        return Poses(
            model=model,
            coordinates=coordinates,
            sd_rad=sd,
            scale=factors[:, self.head.factor_rows],
            view_rotation=_rotation(values[:, self.rotation]),
            view_sd_rad=_sd(values[:, self.rotation_sd])[:, 0],
            landmarks=self.landmarks,
            # Middle of the first pixel is 0: half a pixel right of and below the crop's edge.
            landmark_px=values[:, self.spots].reshape(n, len(self.landmarks), 2) * size_px - 0.5,
            landmark_sd_px=_sd(values[:, self.spot_sd]) * size_px,
            size_px=(size_px, size_px),
        )

    def values(self, poses: Poses) -> Array:
        """What `poses` undoes: vectors (N, numbers) of poses of this model, seen in square crops.

        Bodies that share factors are told as the first of them is. sd of NaN or 0 becomes the largest or
        smallest that is believed.

        Raises:
            InputError: poses of another model or of other landmarks.
        """
        if poses.model.coordinate_names != self.head.model.coordinate_names:
            raise InputError(
                f"the poses are of model {poses.model.name}, the vector of {self.head.model.name}: their "
                "coordinates differ"
            )
        if poses.landmarks != self.landmarks:
            raise InputError("the poses have other landmarks than the vector, or another order")
        first = [int(np.flatnonzero(self.head.factor_rows == row)[0]) for row in range(self.head.factors)]
        side = poses.size_px[0]
        parts = (
            poses.view_rotation[..., :2].swapaxes(-1, -2).reshape(poses.n, -1),
            np.log(poses.scale[:, first]).reshape(poses.n, -1),
            poses.coordinates[:, self.head.columns],
            ((poses.landmark_px + 0.5) / side).reshape(poses.n, -1),
            _log_sd(poses.sd_rad[:, self.head.columns]),
            _log_sd(poses.view_sd_rad)[:, None],
            _log_sd(poses.landmark_sd_px / side),
        )
        return np.concatenate(parts, axis=1)


def _sd(logs: Array) -> Array:
    return np.asarray(np.exp(np.clip(logs, *_LIMITS)))


def _log_sd(sd: Array) -> Array:
    low, high = np.exp(_LIMITS)
    return np.asarray(np.log(np.clip(np.nan_to_num(sd, nan=high), low, high)))


def _rotation(six: Array) -> Array:
    """Gram and Schmidt as `geometry.torch_rotations.from_6d`, (N, 6) -> (N, 3, 3)."""
    x = six[:, :3] / np.linalg.norm(six[:, :3], axis=1, keepdims=True)
    rest = six[:, 3:] - (x * six[:, 3:]).sum(axis=1, keepdims=True) * x
    y = rest / np.linalg.norm(rest, axis=1, keepdims=True)
    return np.stack([x, y, np.cross(x, y)], axis=-1)
