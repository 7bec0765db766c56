"""Which triangle is seen at each sample: projection and a depth buffer (compiled).

A pixel has four samples, one in each quarter, set as in rotated-grid supersampling: no two share a row or a
column of eighths, so that nearly upright and nearly level edges get four steps, not two. The buffers hold one
cell a quarter, (2 H, 2 W).

Corners are snapped to 1/128 of a cell and everything about edges is counted in whole numbers, so that two
triangles that share an edge neither leave a crack nor take a sample twice (Pineda 1988, A parallel algorithm
for polygon rasterization; the top-left rule for samples exactly on an edge).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled, compiled_bare, compiled_inside

FloatArray = NDArray[np.float32]
CELL = 128  # steps a cell
SHIFT = 32  # steps from a cell's middle to its sample, along both axes
NO_ITEM = 255
_WIDE = 8  # cells: from here on it pays to find out where in a row a triangle begins and ends
_FAR = float(1 << 26)  # steps; nothing seen lies beyond, and products of two stay whole in 64 bits


class Screen(NamedTuple):
    """Vertices on the screen.

    place (V, 2) in steps of 1/128 cell, cell k's middle being 128 k. near (V,): larger is nearer, and
    straight over the screen: 1 / depth in m. cut (V,): where it is negative nothing is drawn.
    """

    place: IntArray
    near: Array
    cut: Array


class Samples(NamedTuple):
    """Per sample (2 H, 2 W): the largest `near` so far, the triangle it belongs to, and the item."""

    near: FloatArray
    seen: NDArray[np.int32]
    item: NDArray[np.uint8]


def empty_samples(rows: int, columns: int) -> Samples:
    """Buffers of so many cells in which nothing is seen yet."""
    shape = (rows, columns)
    near = np.full(shape, -np.inf, np.float32)
    return Samples(near, np.zeros(shape, np.int32), np.full(shape, NO_ITEM, np.uint8))


@compiled
def bounds(points: NDArray[Any]) -> Array:
    """The least and the largest of each column of points (N, C), (2, C)."""
    ends = np.empty((2, points.shape[1]))
    for c in range(points.shape[1]):
        low, high = np.inf, -np.inf
        for i in range(points.shape[0]):
            value = points[i, c]
            low = value if value < low else low
            high = value if value > high else high
        ends[0, c], ends[1, c] = low, high
    return ends


@compiled_inside
def _steps(cells: float) -> int:
    return math.floor(min(max(cells * CELL, -_FAR), _FAR) + 0.5)


@compiled
def project_eye(screen: Screen, vertex: FloatArray, cover: FloatArray, eye: Array) -> None:
    """Fill `screen` as an eye sees vertices (V, 3).

    eye (5, 3): rotation rows, position, (focal_px, centre x, centre y).
    cover over depth interpolates straight on the screen, as 1 / depth does. What lies behind the eye has been
    cut off before: such vertices belong to no triangle, and get any place.
    """
    place, nearness, cut = screen
    focal, centre_x, centre_y = eye[4, 0], eye[4, 1], eye[4, 2]
    for i in range(vertex.shape[0]):
        x, y, z = vertex[i, 0] - eye[3, 0], vertex[i, 1] - eye[3, 1], vertex[i, 2] - eye[3, 2]
        near = 1.0 / max(eye[2, 0] * x + eye[2, 1] * y + eye[2, 2] * z, 1e-3)
        u = (eye[0, 0] * x + eye[0, 1] * y + eye[0, 2] * z) * near * focal + centre_x
        v = (eye[1, 0] * x + eye[1, 1] * y + eye[1, 2] * z) * near * focal + centre_y
        # The middle of pixel i lies between those of its cells 2 i and 2 i + 1.
        place[i, 0], place[i, 1] = _steps(2.0 * u + 0.5), _steps(2.0 * v + 0.5)
        nearness[i] = near
        cut[i] = cover[i] * near


@compiled
def project_flat(screen: Screen, vertex: FloatArray, cover: FloatArray, frame: Array) -> None:
    """Fill `screen` without perspective: places along rows 0 and 1, near = minus metres along row 2.

    frame (5, 3): three axes, origin, (cells a metre, 0, 0).
    """
    place, nearness, cut = screen
    for i in range(vertex.shape[0]):
        x, y, z = vertex[i, 0] - frame[3, 0], vertex[i, 1] - frame[3, 1], vertex[i, 2] - frame[3, 2]
        place[i, 0] = _steps((frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z) * frame[4, 0])
        place[i, 1] = _steps((frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z) * frame[4, 0])
        nearness[i] = -(frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z)
        cut[i] = cover[i]


def empty_screen(vertices: int) -> Screen:
    """Room for so many vertices."""
    return Screen(np.empty((vertices, 2), np.int64), np.empty(vertices), np.empty(vertices))


@compiled_inside
def _edge_rule(along_x: int, along_y: int) -> int:
    """Added to an edge function: a sample on an edge belongs to the triangle only at its top and left."""
    return 0 if along_y < 0 or (along_y == 0 and along_x > 0) else -1


@compiled_inside
def _narrowed(first: int, last: int, p: int, per: float, c: int) -> tuple[int, int]:
    """Cells first..last of a row without nearly all where p CELL x + c < 0; per: -1 / (p CELL)."""
    if p > 0:
        return max(first, math.floor(c * per)), last
    if p < 0:
        return first, min(last, math.floor(c * per) + 1)
    return first, last


@compiled_bare
def fill(
    samples: Samples, number: int, face: NDArray[np.int32], both_sides: NDArray[np.bool_], screen: Screen
) -> None:
    """Enter the triangles of item `number` into the buffers where they are nearer than what is there.

    both_sides (F,): whether a triangle shows its back too. Of equally near triangles the first stays.
    """
    near, seen, item = samples
    place, nearness, cut = screen
    height, width = near.shape
    for f in range(face.shape[0]):
        a, b, c = face[f, 0], face[f, 1], face[f, 2]
        cut_a, cut_b, cut_c = cut[a], cut[b], cut[c]
        if cut_a < 0.0 and cut_b < 0.0 and cut_c < 0.0:
            continue
        ax, ay = int(place[a, 0]), int(place[a, 1])
        bx, by = int(place[b, 0]), int(place[b, 1])
        cx, cy = int(place[c, 0]), int(place[c, 1])
        low_x = max((min(ax, bx, cx) + (CELL - 1 - SHIFT)) >> 7, 0)
        high_x = min((max(ax, bx, cx) + SHIFT) >> 7, width - 1)
        low_y = max((min(ay, by, cy) + (CELL - 1 - SHIFT)) >> 7, 0)
        high_y = min((max(ay, by, cy) + SHIFT) >> 7, height - 1)
        if low_x > high_x or low_y > high_y:
            continue
        # y runs down: a face counter-clockwise for its viewer has a negative area here.
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0 or (area > 0 and not both_sides[f]):
            continue
        # Edge functions e = p x + q y + r, positive inside; each is the weight of the corner across it.
        turn = 1 if area > 0 else -1
        pa, qa = turn * (by - cy), turn * (cx - bx)
        pb, qb = turn * (cy - ay), turn * (ax - cx)
        pc, qc = turn * (ay - by), turn * (bx - ax)
        ra = _edge_rule(qa, -pa) - pa * bx - qa * by
        rb = _edge_rule(qb, -pb) - pb * cx - qb * cy
        rc = _edge_rule(qc, -pc) - pc * ax - qc * ay
        per_area = 1.0 / abs(area)
        za, zb, zc = nearness[a] * per_area, nearness[b] * per_area, nearness[c] * per_area
        is_cut = cut_a < 0.0 or cut_b < 0.0 or cut_c < 0.0
        wide = high_x - low_x >= _WIDE
        wa, wb, wc = -1.0 / (CELL * pa), -1.0 / (CELL * pb), -1.0 / (CELL * pc)
        for y in range(low_y, high_y + 1):
            shift_x = SHIFT if y & 1 == 0 else -SHIFT
            first, last = low_x, high_x
            if wide:
                first, last = _narrowed(
                    first, last, pa, wa, pa * shift_x + qa * CELL * y + abs(qa) * SHIFT + ra
                )
                first, last = _narrowed(
                    first, last, pb, wb, pb * shift_x + qb * CELL * y + abs(qb) * SHIFT + rb
                )
                first, last = _narrowed(
                    first, last, pc, wc, pc * shift_x + qc * CELL * y + abs(qc) * SHIFT + rc
                )
            # From sample to sample the edge functions grow by one of two steps, for samples go up and down.
            sx, sy = CELL * first + shift_x, CELL * y + (-SHIFT if first & 1 == 0 else SHIFT)
            ea, eb, ec = pa * sx + qa * sy + ra, pb * sx + qb * sy + rb, pc * sx + qc * sy + rc
            down = 2 * SHIFT if first & 1 == 0 else -2 * SHIFT
            next_a, next_b, next_c = pa * CELL + qa * down, pb * CELL + qb * down, pc * CELL + qc * down
            then_a, then_b, then_c = pa * CELL - qa * down, pb * CELL - qb * down, pc * CELL - qc * down
            for x in range(first, last + 1):
                # All zero: a triangle so small that nothing is left of it to tell its depth.
                if ea | eb | ec > 0:
                    depth = np.float32(ea * za + eb * zb + ec * zc)
                    whole = not is_cut or ea * cut_a + eb * cut_b + ec * cut_c >= 0.0
                    if whole and depth > near[y, x]:
                        near[y, x] = depth
                        seen[y, x] = f
                        item[y, x] = number
                ea, eb, ec = ea + next_a, eb + next_b, ec + next_c
                next_a, next_b, next_c, then_a, then_b, then_c = (
                    then_a, then_b, then_c, next_a, next_b, next_c,
                )  # fmt: skip
