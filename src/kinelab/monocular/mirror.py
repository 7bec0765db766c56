"""A person in a mirror: what becomes of coordinates, factors, landmarks and rotations when left is right."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinelab.body.model import Axis, BodyModel
from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError

MIRROR_VIEW = np.diag([-1.0, 1.0, 1.0])  # a picture's x
MIRROR_BODY = np.diag([1.0, 1.0, -1.0])  # a body's z, which points to the right
_SIDES = (("_r", "_l"), ("right_", "left_"))


@dataclass(frozen=True)
class Mirror:
    """For models that are the same on both sides, with z to the right and sides in their names.

    Rotations R of a body to a view become MIRROR_VIEW @ R @ MIRROR_BODY.
    """

    model: BodyModel

    @cached_property
    def columns(self) -> IntArray:
        """(C,) which coordinate each becomes: right and left change places."""
        return exchanged(self.model.coordinate_names)

    @cached_property
    def signs(self) -> Array:
        """(C,) by which each coordinate is then multiplied.

        From the axes of the joints: mirrored, a rotation about (x, y, z) is one about (-x, -y, z) and a way
        along it one along (x, y, -z).

        Raises:
            InputError: an axis on one side is not that of the other in the mirror.
        """
        sign = np.ones(len(self.model.coordinates))
        found = {name: axis for joint in self.model.joints for name, axis in _axes(joint.axes)}
        for i, coordinate in enumerate(self.model.coordinates):
            partner = self.model.coordinate_names[self.columns[i]]
            if coordinate.name not in found or partner not in found:
                continue  # moves nothing, or follows others
            there = found[partner].direction * (
                [-1, -1, 1] if coordinate.motion == "rotational" else [1, 1, -1]
            )
            cosine = float(there @ found[coordinate.name].direction)
            if abs(cosine) < 0.99:
                raise InputError(
                    f"model {self.model.name} is not the same on both sides: the axes of {coordinate.name} "
                    f"and {partner} are {np.degrees(np.arccos(abs(cosine))):.1f} deg apart in the mirror"
                )
            sign[i] = np.sign(cosine)
        return sign

    @cached_property
    def bodies(self) -> IntArray:
        """(S,) which body each becomes."""
        return exchanged(self.model.body_names)

    def coordinates(self, values: Array) -> Array:
        """Coordinates (..., C) of the mirrored person."""
        return np.asarray(values[..., self.columns] * self.signs)


def exchanged(names: tuple[str, ...]) -> IntArray:
    """(N,) index of each name's partner on the other side; its own where it has none."""
    row = {name: i for i, name in enumerate(names)}
    return np.array([row.get(_partner(name), i) for i, name in enumerate(names)], np.int64)


def _partner(name: str) -> str:
    for one, other in (*_SIDES, *(pair[::-1] for pair in _SIDES)):
        if one.startswith("_") and name.endswith(one):
            return name[: -len(one)] + other
        if one.endswith("_") and name.startswith(one):
            return other + name[len(one) :]
    return name


def _axes(axes: tuple[Axis, ...]) -> list[tuple[str, Axis]]:
    """Coordinate and axis for every rotation or way that a coordinate alone makes."""
    return [(term.coordinate, axis) for axis in axes for term in axis.terms if term.coordinate is not None]
