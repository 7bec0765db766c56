"""Tops and bottoms: shells lifted off the skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import FloatArray, Material
from kinelab.virtual_lab.people.cloth import Piece, cut_out
from kinelab.virtual_lab.people.cloth_fields import Fields, Lengths
from kinelab.virtual_lab.people.garment_cuts import Bottom, Top
from kinelab.virtual_lab.people.garment_tubes import hanging
from kinelab.virtual_lab.people.looks import Dye

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.asset import BodyAsset

LAYER_M = 0.004  # between one garment and the next
NEAR_HEM_M = 0.04


@dataclass(frozen=True, eq=False)
class Underlay:
    """What cloth is lifted from: the skin (V, 3) with its normal (V, 3), the membrane span_m (V,) over its
    hollows, and filled_m (V,), how far other garments reach already."""

    skin_m: FloatArray
    normal: FloatArray
    span_m: FloatArray
    filled_m: Array


def top_cover(fields: Fields, at: Lengths, cut: Top, sleeve: float, hem: float) -> Array:
    """How far inside the top's hems a vertex lies (V,) m: sleeves, lower hem and neckline."""
    lower = cut.hem * (at.trunk_m if cut.hem > 0 else at.thigh_m) + 0.02 * hem
    hem_m = np.where(fields.arm > 0.1, np.inf, at.over_hip_m - lower)
    cover = np.minimum(hem_m, -_over_neckline(at, cut.neck))
    if cut.sleeve > 0:
        share = cut.sleeve + 0.12 * sleeve * (cut.sleeve < 1.9)
        cover = np.minimum(cover, share * at.upper_arm_m - at.reach_m)
    else:
        cover = np.minimum(cover, _inside_armhole(fields, at, cut.sleeve))
    return np.where(fields.head > 0.7, -0.05, cover)


def bottom_cover(fields: Fields, at: Lengths, cut: Bottom, hem: float) -> Array:
    """How far inside the waist and the legs' hems a vertex lies (V,) m."""
    leg = cut.leg + 0.1 * hem * (0 < cut.leg < 1.9)
    waist_m = cut.waist * at.trunk_m - at.rise_m
    cover = np.minimum(waist_m, (leg * at.thigh_m) + at.rise_m)
    if cut.leg == 0:  # cut high: briefs
        cover = np.minimum(waist_m, 0.01 + at.rise_m + 0.9 * np.maximum(0.075 - at.side_m, 0))
    return np.where(fields.arm > 0.1, -0.05, cover)


def top_shell(
    fields: Fields, at: Lengths, under: Underlay, cut: Top, ease: float, folds: Array
) -> FloatArray:
    """Places (V, 3) of the top's cloth."""
    on_arm = fields.arm >= 0.5
    free = np.where(on_arm, np.clip(0.2 + at.reach, 0, 1.2), np.clip(1.15 - at.rise, 0.15, 1))
    if cut.cuffed:
        free = free * np.clip((1.95 - at.reach) / 0.25, 0, 1) ** 0.7
    ease_m = max(cut.ease_m + 0.006 * ease * (cut.ease_m > 0), 0.0)
    gap = cut.thick_m + ease_m * free * (1 + 0.4 * folds)
    if cut.hood:
        gap = gap + _hood_m(at, under.normal)
    place = _lifted(under, gap)
    if cut.ease_m > 0.005:
        trunk = 1 - np.clip(fields.arm / 0.15, 0, 1)
        span_m = (at.shoulder_m[1] - 0.2 * at.trunk_m, at.shoulder_m[1] - 1.15 * at.trunk_m)
        place = hanging(place, trunk, span_m, slack=0.35 if cut.cuffed else 0.15)
    return place


def bottom_shell(
    at: Lengths, under: Underlay, cut: Bottom, ease: float, folds: Array
) -> tuple[FloatArray, Array]:
    """Places (V, 3) of the cloth about the legs and how far it stands off the skin (V,) m."""
    down = np.clip(-at.rise / max(cut.leg, 0.1), 0, 1.2)
    ease_m = max(cut.ease_m + 0.006 * ease * (cut.ease_m > 0), 0.0)
    snug = np.clip((cut.waist - at.rise) / 0.25, 0, 1)
    gap = cut.thick_m + ease_m * snug * (0.5 + 0.5 * down) * (1 + 0.35 * folds) + cut.flare_m * down**2
    if cut.leg > 1.9 and cut.ease_m > 0.004:  # the leg's end breaks into folds over the shoe
        gap = gap + 0.004 * np.sin(at.rise_m * 130) * np.clip((down - 0.8) / 0.15, 0, 1)
    gap = np.maximum(gap, cut.thick_m)
    return _lifted(under, gap), gap + under.span_m


def garment(
    asset: BodyAsset, fields: Fields, place_m: FloatArray, cover: Array, material: Material,
    creases: FloatArray | None = None,
) -> Piece:  # fmt: skip
    """The shell as a piece, a little darker in its hollows.

    Deep inside it bends softly (`Fields.binding`); where skin is still drawn under it, it rides as the skin.
    """
    shade = np.clip(1 - 14 * fields.hollow_m, 0.72, 1.0)
    tint = np.repeat(shade[:, None], 3, 1).astype(np.float32)
    near_hem = (cover < NEAR_HEM_M)[:, None]
    binding = (
        np.where(near_hem, asset.weight_body, fields.binding[0]),
        np.where(near_hem, asset.weight, fields.binding[1]),
    )
    return cut_out(asset.face, place_m, binding, cover.astype(np.float32), material, tint, creases)


def cloth_material(dye: Dye, part: str, wrinkle_m: float, shine: float = 0.03) -> Material:
    """A garment's material."""
    return Material(dye.colour, dye.second, dye.pattern, dye.pattern_m, shine, wrinkle_m, part)  # type: ignore[arg-type]


def folds_of(fields: Fields, seed: int) -> Array:
    """Smooth random folds (V,), about -1 to 1, another for each person."""
    mix = np.random.default_rng(seed).normal(size=len(fields.noise))
    return np.clip(mix / np.linalg.norm(mix) @ fields.noise, -1.5, 1.5)


def creases_of(fields: Fields, at: Lengths) -> FloatArray:
    """How much cloth is creased (V,): at elbows, wrists, knees, ankles, groins, armpits and the waist."""
    arm = (
        1.3 * np.exp(-(((at.reach - 1.0) / 0.25) ** 2))
        + 0.8 * np.exp(-(((at.reach - 1.85) / 0.2) ** 2))
        + 0.7 * np.exp(-((at.reach / 0.25) ** 2))
    )
    body = (
        1.3 * np.exp(-(((at.rise + 1.0) / 0.2) ** 2))
        + 1.0 * np.clip((-1.55 - at.rise) / 0.4, 0, 1)
        + 0.8 * np.exp(-((at.rise / 0.12) ** 2))
        + 0.9 * np.exp(-(((at.rise - 0.28) / 0.12) ** 2))
    )
    return np.asarray(fields.arm * arm + (1 - fields.arm) * body, np.float32)


def _lifted(under: Underlay, gap: Array) -> FloatArray:
    """The spanned skin moved out by `gap`, and in any case clear of the garment below."""
    clear = np.maximum(gap + under.span_m, np.where(under.filled_m > 0, under.filled_m + LAYER_M, 0))
    return under.skin_m + under.normal * clear[:, None].astype(np.float32)


def _over_neckline(at: Lengths, neck: str) -> Array:
    """Height over the neckline (V,) m. Planes and ellipsoids only: between vertices cover is taken as linear,
    and a curve that bends less than a triangle stays smooth."""
    if neck == "high":
        return at.neck_m - 0.024
    if neck == "crew":
        return at.neck_m - 0.004
    size = at.trunk_m / 0.45
    before, over = at.ahead_m, at.height_m - 0.05 * size  # of the jugular notch
    if neck == "vee":
        wedge = over + 0.09 * size - 1.3 * at.side_m
        return np.maximum(at.neck_m - 0.004, np.minimum(wedge, before))
    ball = 1 - np.sqrt((at.side_m / 0.07) ** 2 + ((over - 0.02) / 0.085) ** 2 + (before / 0.25) ** 2) / size
    return np.maximum(at.neck_m + 0.008, np.minimum(0.08 * ball, before + 0.05))


def _inside_armhole(fields: Fields, at: Lengths, sleeve: float) -> Array:
    """Inside the armholes (V,) m, ellipsoids about the shoulders: the strap and the flank are covered."""
    size = at.trunk_m / 0.45
    wide = 0.062 - 0.15 * (sleeve + 0.2)
    off = np.sqrt(
        (at.ahead_m / 0.16) ** 2
        + ((at.height_m + 0.01) / 0.10) ** 2
        + ((at.side_m - at.shoulder_m[2] - 0.015) / wide) ** 2
    )
    inside: Array = np.minimum(0.07 * (off / size - 1), 0.15 * (0.4 - fields.arm))
    return inside


def _hood_m(at: Lengths, normal: FloatArray) -> Array:
    """A hood that lies on the back below the neck, as a bulge (V,) m."""
    behind = np.clip(-normal[:, 0].astype(np.float64), 0, 1)
    ring = np.exp(-(((at.neck_m + 0.03) / 0.05) ** 2))
    return 0.035 * ring * (0.25 + 0.75 * behind)
