"""Small things on the head: where they sit on each person, and ribbons, tubes and balls to build them of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import FloatArray, Material
from kinelab.virtual_lab.people.cloth import Index, Piece, grid_faces, two_bodies
from kinelab.virtual_lab.people.cloth_fields import fields_of

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.asset import BodyAsset
    from kinelab.virtual_lab.people.bare import BareBody


@dataclass(frozen=True, eq=False)
class Head:
    """One person's head: middle between the eyes (3,), distance between them, right eyeball's centre (3,) and
    radius. Places on a head are given in eye distances ahead, above and aside (right positive) of `middle`.
    """

    middle: Array
    eye_distance_m: float
    eyeball: Array
    eyeball_m: float

    def at(self, ahead: Array, above: Array, aside: Array) -> Array:
        """Places (..., 3) m in the ground frame."""
        local = np.stack(np.broadcast_arrays(ahead, above, aside), -1)
        return self.middle + self.eye_distance_m * local


def head_of(bare: BareBody) -> Head:
    """The head of a person in the bind pose."""
    ball = bare.rest_m[fields_of(bare.asset).eye].astype(np.float64)
    right = ball[ball[:, 2] > 0]
    radius = float(np.ptp(right[:, 1])) / 2
    middle = (right.max(0) + right.min(0)) / 2
    middle[0] = right[:, 0].max() - radius
    distance = 2 * float(middle[2])
    return Head(right.mean(0) * [1, 1, 0], distance, middle, radius)


def on_face(bare: BareBody, above: tuple[float, ...], aside: tuple[float, ...], out_m: float) -> FloatArray:
    """Places (P, 3) m on the front of the person's face, `out_m` off the skin."""
    corner, share = _located(bare.asset, above, aside)
    place = (bare.rest_m[corner] * share[..., None]).sum(1)
    way = (bare.normal[corner] * share[..., None]).sum(1)
    lifted: FloatArray = (place + out_m * way).astype(np.float32)
    return lifted


@cache
def _located(
    asset: BodyAsset, above: tuple[float, ...], aside: tuple[float, ...]
) -> tuple[Index, FloatArray]:
    """Corners (P, 3) and their shares of the triangle in front at each place of the mean face."""
    fields = fields_of(asset)
    side = fields.aside * np.sign(asset.template_m[:, 2])
    flat = np.stack([side, fields.above], 1)
    front = asset.face[(fields.ahead[asset.face] > -0.6).all(1) & ~fields.eye[asset.face].any(1)]
    a, b, c = (flat[front[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)
    corners, shares = [], []
    for z, y in zip(aside, above, strict=True):
        v = ((z - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (y - a[:, 1])) / area
        w = ((b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (z - a[:, 0]) * (b[:, 1] - a[:, 1])) / area
        share = np.stack([1 - v - w, v, w], 1)
        outside = np.clip(-share.min(1), 0, None)
        ahead = fields.ahead[front].mean(1)
        best = int(np.argmin(outside * 100 - np.where(outside < 1e-6, ahead, -9)))
        corners.append(front[best])
        shares.append(np.clip(share[best], 0, 1))
    share = np.array(shares)
    return np.array(corners, np.int32), (share / share.sum(1, keepdims=True)).astype(np.float32)


def rigid(
    face: Index, place_m: Array | FloatArray, body: str, material: Material, tint: FloatArray | None = None
) -> Piece:
    """A piece that rides on one body."""
    count = len(place_m)
    index = own_body().body_index(body)
    bodies, weight = two_bodies(index, index, np.zeros(count, np.float32))
    white = np.ones((count, 3), np.float32)
    return Piece(
        face, place_m.astype(np.float32), bodies, weight, white[:, 0].copy(), white if tint is None else tint,
        np.zeros(len(face), np.uint8), (material,),
    )  # fmt: skip


def tube(path: Array, radius: Array, around: int, closed: bool = False) -> tuple[Index, Array]:
    """Triangles and places of a tube about a path (N, 3) with radii (N,); closed joins its ends."""
    along = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    aid = np.where(np.abs(along[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    first = np.cross(along, aid)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = np.arange(around) * (2 * np.pi / around)
    ring = np.cos(angle)[:, None] * first[:, None] + np.sin(angle)[:, None] * second[:, None]
    place = path[:, None] + radius[:, None, None] * ring
    rows = np.concatenate([place, place[:1]]) if closed else place
    return grid_faces(len(rows), around, closed=True), rows.reshape(-1, 3)


def ball(middle: Array, radii: Array, rows: int = 9, around: int = 14) -> tuple[Index, Array]:
    """Triangles and places of an ellipsoid."""
    polar = np.linspace(0, np.pi, rows)[:, None]
    angle = np.arange(around) * (2 * np.pi / around)
    unit = np.stack(
        [np.sin(polar) * np.cos(angle), np.cos(polar) + 0 * angle, np.sin(polar) * np.sin(angle)], -1
    )
    return grid_faces(rows, around, closed=True), (middle + radii * unit).reshape(-1, 3)
