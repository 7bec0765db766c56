"""Shoes: lofted over the outlines of the foot, with a flat sole; socks are the skin lifted a little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array, BoolArray
from kinelab.virtual_lab.drawing.surface import FloatArray, Material
from kinelab.virtual_lab.people.cloth import Piece, grid_faces, two_bodies
from kinelab.virtual_lab.people.cloth_fields import Fields, Lengths
from kinelab.virtual_lab.people.cloth_outlines import directions, outline_radius
from kinelab.virtual_lab.people.garment_cuts import Shoe
from kinelab.virtual_lab.people.garments import cloth_material, garment
from kinelab.virtual_lab.people.looks import Dye

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.bare import BareBody

SECTIONS = 26
AROUND = 24
SHANK_M = 0.40  # of the neutral body: shares of the shank in metres


@dataclass(frozen=True, eq=False)
class FootAxes:
    """A foot's own frame: heel (3,) on the ground, ways along and across the foot in the plan (2,), its
    length, the ankle's height, and how far from the heel ankle and toe joints lie."""

    heel: Array
    along: Array
    across: Array
    length_m: float
    ankle_height_m: float
    ankle_m: float
    joint_m: float


def shoe_cover(fields: Fields, at: Lengths, cut: Shoe) -> Array:
    """How far inside the shoe's opening a vertex lies (V,) m."""
    up_m = (2 + at.rise) * SHANK_M
    before_m = at.toward_toe_m
    cover = cut.height * SHANK_M - cut.dip_m * np.clip(before_m / 0.05, 0, 1) - up_m
    cover = np.where((before_m > cut.open_m + 0.035) & (up_m < -0.01), 0.03, cover)
    return np.where(fields.leg > 0.5, cover, -0.05)


def sock(bare: BareBody, fields: Fields, cover: Array, cut: Shoe, dye: Dye) -> Piece:
    """Socks of both feet, or the shafts of boots: the skin lifted a little."""
    place = bare.rest_m + bare.normal * np.float32(cut.thick_m)
    return garment(bare.asset, fields, place, cover, cloth_material(dye, "shoes", 0.001, cut.shine))


def shoe_pair(
    low: BoolArray, skin_m: FloatArray, centre_m: dict[str, Array], cut: Shoe, dye: Dye
) -> list[Piece]:
    """Upper and sole of both feet; low (V,) picks the vertices of the feet and lower shanks."""
    pieces = []
    for side, sign in (("r", 1.0), ("l", -1.0)):
        foot = skin_m[low & (skin_m[:, 2] * sign > 0)].astype(np.float64)
        axes = _axes(foot, centre_m[f"ankle_{side}"], centre_m[f"mtp_{side}"])
        upper = _upper(foot, axes, cut, dye, side)
        pieces += [upper, _sole(upper.place_m.astype(np.float64), axes, cut, dye, side)]
    return pieces


def _axes(foot: Array, ankle: Array, joint: Array) -> FootAxes:
    along = (joint - ankle)[[0, 2]]
    along = along / np.linalg.norm(along)
    across = np.array([-along[1], along[0]])
    low = foot[foot[:, 1] < 0.06]
    s = low[:, [0, 2]] @ along
    middle = float(((ankle[[0, 2]] + joint[[0, 2]]) / 2) @ across)
    heel = along * s.min() + across * middle
    ankle_m, joint_m = (float(p[[0, 2]] @ along) - float(s.min()) for p in (ankle, joint))
    start = np.array([heel[0], 0.0, heel[1]])
    return FootAxes(start, along, across, float(np.ptp(s)), float(ankle[1]), ankle_m, joint_m)


def _upper(foot: Array, axes: FootAxes, cut: Shoe, dye: Dye, side: str) -> Piece:
    """Sections across the foot from heel to toe, each the convex outline of the foot up to the opening."""
    plan = (foot - axes.heel)[:, [0, 2]]
    s, t = plan @ axes.along, plan @ axes.across
    rim_m = axes.ankle_m + cut.open_m  # where the opening ends in front of the ankle
    tall = foot[:, 1].clip(max=0.5)
    at = -0.002 + (axes.length_m + 0.004) * (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, SECTIONS)))
    opening = (
        axes.ankle_height_m
        + min(cut.height, 0.02) * SHANK_M
        - cut.dip_m * np.clip((at - axes.ankle_m) / 0.05, 0, 1)
    )
    inside = foot[:, 1] < np.interp(s, at, np.where(at < rim_m, opening, 1.05 * axes.ankle_height_m))
    section = np.stack([t, tall], 1)[inside]
    mid = np.stack([np.interp(at, *_running(s, t)), np.full(SECTIONS, 0.022)], 1)
    way = directions(AROUND)
    radius = (
        _smoothed(outline_radius(s[inside], np.ascontiguousarray(section), at, 0.014, way, mid)) + cut.thick_m
    )
    # Round the ends off: the outermost sections shrink.
    ends = np.minimum(np.arange(SECTIONS), np.arange(SECTIONS)[::-1])
    radius *= np.array([0.25, 0.72, 0.92, 1.0])[np.minimum(ends, 3)][:, None]
    lateral, height = (radius * way[:, i] + mid[:, i : i + 1] for i in (0, 1))
    height = np.maximum(height, -0.001)
    at = at + np.where(ends == 0, 1, 0) * np.where(np.arange(SECTIONS) == 0, -1, 1) * (cut.thick_m + 0.004)
    ground = axes.heel[[0, 2]] + at[:, None, None] * axes.along + lateral[..., None] * axes.across
    place = np.stack([ground[..., 0], height, ground[..., 1]], -1).reshape(-1, 3).astype(np.float32)
    face = grid_faces(SECTIONS, AROUND, closed=True)[:, ::-1].copy()
    laces = _laces(axes, at, cut)
    kind = np.tile(laces.ravel(), 2).astype(np.uint8)
    materials = (
        Material(dye.colour, shine=cut.shine, part="shoes"),
        Material(dye.second, shine=0.05, part="shoes"),
    )
    bodies, weight = _binding(np.repeat(at, AROUND), axes, side)
    plain = np.ones((len(place), 3), np.float32)
    return Piece(face, place, bodies, weight, plain[:, 0].copy(), plain, kind, materials)


def _smoothed(radius: Array) -> Array:
    """Neighbouring sections and directions blended: leather spans the toes."""
    for _ in range(2):
        padded = np.pad(radius, ((1, 1), (0, 0)), mode="edge")
        radius = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
        radius = (np.roll(radius, 1, 1) + 2 * radius + np.roll(radius, -1, 1)) / 4
    return radius


def _laces(axes: FootAxes, at: Array, cut: Shoe) -> BoolArray:
    """Which faces (sections - 1, around) are laces: every other section on top of the instep."""
    top = np.abs(np.arange(AROUND) - AROUND / 4 + 0.5) < 2
    middle = (at[:-1] + at[1:]) / 2
    laced = (middle > axes.ankle_m + 0.05) & (middle < axes.joint_m) & (np.arange(SECTIONS - 1) % 2 == 0)
    laces: BoolArray = laced[:, None] & top & cut.laced
    return laces


def _sole(upper_m: Array, axes: FootAxes, cut: Shoe, dye: Dye, side: str) -> Piece:
    """A flat sole: the upper's outline seen from above, from just over the ground plane down to -sole_m."""
    low = upper_m[upper_m[:, 1] < 0.05]
    mid = axes.heel[[0, 2]] + axes.along * axes.length_m / 2
    way = directions(2 * AROUND)
    plan = np.ascontiguousarray(low[:, [0, 2]])
    radius = outline_radius(np.zeros(len(low)), plan, np.zeros(1), 1.0, way, mid[None])[0]
    profile = ((-0.004, 0.012), (0.002, 0.010), (0.003, 0.3 * -cut.sole_m), (0.0, 0.002 - cut.sole_m),
               (-0.004, -cut.sole_m))  # fmt: skip
    rings = [((radius + more)[:, None] * way + mid, y) for more, y in profile]
    rings.append((0.02 * radius[:, None] * way + mid, -cut.sole_m))
    place = np.concatenate([np.stack([p[:, 0], np.full(len(p), y), p[:, 1]], 1) for p, y in rings])
    face = grid_faces(len(rings), len(way), closed=True)
    bodies, weight = _binding((place[:, [0, 2]] - axes.heel[[0, 2]]) @ axes.along, axes, side)
    plain = np.ones((len(place), 3), np.float32)
    material = Material(dye.second, shine=0.08, part="shoes")
    kind = np.zeros(len(face), np.uint8)
    return Piece(face, place.astype(np.float32), bodies, weight, plain[:, 0].copy(), plain, kind, (material,))


def _binding(s: Array, axes: FootAxes, side: str) -> tuple[np.ndarray, FloatArray]:
    """Heel to the joints of the toes on the one body, the rest on the other."""
    index = own_body().body_index
    share = np.clip((s - axes.joint_m) / 0.03 + 0.5, 0, 1).astype(np.float32)
    return two_bodies(index(f"calcn_{side}"), index(f"toes_{side}"), share)


def _running(s: Array, t: Array) -> tuple[Array, Array]:
    """Middle of the foot's width along it, for interpolation."""
    bins = np.linspace(s.min(), s.max(), 12)
    where = np.digitize(s, bins)
    filled = [k for k in range(1, 12) if (where == k).any()]
    middle = [float((t[where == k].min() + t[where == k].max()) / 2) for k in filled]
    return np.array([(bins[k - 1] + bins[k]) / 2 for k in filled]), np.array(middle)
