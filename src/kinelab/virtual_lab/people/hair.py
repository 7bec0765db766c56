"""Hair on the scalp as a shell of its own thickness, and what is worn on the head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import FloatArray, Material
from kinelab.virtual_lab.people.cloth import Piece, cut_out, grid_faces, spanned
from kinelab.virtual_lab.people.cloth_fields import Fields, lengths_of
from kinelab.virtual_lab.people.face_points import head_of, rigid
from kinelab.virtual_lab.people.garment_cuts import TOPS
from kinelab.virtual_lab.people.garments import cloth_material
from kinelab.virtual_lab.people.hair_loose import loose_hair
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.looks_palette import HAIR

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.bare import BareBody

# Lines round the skull: degrees from the front, height over the eyes in eye distances.
_LINES: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = MappingProxyType(
    {
        "hair": (
            (0, 25, 40, 52, 62, 70, 78, 84, 92, 100, 107, 116, 132, 180),
            (1.16, 1.14, 0.98, 0.72, 0.50, 0.10, -0.25, 0.20, 0.66, 0.60, 0.05, -0.65, -1.25, -1.60),
        ),
        "receding": (
            (0, 15, 30, 52, 62, 70, 78, 84, 92, 100, 107, 116, 132, 180),
            (1.75, 1.75, 1.60, 1.15, 0.75, 0.20, -0.25, 0.20, 0.66, 0.60, 0.05, -0.65, -1.25, -1.60),
        ),
        "cap": ((0, 60, 120, 180), (0.86, 0.80, 0.45, 0.10)),
        "beanie": ((0, 40, 80, 110, 180), (0.80, 0.66, 0.15, -0.15, -0.55)),
        "swim_cap": ((0, 40, 75, 95, 115, 180), (0.95, 0.85, 0.45, 0.30, -0.20, -1.15)),
        "turban": ((0, 40, 80, 120, 180), (0.95, 0.82, 0.45, 0.10, -0.50)),
    }
)


@dataclass(frozen=True)
class Shell:
    """Hair or a hat on the scalp: its line, how thick at sides and top, how rough (share), its taper."""

    line: str
    side_m: float
    top_m: float
    rough: float = 0.0
    taper_m: float = 0.02


_HAIR: Mapping[str, Shell] = MappingProxyType(
    {
        "buzz": Shell("hair", 0.002, 0.003, 0.1, 0.03),
        "receding": Shell("receding", 0.006, 0.005, 0.2, 0.03),
        "short": Shell("hair", 0.008, 0.018, 0.25, 0.03),
        "side_parted": Shell("hair", 0.009, 0.022, 0.15, 0.025),
        "curly": Shell("hair", 0.024, 0.034, 0.35, 0.035),
        "afro": Shell("hair", 0.055, 0.065, 0.12, 0.05),
        "bob": Shell("hair", 0.012, 0.016, 0.10),
        "long": Shell("hair", 0.012, 0.016, 0.10),
        "ponytail": Shell("hair", 0.006, 0.009, 0.08),
        "bun": Shell("hair", 0.006, 0.009, 0.08),
    }
)
_HATS: Mapping[str, Shell] = MappingProxyType(
    {
        "cap": Shell("cap", 0.010, 0.020, 0.0, 0.006),
        "beanie": Shell("beanie", 0.012, 0.030, 0.1, 0.008),
        "swim_cap": Shell("swim_cap", 0.004, 0.006, 0.0, 0.006),
        "turban": Shell("turban", 0.030, 0.035, 0.25, 0.03),
    }
)


def hair_pieces(bare: BareBody, fields: Fields, looks: Looks) -> list[Piece]:
    """Hair that is not hidden, and what is worn on the head."""
    pieces: list[Piece] = []
    if looks.headwear == "headscarf":
        return [_headscarf(bare, fields, looks)]
    worn = looks.headwear != "none"
    if looks.hair_style != "bald" and looks.headwear not in ("turban", "swim_cap"):
        shell = _HAIR[looks.hair_style]
        if worn:  # pressed flat, and not drawn inside the hat
            shell = Shell(shell.line, min(shell.side_m, 0.008), 0.004, shell.rough)
        cover = _above_line(fields, shell.line)
        if looks.hair_style == "receding":
            crown = np.sqrt(fields.aside**2 + (fields.ahead + 1.75) ** 2 + (fields.above - 1.75) ** 2)
            cover = np.minimum(cover, 0.06 * (crown - 0.75))
        if worn:
            cover = np.minimum(cover, 0.015 - _above_line(fields, _HATS[looks.headwear].line))
        pieces.append(_on_scalp(bare, fields, shell, cover, _hair_material(looks), looks))
        pieces += loose_hair(bare, fields, looks, _hair_material(looks), worn)
    if worn:
        shell = _HATS[looks.headwear]
        dye = looks.headwear_dye
        if looks.headwear == "beanie":
            dye = replace(dye, pattern="knit", pattern_m=0.006)
        wrinkle_m = 0.003 if looks.headwear == "turban" else 0.0005
        cloth = cloth_material(dye, "other", wrinkle_m, 0.4 if looks.headwear == "swim_cap" else 0.03)
        pieces.append(_on_scalp(bare, fields, shell, _above_line(fields, shell.line), cloth, looks))
        if looks.headwear == "cap":
            pieces.append(_brim(bare, Material(dye.second, part="other")))
    return pieces


def _above_line(fields: Fields, line: str) -> Array:
    """How far above a line round the skull a vertex lies (V,), about metres."""
    over = fields.above - np.interp(fields.turn_deg, *_LINES[line])
    ear = np.where((fields.aside > 1.28) & (fields.above < 0.75) & (fields.turn_deg < 112), -1.0, 1.0)
    ear = ear if line == "hair" or line == "receding" else np.ones_like(over)
    return np.where(fields.head > 0.3, np.minimum(over, ear), -1.0) * 0.062


def _on_scalp(
    bare: BareBody, fields: Fields, shell: Shell, cover: Array, material: Material, looks: Looks
) -> Piece:
    """The shell of hair or cloth over the scalp, tapering towards its line."""
    crown = np.clip((fields.above - 0.6) / 0.8, 0, 1)
    mix = np.random.default_rng(looks.seed + 1).normal(size=len(fields.noise))
    rough = shell.rough * np.clip(mix / np.linalg.norm(mix) @ fields.noise, -2, 2)
    thick = (shell.side_m + (shell.top_m - shell.side_m) * crown) * (1 + rough)
    if looks.hair_style == "side_parted":
        thick = thick * np.clip(1 + 0.5 * crown * np.tanh(8 * bare.rest_m[:, 2] + 0.4), 0.3, 2)
    edge = np.clip(cover / shell.taper_m, 0, 1)
    gap = thick * (0.12 + 0.88 * edge * (2 - edge))
    skin = _ears_flat(bare, fields) if material.part == "other" else bare.rest_m
    place = skin + bare.normal * gap[:, None].astype(np.float32)
    shade = 1 + 0.10 * np.clip(fields.noise[3], -2, 2) - 0.25 * (1 - edge) * (material.part == "hair")
    tint = np.repeat(shade[:, None], 3, 1).astype(np.float32)
    return cut_out(bare.asset.face, place, fields.binding, cover.astype(np.float32), material, tint)


def _hair_material(looks: Looks) -> Material:
    colour = HAIR[looks.hair_colour]
    second = tuple(min(1.0, 1.25 * c + 0.02) for c in colour)
    wrinkle = {"afro": 0.004, "curly": 0.005, "buzz": 0.0005}.get(looks.hair_style, 0.0015)
    return Material(colour, (second[0], second[1], second[2]), shine=0.22, wrinkle_m=wrinkle, part="hair")


def _brim(bare: BareBody, material: Material) -> Piece:
    """The peak of a cap: two sheets of a half moon in front of the forehead."""
    head = head_of(bare)
    turn = np.radians(np.linspace(-62, 62, 15))
    out = np.linspace(0, 1, 4)[:, None]
    reach = 1.66 + out * 1.25 * np.cos(turn) ** 0.7
    ahead = -1.2 + reach * np.cos(turn)
    aside = reach * 0.86 * np.sin(turn)
    above = 0.88 - 0.16 * out - 0.22 * (np.abs(np.sin(turn)) ** 2) * (0.3 + out)
    top = head.at(ahead, above, aside).reshape(-1, 3)
    face = grid_faces(4, 15, closed=False)
    low = top - [0, 0.003, 0]
    both = np.concatenate([face, face[:, ::-1] + np.int32(len(top))])
    return rigid(both.astype(np.int32), np.concatenate([top, low]), "head", material)


def headwear_cover(bare: BareBody, fields: Fields, looks: Looks) -> Array:
    """How far inside a hat's or scarf's edge each vertex of the skin lies (V,) m."""
    if looks.headwear == "none":
        return np.full(len(bare.rest_m), -1.0)
    if looks.headwear == "headscarf":
        return np.minimum(*_scarf_edges(bare, fields))
    return _above_line(fields, _HATS[looks.headwear].line)


def _scarf_edges(bare: BareBody, fields: Fields) -> tuple[Array, Array]:
    """How far outside the oval of the face, and over the scarf's lower edge, vertices lie (V,) m."""
    at = lengths_of(bare.centre_m, bare.rest_m, fields)
    oval = np.sqrt(
        (fields.aside / 1.02) ** 2 + ((fields.above + 0.33) / 1.42) ** 2 + ((fields.ahead - 0.4) / 1.35) ** 2
    )
    fall = at.neck_m + 0.06 + 0.2 * at.ahead_m - 0.5 * fields.arm
    return 0.06 * (oval - 1), fall


def _headscarf(bare: BareBody, fields: Fields, looks: Looks) -> Piece:
    """A scarf over head, neck and shoulders that leaves the oval of the face free."""
    face, fall = _scarf_edges(bare, fields)
    skin = _ears_flat(bare, fields)
    where = np.flatnonzero((fall > -0.08) | (fields.head > 0.2)).astype(np.int32)
    span = spanned(skin, bare.normal, *fields.near, where, 60)
    behind = np.clip((fields.turn_deg - 70) / 60, 0, 1) * np.clip(face / 0.03, 0, 1) * (fields.head > 0.5)
    top = TOPS[looks.top]
    over_top = (top.thick_m + top.ease_m + 0.012) * np.clip(1 - fields.head / 0.5, 0, 1)
    gap = span + 0.007 + 0.014 * behind + over_top
    place = skin + bare.normal * gap[:, None].astype(np.float32)
    dye = looks.headwear_dye
    material = cloth_material(dye, "other", 0.004)
    cover = np.minimum(face, fall).astype(np.float32)
    return cut_out(bare.asset.face, place, fields.binding, cover, material)


def _ears_flat(bare: BareBody, fields: Fields) -> FloatArray:
    """The skin (V, 3) with the ears laid on the head."""
    place = bare.rest_m.copy()
    distance = head_of(bare).eye_distance_m
    ear = (fields.aside > 1.2) & (fields.head > 0.9)
    out = np.abs(place[ear, 2]) / distance - 1.2
    place[ear, 2] = np.sign(place[ear, 2]) * distance * (1.2 + 0.15 * out)
    return place
