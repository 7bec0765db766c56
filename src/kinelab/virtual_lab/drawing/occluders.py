"""Things that stand around and in the way: furniture, clinic equipment, plants, poles, cables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array, Problems
from kinelab.virtual_lab.drawing.shapes import Shape, box, joined, leaf, tube
from kinelab.virtual_lab.drawing.surface import THING, Drawn, Material, Surface
from kinelab.virtual_lab.images import Colour


def thing(kind: str, rng: np.random.Generator) -> Surface:
    """A random example of one of `THINGS`, standing on the floor at the origin, its front towards +X.

    Raises:
        InputError: no such thing.
    """
    with Problems("thing") as problems:
        problems.one_of("kind", kind, THINGS)
    return THINGS[kind](rng)


def put(surface: Surface, position_m: ArrayLike, turn_deg: float = 0.0) -> Drawn:
    """A thing at a place (X, Y, Z) m, turned about the vertical (positive: +X towards -Z)."""
    turn = Rotation.from_rotvec([0.0, np.radians(turn_deg), 0.0])
    return Drawn(surface, turn.apply(surface.rest_m) + np.asarray(position_m, dtype=float), owner=THING)


def things_of(labels: Mapping[str, object]) -> list[Drawn]:
    """The things that a movement's labels tell: a box, chair, step or shelf of the stated size at its place.

    `box_x_m`, `box_y_m`, `box_z_m` are its size, `box_at_x_m`, `box_at_z_m` the middle of its base on the
    floor; likewise the others. Of a chair y is the seat's height (it has no back), of a shelf the board's.
    """
    drawn = []
    for name, parts in _TOLD.items():
        told = [labels.get(f"{name}_{key}_m") for key in ("x", "y", "z", "at_x", "at_z")]
        x, y, z, at_x, at_z = (float(value) if isinstance(value, int | float) else 0.0 for value in told)
        if min(x, y, z) > 0:
            drawn.append(put(joined(parts(x, y, z), _TOLD_MATERIALS), (at_x, 0.0, at_z)))
    return drawn


def _solid(x: float, y: float, z: float) -> list[Shape]:
    """A box of boards with a darker top."""
    return [box((x, y - 0.02, z), (0, y / 2 - 0.01, 0)), box((x, 0.02, z), (0, y - 0.01, 0), 1)]


def _on_legs(x: float, y: float, z: float) -> list[Shape]:
    """A board at height y on four legs."""
    corners = [(i * (x / 2 - 0.03), k * (z / 2 - 0.03)) for i in (-1, 1) for k in (-1, 1)]
    legs = [box((0.04, y - 0.03, 0.04), (i, (y - 0.03) / 2, k), 1) for i, k in corners]
    return [box((x, 0.03, z), (0, y - 0.015, 0)), *legs]


_TOLD: Mapping[str, Callable[[float, float, float], list[Shape]]] = MappingProxyType(
    {"box": _solid, "chair": _on_legs, "step": _solid, "shelf": _on_legs}
)
_TOLD_MATERIALS = (Material((0.66, 0.52, 0.36), shine=0.1), Material((0.20, 0.21, 0.23), shine=0.2))


def _chair(rng: np.random.Generator) -> Surface:
    seat, wide, deep = rng.uniform(0.42, 0.48), rng.uniform(0.40, 0.48), rng.uniform(0.40, 0.46)
    back = seat + rng.uniform(0.36, 0.5)
    shapes = [
        box((deep, 0.035, wide), (0, seat, 0)),
        box((0.03, back - seat - 0.12, wide), (-deep / 2, (back + seat) / 2 + 0.06, 0)),
    ]
    for z in (-1, 1):
        shapes.append(_upright(deep / 2 - 0.03, z * (wide / 2 - 0.03), 0, seat, 0.014))
        shapes.append(_upright(-deep / 2, z * (wide / 2 - 0.03), 0, back, 0.014))
    return joined(shapes, (_material(rng, 0.1), _metal(rng)))


def _table(rng: np.random.Generator) -> Surface:
    high, wide, deep = rng.uniform(0.70, 0.78), rng.uniform(0.9, 1.7), rng.uniform(0.6, 0.85)
    shapes = [box((deep, 0.03, wide), (0, high - 0.015, 0))]
    for x in (-1, 1):
        for z in (-1, 1):
            leg = (x * (deep / 2 - 0.05), (high - 0.03) / 2, z * (wide / 2 - 0.05))
            shapes.append(box((0.045, high - 0.03, 0.045), leg, 1))
    return joined(shapes, (_wood(rng), _material(rng, 0.2)))


def _parallel_bars(rng: np.random.Generator) -> Surface:
    long, high, half = rng.uniform(2.4, 4.0), rng.uniform(0.8, 1.0), rng.uniform(0.29, 0.36)
    shapes = []
    for z in (-half, half):
        shapes.append(tube([(-long / 2, high, z), (0, high, z), (long / 2, high, z)], 0.019))
        for x in np.linspace(-long / 2 + 0.2, long / 2 - 0.2, 3):
            shapes += [_upright(x, z, 0, high, 0.022), box((0.18, 0.012, 0.10), (x, 0.006, z), 1)]
    return joined(shapes, (_wood(rng) if rng.uniform() < 0.5 else _metal(rng), _metal(rng)))


def _walking_frame(rng: np.random.Generator) -> Surface:
    high, half, deep = rng.uniform(0.78, 0.95), rng.uniform(0.26, 0.31), rng.uniform(0.38, 0.5)
    shapes = []
    for z in (-half, half):
        side = [(deep, 0, z), (deep - 0.06, high, z), (0.05, high, z), (0, high - 0.03, z), (-0.08, 0, z)]
        shapes.append(tube(side, 0.0125))
        shapes.append(tube([(0.02, high, z), (0.12, high + 0.004, z), (0.16, high, z)], 0.018, 1))
    front = deep - 0.05
    shapes += [
        tube([(front, y, -half), (front, y, 0), (front, y, half)], 0.0125) for y in (high - 0.08, 0.35)
    ]
    return joined(shapes, (_metal(rng), Material((0.08, 0.08, 0.09))))


def _plant(rng: np.random.Generator) -> Surface:
    pot, tall = rng.uniform(0.22, 0.38), rng.uniform(0.6, 1.5)
    shapes = [tube([(0, 0, 0), (0, pot / 2, 0), (0, pot, 0)], [0.10, 0.13, 0.155], 0, 20)]
    for _ in range(int(rng.integers(18, 36))):
        turn, low = rng.uniform(0, 2 * np.pi), pot + tall * rng.uniform(0.0, 0.55)
        out = np.array([np.cos(turn), 0, np.sin(turn)])
        stem = out * rng.uniform(0.0, 0.08) + [0, low, 0]
        tip = stem + out * rng.uniform(0.15, 0.42) + [0, tall * rng.uniform(0.1, 0.45), 0]
        shapes.append(leaf(stem, tip, float(rng.uniform(0.05, 0.13)), int(rng.integers(1, 3))))
    shapes.append(
        tube([(0, pot - 0.02, 0), (0.01, pot + tall * 0.4, 0), (0, pot + tall * 0.7, 0)], 0.012, 3, 6)
    )
    green = np.array([rng.uniform(0.12, 0.3), rng.uniform(0.35, 0.55), rng.uniform(0.1, 0.25)])
    leaves = [Material(_colour(green * gain), shine=0.25) for gain in (1.0, 0.75)]
    return joined(shapes, (_material(rng, 0.2), *leaves, Material((0.32, 0.24, 0.15))))


def _pole(rng: np.random.Generator) -> Surface:
    radius, high = rng.uniform(0.02, 0.09), rng.uniform(2.0, 3.0)
    shapes = [
        _upright(0, 0, 0, high, radius),
        tube([(0, 0, 0), (0, 0.02, 0), (0, 0.04, 0)], 3 * radius, 1, 20),
    ]
    return joined(shapes, (_material(rng, 0.3), _metal(rng)))


def _door_frame(rng: np.random.Generator) -> Surface:
    half, high, deep, wide = (
        rng.uniform(0.42, 0.6),
        rng.uniform(2.0, 2.15),
        rng.uniform(0.1, 0.25),
        rng.uniform(0.07, 0.12),
    )
    shapes = [box((deep, high, wide), (0, high / 2, z * (half + wide / 2))) for z in (-1, 1)]
    shapes.append(box((deep, wide, 2 * (half + wide)), (0, high + wide / 2, 0)))
    return joined(shapes, (_material(rng, 0.15),))


def _cable(rng: np.random.Generator) -> Surface:
    """From above down to the floor and along it."""
    high, slack = rng.uniform(2.2, 2.8), rng.uniform(0.1, 0.5)
    t = np.linspace(0, 1, 25)
    hanging = np.stack(
        [slack * np.sin(np.pi * t), high * (1 - t) ** 1.3 + 0.008, 0.1 * np.sin(3 * t)], axis=1
    )
    s = np.linspace(0, 1, 30)[1:]
    lying = np.stack([1.6 * s, np.full_like(s, 0.008), 0.3 * np.sin(6 * s) + 0.1 * np.sin(3)], axis=1)
    return joined([tube(np.vstack([hanging, lying]), 0.008, 0, 8)], (_material(rng, 0.3),))


THINGS: Mapping[str, Callable[[np.random.Generator], Surface]] = MappingProxyType(
    {
        "chair": _chair,
        "table": _table,
        "parallel_bars": _parallel_bars,
        "walking_frame": _walking_frame,
        "plant": _plant,
        "pole": _pole,
        "door_frame": _door_frame,
        "cable": _cable,
    }
)


def _upright(x: float, z: float, low_m: float, high_m: float, radius_m: float) -> Shape:
    return tube([(x, low_m, z), (x, (low_m + high_m) / 2, z), (x, high_m, z)], radius_m, 1)


def _material(rng: np.random.Generator, shine: float) -> Material:
    """Paint, plastic or cloth: mostly muted, sometimes bright."""
    base = rng.uniform(0.12, 0.85)
    spread = 0.35 if rng.uniform() < 0.3 else 0.06
    return Material(_colour(base + rng.uniform(-spread, spread, 3)), shine=shine)


def _metal(rng: np.random.Generator) -> Material:
    grey = rng.uniform(0.35, 0.75)
    return Material(_colour(np.array([grey, grey, grey * 1.03])), shine=0.7)


def _wood(rng: np.random.Generator) -> Material:
    light = rng.uniform(0.35, 0.8)
    return Material(_colour(light * np.array([1.0, 0.8, 0.58])), shine=0.15)


def _colour(values: Array) -> Colour:
    red, green, blue = np.clip(values, 0.03, 0.95).tolist()
    return red, green, blue
