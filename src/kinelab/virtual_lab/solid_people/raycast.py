"""Casting rays at round cones: the compiled loops of the renderer."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled

FAR = 1e9


@compiled
def hit_depth(
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float, shape: Array
) -> tuple[float, float]:
    """First hit of the ray o + t d with a round cone along y, shape = (length, radius at 0, at length).

    Returns (t, y of the sphere's centre behind the hit, 0..length); t = FAR without a hit. A round cone is
    the hull of its spheres, so the entry is the least of: the side's (where the normal's foot lies on the
    axis), and the two end spheres'. With s = (r0 - r1) / length and c^2 = 1 - s^2 the side is
    c^2 (x^2 + z^2) = (r0 - s y)^2, whose normal meets the axis at y - s (r0 - s y) / c^2.
    """
    length, r0, r1 = shape[0], shape[1], shape[2]
    best, foot = FAR, 0.0
    dd = dx * dx + dy * dy + dz * dz
    # Start sphere.
    b = ox * dx + oy * dy + oz * dz
    disc = b * b - dd * (ox * ox + oy * oy + oz * oz - r0 * r0)
    if disc > 0:
        best = (-b - math.sqrt(disc)) / dd
    if length > 1e-9:
        # End sphere.
        ey = oy - length
        b = ox * dx + ey * dy + oz * dz
        disc = b * b - dd * (ox * ox + ey * ey + oz * oz - r1 * r1)
        if disc > 0:
            t = (-b - math.sqrt(disc)) / dd
            if t < best:
                best, foot = t, length
        # Side.
        s = (r0 - r1) / length
        cc = 1.0 - s * s
        if cc > 1e-9:
            k = r0 - s * oy
            qa = cc * (dx * dx + dz * dz) - s * s * dy * dy
            qb = cc * (ox * dx + oz * dz) + k * s * dy
            qc = cc * (ox * ox + oz * oz) - k * k
            disc = qb * qb - qa * qc
            if disc > 0 and abs(qa) > 1e-14:
                t = (-qb - math.sqrt(disc)) / qa
                y = oy + t * dy
                base = y - s * (r0 - s * y) / cc
                if t < best and 0 < base < length:
                    best, foot = t, base
    if best < 1e-3:
        best = FAR
    return best, foot


@compiled
def nearest(
    u: float, v: float, lens: Array, origin: Array, ray: Array, shape: Array, box: IntArray
) -> tuple[float, int, float]:
    """Depth, solid (-1 = none) and axis place of what the image point (u, v) px sees.

    lens = (focal, centre x, centre y) px; box (N, 4) bounds of each solid in pixels.
    """
    best, which, foot = FAR, -1, 0.0
    px, py = (u - lens[1]) / lens[0], (v - lens[2]) / lens[0]
    for i in range(shape.shape[0]):
        if u < box[i, 0] - 1 or u > box[i, 2] + 1 or v < box[i, 1] - 1 or v > box[i, 3] + 1:
            continue
        dx = ray[i, 0, 0] * px + ray[i, 0, 1] * py + ray[i, 0, 2]
        dy = ray[i, 1, 0] * px + ray[i, 1, 1] * py + ray[i, 1, 2]
        dz = ray[i, 2, 0] * px + ray[i, 2, 1] * py + ray[i, 2, 2]
        t, y = hit_depth(origin[i, 0], origin[i, 1], origin[i, 2], dx, dy, dz, shape[i])
        if t < best:
            best, which, foot = t, i, y
    return best, which, foot


@compiled
def cast(
    depth: Array, solid: NDArray[np.int32], foot: Array,
    lens: Array, origin: Array, ray: Array, shape: Array, box: IntArray,
) -> None:  # fmt: skip
    """Fill depth, solid and axis place (H, W) at every pixel's middle: each solid in its own box."""
    for i in range(shape.shape[0]):
        for v in range(box[i, 1], box[i, 3]):
            py = (v - lens[2]) / lens[0]
            for u in range(box[i, 0], box[i, 2]):
                px = (u - lens[1]) / lens[0]
                dx = ray[i, 0, 0] * px + ray[i, 0, 1] * py + ray[i, 0, 2]
                dy = ray[i, 1, 0] * px + ray[i, 1, 1] * py + ray[i, 1, 2]
                dz = ray[i, 2, 0] * px + ray[i, 2, 1] * py + ray[i, 2, 2]
                t, y = hit_depth(origin[i, 0], origin[i, 1], origin[i, 2], dx, dy, dz, shape[i])
                if t < depth[v, u]:
                    depth[v, u] = t
                    solid[v, u] = i
                    foot[v, u] = y


@compiled
def nearest_many(points: Array, lens: Array, origin: Array, ray: Array, shape: Array, box: IntArray) -> Array:
    """Depth that each image point (K, 2) px sees, (K,) m; FAR where it sees no solid."""
    depth = np.empty(points.shape[0])
    for k in range(points.shape[0]):
        depth[k] = nearest(points[k, 0], points[k, 1], lens, origin, ray, shape, box)[0]
    return depth
