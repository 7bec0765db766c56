"""Skin in pictures: near its swatch once lit, and with a shape whatever its tone."""

from functools import cache

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.virtual_lab.cameras.pinhole import look_at
from kinelab.virtual_lab.drawing.light import Light
from kinelab.virtual_lab.drawing.raster import draw
from kinelab.virtual_lab.drawing.surface import PARTS, Drawn
from kinelab.virtual_lab.drawing.tones import linear
from kinelab.virtual_lab.images import Backdrop
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.looks_palette import MONK
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.shape import Shape

TONES = range(1, 11)


def lab(srgb: Array) -> Array:
    """CIELAB (D65, 2 deg) of sRGB colours (..., 3)."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x = linear(srgb) @ to_xyz.T / [0.9505, 1.0, 1.089]
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


@cache
def lit_skin(tone: int) -> tuple[Array, Array]:
    """Mean colour (3,) of the brighter half of the skin of a man in shorts, seen from where the light is, and
    the light (N,) of all his skin."""
    person = make_person(Shape("male", 30, 1.78, 74), Looks(skin_monk=tone, top="none"))
    vertex, light = person.vertices(*person.bind), Light()
    way = light.direction * [3.5, 0, 3.5]
    camera = look_at(np.add(way, (0.0, 1.2, 0.0)), np.array([0.0, 0.9, 0.0]), 400.0, (200, 256))
    grey = Backdrop(np.full((256, 200, 3), 0.5, np.float32), np.full((256, 200, 2), np.nan, np.float32))
    picture = draw(camera, [Drawn(person.surface, vertex)], grey, light)
    skin = picture.image[picture.part == PARTS.index("skin")].astype(np.float64)
    bright = linear(skin).sum(1)
    return skin[bright > np.median(bright)].mean(0), bright / 3


@pytest.mark.parametrize("tone", TONES)
def test_lit_skin_is_near_its_swatch(tone: int) -> None:
    # Swatches 1 to 5 are lighter than skin (L* up to 94, skin's about 75), 9 and 10 darker (down to 15,
    # skin's 25): there skin stops short of them, by as much as the tolerance says.
    tolerance = {1: 22, 2: 21, 3: 22, 4: 20, 5: 16, 10: 14}.get(tone, 12)
    away = lab(lit_skin(tone)[0]) - lab(np.array(MONK[tone - 1]))
    assert np.linalg.norm(away) < tolerance
    assert 22 < lab(lit_skin(tone)[0])[0] < 85


def test_tones_stay_in_order() -> None:
    lightness = [lab(lit_skin(tone)[0])[0] for tone in TONES]
    assert lightness[0] - lightness[-1] > 40
    assert (np.diff(lightness) < 1.0).all()


def test_dark_skin_has_as_much_shape_as_light_skin() -> None:
    # Light and shade by their ratio, which is what eyes see: highlights make up for what is not sent back.
    spread = [float(np.std(np.log(lit_skin(tone)[1]))) for tone in TONES]
    assert spread[9] > 0.9 * spread[2]
