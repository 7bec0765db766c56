"""Places to film in: a room or a piece of open ground, and what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.virtual_lab.images import Colour

Floor = Literal[
    "boards", "tiles", "speckled", "carpet", "concrete", "paving", "path", "grass", "track", "pool"
]
Wall = Literal["plain", "bricks", "panels", "tiles", "paper"]
WallName = Literal["back", "front", "start", "end"]
PanelKind = Literal["picture", "window", "door", "cupboard", "bars", "board"]
BlockKind = Literal["plain", "wood", "books", "drawers", "cloth", "facade", "leaves", "crown"]
FLOORS: tuple[Floor, ...] = (
    "boards", "tiles", "speckled", "carpet", "concrete", "paving", "path", "grass", "track", "pool",
)  # fmt: skip
WALLS: tuple[Wall, ...] = ("plain", "bricks", "panels", "tiles", "paper")
WALL_NAMES: tuple[WallName, ...] = ("back", "front", "start", "end")
PANELS: tuple[PanelKind, ...] = ("picture", "window", "door", "cupboard", "bars", "board")
BLOCKS: tuple[BlockKind, ...] = ("plain", "wood", "books", "drawers", "cloth", "facade", "leaves", "crown")
CEILINGS = ("plain", "grid", "sky", "water")
_ROOM_M, _NEAR_WALL_M, _MARGIN_M = 0.7, 1.2, 0.3


@dataclass(frozen=True)
class Panel:
    """What is on a wall. along_m = (from, to) in X (back, front) or Z (start, end); up_m likewise."""

    wall: WallName
    kind: PanelKind
    along_m: tuple[float, float]
    up_m: tuple[float, float]
    colour: Colour


@dataclass(frozen=True)
class Block:
    """An upright box between two corners (X, Y, Z) m; a crown is the ellipsoid within, of leaves."""

    low_m: tuple[float, float, float]
    high_m: tuple[float, float, float]
    colour: Colour
    kind: BlockKind = "plain"


@dataclass(frozen=True)
class Lamp:
    """A lit rectangle of the ceiling, X and Z (from, to)."""

    x_m: tuple[float, float]
    z_m: tuple[float, float]


@dataclass(frozen=True)
class Place:
    """A room x_m = (start wall, end wall) by z_m = (back wall, front wall) by height_m; Y from 0 up.

    ceiling "sky" has no walls and no ceiling but sky, far trees and sun; "water" is the surface seen from
    below. sun: direction to it (it shines through windows too). gloss 0 to 1: how much the floor mirrors.
    scenery_m: height of the far trees, whose distance is 60 m.
    """

    kind: str = "laboratory"
    x_m: tuple[float, float] = (-6.0, 6.0)
    z_m: tuple[float, float] = (-3.0, 5.0)
    height_m: float = 2.8
    floor: Floor = "speckled"
    floor_colours: tuple[Colour, Colour] = ((0.62, 0.63, 0.62), (0.50, 0.52, 0.53))
    wall: Wall = "plain"
    wall_colours: tuple[Colour, Colour] = ((0.86, 0.87, 0.85), (0.70, 0.74, 0.76))
    ceiling: str = "plain"
    panels: tuple[Panel, ...] = ()
    blocks: tuple[Block, ...] = ()
    lamps: tuple[Lamp, ...] = ()
    sun: tuple[float, float, float] = (0.3, 0.6, -0.7)
    sun_strength: float = 1.0
    clouds: float = 0.4
    scenery_m: float = 9.0
    gloss: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("Place") as problems:
            problems.add_if(not self.x_m[0] < self.x_m[1], f"x_m is {self.x_m}, expected (low, high)")
            problems.add_if(not self.z_m[0] < self.z_m[1], f"z_m is {self.z_m}, expected (low, high)")
            problems.add_if(not self.height_m > 0.5, f"height_m is {self.height_m}, expected above 0.5 m")
            problems.one_of("floor", self.floor, FLOORS)
            problems.one_of("wall", self.wall, WALLS)
            problems.one_of("ceiling", self.ceiling, CEILINGS)
            problems.add_if(not self.sun[1] > 0, f"sun is {self.sun}, expected above the floor")

    @property
    def outdoor(self) -> bool:
        """Whether there is sky overhead."""
        return self.ceiling == "sky"


def around(place: Place, eyes_m: Array, occupied_m: Array) -> Place:
    """The place with room for cameras at eyes_m (N, 3) and for what happens at occupied_m (M, 3).

    Walls step back, and what stands at a wall goes with it; what would stand in the way, or between a camera
    and what it films, is taken out (a backdrop is always behind the people).
    """
    return cleared(widened(place, eyes_m, occupied_m), eyes_m, occupied_m)


def widened(place: Place, eyes_m: Array, occupied_m: Array) -> Place:
    """The place so large that eyes and what happens are well inside; what stands at a wall goes with it."""
    points = np.vstack([np.atleast_2d(eyes_m)[:, ::2], _on_ground(occupied_m)])
    low, high = points.min(axis=0) - _ROOM_M, points.max(axis=0) + _ROOM_M
    x_m = (min(place.x_m[0], float(low[0])), max(place.x_m[1], float(high[0])))
    z_m = (min(place.z_m[0], float(low[1])), max(place.z_m[1], float(high[1])))
    height = max(place.height_m, float(np.atleast_2d(eyes_m)[:, 1].max()) + 0.3)
    blocks = tuple(_moved(block, place, x_m, z_m) for block in place.blocks)
    return replace(place, x_m=x_m, z_m=z_m, height_m=height, blocks=blocks)


def cleared(place: Place, eyes_m: Array, occupied_m: Array) -> Place:
    """The place without the blocks that stand where something happens, or that would hide it from an eye."""
    if not place.blocks:
        return place
    occupied = _on_ground(occupied_m)
    (x0, z0), (x1, z1) = occupied.min(axis=0), occupied.max(axis=0)
    corners = np.array([[x0, z0], [x0, z1], [x1, z0], [x1, z1]])
    targets = np.vstack([corners, corners.mean(axis=0), (corners + np.roll(corners, 1, axis=0)) / 2])
    # From everywhere occupied to every eye, and across what is occupied.
    ends = np.vstack([np.atleast_2d(eyes_m)[:, ::2], corners])
    start, stop = np.repeat(targets, len(ends), axis=0), np.tile(ends, (len(targets), 1))
    crossed = _crossed(place.blocks, start, stop)
    kept = tuple(block for block, hit in zip(place.blocks, crossed, strict=True) if not hit)
    return replace(place, blocks=kept)


def _on_ground(points_m: Array) -> Array:
    """X and Z of the finite ones of points (..., 3), (N, 2) m."""
    flat = points_m.reshape(-1, 3)[:, ::2]
    return flat[np.isfinite(flat).all(axis=1)]


def _moved(block: Block, place: Place, x_m: tuple[float, float], z_m: tuple[float, float]) -> Block:
    """The block gone with the wall that it stands at."""
    if place.outdoor:
        return block
    way = np.zeros(3)
    for axis, old, new in ((0, place.x_m, x_m), (2, place.z_m, z_m)):
        if block.low_m[axis] - old[0] < _NEAR_WALL_M:
            way[axis] = new[0] - old[0]
        elif old[1] - block.high_m[axis] < _NEAR_WALL_M:
            way[axis] = new[1] - old[1]
    low, high = (np.array(corner) + way for corner in (block.low_m, block.high_m))
    return replace(block, low_m=tuple(low.tolist()), high_m=tuple(high.tolist()))


def _crossed(blocks: Sequence[Block], start: Array, stop: Array) -> BoolArray:
    """Whether any of the lines from start (N, 2) to stop (N, 2) passes each block, seen from above, (B,)."""
    low = np.array([block.low_m for block in blocks])[:, None, ::2] - _MARGIN_M
    high = np.array([block.high_m for block in blocks])[:, None, ::2] + _MARGIN_M
    way = stop - start
    way = np.where(np.abs(way) < 1e-9, 1e-9, way)  # a line along a side still has two ends
    first, second = (low - start) / way, (high - start) / way
    enters = np.maximum(np.minimum(first, second).max(axis=2), 0.0)
    leaves = np.minimum(np.maximum(first, second).min(axis=2), 1.0)
    crossed: BoolArray = (enters < leaves).any(axis=1)
    return crossed
