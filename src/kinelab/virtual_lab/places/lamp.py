"""The light that a place throws on people, so that they stand in the same light as its floor and walls."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.drawing.light import Light
from kinelab.virtual_lab.drawing.tones import linear
from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.places.place import Place

CHEST_M = np.array([0.0, 1.2, 0.0])
# As `place_light.light_at` has it: shares of the floor's light that come from the sun, and from lamps.
_SUN, _LAMPS = 0.62, 0.90
_HIGHEST_DEG = 62.0  # lamps overhead are many: their mean light never falls quite straight down
_BOUNCE = 0.8


def light_of(place: Place, rng: np.random.Generator) -> Light:
    """The light on a person in the middle of a place: sun and sky, or lamps and windows, and what floor and
    walls throw back. An open floor in it gets as much as the place's own; `rng` varies it a little.
    """
    if place.outdoor:
        towards, share, softness_deg = np.array(place.sun, float), _SUN * place.sun_strength, 0.5
        softness_deg += 3.0 * (1 - place.sun_strength)
        warm, cool = np.array([1.05, 1.0, 0.93]), np.array([0.96, 1.0, 1.06])
    else:
        towards, share = _from_lamps(place)
        warmth = rng.uniform(-0.03, 0.05)
        softness_deg, warm = float(rng.uniform(3, 8)), np.array([1 + warmth, 1.0, 1 - warmth])
        cool = np.ones(3)
    towards = _turned(towards / np.linalg.norm(towards), float(rng.normal(0, np.radians(8))))
    level = float(rng.uniform(0.97, 1.10))
    key = level * warm * min(share / max(towards[1], 0.3), 1.6)
    sky = level * cool * (1 - share)
    floor = linear(place.floor_colours).mean(axis=0)
    around = floor if place.outdoor else (floor + linear(place.wall_colours).mean(axis=0)) / 2
    ground = level * _BOUNCE * (around + 0.12)
    return Light(_triple(towards), _triple(key), _triple(sky), _triple(ground), softness_deg)


def _from_lamps(place: Place) -> tuple[Array, float]:
    """The mean direction to what shines in a room, (3,), and the share of the light that comes from there."""
    total, strength = np.zeros(3), 1e-9
    lamps = [((*lamp.x_m, *lamp.z_m), 2.2) for lamp in place.lamps]
    spots = [
        (np.array([(a + b) / 2, place.height_m, (c + d) / 2]), gain * (b - a) * (d - c))
        for (a, b, c, d), gain in lamps
    ]
    for panel in place.panels:
        if panel.kind == "window":
            along, up = sum(panel.along_m) / 2, sum(panel.up_m) / 2
            area = (panel.along_m[1] - panel.along_m[0]) * (panel.up_m[1] - panel.up_m[0])
            spots.append((_on_wall(place, panel.wall, along, up), 1.6 * area))
    for spot, gain in spots:
        way = spot - CHEST_M
        square = float(way @ way)
        total += gain * way / square**1.5
        strength += gain / square
    if not spots:
        return np.array([0.3, 1.0, 0.4]), 0.35 * _LAMPS
    flat = float(np.hypot(total[0], total[2]))
    low = total[1] / np.tan(np.radians(_HIGHEST_DEG))  # how far aside it leans at least
    if flat < low:
        aside = np.array([total[0], total[2]]) / flat if flat > 0.05 * low else np.array([0.45, 0.89])
        total[[0, 2]] = aside * low
    return total, _LAMPS * min(float(np.linalg.norm(total)) / strength, 1.0)


def _on_wall(place: Place, wall: str, along: float, up: float) -> Array:
    if wall in ("back", "front"):
        return np.array([along, up, place.z_m[0 if wall == "back" else 1]])
    return np.array([place.x_m[0 if wall == "start" else 1], up, along])


def _turned(towards: Array, angle_rad: float) -> Array:
    """Turned about the vertical, and no lower than a sun at 17 degrees."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    x, y, z = towards
    turned = np.array([c * x + s * z, max(float(y), 0.3), c * z - s * x])
    return np.asarray(turned / np.linalg.norm(turned))


def _triple(values: Array) -> Colour:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
