"""Dresses a bare body: skin, clothes, shoes, hair and face as one surface that rides on the skeleton."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.shading import SKIN_HIDDEN_M
from kinelab.virtual_lab.drawing.surface import FloatArray
from kinelab.virtual_lab.people.cloth import Dressed, Piece, joined, spanned
from kinelab.virtual_lab.people.cloth_fields import Fields, Lengths, fields_of, lengths_of
from kinelab.virtual_lab.people.face import face_pieces, skin_piece
from kinelab.virtual_lab.people.garment_cuts import BOTTOMS, SHOES, TOPS
from kinelab.virtual_lab.people.garment_shoes import shoe_cover, shoe_pair, sock
from kinelab.virtual_lab.people.garment_tubes import Tube, skirt
from kinelab.virtual_lab.people.garments import (
    Underlay,
    bottom_cover,
    bottom_shell,
    cloth_material,
    creases_of,
    folds_of,
    garment,
    top_cover,
    top_shell,
)
from kinelab.virtual_lab.people.hair import hair_pieces, headwear_cover
from kinelab.virtual_lab.people.looks import Looks

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.bare import BareBody

SPAN_ROUNDS = (6, 20)  # of cloth that clings, and of cloth that hangs
HIDDEN_M = SKIN_HIDDEN_M  # what is so far inside a hem, and further where the hem stands off, is left out
INSTEP_M = 0.062  # trousers lie on the instep no further ahead of the ankle
SNUG_M = 0.005  # cloth with less ease follows the hollows of the skin


def dress(bare: BareBody, looks: Looks) -> Dressed:
    """The person of a bare body in the given looks, in the bind pose.

    Cloth is the skin's own triangles lifted outwards (`cloth.spanned`), so it fits every shape and follows
    every movement; skin well inside a hem is left out, so it cannot come through. Shoes stand looks.sole_m
    below the bare soles.
    """
    fields = fields_of(bare.asset)
    clothes, hidden_m = _clothes(bare, fields, looks)
    seen_m = HIDDEN_M - np.maximum(hidden_m, headwear_cover(bare, fields, looks))
    skin = skin_piece(bare, fields, looks, seen_m)
    return joined([skin, *clothes, *face_pieces(bare, fields, looks), *hair_pieces(bare, fields, looks)])


def _clothes(bare: BareBody, fields: Fields, looks: Looks) -> tuple[list[Piece], Array]:
    """Garments and shoes, and how far inside any of their hems each vertex of the skin lies (V,) m."""
    bottom, top = BOTTOMS[looks.bottom], TOPS[looks.top]
    span = {
        hangs: spanned(bare.rest_m, bare.normal, *fields.near, fields.clothed, SPAN_ROUNDS[hangs])
        for hangs in {bottom.ease_m > SNUG_M, top.ease_m > SNUG_M}
    }
    at = lengths_of(bare.centre_m, bare.rest_m, fields)
    folds, creases = folds_of(fields, looks.seed), creases_of(fields, at)
    pieces, inside = _footwear(bare, fields, at, looks)
    filled, outer, layers = np.zeros(len(inside)), bare.rest_m, []
    if looks.bottom != "none" and not bottom.skirt:
        under = Underlay(bare.rest_m, bare.normal, span[bottom.ease_m > SNUG_M], filled)
        place, gap = bottom_shell(at, under, bottom, looks.ease, folds)
        cover = bottom_cover(fields, lengths_of(bare.centre_m, place, fields), bottom, looks.hem)
        cover = np.where(at.rise < -1.7, np.minimum(cover, INSTEP_M - at.toward_toe_m), cover)
        filled = np.where(cover > -0.02, gap, 0)
        layers.append((place, cover, cloth_material(looks.bottom_dye, "bottom", bottom.wrinkle_m)))
        outer = np.where((cover > 0)[:, None], place, outer)
    if looks.top != "none":
        under = Underlay(bare.rest_m, bare.normal, span[top.ease_m > SNUG_M], filled)
        place = top_shell(fields, at, under, top, looks.ease, folds)
        on = lengths_of(bare.centre_m, place, fields)
        cover = top_cover(fields, on, top, looks.sleeve, looks.hem)
        if bottom.skirt:  # tucked in
            cover = np.minimum(cover, on.over_hip_m - 0.05)
        layers.append((place, cover, cloth_material(looks.top_dye, "top", top.wrinkle_m)))
        outer = np.where((cover > 0)[:, None], place, outer)
    over = np.full(len(inside), -1.0)
    if bottom.skirt or top.skirt_m > 0:
        tube, over = _tube(bare, fields, looks, outer)
        pieces.append(tube)
    for place, cover, material in reversed(layers):  # what is worn under another garment is not drawn
        pieces.append(
            garment(bare.asset, fields, place, np.minimum(cover, HIDDEN_M - over), material, creases)
        )
        stands_off = ((place - bare.rest_m) * bare.normal).sum(1)
        over = np.maximum(over, cover - 1.2 * stands_off)
    return pieces, np.maximum(inside, over)


def _footwear(bare: BareBody, fields: Fields, at: Lengths, looks: Looks) -> tuple[list[Piece], Array]:
    """Shoes or socks, and how far inside them each vertex of the skin lies (V,) m."""
    cut = SHOES[looks.shoes]
    if looks.shoes == "barefoot":
        return [], np.full(len(bare.rest_m), -1.0)
    cover = shoe_cover(fields, at, cut)
    if cut.sole_m == 0:
        return [sock(bare, fields, cover, cut, looks.shoes_dye)], cover
    low = (fields.leg > 0.5) & (at.rise < -1.7)
    pieces = shoe_pair(low, bare.rest_m, bare.centre_m, cut, looks.shoes_dye)
    if cut.height > 0.1:  # the shaft of a boot
        shaft = np.where(at.rise > -2.12, cover, -0.02)
        pieces.append(sock(bare, fields, shaft, cut, looks.shoes_dye))
    return pieces, cover + HIDDEN_M  # a shoe is closed around the leg, and rides as the foot does


def _tube(bare: BareBody, fields: Fields, looks: Looks, outer_m: FloatArray) -> tuple[Piece, Array]:
    """The skirt of a bottom or of a dress over what is worn inside, and how deep the skin lies in it."""
    bottom, top = BOTTOMS[looks.bottom], TOPS[looks.top]
    level = {name: float(bare.centre_m[f"{name}_r"][1]) for name in ("shoulder", "hip", "knee", "ankle")}
    trunk_m, leg_m = level["shoulder"] - level["hip"], level["hip"] - level["ankle"]
    if bottom.skirt:
        dye, part, ease, flare = looks.bottom_dye, "bottom", bottom.ease_m, bottom.flare_m
        waist = level["hip"] + bottom.waist * trunk_m
        length = min((bottom.leg + 0.12 * looks.hem) / 2, 0.97) * leg_m
    else:
        dye, part, ease, flare = looks.top_dye, "top", top.ease_m, 0.14
        waist = level["hip"] + max(top.hem, 0.0) * trunk_m + 0.03
        length = top.skirt_m * (1 + 0.1 * looks.hem) * leg_m / 0.82
    hem = level["hip"] - length
    within = (fields.arm < 0.1) & (outer_m[:, 1] < waist + 0.03) & (outer_m[:, 1] > hem - 0.05)
    cut = Tube(waist, hem, level["hip"], level["knee"], ease + 0.004, flare, 0.1 * flare)
    inner = np.ascontiguousarray(outer_m[within])
    piece = skirt(inner, cut, looks.seed, cloth_material(dye, part, 0.005))
    y = bare.rest_m[:, 1]
    return piece, np.where(fields.arm < 0.1, np.minimum(waist - y, y - hem - 0.10), -1.0)
