"""What random places are put together from: walls' distances, windows, doors, lamps, rows of furniture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.places.furniture import colour, muted, wood
from kinelab.virtual_lab.places.place import Block, Floor, Lamp, Panel, WallName

Name = TypeVar("Name", bound=str)
Piece = Callable[[np.random.Generator, tuple[float, float], bool], list[Block]]


def pick(rng: np.random.Generator, names: Sequence[Name]) -> Name:
    """One of the names."""
    return names[int(rng.integers(len(names)))]


def across(rng: np.random.Generator, low_m: float, high_m: float) -> tuple[float, float]:
    """From start to end wall, each so far from the origin."""
    return -float(rng.uniform(low_m, high_m)), float(rng.uniform(low_m, high_m))


def depth(
    rng: np.random.Generator,
    back_low: float,
    back_high: float,
    front_low: float = 4.5,
    front_high: float = 6.5,
) -> tuple[float, float]:
    """From back to front wall."""
    return -float(rng.uniform(back_low, back_high)), float(rng.uniform(front_low, front_high))


def seed(rng: np.random.Generator) -> int:
    """For a place's textures."""
    return int(rng.integers(1 << 20))


def maybe_sun(rng: np.random.Generator) -> float:
    """Strength of the sun in a room: every other day it shines."""
    return float(rng.uniform(0.5, 1.0)) if rng.uniform() < 0.5 else 0.0


def sun(rng: np.random.Generator, side: int) -> tuple[float, float, float]:
    """Direction to the sun, 25 to 60 deg high, over the back (-1) or the front (1) of the place."""
    up, turn = np.radians(rng.uniform(25, 60)), np.radians(rng.uniform(-60, 60))
    return float(np.cos(up) * np.sin(turn)), float(np.sin(up)), float(side * np.cos(up) * np.cos(turn))


def grass(rng: np.random.Generator) -> Colour:
    """Green to dry."""
    return colour(rng.uniform(0.75, 1.1) * np.array([0.33 + rng.uniform(-0.04, 0.12), 0.44, 0.19]))


def floor_colours(rng: np.random.Generator, floor: Floor) -> tuple[Colour, Colour]:
    """Two shades of one material."""
    if floor == "boards":
        first = wood(rng)
    elif rng.uniform() < 0.75:
        first = muted(rng, 0.3, 0.8, 0.04)
    else:
        first = muted(rng, 0.3, 0.6, 0.09)
    return first, colour(np.array(first) * rng.uniform(0.68, 0.9))


def windows(
    rng: np.random.Generator, along_m: tuple[float, float], high_m: float, wall: WallName, share: float
) -> tuple[Panel, ...]:
    """A row of equal windows, with the given chance."""
    if rng.uniform() > share:
        return ()
    wide, low = float(rng.uniform(0.9, 1.9)), float(rng.uniform(0.75, 1.05))
    top, step = high_m - float(rng.uniform(0.25, 0.5)), wide + float(rng.uniform(0.25, 1.4))
    sky = colour(np.array([0.80, 0.89, 0.97]) + rng.uniform(-0.08, 0.03, 3))
    starts = np.arange(along_m[0] + 0.4, along_m[1] - wide - 0.3, step)
    return tuple(Panel(wall, "window", (x, x + wide), (low, top), sky) for x in starts.tolist())


def on_wall(
    rng: np.random.Generator, along_m: tuple[float, float], wall: WallName, kinds: Sequence[str]
) -> tuple[Panel, ...]:
    """Doors, pictures and boards side by side, in an order and at gaps that vary; see `_hung`."""
    panels: list[Panel] = []
    at = along_m[0] + float(rng.uniform(0.3, 1.2))
    for i in rng.permutation(len(kinds)).tolist():
        wide = {"door": 0.95, "cupboard": 1.6, "board": 1.4}.get(kinds[i], 0.0) or float(
            rng.uniform(0.4, 1.1)
        )
        if at + wide > along_m[1] - 0.2:
            break
        if kinds[i] == "door":
            panels.append(Panel(wall, "door", (at, at + wide), (0.0, 2.06), wood(rng)))
        elif kinds[i] == "cupboard":
            panels.append(Panel(wall, "cupboard", (at, at + wide), (0.0, 2.1), muted(rng, 0.5, 0.9, 0.05)))
        elif kinds[i] == "board":
            panels.append(Panel(wall, "board", (at, at + wide), (1.0, 1.9), muted(rng, 0.3, 0.6, 0.15)))
        else:
            low = float(rng.uniform(1.15, 1.5))
            tall = (low, low + float(rng.uniform(0.4, 0.85)))
            panels.append(Panel(wall, "picture", (at, at + wide), tall, muted(rng, 0.25, 0.7, 0.25)))
        at += wide + float(rng.uniform(0.4, 1.8))
    return tuple(panels)


def hung(panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """The panels without those that would hang over an earlier one."""
    kept: list[Panel] = []
    for panel in panels:
        clear = all(
            other.wall != panel.wall
            or panel.along_m[1] + 0.1 < other.along_m[0]
            or other.along_m[1] + 0.1 < panel.along_m[0]
            or panel.up_m[1] < other.up_m[0]
            or other.up_m[1] < panel.up_m[0]
            for other in kept
        )
        if clear:
            kept.append(panel)
    return tuple(kept)


def lamps(
    rng: np.random.Generator, x_m: tuple[float, float], z_m: tuple[float, float], step_m: float
) -> tuple[Lamp, ...]:
    """Rows of long or square lamps over the whole ceiling."""
    half_x, half_z = (0.6, 0.15) if rng.uniform() < 0.6 else (0.3, 0.3)
    middles = [
        (float(x), float(z))
        for x in np.arange(x_m[0] + 1.2, x_m[1] - 0.7, step_m)
        for z in np.arange(z_m[0] + 1.2, z_m[1] - 0.7, step_m)
    ]
    return tuple(Lamp((x - half_x, x + half_x), (z - half_z, z + half_z)) for x, z in middles[:24])


def along_walls(
    rng: np.random.Generator,
    x_m: tuple[float, float],
    z_m: tuple[float, float],
    pieces: Sequence[Piece],
    most: int,
    gap_m: float = 0.5,
) -> tuple[Block, ...]:
    """Furniture along back wall and ends, its middle `gap_m` off the wall, no piece within another."""
    placed: list[list[Block]] = []
    for _ in range(int(rng.integers(most // 2, most + 1))):
        piece = pieces[int(rng.integers(len(pieces)))]
        if rng.uniform() < 0.7 or z_m[1] - z_m[0] < 4:
            at = float(rng.uniform(x_m[0] + 1.0, x_m[1] - 1.0)), z_m[0] + gap_m
            made = piece(rng, at, True)
        else:
            end = x_m[0] + gap_m if rng.uniform() < 0.5 else x_m[1] - gap_m
            made = piece(rng, (end, float(rng.uniform(z_m[0] + 1.0, z_m[1] - 1.0))), False)
        if not any(_touch(made, other) for other in placed):
            placed.append(made)
    return tuple(block for made in placed for block in made)


def _touch(first: list[Block], second: list[Block]) -> bool:
    """Whether two pieces overlap on the floor, with a hand's width between them."""
    boxes = [
        (
            np.array([block.low_m for block in blocks]).min(axis=0) - 0.1,
            np.array([block.high_m for block in blocks]).max(axis=0),
        )
        for blocks in (first, second)
    ]
    (low, high), (other_low, other_high) = boxes
    return bool((low < other_high).all() and (other_low < high).all())
