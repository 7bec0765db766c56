"""Where the own body's markers and landmarks sit on everyone's skin.

They are found once, on a mean grown-up: the own body is put into the mesh (`fit`), and each of its 63 markers
is taken to the nearest skin that its body holds. A site is a triangle and a point in it, so it lies on
everyone's skin at the same anatomical place, whatever the shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kinelab.body.forward import forward
from kinelab.body.model import Marker
from kinelab.body.own_body import own_body
from kinelab.core.checks import Array, IntArray
from kinelab.virtual_lab.people.asset import BodyAsset, FloatArray, body_asset
from kinelab.virtual_lab.people.figure import Figure, figure_of
from kinelab.virtual_lab.people.fit import Fit, fit_own_body
from kinelab.virtual_lab.people.shape import Shape

# A triangle can carry a body's marker when all its corners follow that body, or those below, so far.
_HELD = 0.4
# Bodies without skin of their own, or with too little of it, use that of their neighbours.
_SKIN_OF = {
    "talus": ("calcn", "tibia"),
    "clavicle": ("clavicle", "torso", "humerus"),
    "ulna": ("ulna", "radius"),
    "radius": ("radius", "ulna", "hand"),
    "lumbar": ("lumbar", "pelvis", "torso"),
    "pelvis": ("pelvis", "lumbar", "femur"),
    "femur": ("femur", "pelvis", "tibia"),
    "tibia": ("tibia", "femur", "calcn"),
    "calcn": ("calcn", "tibia", "toes"),
    "toes": ("toes", "calcn"),
    "torso": ("torso", "lumbar", "head", "clavicle"),
    "humerus": ("humerus", "ulna", "clavicle"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Sites:
    """Points of the skin: corner (N, 3) vertices and share (N, 3) of each; row (N,) of the body it is on."""

    names: tuple[str, ...]
    row: IntArray
    corner: IntArray
    share: Array

    def places(self, vertex_m: FloatArray) -> Array:
        """Points (N, 3) m on a body's vertices (V, 3) m."""
        return np.asarray(np.einsum("nk,nkd->nd", self.share, vertex_m[self.corner].astype(np.float64)))

    def offsets(self, vertex_m: FloatArray, fit: Fit) -> Array:
        """Places (N, 3) m in the frames of the scaled bodies that the points are on."""
        away = self.places(vertex_m) - fit.placement.position_m[self.row]
        return np.asarray(np.einsum("nji,nj->ni", fit.placement.rotation[self.row], away))


@cache
def mean_grown_up() -> tuple[Figure, Fit]:
    """The mesh half way between an ordinary woman's and an ordinary man's, and the own body in it."""
    pair = [figure_of(Shape("male", 35, 1.755, 76.0)), figure_of(Shape("female", 35, 1.62, 62.0))]
    vertex = np.mean([one.vertex_m for one in pair], axis=0, dtype=np.float64)
    points = {name: np.mean([one.point_m[name] for one in pair], axis=0) for name in pair[0].point_m}
    figure = Figure(pair[0].shape, np.asarray(vertex, np.float32), points)
    return figure, fit_own_body(figure)


@cache
def marker_sites() -> Sites:
    """Sites of the own body's 63 markers."""
    return sites_of(own_body().markers)


def sites_of(markers: tuple[Marker, ...]) -> Sites:
    """Sites nearest to where markers of the own body lie when it is put into the mean grown-up."""
    figure, fit = mean_grown_up()
    asset = body_asset()
    at = forward(own_body().with_markers(markers), fit.coordinates, fit.scale).marker_m
    found = [_nearest(asset, figure.vertex_m, m.body, point) for m, point in zip(markers, at, strict=True)]
    return Sites(
        tuple(m.name for m in markers),
        np.array([own_body().body_index(m.body) for m in markers]),
        np.array([corner for corner, _ in found]),
        np.array([share for _, share in found]),
    )


def _nearest(asset: BodyAsset, vertex: FloatArray, body: str, point: Array) -> tuple[IntArray, Array]:
    """Corners and shares of the point of a body's skin that is nearest to a point."""
    face = asset.face[_carries(asset, body)].astype(np.int64)
    corner = vertex[face].astype(np.float64)
    share = _closest_shares(corner, point)
    away = np.linalg.norm(np.einsum("fk,fkd->fd", share, corner) - point, axis=1)
    best = int(away.argmin())
    return face[best], share[best]


def _carries(asset: BodyAsset, body: str) -> NDArray[np.bool_]:
    """Triangles (F,) that a marker of the body may sit on."""
    side = body[-2:] if body.endswith(("_r", "_l")) else ""
    base = body.removesuffix(side)
    names = own_body().body_names
    rows = [names.index(n) for part in _SKIN_OF.get(base, (base,)) for n in (part, part + side) if n in names]
    held = np.where(np.isin(asset.weight_body, rows), asset.weight, 0).sum(1)
    carries: NDArray[np.bool_] = (held[asset.face] > _HELD).all(1)
    return carries


def _closest_shares(corner: Array, point: Array) -> Array:
    """Barycentric shares (F, 3) of the point of each triangle (F, 3, 3) that is closest to `point`."""
    ab, ac, ap = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0], point - corner[:, 0]
    d11, d12, d22 = (ab * ab).sum(1), (ab * ac).sum(1), (ac * ac).sum(1)
    p1, p2 = (ap * ab).sum(1), (ap * ac).sum(1)
    determinant = np.maximum(d11 * d22 - d12 * d12, 1e-18)
    v, w = (d22 * p1 - d12 * p2) / determinant, (d11 * p2 - d12 * p1) / determinant
    inside = np.column_stack([1 - v - w, v, w])
    candidates = [inside] + [_on_edge(corner, point, i, (i + 1) % 3) for i in range(3)]
    away = np.stack(
        [np.linalg.norm(np.einsum("fk,fkd->fd", share, corner) - point, axis=1) for share in candidates]
    )
    away[0] = np.where((inside >= 0).all(1), away[0], np.inf)
    best = away.argmin(0)
    return np.asarray(np.stack(candidates)[best, np.arange(len(corner))])


def _on_edge(corner: Array, point: Array, i: int, j: int) -> Array:
    along = corner[:, j] - corner[:, i]
    length = np.maximum((along * along).sum(1), 1e-18)
    part = np.clip(((point - corner[:, i]) * along).sum(1) / length, 0, 1)
    share = np.zeros((len(corner), 3))
    share[:, i], share[:, j] = 1 - part, part
    return share
