"""Hair that hangs free of the scalp: bob and long hair, ponytail, bun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import Material
from kinelab.virtual_lab.people.cloth import Piece, grid_faces, two_bodies
from kinelab.virtual_lab.people.cloth_fields import Fields
from kinelab.virtual_lab.people.cloth_outlines import directions, outline_radius
from kinelab.virtual_lab.people.face_points import Head, ball, head_of, rigid, tube
from kinelab.virtual_lab.people.looks import Looks

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.bare import BareBody

AROUND = 64
ROWS = 16
FRONT_DEG = 68.0  # hair hangs from here round the back to the other side


def loose_hair(
    bare: BareBody, fields: Fields, looks: Looks, material: Material, under_hat: bool
) -> list[Piece]:
    """What hangs, if the style has it; a hat leaves what is below it."""
    head = head_of(bare)
    rng = np.random.default_rng(looks.seed + 2)
    if looks.hair_style in ("bob", "long"):
        low = -2.0 if looks.hair_style == "bob" else -4.2
        return [_curtain(bare, fields, head, (0.35 if under_hat else 1.25, low), material, rng)]
    if looks.hair_style == "ponytail":
        return [_tail(head, material, rng)]
    if looks.hair_style == "bun" and not under_hat:
        face, place = ball(
            head.at(np.array(-2.55), np.array(0.95), np.array(0.0)), np.array([0.032, 0.034, 0.038])
        )
        return [rigid(face, place, "head", material)]
    return []


def _curtain(
    bare: BareBody,
    fields: Fields,
    head: Head,
    span: tuple[float, float],
    material: Material,
    rng: np.random.Generator,
) -> Piece:
    """A sheet round the sides and back of the head, from span[0] down to span[1] eye distances over the eyes:
    outside all that it hangs over, and straight down from the widest."""
    level = np.linspace(span[0], span[1], ROWS)
    height_m = head.middle[1] + head.eye_distance_m * level
    near = (fields.arm < 0.05) & (np.abs(bare.rest_m[:, 2]) < 2.0 * head.eye_distance_m)
    near &= bare.rest_m[:, 0] < head.middle[0] + 0.1 * head.eye_distance_m
    inner = bare.rest_m[near].astype(np.float64)
    centre = np.tile(head.at(np.array(-1.2), np.array(0.0), np.array(0.0))[[0, 2]], (ROWS, 1))
    way = directions(AROUND)
    plan = np.ascontiguousarray(inner[:, [0, 2]])
    reach = outline_radius(inner[:, 1], plan, height_m, 0.02, way, centre) + 0.014
    for k in range(1, ROWS):
        reach[k] = np.maximum(reach[k], reach[k - 1] - 0.004)
    turn = np.degrees(np.arctan2(way[:, 1], way[:, 0])) % 360
    columns = np.flatnonzero((turn >= FRONT_DEG) & (turn <= 360 - FRONT_DEG))
    strand = np.convolve(rng.normal(size=len(columns) + 2), [0.25, 0.5, 0.25], "valid")
    hang = np.linspace(0, 1, ROWS)[:, None]
    radius = reach[:, columns] * (1 - 0.05 * hang**3) + 0.006 * strand * hang
    radius[:3] -= np.array([[0.012], [0.006], [0.002]])  # it grows out of the hair on the scalp
    place = np.stack(
        [
            centre[0, 0] + radius * way[columns, 0],
            height_m[:, None] - 0.012 * np.abs(strand) * (hang == 1),
            centre[0, 1] + radius * way[columns, 1],
        ],
        -1,
    ).reshape(-1, 3)
    low = np.clip((-1.4 - level) / 1.4, 0, 1) * 0.85  # below the chin it lies on the back
    index = own_body().body_index
    bodies, weight = two_bodies(
        index("head"), index("torso"), np.repeat(low, len(columns)).astype(np.float32)
    )
    shade = np.tile(1 + 0.22 * strand, ROWS) * np.repeat(1.08 - 0.2 * hang[:, 0], len(columns))
    face = grid_faces(ROWS, len(columns), closed=False)
    tint = np.repeat(np.clip(shade, 0.5, 1.4)[:, None], 3, 1).astype(np.float32)
    ones = np.ones(len(place), np.float32)
    kind = np.zeros(len(face), np.uint8)
    return Piece(face, place.astype(np.float32), bodies, weight, ones, tint, kind, (material,))


def _tail(head: Head, material: Material, rng: np.random.Generator) -> Piece:
    """A ponytail: out from the back of the head, and down."""
    t = np.linspace(0, 1, 12)
    length = rng.uniform(2.6, 4.2)
    ahead = -2.55 - 1.1 * np.sin(np.minimum(t * 3.0, 1.0) * np.pi / 2) + 0.45 * t
    above = 0.75 + 0.35 * np.sin(np.minimum(t * 5, 1) * np.pi) - length * np.maximum(t - 0.08, 0)
    path = head.at(ahead, above, 0.06 * np.sin(3 * t))
    radius = np.interp(t, [0, 0.06, 0.3, 0.75, 1], [0.011, 0.013, 0.024, 0.018, 0.003])
    face, place = tube(path, radius, 10)
    low = np.repeat(np.clip((t - 0.45) / 0.5, 0, 1) * 0.6, 10).astype(np.float32)
    index = own_body().body_index
    bodies, weight = two_bodies(index("head"), index("torso"), low)
    strand: Array = 1 + 0.18 * np.sin(np.arange(10) * 2.4)
    tint = np.repeat(np.tile(strand, 12)[:, None], 3, 1).astype(np.float32)
    ones = np.ones(len(place), np.float32)
    kind = np.zeros(len(face), np.uint8)
    return Piece(face, place.astype(np.float32), bodies, weight, ones, tint, kind, (material,))
