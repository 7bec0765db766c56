"""What a movement needs to know of the person who makes it: the skeletal model and its soles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel, Marker
from kinelab.body.own_body import own_body
from kinelab.body.own_body import points as p
from kinelab.core.checks import Array, Problems, read_only
from kinelab.errors import InputError

# Where the sole bears the body, in the standing own body. The toes' edge is rounded: the point that bears
# lies a little inside the outline. The meshes' heels roll about the very back of the heel.
_BEARING: dict[str, tuple[str, p.Point]] = {
    "heel": ("calcn", (p.HEEL[0], 0.0, p.HEEL[2])),
    "ball_in": ("calcn", (p.METATARSAL_1[0], 0.0, p.METATARSAL_1[2])),
    "ball_out": ("calcn", (p.METATARSAL_5[0], 0.0, p.METATARSAL_5[2])),
    "toe": ("toes", (p.TOE_TIP[0] - 0.008, 0.0, p.TOE_TIP[2])),
}
# A shoe is longer than the foot, by so many times its sole's thickness at each end (measured on our shoes).
_LONGER = {"heel": -0.4, "toe": 0.4}
SOLE_NAMES: tuple[str, ...] = tuple(f"sole_{point}_{side}" for side in "rl" for point in _BEARING)


@dataclass(frozen=True, eq=False)
class Mover:
    """A person as the movements see one.

    scale (S, 3): lengths of the person's bodies over the own body's, in its order. sole_m: how thick the
    shoe's sole is under the bare foot.
    """

    scale: Array
    height_m: float
    mass_kg: float
    sole_m: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", read_only(self.scale))
        with Problems("Mover") as problems:
            problems.shape("scale", self.scale, (len(own_body().bodies), 3))
            problems.add_if(not (self.scale > 0).all(), "scale holds a factor that is not positive")
            problems.add_if(not 0.8 <= self.height_m <= 2.4, f"height_m is {self.height_m}, not 0.8 to 2.4")
            problems.add_if(not 8 <= self.mass_kg <= 300, f"mass_kg is {self.mass_kg}, not 8 to 300")
            problems.add_if(not 0 <= self.sole_m <= 0.08, f"sole_m is {self.sole_m}, not 0 to 0.08")

    @cached_property
    def model(self) -> BodyModel:
        """The own body in this person's size, its markers the eight bearing points in `SOLE_NAMES` order."""
        return own_body().scaled(self.scale).with_markers(_sole_markers(self.scale, self.sole_m))

    @cached_property
    def standing(self) -> Array:
        """Coordinates (C,) rad or m of the neutral pose: soles on the floor, feet straight, arms down."""
        pose = self.model.default_coordinates
        pose[self.column("pelvis_ty")] -= forward(self.model, pose).marker_m[:, 1].min()
        return read_only(pose)

    @cached_property
    def leg_m(self) -> float:
        """Height of the hip's centre over the floor when standing."""
        centres = forward(self.model, self.standing).joint_centre_m
        return float(centres[self.model.joint_names.index("hip_r"), 1])

    def column(self, coordinate: str) -> int:
        """Column of a coordinate in arrays (T, C)."""
        return self.model.coordinate_index(coordinate)


def default_mover(height_m: float = p.H, sole_m: float = 0.0) -> Mover:
    """The own body alike in all directions at a height: for motion without a person, and for tests."""
    if not 0.8 <= height_m <= 2.4:
        raise InputError(f"height_m is {height_m:g}, expected 0.8 to 2.4 (metres)")
    ratio = height_m / p.H
    plain = own_body()
    return Mover(np.full((len(plain.bodies), 3), ratio), height_m, plain.mass_kg * ratio**3, sole_m)


def _sole_markers(scale: Array, sole_m: float) -> tuple[Marker, ...]:
    """Bearing points of the right, then the left foot of a body scaled by `scale` (S, 3)."""
    return tuple(
        Marker(
            f"sole_{point}_{side}",
            f"{body}_{side}",
            _offset(body, place, side, scale, sole_m, _LONGER.get(point, 0.0)),
        )
        for side in "rl"
        for point, (body, place) in _BEARING.items()
    )


def _offset(body: str, place: p.Point, side: str, scale: Array, sole_m: float, longer: float) -> Array:
    mirror = np.array([1.0, 1.0, 1.0 if side == "r" else -1.0])
    offset = (np.array(place) - p.ORIGIN[body]) * mirror * scale[own_body().body_index(f"{body}_{side}")]
    return np.diag(offset + sole_m * np.array([longer, -1.0, 0.0]))
