"""A room to walk in: floor, walls, window, door and pictures, seen in correct perspective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, IntArray, Problems
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.images import Backdrop, Colour
from kinelab.virtual_lab.solid_people import room_cast

Floor = Literal["boards", "tiles", "speckled", "carpet"]
Wall = Literal["plain", "stripes", "bricks", "panels"]
WallName = Literal["back", "front", "start", "end"]
PatchKind = Literal["picture", "window", "door", "cupboard"]
FLOORS: tuple[Floor, ...] = ("boards", "tiles", "speckled", "carpet")
WALLS: tuple[Wall, ...] = ("plain", "stripes", "bricks", "panels")
WALL_NAMES: tuple[WallName, ...] = ("back", "front", "start", "end")
PATCHES: tuple[PatchKind, ...] = ("picture", "window", "door", "cupboard")


@dataclass(frozen=True)
class Patch:
    """A rectangle on a wall. along_m = (from, to) in X (back, front) or Z (start, end); up_m likewise."""

    wall: WallName
    kind: PatchKind
    along_m: tuple[float, float]
    up_m: tuple[float, float]
    colour: Colour


@dataclass(frozen=True)
class Room:
    """A box around the walk: x_m = (start wall, end wall), z_m = (back wall, front wall), Y from 0 up."""

    x_m: tuple[float, float] = (-7.0, 7.0)
    z_m: tuple[float, float] = (-2.2, 7.0)
    height_m: float = 2.8
    floor: Floor = "boards"
    floor_colours: tuple[Colour, Colour] = ((0.62, 0.47, 0.33), (0.52, 0.38, 0.26))
    wall: Wall = "plain"
    wall_colours: tuple[Colour, Colour] = ((0.86, 0.87, 0.84), (0.78, 0.80, 0.78))
    patches: tuple[Patch, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("Room") as problems:
            problems.add_if(not self.x_m[0] < self.x_m[1], f"x_m is {self.x_m}, expected (low, high)")
            problems.add_if(not self.z_m[0] < self.z_m[1], f"z_m is {self.z_m}, expected (low, high)")
            problems.add_if(not self.height_m > 1, f"height_m is {self.height_m}, expected above 1 m")
            problems.one_of("floor", self.floor, FLOORS)
            problems.one_of("wall", self.wall, WALLS)


def backdrop_of(room: Room, camera: PinholeCamera, samples: int = 2) -> Backdrop:
    """The empty room as a camera in it sees it; samples x samples rays a pixel. Cast once a camera."""
    width, height = camera.size_px
    image = np.empty((height, width, 3), dtype=np.float32)
    floor = np.empty((height, width, 2), dtype=np.float32)
    lens = np.array([camera.focal_px, *camera.centre_px, samples])
    eye = np.concatenate([camera.rotation, camera.position_m[None]])
    room_cast.cast_room(image, floor, lens, eye, *_tables(room))
    return Backdrop(image, floor)


def _tables(room: Room) -> tuple[Array, IntArray, Array, Array]:
    extent = np.array([*room.x_m, *room.z_m, room.height_m])
    kinds = np.array([FLOORS.index(room.floor), WALLS.index(room.wall), room.seed])
    colours = np.array([*room.floor_colours, *room.wall_colours])
    rows = [
        (WALL_NAMES.index(p.wall), *p.along_m, *p.up_m, PATCHES.index(p.kind), *p.colour)
        for p in room.patches
    ]
    return extent, kinds, colours, np.array(rows, dtype=float).reshape(-1, 9)


def clinic_room() -> Room:
    """The room of the demonstration: a bright gait laboratory with wooden boards and a window."""
    return Room(
        patches=(
            Patch("back", "window", (-1.2, 0.9), (1.0, 2.2), (0.80, 0.90, 0.98)),
            Patch("back", "picture", (2.3, 3.1), (1.2, 2.1), (0.36, 0.55, 0.62)),
            Patch("back", "door", (-4.3, -3.4), (0.0, 2.05), (0.72, 0.66, 0.58)),
            Patch("back", "cupboard", (3.9, 5.2), (0.0, 1.1), (0.74, 0.76, 0.78)),
        ),
        seed=7,
    )


def random_room(rng: np.random.Generator, near_m: float, far_m: float) -> Room:
    """A random room with its back wall between `near_m` and `far_m` behind the walking line."""
    base = rng.uniform(0.25, 0.95)
    tint = rng.uniform(-0.15, 0.15, 3)
    wall = _clip(base + tint)
    ground = _clip(rng.uniform(0.15, 0.85) + rng.uniform(-0.15, 0.15, 3))
    patches = tuple(_random_patch(rng) for _ in range(int(rng.integers(0, 7))))
    return Room(
        x_m=(-float(rng.uniform(3, 9)), float(rng.uniform(3, 9))),
        z_m=(-float(rng.uniform(near_m, far_m)), float(rng.uniform(8, 10))),
        height_m=float(rng.uniform(2.4, 3.6)),
        floor=FLOORS[int(rng.integers(len(FLOORS)))],
        floor_colours=(ground, _clip(np.array(ground) * rng.uniform(0.6, 1.2))),
        wall=WALLS[int(rng.choice(4, p=[0.55, 0.15, 0.12, 0.18]))],
        wall_colours=(wall, _clip(np.array(wall) * rng.uniform(0.6, 1.25))),
        patches=patches,
        seed=int(rng.integers(1 << 20)),
    )


def _random_patch(rng: np.random.Generator) -> Patch:
    kind = PATCHES[int(rng.integers(len(PATCHES)))]
    along, wide = rng.uniform(-4, 4), rng.uniform(0.4, 2.0)
    low = 0.0 if kind in ("door", "cupboard") else rng.uniform(0.7, 1.6)
    high = {"door": 2.05, "cupboard": rng.uniform(0.5, 1.9)}.get(kind, low + rng.uniform(0.3, 1.2))
    return Patch(
        wall=WALL_NAMES[int(rng.choice(4, p=[0.55, 0.15, 0.15, 0.15]))],
        kind=kind,
        along_m=(float(along), float(along + wide)),
        up_m=(float(low), float(high)),
        colour=_clip(rng.uniform(0.1, 0.95, 3)),
    )


def _clip(values: Array) -> Colour:
    red, green, blue = np.clip(values, 0.03, 0.97)
    return float(red), float(green), float(blue)
