"""What cloth is made of: pieces of surface that ride on the skeleton, and the skin they are lifted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import BoolArray
from kinelab.core.compiled import compiled
from kinelab.virtual_lab.drawing.surface import FloatArray, Material, Surface

Index = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the dressed person in the bind pose.

    face (F, 3) its own vertices; place_m (V, 3); weight_body, weight (V, 4) bodies it rides on; cover (V,),
    tint (V, 3), crease (V,), kind (F,) and materials as in `Surface`.
    """

    face: Index
    place_m: FloatArray
    weight_body: Index
    weight: FloatArray
    cover: FloatArray
    tint: FloatArray
    kind: NDArray[np.uint8]
    materials: tuple[Material, ...]
    crease: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Dressed:
    """A dressed person in the bind pose: the surface (its rest_m are the bind places) and the bodies of the
    own body each vertex rides on, weight_body (V, 4) with weight (V, 4) summing to 1."""

    surface: Surface
    weight_body: Index
    weight: FloatArray


def joined(pieces: Sequence[Piece]) -> Dressed:
    """All pieces as one surface."""
    starts = np.cumsum([0] + [len(p.place_m) for p in pieces])
    kinds = np.cumsum([0] + [len(p.materials) for p in pieces])
    surface = Surface(
        np.concatenate([p.face + np.int32(s) for p, s in zip(pieces, starts, strict=False)]),
        np.concatenate([p.kind + np.uint8(k) for p, k in zip(pieces, kinds, strict=False)]),
        tuple(m for p in pieces for m in p.materials),
        np.concatenate([p.cover for p in pieces]),
        np.concatenate([p.tint for p in pieces]),
        np.concatenate([p.place_m for p in pieces]),
        np.concatenate([np.zeros_like(p.cover) if p.crease is None else p.crease for p in pieces]),
    )
    weight_body = np.concatenate([p.weight_body for p in pieces])
    return Dressed(surface, weight_body, np.concatenate([p.weight for p in pieces]))


def cut_out(
    face: Index,
    place_m: FloatArray,
    binding: tuple[Index, FloatArray],
    cover: FloatArray,
    material: Material,
    tint: FloatArray | None = None,
    crease: FloatArray | None = None,
) -> Piece:
    """The triangles of a whole-body shell that show anywhere (cover >= 0 at a corner), renumbered."""
    shown = face[shows(face, cover)]
    used = np.zeros(len(place_m), bool)
    used[shown] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    white = np.ones((int(used.sum()), 3), np.float32)
    return Piece(
        number[shown],
        place_m[used],
        binding[0][used],
        binding[1][used],
        cover[used],
        white if tint is None else tint[used],
        np.zeros(len(shown), np.uint8),
        (material,),
        None if crease is None else crease[used],
    )


@compiled
def shows(face: Index, cover: FloatArray) -> BoolArray:
    """Whether a triangle is drawn anywhere, (F,)."""
    out = np.empty(len(face), np.bool_)
    for f in range(len(face)):
        out[f] = cover[face[f, 0]] >= 0 or cover[face[f, 1]] >= 0 or cover[face[f, 2]] >= 0
    return out


@compiled
def spanned(
    skin_m: FloatArray, normal: FloatArray, start: Index, neighbour: Index, where: Index, rounds: int
) -> FloatArray:
    """How far (V,) m a membrane over the skin's vertices `where` stands off it in hollows.

    Laplacian smoothing of the places skin_m (V, 3) that may leave each vertex only outwards (normal (V, 3));
    told is the way along the normal, so that cloth stays over its piece of skin.
    """
    now = skin_m.copy()
    gap = np.zeros(len(skin_m), np.float32)
    for _ in range(rounds):
        for v in where:
            n = start[v + 1] - start[v]
            x = y = z = np.float32(0)
            for k in range(start[v], start[v + 1]):
                j = neighbour[k]
                x += now[j, 0]
                y += now[j, 1]
                z += now[j, 2]
            gap[v] = max(
                (x / n - skin_m[v, 0]) * normal[v, 0]
                + (y / n - skin_m[v, 1]) * normal[v, 1]
                + (z / n - skin_m[v, 2]) * normal[v, 2],
                np.float32(0),
            )
        for v in where:
            for k in range(3):
                now[v, k] = skin_m[v, k] + gap[v] * normal[v, k]
    return gap


@compiled
def normals(place_m: FloatArray, face: Index) -> FloatArray:
    """Unit normals (V, 3) of vertices: the area-weighted mean of their triangles'."""
    out = np.zeros_like(place_m)
    for f in range(face.shape[0]):
        a, b, c = face[f]
        ux, uy, uz = place_m[b] - place_m[a]
        vx, vy, vz = place_m[c] - place_m[a]
        n = (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)
        for corner in (a, b, c):
            for axis in range(3):
                out[corner, axis] += n[axis]
    for v in range(place_m.shape[0]):
        size = np.sqrt(out[v, 0] ** 2 + out[v, 1] ** 2 + out[v, 2] ** 2)
        out[v] /= max(size, np.float32(1e-12))
    return out


def neighbours(face: Index, vertices: int) -> tuple[Index, Index]:
    """Who shares an edge with whom: neighbours of v are neighbour[start[v]:start[v + 1]]."""
    edges = np.concatenate([face[:, [0, 1]], face[:, [1, 2]], face[:, [2, 0]]]).astype(np.int64)
    both = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    start = np.searchsorted(both[:, 0], np.arange(vertices + 1))
    return start.astype(np.int32), both[:, 1].astype(np.int32)


def grid_faces(rows: int, columns: int, closed: bool) -> Index:
    """Triangles of a grid of vertices (rows x columns, row by row) seen from outside when columns run
    counter-clockwise looking down the rows' way; closed joins the last column to the first."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns - (not closed)), indexing="ij")
    here = (row * columns + column).ravel()
    aside = (row * columns + (column + 1) % columns).ravel()
    one = np.stack([here, aside, aside + columns], 1)
    two = np.stack([here, aside + columns, here + columns], 1)
    return np.concatenate([one, two]).astype(np.int32)


def two_bodies(first: int, second: int, share: FloatArray) -> tuple[Index, FloatArray]:
    """Binding of vertices that ride on `second` by share (V,) and on `first` by the rest."""
    bodies = np.zeros((len(share), 4), np.int32)
    bodies[:, 0], bodies[:, 1] = first, second
    weight = np.zeros((len(share), 4), np.float32)
    weight[:, 0], weight[:, 1] = 1 - share, share
    return bodies, weight
