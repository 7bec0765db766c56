"""Skin, eyes, brows, lips, beard and glasses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.surface import Material
from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.people.cloth import Piece, cut_out, grid_faces, shows
from kinelab.virtual_lab.people.cloth_fields import Fields
from kinelab.virtual_lab.people.face_points import Head, head_of, on_face, rigid, tube
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.looks_palette import EYES, HAIR, SKIN

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.bare import BareBody

EYE_WHITE: Colour = (0.72, 0.70, 0.68)  # lids shade it
LIT = 0.95  # as a share of the sRGB value; `test_face` measures it
# Iris and pupil as angles about the eyeball's middle: 5.9 and 2 mm of 12 (textbook anatomy, from memory).
IRIS_DEG, PUPIL_DEG = 27.0, 10.5


def skin_colour(looks: Looks) -> Colour:
    """The Monk tone as skin (`SKIN`), a little lighter or darker within itself.

    Bodies meet the light at a slant: what a camera sees of them is about `LIT` of what the floor would show.
    """
    shade = (1 + 0.05 * looks.skin_shade) / LIT
    r, g, b = (min(c * shade, 1.0) for c in SKIN[looks.skin_monk - 1])
    return (r, g, b)


def skin_piece(bare: BareBody, fields: Fields, looks: Looks, seen_m: Array) -> Piece:
    """Skin and eyeballs where seen_m (V,) is not negative: the rest is under clothes."""
    asset = bare.asset
    tint = _tints(bare, fields, looks).astype(np.float32)
    skin = Material(skin_colour(looks), shine=0.12, part="skin")
    cover = seen_m.astype(np.float32)
    piece = cut_out(asset.face, bare.rest_m, (asset.weight_body, asset.weight), cover, skin, tint)
    white = Material(EYE_WHITE, shine=0.3, part="eyes")
    return replace(
        piece,
        kind=fields.eye[asset.face[shows(asset.face, cover), 0]].astype(np.uint8),
        materials=(skin, white),
    )


def face_pieces(bare: BareBody, fields: Fields, looks: Looks) -> list[Piece]:
    """What sits on the face: irises, brows, beard, glasses."""
    head = head_of(bare)
    hair = HAIR[looks.hair_colour]
    pieces = [*_irises(head, looks), *_brows(bare, hair)]
    if looks.beard in ("moustache", "goatee", "full"):
        pieces.append(_beard(bare, fields, looks, hair))
    if looks.glasses:
        pieces.append(_glasses(head))
    return pieces


def _tints(bare: BareBody, fields: Fields, looks: Looks) -> Array:
    """What multiplies the skin's colour (V, 3): hollows, blood, lips, palms, lids and shaved hair."""
    region = bare.asset.region
    light = 1 - (looks.skin_monk - 1) / 9
    tint = np.repeat(np.clip(1 - 22 * fields.hollow_m, 0.66, 1.0)[:, None], 3, 1)
    tint *= 1 + 0.015 * np.clip(fields.noise[:1].T, -2, 2)
    nose = np.exp(-((fields.aside / 0.3) ** 2) - ((fields.above + 0.6) / 0.25) ** 2) * (fields.ahead > 0.3)
    cheek = np.exp(-(((fields.aside - 0.72) / 0.35) ** 2) - ((fields.above + 0.65) / 0.35) ** 2)
    ear = (fields.aside > 1.25) * (fields.head > 0.9)
    blood = np.clip(nose + 0.8 * cheek * (fields.ahead > -0.3) + 0.8 * ear, 0, 1) * (fields.head > 0.5)
    blood = np.maximum(blood, 0.7 * (region["fingers"] + region["hand"] + region["toes"]))
    tint *= 1 - blood[:, None] * (0.03 + 0.09 * light) * np.array([0.15, 1.0, 0.9])
    lips = np.array([0.90, 0.80, 0.80]) if light < 0.45 else np.array([0.90, 0.76, 0.77])
    tall = np.where(fields.above > -1.13, 0.21, 0.24)
    mouth = np.sqrt((fields.aside / 0.44) ** 2 + ((fields.above + 1.13) / tall) ** 2)
    red = np.clip((1.05 - mouth) / 0.25, 0, 1) * (fields.ahead > 0) * (fields.head > 0.5)
    tint *= 1 - red[:, None] * (1 - lips)
    side = np.sign(bare.rest_m[:, 2])
    palm = (region["fingers"] + region["hand"]) * (
        (-0.6 * bare.normal[:, 1] - 0.8 * side * bare.normal[:, 2]) > 0.25
    ) + fields.foot * (bare.normal[:, 1] < -0.5)
    tint *= 1 + np.clip(palm, 0, 1)[:, None] * max(0.45 - light, 0) * np.array([1.6, 1.5, 1.5])
    tint *= 1 - _lash(bare, fields)[:, None] * np.array([0.62, 0.66, 0.66])
    if looks.beard == "stubble":
        tint *= 1 - 0.22 * np.clip(_beard_m(fields, "full") / 0.008, 0, 1)[:, None]
    tint[fields.eye] = _under_lid(fields.above[fields.eye])[:, None]
    return np.asarray(tint)


def _under_lid(above: Array) -> Array:
    """What the upper lid and its lashes leave of the light on an eye, by height in eye distances."""
    shade: Array = 1 - 0.55 * np.clip((above + 0.03) / 0.10, 0, 1)
    return shade


def _lash(bare: BareBody, fields: Fields) -> Array:
    """1 on the rims of the upper lids, fading over 3 mm."""
    head = head_of(bare)
    near = np.flatnonzero(
        (fields.aside < 1) & (np.abs(fields.above) < 0.4) & (fields.head > 0.9) & ~fields.eye
    )
    local = bare.rest_m[near].astype(np.float64)
    local[:, 2] = np.abs(local[:, 2])
    local -= head.eyeball
    off = np.linalg.norm(local, axis=1) - head.eyeball_m
    lash = np.zeros(len(bare.rest_m))
    lash[near] = np.clip(1 - off / 0.0035, 0, 1) * (local[:, 0] > 0) * (local[:, 1] > 0.001)
    return lash


def _irises(head: Head, looks: Looks) -> list[Piece]:
    """Iris and pupil of both eyes: caps on the eyeballs that look straight ahead."""
    pieces = []
    for sign in (1.0, -1.0):
        middle = head.eyeball * [1, 1, sign]
        for angle, colour, out_m in (
            (IRIS_DEG, EYES[looks.eye_colour], 0.0004),
            (PUPIL_DEG, (0.02, 0.02, 0.02), 0.0007),
        ):
            polar = np.radians(np.linspace(0, angle, 4))[:, None]
            around = np.arange(16) * (2 * np.pi / 16)
            unit = np.stack(
                [np.cos(polar) + 0 * around, np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around)],
                -1,
            )
            place = (middle + (head.eyeball_m + out_m) * unit).reshape(-1, 3)
            face = grid_faces(4, 16, closed=True)[:, ::-1].copy()
            above = (place[:, 1] - head.middle[1]) / head.eye_distance_m
            dark = (np.repeat(np.linspace(1.1, 0.6, 4), 16) * _under_lid(above)).astype(np.float32)
            material = Material(colour, shine=0.6, part="eyes")
            pieces.append(rigid(face, place, "head", material, np.repeat(dark[:, None], 3, 1)))
    return pieces


def _brows(bare: BareBody, hair: Colour) -> list[Piece]:
    """Brows: ribbons on the ridge over each eye, thick towards the nose and arched."""
    t = np.linspace(0, 1, 9)
    line = 0.345 + 0.09 * np.sin(np.pi * np.minimum(t * 0.78, 1)) - 0.04 * t
    half = np.interp(t, [0, 0.12, 0.55, 1], [0.030, 0.050, 0.042, 0.010])
    above = np.concatenate([line + half, line, line - half])
    aside = np.tile(0.17 + 0.63 * t, 3)
    colour = tuple(0.75 * c + 0.02 for c in hair)
    pieces = []
    for sign in (1.0, -1.0):
        place = on_face(bare, tuple(above), tuple(sign * aside), 0.0012)
        face = grid_faces(3, 9, closed=False)
        face = face if sign > 0 else face[:, ::-1].copy()
        material = Material((colour[0], colour[1], colour[2]), shine=0.05, part="hair")
        pieces.append(rigid(face, place, "head", material))
    return pieces


def _beard_m(fields: Fields, beard: str) -> Array:
    """How far inside the beard a vertex lies (V,), about metres."""
    cheek = np.interp(fields.ahead, [-1.0, -0.6, 0.0, 0.35, 0.5], [0.45, -0.10, -0.88, -0.84, -0.80])
    cover = np.minimum(cheek - fields.above, fields.ahead + 1.02)
    cover = np.minimum(cover, fields.above + 2.15 + 0.25 * fields.ahead)
    mouth = np.sqrt((fields.aside / 0.43) ** 2 + ((fields.above + 1.13) / 0.24) ** 2) - 1
    cover = np.minimum(cover, 0.25 * mouth)
    if beard == "goatee":
        cover = np.minimum(cover, 0.48 - fields.aside)
    if beard == "moustache":
        cover = np.minimum(np.minimum(cover, 0.5 - fields.aside), fields.above + 1.12)
    return np.where(fields.head > 0.5, cover, -1) * 0.062


def _beard(bare: BareBody, fields: Fields, looks: Looks, hair: Colour) -> Piece:
    cover = _beard_m(fields, looks.beard)
    long_m = {"moustache": 0.005, "goatee": 0.008, "full": 0.010}[looks.beard]
    thick = long_m * np.clip(cover / 0.012, 0.12, 1) * (1 + 0.15 * fields.noise[1])
    place = bare.rest_m + bare.normal * thick[:, None].astype(np.float32)
    colour = tuple(0.9 * c + 0.01 for c in hair)
    shade = np.repeat((1 + 0.12 * np.clip(fields.noise[2:3].T, -2, 2)), 3, 1).astype(np.float32)
    material = Material((colour[0], colour[1], colour[2]), wrinkle_m=0.001, part="hair")
    return cut_out(bare.asset.face, place, fields.binding, cover.astype(np.float32), material, shade)


def _glasses(head: Head) -> Piece:
    """Thin dark frames: two rims, a bridge and the sides."""
    unit, angle = head.eye_distance_m, np.linspace(0, 2 * np.pi, 24, endpoint=False)
    faces, places, start = [], [], 0
    front = (head.eyeball[0] - head.middle[0] + head.eyeball_m + 0.013) / unit
    box = (
        np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.6,
        np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.6,
    )
    paths: list[tuple[Array, bool]] = []
    for sign in (1.0, -1.0):
        rim = head.at(
            front - 0.10 * np.abs(box[0]) ** 2, -0.03 + 0.30 * box[1], sign * (0.52 + 0.41 * box[0])
        )
        paths.append((rim, True))
        sides = np.linspace(0, 1, 4)
        paths.append(
            (head.at(front - 0.1 - 1.75 * sides, 0.10 + 0 * sides, sign * (0.93 + 0.33 * sides**0.5)), False)
        )
    nose = np.linspace(-1, 1, 5)
    paths.append((head.at(front + 0.02 * (1 - nose**2), 0.08 + 0.04 * (1 - nose**2), 0.13 * nose), False))
    for path, closed in paths:
        face, place = tube(path, np.full(len(path), 0.0013), 5, closed)
        faces.append(face + start)
        places.append(place)
        start += len(place)
    material = Material((0.05, 0.05, 0.06), shine=0.5, part="other")
    return rigid(np.concatenate(faces).astype(np.int32), np.concatenate(places), "head", material)
