"""Cloth that hangs: skirts as one tube about the hips and both legs, and loose tops about the trunk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import FloatArray, Material
from kinelab.virtual_lab.people.cloth import Index, Piece, grid_faces
from kinelab.virtual_lab.people.cloth_outlines import directions, look_up, outline_radius

AROUND = 48
LEVELS = 18
CLING = 0.12  # how far a metre of skirt goes inwards before and behind: what stands off a thigh there stays
# so when the person sits
HALVES_M = 0.07  # half width of the strip in the middle where the two legs share the cloth
WINDOW_M = 0.025


@dataclass(frozen=True)
class Tube:
    """A skirt's cut: heights of waist, hem, hips and knees; flare per metre, at the sides; fold_m of its
    waves at 0.5 m."""

    waist_m: float
    hem_m: float
    hip_m: float
    knee_m: float
    ease_m: float
    flare: float
    fold_m: float


def skirt(inner_m: FloatArray, cut: Tube, seed: int, material: Material) -> Piece:
    """A tube around the points inner_m (P, 3): their convex outline, no narrower than above."""
    level_m = cut.waist_m + (cut.hem_m - cut.waist_m) * np.linspace(0, 1, LEVELS) ** 0.9
    way = directions(AROUND)
    centre = np.tile(inner_m[:, [0, 2]].mean(0).astype(np.float64), (LEVELS, 1))
    flare = cut.flare * way[:, 1] ** 2 - CLING * way[:, 0] ** 2
    reach = _hung(inner_m, level_m, way, centre, cut.ease_m, flare)
    angle = np.arange(AROUND) * (2 * np.pi / AROUND)
    phase = np.random.default_rng(seed).uniform(0, 2 * np.pi, 2)
    waves = np.sin(9 * angle + phase[0]) + 0.6 * np.sin(14 * angle + phase[1])
    deep = cut.fold_m * np.clip((cut.waist_m - level_m) / 0.5, 0, 1.5)[:, None]  # deeper towards the hem
    plan = (reach + deep * waves)[..., None] * way + centre[:, None]
    place = np.stack([plan[..., 0], np.broadcast_to(level_m[:, None], reach.shape), plan[..., 1]], -1)
    place_m = place.reshape(-1, 3).astype(np.float32)
    face = grid_faces(LEVELS, AROUND, closed=True)
    bodies, weight = _binding(place_m, cut)
    shade = (1 - np.clip(-14 * deep * waves, 0, 0.25)).ravel()
    return Piece(
        face, place_m, bodies, weight, place_m[:, 1] - np.float32(cut.hem_m - 1e-4),
        np.repeat(shade[:, None], 3, 1).astype(np.float32), np.zeros(len(face), np.uint8), (material,),
    )  # fmt: skip


def hanging(place_m: FloatArray, trunk: Array, span_m: tuple[float, float], slack: float) -> FloatArray:
    """Places (V, 3) of a loose top: from the chest (height span_m[0]) down to span_m[1] it hangs.

    trunk (V,) is 1 on vertices that hang and fades to 0 on the arms. Cloth spans the hollows across the trunk
    and falls from the chest without clinging below it, but for `slack` metres inwards per metre down.
    """
    top, bottom = span_m
    level_m = np.linspace(top, bottom, LEVELS)
    inside = (trunk > 0.5) & (place_m[:, 1] < top + WINDOW_M) & (place_m[:, 1] > bottom - WINDOW_M)
    way = directions(AROUND)
    centre = np.tile(place_m[inside][:, [0, 2]].mean(0).astype(np.float64), (LEVELS, 1))
    reach = _hung(place_m[inside], level_m, way, centre, 0.0, -slack)
    x, z = place_m[:, 0] - centre[0, 0], place_m[:, 2] - centre[0, 1]
    now = np.hypot(x, z)
    row = (top - place_m[:, 1]) / (top - bottom) * (LEVELS - 1)
    wanted = look_up(reach, row.astype(np.float64), np.arctan2(z, x) / (2 * np.pi) * AROUND)
    fade = trunk * np.clip((top + 0.06 - place_m[:, 1]) / 0.06, 0, 1)
    grow = 1 + fade * np.maximum(wanted / np.maximum(now, 1e-3) - 1, 0)
    out = place_m.copy()
    out[:, 0] = centre[0, 0] + x * grow
    out[:, 2] = centre[0, 1] + z * grow
    return out


def _hung(
    inner_m: FloatArray, level_m: Array, way: Array, centre: Array, ease_m: float, flare: Array | float
) -> Array:
    """Outline (levels, directions) m that is around what is inside, and no narrower than above."""
    inner = inner_m.astype(np.float64)
    reach = outline_radius(
        inner[:, 1], np.ascontiguousarray(inner[:, [0, 2]]), level_m, WINDOW_M, way, centre
    )
    drop = -np.diff(level_m, prepend=level_m[0])
    reach[0] += 0.25 * ease_m
    for k in range(1, len(level_m)):
        reach[k] = np.maximum(reach[k] + ease_m * min(1.0, 0.25 + k / 6), reach[k - 1] + flare * drop[k])
    return reach


def _binding(place_m: FloatArray, cut: Tube) -> tuple[Index, FloatArray]:
    """Trunk and pelvis above, each side's thigh below, the shanks from a little below the knees."""
    y = place_m[:, 1]
    thigh = _smooth((cut.hip_m + 0.06 - y) / 0.22)
    shank = 0.75 * _smooth((cut.knee_m + 0.05 - y) / 0.25)
    right = _smooth(0.5 + place_m[:, 2] / (2 * HALVES_M))
    lumbar = _smooth((y - cut.hip_m - 0.12) / 0.12) * (1 - thigh)
    upper, lower = thigh * (1 - shank), thigh * shank
    share = {
        "pelvis": 1 - thigh - lumbar, "lumbar": lumbar, "femur_r": upper * right,
        "femur_l": upper * (1 - right), "tibia_r": lower * right, "tibia_l": lower * (1 - right),
    }  # fmt: skip
    bodies = np.array([own_body().body_index(name) for name in share], np.int32)
    table = np.stack(list(share.values()), 1)
    order = np.argsort(-table, axis=1, kind="stable")[:, :4]
    weight = np.take_along_axis(table, order, 1)
    return bodies[order], (weight / weight.sum(1, keepdims=True)).astype(np.float32)


def _smooth(t: FloatArray) -> FloatArray:
    t = np.clip(t, 0, 1)
    smooth: FloatArray = t * t * (3 - 2 * t)
    return smooth
