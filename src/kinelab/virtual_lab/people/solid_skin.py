"""The fallback body: a person of rounded tubes around the own body's bones. Needs no mesh; wears no clothes.

Every tube belongs to one body and goes with it rigidly. Lengths are the own body's (docs/models/own_body.md)
at the person's height; girths are own readings of an ordinary man, and grow with the root of the body mass
index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kinelab.body.forward import forward
from kinelab.body.model import Marker
from kinelab.body.own_body import own_body
from kinelab.body.own_body import points as p
from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import Material, Surface
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.people.landmarks import landmarks
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.people.shape import Shape

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.looks import Looks

_ORDINARY_BMI = 75.0 / p.H**2
_SIDES, _RINGS = 20, 4  # corners around a tube, rings of each rounded end
_MATERIALS = (
    Material((0.80, 0.62, 0.52), part="skin"),
    Material((0.30, 0.42, 0.55), part="top"),
    Material((0.20, 0.21, 0.26), part="bottom"),
    Material((0.85, 0.85, 0.82), part="shoes"),
)
_SKIN, _TOP, _BOTTOM, _SHOES = range(4)


@dataclass(frozen=True)
class Tube:
    """A rounded tube of a body between two points of the standing own body.

    half_x, half_z: half widths (m) forward and across at its begin and end.
    """

    body: str
    begin: p.Point
    end: p.Point
    half_x: tuple[float, float]
    half_z: tuple[float, float]
    material: int


def _along(first: p.Point, second: p.Point, part: float) -> p.Point:
    x, y, z = (float(a + part * (b - a)) for a, b in zip(first, second, strict=True))
    return (x, y, z)


_MID_FOREARM = _along(p.ELBOW, p.WRIST, 0.5)
_BALL = (p.MTP[0], 0.030, p.MTP[2])
_SIDED: tuple[Tube, ...] = (
    Tube("femur", _along(p.HIP, p.KNEE, 0.04), p.KNEE, (0.085, 0.055), (0.080, 0.052), _BOTTOM),
    Tube("tibia", p.KNEE, p.ANKLE, (0.056, 0.036), (0.052, 0.032), _SKIN),
    Tube("calcn", (p.HEEL[0] + 0.035, 0.038, p.HEEL[2]), _BALL, (0.038, 0.030), (0.034, 0.044), _SHOES),
    Tube("toes", _BALL, (p.TOE_TIP[0] - 0.020, 0.022, p.MTP[2]), (0.030, 0.022), (0.044, 0.036), _SHOES),
    Tube("clavicle", p.STERNOCLAVICULAR, p.SHOULDER, (0.050, 0.055), (0.050, 0.055), _TOP),
    Tube("humerus", p.SHOULDER, p.ELBOW, (0.052, 0.040), (0.050, 0.040), _TOP),
    Tube("ulna", p.ELBOW, _MID_FOREARM, (0.042, 0.036), (0.040, 0.036), _SKIN),
    Tube("radius", _MID_FOREARM, p.WRIST, (0.036, 0.022), (0.036, 0.030), _SKIN),
    Tube("hand", p.WRIST, _along(p.WRIST, p.FINGERTIP, 0.85), (0.018, 0.012), (0.036, 0.036), _SKIN),
)
_MIDDLE: tuple[Tube, ...] = (
    Tube("pelvis", (-0.03, 0.940, 0), (-0.03, 1.010, 0), (0.110, 0.105), (0.165, 0.150), _BOTTOM),
    Tube("lumbar", (-0.02, 1.040, 0), (-0.01, 1.180, 0), (0.100, 0.105), (0.140, 0.145), _TOP),
    Tube("torso", (-0.01, 1.200, 0), (-0.025, 1.360, 0), (0.110, 0.100), (0.150, 0.150), _TOP),
    Tube("head", p.C7T1, (0.01, 1.560, 0), (0.058, 0.055), (0.055, 0.052), _SKIN),
    Tube("head", (0.015, 1.610, 0), (0.010, 1.665, 0), (0.090, 0.085), (0.068, 0.072), _SKIN),
)


def solid_person(shape: Shape, looks: Looks | None, id: str) -> Person:
    """A person of solids; markers and landmarks are the own body's. Looks are kept as labels only."""
    model = own_body()
    scale = np.full((len(model.bodies), 3), shape.height_m / p.H)
    mover = Mover(scale, shape.height_m, shape.mass_kg)
    placed = forward(mover.model, mover.standing)
    girth = float(np.sqrt(shape.bmi / _ORDINARY_BMI))
    surface, holder = _surface(shape.height_m / p.H, girth)
    weight_body = np.zeros((len(holder), 4), np.int32)
    weight_body[:, 0] = holder
    weight = np.zeros((len(holder), 4), np.float32)
    weight[:, 0] = 1
    return Person(
        id, shape, looks, mover, surface, weight_body, weight, (placed.rotation, placed.position_m),
        _scaled(model.markers, scale), _scaled(landmarks(), scale),
    )  # fmt: skip


def _scaled(markers: tuple[Marker, ...], scale: Array) -> Array:
    """Places (M, 3) m of the own body's markers in scaled bodies."""
    return np.array([m.offset_m * scale[own_body().body_index(m.body)] for m in markers])


def _surface(ratio: float, girth: float) -> tuple[Surface, NDArray[np.int32]]:
    """All tubes standing on the floor, and the row of the body that each vertex belongs to."""
    row = own_body().body_index
    places: list[Array] = []
    faces: list[NDArray[np.int64]] = []
    materials, holders = [], []
    for tube, side in [(t, "") for t in _MIDDLE] + [(t, s) for t in _SIDED for s in ("_r", "_l")]:
        place, face = _tube(tube, girth)
        if side == "_l":
            place, face = place * [1, 1, -1], face[:, ::-1]
        faces.append(face + sum(len(one) for one in places))
        places.append(place * ratio)
        materials.append(np.full(len(face), tube.material, np.uint8))
        holders.append(np.full(len(place), row(tube.body + side), np.int32))
    rest = np.concatenate(places).astype(np.float32)
    rest[:, 1] = np.maximum(rest[:, 1], 0)
    surface = Surface(
        np.concatenate(faces).astype(np.int32),
        np.concatenate(materials),
        _MATERIALS,
        np.ones(len(rest), np.float32),
        np.ones((len(rest), 3), np.float32),
        rest,
    )
    return surface, np.concatenate(holders)


def _tube(tube: Tube, girth: float) -> tuple[Array, NDArray[np.int64]]:
    """Vertices (V, 3) m and outward triangles of a tube with rounded ends."""
    begin, end = np.array(tube.begin), np.array(tube.end)
    axis = (end - begin) / np.linalg.norm(end - begin)
    across = np.array([0.0, 0.0, 1.0]) - axis[2] * axis
    if np.linalg.norm(across) < 0.5:  # a tube that lies across: its second width is then upwards
        across = np.array([0.0, 1.0, 0.0]) - axis[1] * axis
    across /= np.linalg.norm(across)
    ahead = np.cross(across, axis)
    bend = np.linspace(0, np.pi / 2, _RINGS + 1)
    # Along the axis: the rounded begin, then the rounded end, as (end's share, way beyond it, width).
    profile = [(0.0, -np.cos(b), np.sin(b)) for b in bend] + [(1.0, np.sin(b), np.cos(b)) for b in bend]
    turn = 2 * np.pi * np.arange(_SIDES) / _SIDES
    place = []
    for share, beyond, width in profile:
        half_x, half_z = (girth * (a + share * (b - a)) for a, b in (tube.half_x, tube.half_z))
        middle = begin + share * (end - begin) + axis * beyond * min(half_x, half_z)
        ring = np.outer(np.cos(turn), ahead) * half_x + np.outer(np.sin(turn), across) * half_z
        place.append(middle + width * ring)
    first = np.arange(len(profile) - 1)[:, None] * _SIDES
    k = np.arange(_SIDES)
    a, b = first + k, first + (k + 1) % _SIDES
    quads = np.stack([a, b, b + _SIDES, a + _SIDES], axis=-1).reshape(-1, 4)
    return np.concatenate(place), np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
