"""What stands in places, as blocks: each piece at a point of the floor, along X or along Z."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.places.place import Block, BlockKind

Point = tuple[float, float]


def colour(values: Array) -> Colour:
    """A colour within what surfaces reflect."""
    red, green, blue = np.clip(values, 0.04, 0.93).tolist()
    return red, green, blue


def muted(rng: np.random.Generator, low: float = 0.2, high: float = 0.8, spread: float = 0.08) -> Colour:
    """Paint or cloth: a grey with a tint."""
    return colour(rng.uniform(low, high) + rng.uniform(-spread, spread, 3))


def wood(rng: np.random.Generator) -> Colour:
    """Beech to walnut."""
    return colour(rng.uniform(0.3, 0.82) * np.array([1.0, 0.79, 0.57]))


def table(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """A table with legs."""
    long, deep, high = rng.uniform(1.1, 1.9), rng.uniform(0.6, 0.85), rng.uniform(0.71, 0.77)
    top, leg = wood(rng), muted(rng, 0.1, 0.7)
    half_x, half_z = (long / 2, deep / 2) if along_x else (deep / 2, long / 2)
    parts = [_block(at, (-half_x, high - 0.035, -half_z), (half_x, high, half_z), top, "wood")]
    feet = [(x, z) for x in (-half_x + 0.04, half_x - 0.09) for z in (-half_z + 0.04, half_z - 0.09)]
    return parts + [_block(at, (x, 0, z), (x + 0.05, high - 0.035, z + 0.05), leg) for x, z in feet]


def desk(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """A table with a screen and a chest of drawers."""
    parts = table(rng, at, along_x)
    high = parts[0].high_m[1]
    dark = muted(rng, 0.06, 0.15, 0.02)
    wide, thin = (0.28, 0.02) if along_x else (0.02, 0.28)
    parts.append(_block(at, (-wide, high + 0.12, -thin), (wide, high + 0.46, thin), dark))
    parts.append(_block(at, (-0.04, high, -0.04), (0.04, high + 0.12, 0.04), dark))
    parts.append(_block(at, (-0.25, 0.03, -0.25), (0.2, high - 0.06, 0.2), muted(rng, 0.5, 0.9), "drawers"))
    return parts


def shelf(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """Books from the floor up."""
    wide, high = rng.uniform(0.7, 1.6), rng.uniform(1.2, 2.1)
    half_x, half_z = (wide / 2, 0.15) if along_x else (0.15, wide / 2)
    return [_block(at, (-half_x, 0, -half_z), (half_x, high, half_z), wood(rng), "books")]


def cupboard(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """A chest or a tall cupboard."""
    wide, high = rng.uniform(0.8, 1.8), rng.choice([0.85, 1.1, 1.9])
    half_x, half_z = (wide / 2, 0.22) if along_x else (0.22, wide / 2)
    dye = wood(rng) if rng.uniform() < 0.5 else muted(rng, 0.55, 0.9, 0.04)
    return [_block(at, (-half_x, 0.04, -half_z), (half_x, float(high), half_z), dye, "drawers")]


def sofa(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """Seat, back and arms; its back towards -Z or -X."""
    long, dye = rng.uniform(1.5, 2.2), muted(rng, 0.15, 0.7, 0.15)
    seat = [
        ((-long / 2, 0.06, -0.42), (long / 2, 0.43, 0.42)),
        ((-long / 2, 0.06, -0.45), (long / 2, 0.84, -0.22)),
        ((-long / 2, 0.06, -0.42), (-long / 2 + 0.18, 0.62, 0.44)),
        ((long / 2 - 0.18, 0.06, -0.42), (long / 2, 0.62, 0.44)),
    ]
    return [_block(at, low, high, dye, "cloth", along_x) for low, high in seat]


def couch(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """A treatment couch: upholstered top, raised end, two pairs of legs."""
    dye, leg = muted(rng, 0.2, 0.6, 0.2), muted(rng, 0.6, 0.85, 0.02)
    high = rng.uniform(0.55, 0.85)
    parts = [
        ((-0.95, high - 0.1, -0.33), (0.5, high, 0.33)),
        ((0.5, high - 0.1, -0.33), (0.98, high + 0.14, 0.33)),
    ]
    blocks = [_block(at, low, top, dye, "cloth", along_x) for low, top in parts]
    feet = [((x, 0.0, z), (x + 0.05, high - 0.1, z + 0.05)) for x in (-0.8, 0.75) for z in (-0.28, 0.23)]
    return blocks + [_block(at, low, top, leg, "plain", along_x) for low, top in feet]


def bench(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """A low bench of boards."""
    dye, long = wood(rng), rng.uniform(1.2, 2.4)
    parts = [((-long / 2, 0.4, -0.16), (long / 2, 0.45, 0.16))]
    parts += [((x, 0, -0.13), (x + 0.06, 0.4, 0.13)) for x in (-long / 2 + 0.15, long / 2 - 0.21)]
    return [_block(at, low, high, dye, "wood", along_x) for low, high in parts]


def mats(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """A pile of gymnastic mats, or a vaulting box."""
    if rng.uniform() < 0.4:
        dye = wood(rng)
        steps = [(0.0, 0.36, 0.72), (0.37, 0.70, 0.66), (0.71, 1.0, 0.6), (1.0, 1.1, 0.55)]
        return [
            _block(at, (-w, low, -0.3 * w / 0.72), (w, high, 0.3 * w / 0.72), dye, "wood", along_x)
            for low, high, w in steps
        ]
    dye = muted(rng, 0.15, 0.6, 0.25)
    n = int(rng.integers(1, 6))
    return [
        _block(at, (-1, 0.08 * i, -0.5), (1, 0.08 * i + 0.074, 0.5), dye, "cloth", along_x) for i in range(n)
    ]


def plant(rng: np.random.Generator, at: Point, along_x: bool) -> list[Block]:
    """A pot and a ball of leaves."""
    del along_x
    pot, high, wide = rng.uniform(0.2, 0.4), rng.uniform(0.8, 1.7), rng.uniform(0.25, 0.45)
    green = colour(rng.uniform(0.6, 1.1) * np.array([0.26, 0.45, 0.2]))
    return [
        _block(at, (-0.15, 0, -0.15), (0.15, pot, 0.15), muted(rng)),
        _block(at, (-wide, pot, -wide), (wide, high, wide), green, "crown"),
    ]


def tree(rng: np.random.Generator, at: Point) -> list[Block]:
    """A trunk under a crown of several balls of leaves."""
    high, wide = rng.uniform(4.5, 9.0), rng.uniform(1.6, 3.0)
    trunk = rng.uniform(0.10, 0.22)
    bark = colour(rng.uniform(0.25, 0.45) * np.array([1.0, 0.87, 0.75]))
    green = rng.uniform(0.7, 1.15) * np.array([0.30 + rng.uniform(-0.06, 0.12), 0.46, 0.18])
    parts = [_block(at, (-trunk, 0, -trunk), (trunk, 0.55 * high, trunk), bark, "leaves")]
    for _ in range(4):
        size = wide * rng.uniform(0.55, 0.9)
        x, z = rng.uniform(-0.5, 0.5, 2) * wide
        y = high * rng.uniform(0.55, 0.85)
        ball = (x - size, y - 0.75 * size, z - size), (x + size, y + 0.75 * size, z + size)
        parts.append(_block(at, *ball, colour(green * rng.uniform(0.85, 1.1)), "crown"))
    return parts


def hedge(rng: np.random.Generator, at: Point, long_m: float) -> list[Block]:
    """A clipped hedge along X."""
    green = colour(rng.uniform(0.6, 1.1) * np.array([0.24, 0.40, 0.17]))
    high, deep = rng.uniform(0.7, 1.8), rng.uniform(0.3, 0.6)
    return [_block(at, (-long_m / 2, 0, -deep), (long_m / 2, high, deep), green, "leaves")]


def house(rng: np.random.Generator, at: Point, long_m: float) -> list[Block]:
    """The front of a house along X."""
    high = float(rng.choice([6.4, 9.5, 12.6]))
    return [
        _block(
            at,
            (-long_m / 2, 0, -8),
            (long_m / 2, high, 0),
            colour(rng.uniform(0.45, 0.85) * np.array([1.0, rng.uniform(0.82, 1.0), rng.uniform(0.68, 1.0)])),
            "facade",
        )
    ]


def lamp_post(rng: np.random.Generator, at: Point) -> list[Block]:
    """A post with a box on top."""
    grey, high = muted(rng, 0.15, 0.5, 0.02), rng.uniform(4.0, 6.0)
    return [
        _block(at, (-0.05, 0, -0.05), (0.05, high, 0.05), grey),
        _block(at, (-0.12, high, -0.3), (0.12, high + 0.14, 0.3), grey),
    ]


def _block(
    at: Point,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    dye: Colour,
    kind: BlockKind = "plain",
    along_x: bool = True,
) -> Block:
    """A block at a point of the floor; along Z it is turned by a quarter."""
    if not along_x:
        low, high = (low[2], low[1], low[0]), (high[2], high[1], high[0])
    return Block(
        (at[0] + low[0], low[1], at[1] + low[2]), (at[0] + high[0], high[1], at[1] + high[2]), dye, kind
    )
