"""Smooth normals of moving vertices (compiled)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinelab.core.compiled import compiled

FloatArray = NDArray[np.float32]


def vertex_normals(vertex_m: FloatArray, face: NDArray[np.int32]) -> FloatArray:
    """Unit normals (V, 3) pointing outwards: those of the triangles around a vertex, weighted by their area.

    Zero where a vertex belongs to no triangle, or to none with an area.
    """
    normal = np.zeros((vertex_m.shape[0], 3), np.float32)
    _add_normals(normal, vertex_m, face)
    return normal


@compiled
def _add_normals(normal: FloatArray, vertex: FloatArray, face: NDArray[np.int32]) -> None:
    for f in range(face.shape[0]):
        a, b, c = face[f, 0], face[f, 1], face[f, 2]
        ux, uy, uz = vertex[b, 0] - vertex[a, 0], vertex[b, 1] - vertex[a, 1], vertex[b, 2] - vertex[a, 2]
        vx, vy, vz = vertex[c, 0] - vertex[a, 0], vertex[c, 1] - vertex[a, 1], vertex[c, 2] - vertex[a, 2]
        x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normal[corner, 0] += x
            normal[corner, 1] += y
            normal[corner, 2] += z
    for i in range(normal.shape[0]):
        x, y, z = normal[i, 0], normal[i, 1], normal[i, 2]
        length = math.sqrt(x * x + y * y + z * z)
        if length > 0:
            normal[i, 0] = x / length
            normal[i, 1] = y / length
            normal[i, 2] = z / length
