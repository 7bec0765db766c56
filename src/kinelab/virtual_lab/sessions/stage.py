"""Where a trial is filmed: place, light, cameras, things in the way and other people."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.devices import DEVICES, sized
from kinelab.virtual_lab.cameras.lens import Camera, see
from kinelab.virtual_lab.cameras.pinhole import look_at
from kinelab.virtual_lab.cameras.rig import VIEWS, fit_view, jitter, ring, view
from kinelab.virtual_lab.drawing.backgrounds import check_background, find_backgrounds
from kinelab.virtual_lab.drawing.camera_faults import QUALITIES, CameraQuality
from kinelab.virtual_lab.drawing.light import Light, draw_light
from kinelab.virtual_lab.drawing.occluders import THINGS, put, thing, things_of
from kinelab.virtual_lab.drawing.surface import Drawn
from kinelab.virtual_lab.drawing.water import Water, draw_water
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.places.kinds import PLACES, make_place
from kinelab.virtual_lab.places.lamp import light_of
from kinelab.virtual_lab.places.place import Place, around
from kinelab.virtual_lab.sessions.design import Filming

_RING = re.compile(r"ring([2-9]|[1-9][0-9])")
_AWAY_M = 4.0
_BY_HAND_DEG = 1.0  # how far off a camera is aimed
_STEP_M, _NEAREST_M, _MARGIN = 0.01, 0.3, 0.04  # of a camera that keeps its height; margin: of the image
POOL, OVERHEAD = "pool", "overhead"
WATER_LEVEL, BELT = "water_level_m", "belt_mps"  # labels of movements in water and on treadmills
_WITH_TREADMILLS = ("laboratory", "gym")


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything around the person that does not move; exposure_s: how long the shutter is open.

    background: a picture's file, in place of the place. water: all is seen through it; seed: of its waves.
    draft: a softer place, four times as fast.
    """

    cameras: tuple[Camera, ...]
    place: Place
    light: Light
    quality: CameraQuality
    exposure_s: float
    things: tuple[Drawn, ...] = ()
    background: Path | None = None
    water: Water | None = None
    seed: int = 0
    draft: bool = False


def check_filming(filming: Filming) -> None:
    """Every name exists, and so does the folder of backgrounds.

    Raises:
        InputError: an unknown view, place or quality; the known ones are listed. A folder without pictures.
        FileFormatError: a file of that folder is no picture.
    """
    for name in filming.cameras:
        if _RING.fullmatch(name) is None:
            _known("view", name, (*VIEWS, "ring2 to ring99, so many cameras around"))
        if name == OVERHEAD and filming.height_m is not None:
            raise InputError(
                f"height_m is {filming.height_m:g} and one camera is {OVERHEAD}; a camera that hangs over the"
                " movement has no height to choose: leave one of them out"
            )
    _known("device", filming.device, tuple(DEVICES))
    _known("camera quality", filming.quality, tuple(QUALITIES))
    if filming.place is not None:
        _known("place", filming.place, tuple(PLACES))
    if filming.backgrounds is not None:
        for path in find_backgrounds(filming.backgrounds):
            check_background(path)


def set_stage(filming: Filming, movement: Movement, rng: np.random.Generator) -> Stage:
    """A stage around a movement: each camera sees all of it, from about where its view's name says."""
    kind = filming.place or _place_for(movement, rng)
    points_m = _occupied_m(movement)
    cameras = tuple(camera for name in filming.cameras for camera in _cameras(name, filming, points_m, rng))
    eyes_m = np.array([camera.pinhole.position_m for camera in cameras])
    things = _occluders(points_m, rng) if filming.occluders else []
    taken_m = np.concatenate([points_m, *(thing.vertex_m for thing in things)])
    place = around(make_place(kind, rng), eyes_m, taken_m)
    background = None
    if filming.backgrounds is not None:
        found = find_backgrounds(filming.backgrounds)
        background = found[int(rng.integers(len(found)))]
    exposure_s = min(float(rng.uniform(0.001, 0.010)), 0.5 / filming.rate_hz)
    return Stage(
        cameras=cameras,
        place=place,
        light=light_in(place, rng),
        quality=QUALITIES[filming.quality],
        exposure_s=exposure_s if filming.exposure_s is None else filming.exposure_s,
        things=(*things_of(movement.labels), *things),
        background=background,
        water=draw_water(rng) if kind == POOL else None,
        seed=int(rng.integers(1 << 31)),
    )


def _place_for(movement: Movement, rng: np.random.Generator) -> str:
    """The pool for what is done in water, a room with a treadmill for one, any other place for the rest."""
    if WATER_LEVEL in movement.labels:
        return POOL
    if BELT in movement.labels:
        return str(rng.choice(_WITH_TREADMILLS))
    return str(rng.choice([name for name in PLACES if name != POOL]))


def _known(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise InputError(f"no {what} {name!r}; there are {', '.join(names)}")


def light_in(place: Place, rng: np.random.Generator) -> Light:
    """A light for people that goes with the place's own."""
    return draw_light(rng, "pool") if place.kind == POOL else light_of(place, rng)


def _cameras(name: str, filming: Filming, points_m: Array, rng: np.random.Generator) -> list[Camera]:
    """The camera of a view, or all of a ring (ring4_01 ...), set up by hand and stepped back to see all."""
    device = sized(DEVICES[filming.device], filming.size_px)
    height_m = float(rng.uniform(0.9, 1.3))
    middle = (points_m.min(axis=0) + points_m.max(axis=0)) / 2
    around_it = _RING.fullmatch(name)
    if around_it is None:
        placed = [view(name, device, _AWAY_M, height_m, middle)]
    else:
        standing = ring(int(around_it[1]), device, _AWAY_M, height_m + 0.6, middle)
        placed = [replace(camera, name=f"{name}_{i:02d}") for i, camera in enumerate(standing, 1)]
    if filming.height_m is not None:
        return [_at_height(one, filming.height_m, points_m, rng) for one in placed]
    return [fit_view(jitter(one, rng, position_m=0.1, angle_deg=_BY_HAND_DEG), points_m) for one in placed]


def _at_height(camera: Camera, height_m: float, points_m: Array, rng: np.random.Generator) -> Camera:
    """The camera on its side of the movement, at exactly that height, aimed at the middle of what it is to
    see and turned a little by the hand that set it up, as near as it sees all."""
    middle = (points_m.min(axis=0) + points_m.max(axis=0)) / 2
    way = (camera.pinhole.position_m - middle) * [1.0, 0.0, 1.0]
    way /= np.linalg.norm(way)
    hand = int(rng.integers(1 << 31))

    def at(distance_m: float) -> Camera:
        eye = middle + distance_m * way
        eye[1] = height_m
        aimed = look_at(eye, _middle_seen_m(eye, points_m), camera.pinhole.focal_px, camera.pinhole.size_px)
        by_hand = np.random.default_rng(hand)  # the same at each distance
        return jitter(replace(camera, pinhole=aimed), by_hand, position_m=0.0, angle_deg=_BY_HAND_DEG)

    near_m, far_m = 0.0, _AWAY_M
    while not _sees_all(at(far_m), points_m):
        near_m, far_m = far_m, 2 * far_m
    while far_m - near_m > _STEP_M:
        tried_m = (near_m + far_m) / 2
        near_m, far_m = (near_m, tried_m) if _sees_all(at(tried_m), points_m) else (tried_m, far_m)
    return at(far_m)


def _middle_seen_m(eye_m: Array, points_m: Array) -> Array:
    """A point in the middle of the angles under which the eye sees the points: low cameras look up."""
    away = points_m - eye_m
    ahead = away.mean(axis=0) * [1.0, 0.0, 1.0]
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 1.0, 0.0])
    depth = np.maximum(away @ ahead, _NEAREST_M)
    across, up = (np.arctan2(part, depth) for part in (away @ right, away[:, 1]))
    turn, lift = ((angle.min() + angle.max()) / 2 for angle in (across, up))
    middle: Array = eye_m + ahead + np.tan(turn) * right + np.tan(lift) * np.array([0.0, 1.0, 0.0])
    return middle


def _sees_all(camera: Camera, points_m: Array) -> bool:
    """Whether all points lie in the image, off its edges, and none too near."""
    px, depth_m = see(camera, points_m)
    size = np.array(camera.pinhole.size_px)
    free = _MARGIN * size
    inside = (px > free) & (px < size - free)
    return bool((depth_m > _NEAREST_M).all() and inside.all())


def _occupied_m(movement: Movement) -> Array:
    """Points that bound the person at all times, (N, 3) m: joints, soles, and room for head and hands."""
    placed = movement.placement
    reach_m = 0.12 * movement.mover.height_m
    head = movement.mover.model.body_index("head")
    hands = [movement.mover.model.body_index(f"hand_{side}") for side in "rl"]
    outer = placed.position_m[:, [head, *hands]]
    up = np.array([0.0, 1.5 * reach_m, 0.0])
    parts = [placed.joint_centre_m, placed.marker_m, outer + up, outer + reach_m, outer - reach_m]
    points = np.concatenate([part.reshape(-1, 3) for part in parts])
    points[:, 1] = np.maximum(points[:, 1], -0.02)
    return points


def _occluders(points_m: Array, rng: np.random.Generator) -> list[Drawn]:
    """One or two things beside the way, where a camera may see them before the person."""
    low, high = points_m.min(axis=0), points_m.max(axis=0)
    made = []
    for _ in range(int(rng.integers(1, 3))):
        side = -1.0 if rng.uniform() < 0.5 else 1.0
        edge_m = high[2] if side > 0 else -low[2]
        place = np.array([rng.uniform(low[0], high[0]), 0.0, side * (edge_m + rng.uniform(0.3, 1.2))])
        surface = thing(str(rng.choice(list(THINGS))), rng)
        made.append(put(surface, place, float(rng.uniform(0, 360))))
    return made
