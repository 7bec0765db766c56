"""Reduce the body mesh of tools/build_people.py: triangles, fewer vertices, left the mirror image of right.

Vertices are only ever dropped, never moved (half-edge collapse, ordered by the quadric error of Garland &
Heckbert, SIGGRAPH 1997), so that what belongs to a vertex - shape basis, skin weights - stays as it was.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]

MIDLINE_M = 1e-5
# A collapse may not turn a triangle by more than about 75 degrees in any of the reference shapes.
LEAST_COSINE = 0.25


@dataclass
class Half:
    """The right half being reduced: shapes (K, V, 3) m, importance (V,), weight (V, B) of the bodies."""

    shapes: Array
    importance: Array
    weight: Array
    locked: NDArray[np.bool_]
    midline: NDArray[np.bool_]


def triangles(quads: IntArray, place: Array) -> IntArray:
    """Quads (Q, 4) cut along their shorter diagonal, (2 Q, 3)."""
    a, b, c, d = (quads[:, k] for k in range(4))
    first = np.linalg.norm(place[a] - place[c], axis=1) <= np.linalg.norm(place[b] - place[d], axis=1) + 1e-9
    one = np.where(first[:, None], quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    two = np.where(first[:, None], quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    return np.vstack([one, two])


def mirror_of(place: Array) -> IntArray:
    """The left twin of each right vertex and the other way round; ground frame, Z across.

    Raises:
        ValueError: the mesh is not its own mirror image.
    """
    keys = {tuple(np.round(p, 5)): i for i, p in enumerate(place)}
    twin = np.array([keys.get(tuple(np.round(p * [1, 1, -1], 5) + 0.0), -1) for p in place])
    if (twin < 0).any() or (twin[twin] != np.arange(len(twin))).any():
        raise ValueError(f"{int((twin < 0).sum())} vertices have no mirror image")
    return twin


def _quadrics(half: Half, face: IntArray) -> Array:
    """Sum over the shapes of each vertex' planes, area-weighted, (V, K, 4, 4)."""
    shapes = half.shapes
    quadric = np.zeros((shapes.shape[1], shapes.shape[0], 4, 4))
    for k, place in enumerate(shapes):
        normal = np.cross(place[face[:, 1]] - place[face[:, 0]], place[face[:, 2]] - place[face[:, 0]])
        area = np.linalg.norm(normal, axis=1)
        unit = normal / np.maximum(area, 1e-15)[:, None]
        plane = np.column_stack([unit, -(unit * place[face[:, 0]]).sum(1)])
        one = plane[:, :, None] * plane[:, None, :] * area[:, None, None]
        for corner in range(3):
            np.add.at(quadric[:, k], face[:, corner], one)
    return quadric


class _Reducer:
    """The state of one reduction; faces by number, faces of each vertex, a heap of possible collapses."""

    def __init__(self, half: Half, face: IntArray) -> None:
        self.half = half
        self.face = [tuple(int(v) for v in f) for f in face]
        self.alive = [True] * len(self.face)
        self.of: list[set[int]] = [set() for _ in range(half.shapes.shape[1])]
        for i, f in enumerate(self.face):
            for v in f:
                self.of[v].add(i)
        self.quadric = _quadrics(half, face)
        self.stamp = [0] * len(self.of)
        self.gone: set[int] = set()
        self.heap: list[tuple[float, int, int, int, int]] = []
        for v in range(len(self.of)):
            self._offer(v)

    def neighbours(self, v: int) -> set[int]:
        return {u for i in self.of[v] for u in self.face[i]} - {v}

    def _cost(self, v: int, u: int) -> float:
        half = self.half
        homogeneous = np.column_stack([half.shapes[:, u], np.ones(half.shapes.shape[0])])
        error = np.einsum("ki,kij,kj->", homogeneous, self.quadric[v], homogeneous)
        away = ((half.shapes[0, u] - half.shapes[0, v]) ** 2).sum()
        # Vertices that follow other bodies are what bends well, and long thin triangles shade badly.
        other = ((half.weight[v] - half.weight[u]) ** 2).sum()
        return float(half.importance[v] * (error + away * (1e-6 + 3e-4 * away + 2e-4 * other)))

    def _offer(self, v: int) -> None:
        if self.half.locked[v] or not self.of[v]:
            return
        for u in self.neighbours(v):
            if not self.half.midline[v] or self.half.midline[u]:
                heapq.heappush(self.heap, (self._cost(v, u), v, u, self.stamp[v], self.stamp[u]))

    def _allowed(self, v: int, u: int) -> bool:
        common = self.neighbours(v) & self.neighbours(u)
        shared = self.of[v] & self.of[u]
        if len(common) != len(shared) or not shared:
            return False
        for i in self.of[v] - shared:
            before = self.face[i]
            after = tuple(u if w == v else w for w in before)
            for place in self.half.shapes:
                a, b = (
                    np.cross(place[f[1]] - place[f[0]], place[f[2]] - place[f[0]]) for f in (before, after)
                )
                size = np.linalg.norm(a) * np.linalg.norm(b)
                if a @ b <= LEAST_COSINE * size or size < 1e-16:
                    return False
        return True

    def run(self, wanted: int) -> None:
        """Collapse the cheapest edges until `wanted` vertices are left."""
        left = sum(bool(faces) for faces in self.of)
        while left > wanted and self.heap:
            _, v, u, at_v, at_u = heapq.heappop(self.heap)
            stale = at_v != self.stamp[v] or at_u != self.stamp[u] or v in self.gone or u in self.gone
            if stale or not self._allowed(v, u):
                continue
            self._collapse(v, u)
            left -= 1

    def _collapse(self, v: int, u: int) -> None:
        around = self.neighbours(v)
        for i in list(self.of[v]):
            if u in self.face[i]:
                self.alive[i] = False
                for w in self.face[i]:
                    self.of[w].discard(i)
            else:
                self.face[i] = tuple(u if w == v else w for w in self.face[i])
                self.of[u].add(i)
        self.of[v].clear()
        self.gone.add(v)
        self.quadric[u] += self.quadric[v]
        for w in around:
            self.stamp[w] += 1
        for w in around:
            self._offer(w)


def reduced(half: Half, face: IntArray, wanted: int) -> IntArray:
    """The triangles (F, 3) of a half with about `wanted` vertices, numbered as before."""
    work = _Reducer(half, face)
    work.run(wanted)
    return np.array([f for f, alive in zip(work.face, work.alive, strict=True) if alive])


def caps(face: IntArray) -> list[IntArray]:
    """Triangles (G, 3) that close each open loop of a mesh: a fan about the loop's first vertex."""
    directed = {(int(f[k]), int(f[(k + 1) % 3])) for f in face for k in range(3)}
    follow = {b: a for a, b in directed if (b, a) not in directed}
    fans = []
    while follow:
        start = min(follow)
        at, loop = follow.pop(start), [start]
        while at != start:
            loop.append(at)
            at = follow.pop(at)
        fans.append(np.array([(loop[0], loop[k], loop[k + 1]) for k in range(1, len(loop) - 1)]))
    return fans
