"""A virtual person: a skin that the own body carries, so that angles, joints and markers are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinelab.body.forward import Placement
from kinelab.body.model import BodyModel, Marker
from kinelab.body.own_body import own_body
from kinelab.body.scaling import with_mass
from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import FloatArray, Surface
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.people.landmarks import landmarks
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.people.skin import carried

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.looks import Looks


@dataclass(frozen=True, eq=False)
class Person:
    """A person who can move and be drawn.

    mover: the own body in this person's lengths. surface: skin, clothes, hair and shoes in the bind pose
    (`surface.rest_m`), held by weight_body, weight (V, 4). bind: rotation (S, 3, 3) and position (S, 3) m of
    the bodies in it. marker_m (63, 3): the own body's markers, on the skin, in the frames of their
    bodies; landmark_m (L, 3) the same of the pose networks' landmarks, where one who labels would click.
    """

    id: str
    shape: Shape
    looks: Looks | None
    mover: Mover
    surface: Surface
    weight_body: NDArray[np.int32]
    weight: FloatArray
    bind: tuple[Array, Array]
    marker_m: Array
    landmark_m: Array

    @cached_property
    def model(self) -> BodyModel:
        """The scaled own body with this person's mass and markers: what `kinelab ik` is to find again."""
        return self._scaled.with_markers(_placed(own_body().markers, self.marker_m))

    @cached_property
    def landmark_model(self) -> BodyModel:
        """The same with the landmarks of the pose networks (`keypoint_markers`, in its order) as markers."""
        return self._scaled.with_markers(_placed(landmarks(), self.landmark_m))

    @cached_property
    def _scaled(self) -> BodyModel:
        unmarked = own_body().with_markers(()).scaled(self.mover.scale)
        return with_mass(unmarked, self.mover.scale, self.mover.mass_kg)

    def vertices(self, rotation: Array, position_m: Array) -> FloatArray:
        """Vertices (V, 3) m of the surface in ground, from the bodies' rotation and position (S, 3) m."""
        return carried(self.surface.rest_m, self.weight_body, self.weight, self.bind, (rotation, position_m))

    def landmarks_at(self, placement: Placement) -> Array:
        """Where the landmarks are, (T, L, 3) m, in a placement of the mover: as `landmark_model` has them.

        No model is made for it, which costs more than all the rest of a picture's truth.
        """
        return _carried_along(_landmark_rows(), self.landmark_m, placement)

    def markers_at(self, placement: Placement) -> Array:
        """Where the own body's markers on the skin are, (T, 63, 3) m, likewise."""
        return _carried_along(_marker_rows(), self.marker_m, placement)


@cache
def _landmark_rows() -> list[int]:
    return [own_body().body_index(marker.body) for marker in landmarks()]


@cache
def _marker_rows() -> list[int]:
    return [own_body().body_index(marker.body) for marker in own_body().markers]


def _carried_along(rows: list[int], offset_m: Array, placement: Placement) -> Array:
    turned: Array = np.einsum("...mij,mj->...mi", placement.rotation[..., rows, :, :], offset_m)
    return turned + placement.position_m[..., rows, :]


def _placed(markers: Sequence[Marker], offset_m: Array) -> tuple[Marker, ...]:
    """The markers in these places (M, 3) m of their bodies."""
    return tuple(
        Marker(m.name, m.body, np.diag(offset), m.fixed) for m, offset in zip(markers, offset_m, strict=True)
    )
