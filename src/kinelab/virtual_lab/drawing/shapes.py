"""Boxes, tubes and leaves, joined to surfaces: what furniture and things in the way are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array, IntArray
from kinelab.virtual_lab.drawing.surface import Material, Surface


@dataclass(frozen=True, eq=False)
class Shape:
    """vertex_m (V, 3), face (F, 3) counter-clockwise from outside, material: index into the surface's."""

    vertex_m: Array
    face: IntArray
    material: int = 0


def box(size_m: ArrayLike, centre_m: ArrayLike, material: int = 0) -> Shape:
    """An upright box. Every side has its own corners, so that edges stay sharp when normals are smoothed."""
    corner = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float) / 2
    vertices: list[Array] = []
    faces: list[IntArray] = []
    for axis in range(3):
        for side in (-0.5, 0.5):
            place = np.empty((4, 3))
            place[:, axis] = side
            place[:, (axis + 1) % 3], place[:, (axis + 2) % 3] = corner.T
            quad = np.array([[0, 1, 2], [0, 2, 3]]) if side > 0 else np.array([[0, 2, 1], [0, 3, 2]])
            faces.append(quad + 4 * len(vertices))
            vertices.append(place)
    return Shape(np.vstack(vertices) * np.asarray(size_m) + np.asarray(centre_m), np.vstack(faces), material)


def tube(path_m: ArrayLike, radius_m: ArrayLike, material: int = 0, sides: int = 12) -> Shape:
    """A round tube along a path (N, 3) with a radius (or one for each point), closed at both ends."""
    path = np.asarray(path_m, dtype=float)
    radius = np.broadcast_to(np.asarray(radius_m, dtype=float), len(path))
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    # One side direction for the whole path, made square to it at each point: no twist.
    side = np.eye(3)[int(np.argmin(np.abs(along).max(axis=0)))]
    first = side - along * (along @ side)[:, None]
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(along, first)
    angle = 2 * np.pi * np.arange(sides) / sides
    ring = np.cos(angle)[:, None, None] * first + np.sin(angle)[:, None, None] * second
    rings = path + radius[:, None] * ring  # (sides, N, 3)
    vertices = rings.transpose(1, 0, 2).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(len(path) - 1), np.arange(sides), indexing="ij")
    a, b = (i * sides + j).ravel(), (i * sides + (j + 1) % sides).ravel()
    faces = [np.stack([a, b, b + sides], axis=1), np.stack([a, b + sides, a + sides], axis=1)]
    # The caps have corners of their own: see box.
    n = len(vertices)
    fan = np.stack([np.zeros(sides - 2), np.arange(1, sides - 1), np.arange(2, sides)], axis=1).astype(int)
    faces += [n + fan[:, ::-1], n + sides + fan]
    vertices = np.vstack([vertices, rings[:, 0], rings[:, -1]])
    return Shape(vertices, np.vstack(faces), material)


def leaf(stem_m: Array, tip_m: Array, width_m: float, material: int = 0) -> Shape:
    """A leaf from stem to tip: pointed at both ends, its middle raised, two-sided."""
    t = np.linspace(0, 1, 5)
    line = stem_m + t[:, None] * (tip_m - stem_m)
    line[:, 1] += 0.35 * np.linalg.norm(tip_m - stem_m) * t * (1 - t) * 2
    across = np.cross(tip_m - stem_m, [0.0, 1.0, 0.0])
    across /= max(np.linalg.norm(across), 1e-9)
    half = width_m / 2 * np.sin(np.pi * np.clip(t, 0.02, 0.98))[:, None] * across
    vertices = np.vstack([line - half, line + half])
    i = np.arange(4)
    faces = np.vstack([np.stack([i, i + 1, i + 6], axis=1), np.stack([i, i + 6, i + 5], axis=1)])
    return Shape(vertices, faces, material)


def joined(shapes: Sequence[Shape], materials: tuple[Material, ...]) -> Surface:
    """All shapes as one surface."""
    starts = np.cumsum([0, *(len(shape.vertex_m) for shape in shapes)])
    faces = [shape.face + start for shape, start in zip(shapes, starts, strict=False)]
    vertices = np.vstack([shape.vertex_m for shape in shapes]).astype(np.float32)
    return Surface(
        face=np.vstack(faces).astype(np.int32),
        material=np.concatenate([np.full(len(s.face), s.material) for s in shapes]).astype(np.uint8),
        materials=materials,
        cover=np.ones(len(vertices), np.float32),
        tint=np.ones((len(vertices), 3), np.float32),
        rest_m=vertices,
    )
