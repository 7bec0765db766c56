"""Random places of a kind: laboratory, corridor, gym, living room, studio, street, park, track, pool."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Problems
from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.places import furniture, parts
from kinelab.virtual_lab.places.furniture import colour, muted, wood
from kinelab.virtual_lab.places.place import Block, Floor, Lamp, Panel, Place, Wall, WallName


def make_place(kind: str, rng: np.random.Generator) -> Place:
    """A random place of one of `PLACES`, the walk along X through its origin. Same state, same place.

    Raises:
        InputError: no such kind.
    """
    with Problems("make_place") as problems:
        problems.one_of("kind", kind, PLACES)
    return PLACES[kind](rng)


def _laboratory(rng: np.random.Generator) -> Place:
    x_m, z_m, high = parts.across(rng, 4.5, 7.0), parts.depth(rng, 2.4, 4.0), rng.uniform(2.6, 3.4)
    walls: Wall = parts.pick(rng, ("plain", "plain", "panels", "bricks"))
    floor: Floor = parts.pick(rng, ("speckled", "speckled", "boards", "concrete"))
    wall = muted(rng, 0.72, 0.92, 0.03)
    panels = parts.windows(rng, x_m, high, "back", 0.6) + parts.on_wall(
        rng, x_m, "back", ("picture", "board", "door")
    )
    panels += parts.on_wall(rng, z_m, "end", ("door", "cupboard")) + parts.on_wall(
        rng, z_m, "start", ("board", "door")
    )
    pieces = (furniture.desk, furniture.cupboard, furniture.couch, furniture.shelf, furniture.plant)
    return Place(
        kind="laboratory",
        x_m=x_m,
        z_m=z_m,
        height_m=high,
        floor=floor,
        floor_colours=parts.floor_colours(rng, floor),
        wall=walls,
        wall_colours=(wall, muted(rng, 0.45, 0.85, 0.1)),
        ceiling="grid",
        panels=parts.hung(panels),
        blocks=parts.along_walls(rng, x_m, z_m, pieces, 4),
        lamps=parts.lamps(rng, x_m, z_m, 2.4),
        sun=parts.sun(rng, -1),
        sun_strength=parts.maybe_sun(rng),
        gloss=float(rng.uniform(0.1, 0.4)),
        seed=parts.seed(rng),
    )


def _corridor(rng: np.random.Generator) -> Place:
    half, high = rng.uniform(6, 12), rng.uniform(2.4, 2.9)
    z_m, x_m = parts.depth(rng, 1.2, 1.7, 1.2, 1.9), (-float(half), float(half))
    doors: tuple[Panel, ...] = ()
    dye = wood(rng) if rng.uniform() < 0.6 else muted(rng, 0.3, 0.8, 0.15)
    sides: tuple[WallName, ...] = ("back", "front")
    for side in sides:
        for x in np.arange(-half + 0.7, half - 1.3, rng.uniform(2.4, 3.6)).tolist():
            doors += (Panel(side, "door", (x, x + 0.95), (0.0, 2.08), dye),)
            if rng.uniform() < 0.4:
                doors += (
                    Panel(side, "board", (x + 1.25, x + 1.95), (1.2, 1.75), muted(rng, 0.3, 0.7, 0.15)),
                )
    ends = parts.windows(rng, z_m, high, "end", 0.7) + parts.on_wall(rng, z_m, "start", ("door",))
    return Place(
        kind="corridor",
        x_m=x_m,
        z_m=z_m,
        height_m=float(high),
        floor=parts.pick(rng, ("speckled", "tiles", "speckled")),
        floor_colours=parts.floor_colours(rng, "speckled"),
        wall=parts.pick(rng, ("panels", "plain", "panels")),
        wall_colours=(muted(rng, 0.75, 0.92, 0.04), muted(rng, 0.5, 0.85, 0.12)),
        ceiling="grid",
        panels=doors + ends,
        blocks=parts.along_walls(rng, x_m, z_m, (furniture.bench,), 2, 0.22),
        lamps=tuple(
            Lamp((x - 0.6, x + 0.6), (-0.16, 0.16)) for x in np.arange(-half + 1.4, half, 2.4).tolist()
        ),
        sun=parts.sun(rng, -1),
        sun_strength=0.0,
        gloss=float(rng.uniform(0.15, 0.45)),
        seed=parts.seed(rng),
    )


def _gym(rng: np.random.Generator) -> Place:
    x_m, z_m = parts.across(rng, 8, 12), parts.depth(rng, 3.5, 6.0, 6.5, 9.0)
    high = rng.uniform(4.5, 7.0)
    bars = tuple(
        Panel("back", "bars", (x, x + 2.55), (0.1, 2.7), wood(rng))
        for x in rng.uniform(x_m[0], 2.0, 2).tolist()
    )
    top = float(high)
    windows = tuple(
        Panel("back", "window", (x, x + 1.8), (3.0, min(top - 0.3, 4.6)), (0.78, 0.88, 0.97))
        for x in np.arange(x_m[0] + 0.5, x_m[1] - 2, 2.6).tolist()
    )
    pieces = (furniture.mats, furniture.bench, furniture.mats, furniture.cupboard)
    return Place(
        kind="gym",
        x_m=x_m,
        z_m=z_m,
        height_m=top,
        floor=parts.pick(rng, ("boards", "boards", "speckled")),
        floor_colours=parts.floor_colours(rng, "boards"),
        wall=parts.pick(rng, ("bricks", "panels", "plain")),
        wall_colours=(muted(rng, 0.6, 0.85, 0.08), muted(rng, 0.4, 0.75, 0.12)),
        ceiling="plain",
        panels=parts.hung(windows + bars + parts.on_wall(rng, z_m, "end", ("door", "board"))),
        blocks=parts.along_walls(rng, x_m, z_m, pieces, 4),
        lamps=parts.lamps(rng, x_m, z_m, 3.5),
        sun=parts.sun(rng, -1),
        sun_strength=parts.maybe_sun(rng),
        gloss=float(rng.uniform(0.15, 0.45)),
        seed=parts.seed(rng),
    )


def _living_room(rng: np.random.Generator) -> Place:
    x_m, z_m = parts.across(rng, 3.0, 4.5), parts.depth(rng, 1.9, 3.0, 3.5, 5.0)
    high = float(rng.uniform(2.4, 2.9))
    floor: Floor = parts.pick(rng, ("boards", "boards", "carpet", "tiles"))
    pieces = (furniture.sofa, furniture.shelf, furniture.cupboard, furniture.plant, furniture.table)
    panels = parts.windows(rng, x_m, high, "back", 0.8) + parts.on_wall(
        rng, x_m, "back", ("picture", "picture", "picture")
    )
    panels += parts.windows(rng, z_m, high, "end", 0.5) + parts.on_wall(
        rng, z_m, "start", ("door", "picture")
    )
    return Place(
        kind="living_room",
        x_m=x_m,
        z_m=z_m,
        height_m=high,
        floor=floor,
        floor_colours=parts.floor_colours(rng, floor),
        wall=parts.pick(rng, ("plain", "plain", "paper", "bricks")),
        wall_colours=(muted(rng, 0.55, 0.93, 0.08), muted(rng, 0.55, 0.9, 0.08)),
        ceiling="plain",
        panels=parts.hung(panels),
        blocks=parts.along_walls(rng, x_m, z_m, pieces, 5),
        lamps=(Lamp((-0.3, 0.3), (-0.3, 0.3)),),
        sun=parts.sun(rng, -1),
        sun_strength=parts.maybe_sun(rng),
        gloss=float(rng.uniform(0.05, 0.35)),
        seed=parts.seed(rng),
    )


def _studio(rng: np.random.Generator) -> Place:
    """An almost empty room with a floor and walls of one colour."""
    dye = muted(rng, 0.15, 0.92, 0.06 if rng.uniform() < 0.6 else 0.3)
    darker = colour(np.array(dye) * rng.uniform(0.8, 1.0))
    x_m, z_m = parts.across(rng, 5, 7), parts.depth(rng, 2.5, 4.0)
    high = float(rng.uniform(3.0, 4.0))
    return Place(
        kind="studio",
        x_m=x_m,
        z_m=z_m,
        height_m=high,
        floor="concrete",
        floor_colours=(darker, darker),
        wall_colours=(dye, dye),
        ceiling="plain",
        lamps=parts.lamps(rng, x_m, z_m, 3.0),
        sun=parts.sun(rng, -1),
        sun_strength=0.0,
        gloss=float(rng.uniform(0, 0.2)),
        seed=parts.seed(rng),
    )


def _street(rng: np.random.Generator) -> Place:
    blocks: list[Block] = []
    far = -float(rng.uniform(10, 13))
    x = -40.0
    while x < 40:
        wide = float(rng.uniform(7, 14))
        if rng.uniform() < 0.85:
            blocks += furniture.house(rng, (x + wide / 2, far), wide - 0.02)
        else:
            blocks += furniture.tree(rng, (x + wide / 2, far - 3))
        x += wide
    for post in np.arange(-22, 22, rng.uniform(9, 14)).tolist():
        blocks += furniture.lamp_post(rng, (post, -1.7))
        if rng.uniform() < 0.5:
            blocks += furniture.tree(rng, (post + 4, far + 1.6))
    return _outside(
        "street", rng, "paving", (muted(rng, 0.45, 0.7, 0.03), muted(rng, 0.4, 0.65, 0.03)), blocks
    )


def _park(rng: np.random.Generator) -> Place:
    blocks: list[Block] = []
    for _ in range(int(rng.integers(4, 8))):
        blocks += furniture.tree(rng, (float(rng.uniform(-22, 22)), -float(rng.uniform(4.5, 22))))
    if rng.uniform() < 0.6:
        blocks += furniture.hedge(rng, (0.0, -float(rng.uniform(3.5, 9))), float(rng.uniform(8, 40)))
    if rng.uniform() < 0.7:
        blocks += furniture.bench(rng, (float(rng.uniform(-4, 4)), -2.2), True)
    gravel, grass = muted(rng, 0.5, 0.7, 0.02), parts.grass(rng)
    if rng.uniform() < 0.7:
        return _outside("park", rng, "path", (gravel, grass), blocks)
    return _outside("park", rng, "grass", (grass, grass), blocks)


def _track(rng: np.random.Generator) -> Place:
    tartan = colour(np.array([0.66, 0.27, 0.20]) if rng.uniform() < 0.75 else np.array([0.22, 0.38, 0.60]))
    blocks: list[Block] = []
    for x in np.arange(-24, 25, 6.0).tolist():
        if rng.uniform() < 0.4:
            blocks += furniture.tree(rng, (x, -float(rng.uniform(14, 25))))
    blocks += furniture.hedge(rng, (0.0, -float(rng.uniform(9, 14))), 60.0)
    return _outside("track", rng, "track", (tartan, parts.grass(rng)), blocks)


def _pool(rng: np.random.Generator) -> Place:
    """Under water: the room is the basin, its ceiling the surface."""
    blue = colour(np.array([0.55, 0.78, 0.86]) + rng.uniform(-0.09, 0.09) + rng.uniform(-0.03, 0.03, 3))
    pale = colour(np.array([0.75, 0.87, 0.90]) + rng.uniform(-0.08, 0.06) + rng.uniform(-0.02, 0.02, 3))
    return Place(
        kind="pool",
        x_m=(-float(rng.uniform(6, 11)), float(rng.uniform(6, 11))),
        z_m=parts.depth(rng, 2.5, 6.0, 4.5, 8.0),
        height_m=float(rng.uniform(1.9, 3.2)),
        floor="pool",
        floor_colours=(pale, blue),
        wall="tiles",
        wall_colours=(pale, blue),
        ceiling="water",
        sun=parts.sun(rng, -1),
        sun_strength=0.0,
        gloss=0.0,
        seed=parts.seed(rng),
    )


PLACES: Mapping[str, Callable[[np.random.Generator], Place]] = MappingProxyType(
    {
        "laboratory": _laboratory,
        "corridor": _corridor,
        "gym": _gym,
        "living_room": _living_room,
        "studio": _studio,
        "street": _street,
        "park": _park,
        "track": _track,
        "pool": _pool,
    }
)


def _outside(
    kind: str, rng: np.random.Generator, floor: Floor, colours: tuple[Colour, Colour], blocks: list[Block]
) -> Place:
    return Place(
        kind=kind,
        floor=floor,
        floor_colours=colours,
        ceiling="sky",
        blocks=tuple(blocks),
        sun=parts.sun(rng, int(rng.choice([-1, 1]))),
        sun_strength=float(rng.choice([0.15, 0.6, 1.0])),
        clouds=float(rng.uniform(0.2, 1.3)),
        scenery_m=float(rng.uniform(4, 14)),
        gloss=0.0,
        seed=parts.seed(rng),
        x_m=(-40.0, 40.0),
        z_m=(-40.0, 40.0),
        height_m=60.0,
    )
