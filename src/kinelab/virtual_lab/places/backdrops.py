"""The empty place as a camera sees it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.exposure import DECODING, ENCODING, look_up
from kinelab.virtual_lab.images import Backdrop, Colour, FloatImage
from kinelab.virtual_lab.places.cast import Scene, View, cast_place, empty_view
from kinelab.virtual_lab.places.enlarge import enlarge
from kinelab.virtual_lab.places.light_field import light_map
from kinelab.virtual_lab.places.place import BLOCKS, CEILINGS, FLOORS, PANELS, WALL_NAMES, WALLS, Place
from kinelab.virtual_lab.places.reach import block_reach

_KNEE = 0.75  # linear light above which highlights are pressed together


def backdrop_of(place: Place, camera: PinholeCamera, draft: bool = False) -> Backdrop:
    """What a camera in the place sees when nobody is there, with the floor and the depth of everything.

    One ray a pixel and patterns blurred to the pixel's size; cast it once a camera. draft casts a quarter of
    the rays and enlarges: four times as fast, soft as a background out of focus, for training pictures. The
    floor in full light has the place's own colours.

    Raises:
        InputError: the camera stands outside the room or below the floor; `around` makes room for it.
    """
    _check(place, camera)
    width, height = camera.size_px
    eye = np.concatenate([camera.rotation, camera.position_m[None]])
    if not draft:
        view = _cast(place, camera, eye)
    else:
        # Pixel i of the small image covers pixels 2i and 2i + 1.
        centre = (camera.centre_px[0] - 0.5) / 2, (camera.centre_px[1] - 0.5) / 2
        size = (width + 1) // 2, (height + 1) // 2
        half = replace(camera, focal_px=camera.focal_px / 2, centre_px=centre, size_px=size)
        view = empty_view(width, height)
        enlarge(view, np.array([camera.focal_px, *camera.centre_px]), eye, _cast(place, half, eye))
    return Backdrop(view.image, view.floor, view.depth)


def _cast(place: Place, camera: PinholeCamera, eye: Array) -> View:
    """What is seen, the image as sRGB."""
    view = empty_view(*camera.size_px)
    image = view.image
    lens = np.array([camera.focal_px, *camera.centre_px])
    cast_place(view, lens, eye, _scene(place, camera))
    bright = image > _KNEE
    image[bright] = 1 - (1 - _KNEE) * np.exp((_KNEE - image[bright]) / np.float32(1 - _KNEE))
    look_up(image, image, ENCODING)
    return view


def _check(place: Place, camera: PinholeCamera) -> None:
    x, y, z = camera.position_m.tolist()
    inside = place.x_m[0] < x < place.x_m[1] and place.z_m[0] < z < place.z_m[1] and y < place.height_m
    if y <= 0 or not (inside or place.outdoor):
        raise InputError(
            f"backdrop_of: the camera at ({x:.2f}, {y:.2f}, {z:.2f}) m is outside the {place.kind}, whose "
            f"x_m is {place.x_m}, z_m {place.z_m}, height_m {place.height_m}; make room for it with "
            "places.around"
        )


def _scene(place: Place, camera: PinholeCamera) -> Scene:
    """The place as tables of numbers, colours as linear light, for a camera."""
    extent, kinds, colours, panels, lamps, sun, level = _shell(replace(place, blocks=()))
    blocks = np.array(
        [
            [*b.low_m, *b.high_m, BLOCKS.index(b.kind), *_linear(b.colour), place.seed + 17 * i]
            for i, b in enumerate(place.blocks)
        ],
        dtype=float,
    ).reshape(-1, 11)
    return extent, kinds, colours, panels, blocks, lamps, sun, level, block_reach(blocks, camera, sun)


@lru_cache(maxsize=4)
def _shell(place: Place) -> tuple[Array, IntArray, Array, Array, Array, Array, Array]:
    """The scene but for its blocks: the pictures of a person share it."""
    lamps = np.array([[*lamp.x_m, *lamp.z_m] for lamp in place.lamps], dtype=float).reshape(-1, 4)
    panels = np.array(
        [
            [WALL_NAMES.index(p.wall), *p.along_m, *p.up_m, PANELS.index(p.kind), *_linear(p.colour)]
            for p in place.panels
        ],
        dtype=float,
    ).reshape(-1, 9)
    outdoor = float(place.outdoor)
    extent = np.array(
        [*place.x_m, *place.z_m, place.height_m, 0.0, outdoor, place.sun_strength, place.gloss, place.clouds,
         place.scenery_m]
    )  # fmt: skip
    # Lamps and windows count in proportion to what they give the floor in the middle of the walk.
    level, extent[5] = light_map(extent, panels, lamps)
    kinds = np.array(
        [FLOORS.index(place.floor), WALLS.index(place.wall), CEILINGS.index(place.ceiling), place.seed]
    )
    colours = np.array([_linear(colour) for colour in (*place.floor_colours, *place.wall_colours)])
    sun = np.array(place.sun) / np.linalg.norm(place.sun)
    return extent, kinds, colours, panels, lamps, sun, level


@lru_cache(maxsize=256)
def _linear(colour: Colour) -> tuple[float, ...]:
    values: FloatImage = np.array(colour, dtype=np.float32)
    out = np.empty_like(values)
    look_up(out, values, DECODING)
    return tuple(out.tolist())
