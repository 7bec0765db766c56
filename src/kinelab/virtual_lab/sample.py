"""Training pictures made on the fly: a person, moments, cameras, and everything that is true of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.virtual_lab.cameras.lens import Camera
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, crop_camera, look_at, project
from kinelab.virtual_lab.drawing.camera_faults import QUALITIES, draw_quality
from kinelab.virtual_lab.drawing.occluders import THINGS, put, thing
from kinelab.virtual_lab.drawing.surface import Drawn
from kinelab.virtual_lab.images import Image
from kinelab.virtual_lab.motion.catalogue import MOVEMENTS
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.looks_draw import draw_looks
from kinelab.virtual_lab.people.making import make_person
from kinelab.virtual_lab.people.population import POPULATIONS, draw_shape
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.places.kinds import PLACES, make_place
from kinelab.virtual_lab.places.place import cleared, widened
from kinelab.virtual_lab.sessions.design import rng_of
from kinelab.virtual_lab.sessions.filming import SEEN, SUBJECT, Actor, Film
from kinelab.virtual_lab.sessions.stage import POOL, Stage, light_in

FRAMES_PER_PERSON = 12
_MOVING_HZ = 10.0
_ROOM_M = 1.0  # between a camera and the middle of another person: arms are long
_ENDLESS = ("walk", "run", "water_run")  # of these about a stride is made; it starts anywhere in the stride
_MOVING_S = FRAMES_PER_PERSON / _MOVING_HZ


@dataclass(frozen=True)
class SampleDesign:
    """What training pictures show. movements: names with their shares; side_share of the cameras see the
    person from the side (within 30 deg), the rest from anywhere; eye_m: how high cameras are, lowest and
    highest; fill: share of the picture's height that the person takes, lowest and highest; cut_share of the
    pictures cut off a part of the body. loose_share of the people leave their movement: each angle by a
    normal number of sd loose_deg, within its range."""

    size_px: tuple[int, int] = (256, 256)
    population: str = "adults"
    movements: tuple[tuple[str, float], ...] = (
        ("walk", 0.5),
        ("run", 0.2),
        ("squat", 0.1),
        ("reach_shelf", 0.2),
    )
    side_share: float = 0.4
    eye_m: tuple[float, float] = (0.4, 2.2)
    fill: tuple[float, float] = (0.55, 0.95)
    cut_share: float = 0.1
    others_share: float = 0.2
    occluder_share: float = 0.2
    loose_share: float = 0.0
    loose_deg: float = 12.0
    body: Literal["mesh", "solids"] = "mesh"

    def __post_init__(self) -> None:
        with Problems("SampleDesign") as problems:
            problems.add_if(min(self.size_px) < 32, f"size_px is {self.size_px}, expected 32 or more")
            problems.one_of("population", self.population, tuple(POPULATIONS))
            problems.one_of("body", self.body, ("mesh", "solids"))
            problems.add_if(not self.movements, "no movement is named")
            unknown = [name for name, _ in self.movements if name not in MOVEMENTS]
            problems.add_if(
                bool(unknown), f"no movement {', '.join(unknown)}; there are {', '.join(MOVEMENTS)}"
            )
            for name, share in self.movements:
                problems.add_if(not 0 < share < np.inf, f"the share of {name} is {share}, expected above 0")
            for name in ("side_share", "cut_share", "others_share", "occluder_share", "loose_share"):
                share = getattr(self, name)
                problems.add_if(not 0 <= share <= 1, f"{name} is {share}, expected a share, 0 to 1")
            problems.add_if(not self.loose_deg > 0, f"loose_deg is {self.loose_deg}, expected above 0")
            low, high = self.eye_m
            problems.add_if(not 0 < low <= high < np.inf, f"eye_m is {self.eye_m}, expected heights above 0")
            low, high = self.fill
            problems.add_if(not 0.1 <= low <= high <= 1.5, f"fill is {self.fill}, expected 0.1 to 1.5")


@dataclass(frozen=True, eq=False)
class Sample:
    """image (H, W, 3) uint8 of a crop around the person, and the truth, in the order of the own body's names.

    coordinates (C,) rad and m; scale (S, 3); pelvis_rotation (3, 3) and pelvis_m (3,) in the CAMERA's frame
    (x right, y down, z forward); landmark_px (K, 2) in the crop, landmark_m (K, 3) in the camera's frame,
    seen (K,); marker_m (M, 3) skin markers in the camera's frame; focal_px and centre_px of the crop; mask
    (H, W) part of the subject at each pixel (255 none). person is the number of the person in its stream.
    """

    image: Image
    coordinates: Array
    scale: Array
    pelvis_rotation: Array
    pelvis_m: Array
    landmark_px: Array
    landmark_m: Array
    seen: BoolArray
    marker_m: Array
    focal_px: float
    centre_px: tuple[float, float]
    mask: NDArray[np.uint8]
    person: int
    movement: str


def make_samples(design: SampleDesign, seed: int, epoch: int, person: int) -> list[Sample]:
    """All `FRAMES_PER_PERSON` samples of one person in one movement, each from another camera."""
    rng = rng_of(seed, epoch, person)
    subject = _actor(design, _movement(design, rng), SUBJECT, rng)
    other = _actor(design, "walk", SUBJECT + 1, rng) if rng.uniform() < design.others_share else None
    n = subject.movement.time.n
    frames = np.sort(rng.choice(n, FRAMES_PER_PERSON, replace=n < FRAMES_PER_PERSON))
    if design.loose_share and rng.uniform() < design.loose_share:
        subject = replace(subject, movement=_loosened(subject.movement, design.loose_deg, rng))
    points_m = subject.person.landmarks_at(subject.movement.placement)[frames]
    cameras = tuple(_camera(design, rng, points) for points in points_m)
    stage = _stage(cameras, points_m, rng)
    moments = [subject.frozen(int(frame)) for frame in frames]
    return [
        _sample(design, rng, moment, other, camera, stage, person)
        for moment, camera in zip(moments, cameras, strict=True)
    ]


def who(design: SampleDesign, seed: int, epoch: int, person: int) -> tuple[Shape, Looks]:
    """Whom `make_samples` shows, without drawing anybody."""
    rng = rng_of(seed, epoch, person)
    _movement(design, rng)
    return _someone(design, rng)


def _movement(design: SampleDesign, rng: np.random.Generator) -> str:
    names, shares = zip(*design.movements, strict=True)
    return str(rng.choice(names, p=np.array(shares) / sum(shares)))


def _someone(design: SampleDesign, rng: np.random.Generator) -> tuple[Shape, Looks]:
    shape = draw_shape(rng, design.population)
    return shape, draw_looks(rng, shape)


def _actor(design: SampleDesign, movement: str, owner: int, rng: np.random.Generator) -> Actor:
    person = make_person(*_someone(design, rng), "", design.body)
    duration_s = _MOVING_S if movement in _ENDLESS else None
    return Actor(person, MOVEMENTS[movement](person.mover, _MOVING_HZ, duration_s, rng, rng), owner)


def _loosened(movement: Movement, sd_deg: float, rng: np.random.Generator) -> Movement:
    """A movement whose every frame is a pose of its own about the planned one; feet may leave the floor."""
    coordinates = movement.mover.model.coordinates
    free = [not (one.locked or one.name.startswith("pelvis")) for one in coordinates]
    low, high = np.array([one.range for one in coordinates]).T
    off = rng.normal(0, np.radians(sd_deg), movement.coordinates.shape) * np.array(free)
    # Who is out of range already stays there.
    low, high = np.minimum(low, movement.coordinates), np.maximum(high, movement.coordinates)
    return replace(movement, coordinates=np.clip(movement.coordinates + off, low, high))


def _stage(cameras: tuple[Camera, ...], points_m: Array, rng: np.random.Generator) -> Stage:
    """Place and light that the pictures of a person share, with room for all their cameras."""
    place = make_place(str(rng.choice([name for name in PLACES if name != POOL])), rng)
    eyes_m = np.array([camera.pinhole.position_m for camera in cameras])
    wide = widened(place, eyes_m, points_m)
    return Stage(cameras, wide, light_in(place, rng), QUALITIES["perfect"], exposure_s=0.0, draft=True)


def _sample(
    design: SampleDesign, rng: np.random.Generator, actor: Actor, other: Actor | None, camera: Camera,
    stage: Stage, person: int,
) -> Sample:  # fmt: skip
    """The picture that a camera takes of an actor at the only moment of its movement, and its truth."""
    placed, pinhole = actor.movement.placement, camera.pinhole
    points_m = actor.person.landmarks_at(placed)[0]
    cast = (actor,) if other is None else (actor, _beside(other, rng, points_m, pinhole.position_m))
    things = _in_the_way(rng, pinhole, points_m) if rng.uniform() < design.occluder_share else ()
    place = cleared(stage.place, pinhole.position_m, points_m)
    there = replace(stage, things=things, place=place, quality=draw_quality(rng))
    shot = Film(there, camera, cast, rng).shot(0)
    pelvis = actor.movement.mover.model.body_index("pelvis")
    return Sample(
        image=shot.image,
        coordinates=actor.movement.coordinates[0],
        scale=actor.movement.mover.scale,
        pelvis_rotation=pinhole.rotation @ placed.rotation[0, pelvis],
        pelvis_m=_seen_from(pinhole, placed.position_m[0, pelvis]),
        landmark_px=shot.landmark_px,
        landmark_m=_seen_from(pinhole, points_m),
        seen=shot.sight == SEEN,
        marker_m=_seen_from(pinhole, actor.person.markers_at(placed)[0]),
        focal_px=pinhole.focal_px,
        centre_px=pinhole.centre_px,
        mask=np.where(shot.picture.owner == SUBJECT, shot.picture.part, np.uint8(255)),
        person=person,
        movement=actor.movement.name,
    )


def _seen_from(camera: PinholeCamera, points_m: Array) -> Array:
    """Points (..., 3) m of the ground in the camera's frame."""
    local: Array = (points_m - camera.position_m) @ camera.rotation.T
    return local


def _camera(design: SampleDesign, rng: np.random.Generator, points_m: Array) -> Camera:
    """A crop around the person by a camera 2 to 8 m away, at any of the heights of the design."""
    from_side = rng.uniform() < design.side_share
    yaw = rng.choice([-90.0, 90.0]) + rng.uniform(-30, 30) if from_side else rng.uniform(-180, 180)
    distance, middle = rng.uniform(2.2, 8.0), (points_m.min(axis=0) + points_m.max(axis=0)) / 2
    way = np.array([np.cos(np.radians(yaw)), 0.0, np.sin(np.radians(yaw))])
    eye = middle * (1.0, 0.0, 1.0) + way * distance + (0.0, rng.uniform(*design.eye_m), 0.0)
    target = middle + rng.normal(0, 0.06, 3) * distance * (1.0, 0.3, 1.0)
    whole = look_at(eye, target, 1400.0, (1920, 1080), roll_deg=float(rng.normal(0, 2.5)))
    px = project(whole, points_m)[0]
    low, high = px.min(axis=0), px.max(axis=0)
    width, height = design.size_px
    ratio = width / height
    tall = max(high[1] - low[1], (high[0] - low[0]) / ratio) / rng.uniform(*design.fill)
    spare = (np.array([tall * ratio, tall]) - (high - low)) / 2
    away = 0.9 * spare * rng.uniform(-1, 1, 2)
    if rng.uniform() < design.cut_share:
        axis = int(rng.integers(2))
        lost = rng.uniform(0.05, 0.3) * (high - low)[axis]
        away[axis] = rng.choice([-1.0, 1.0]) * (abs(spare[axis]) + lost)
    x, y = (low + high) / 2 + away
    half_wide, half_tall = tall * ratio / 2, tall / 2
    box = (float(x - half_wide), float(y - half_tall), float(x + half_wide), float(y + half_tall))
    return Camera("crop", crop_camera(whole, box, design.size_px))


def _beside(other: Actor, rng: np.random.Generator, points_m: Array, eye_m: Array) -> Actor:
    """Another person at any moment of theirs, 0.7 to 3 m from the subject, and not where the camera is."""
    still = other.frozen(int(rng.integers(other.movement.time.n)))
    angle, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.7, 3.0)
    middle = points_m.mean(axis=0)[[0, 2]]
    place = away * np.array([np.cos(angle), np.sin(angle)])
    if np.hypot(*(middle + place - eye_m[[0, 2]])) < _ROOM_M:
        place = -place  # the subject is between them now
    x, z = middle + place - still.movement.placement.position_m[0].mean(axis=0)[[0, 2]]
    return replace(still, offset_m=(float(x), float(z)))


def _in_the_way(rng: np.random.Generator, camera: PinholeCamera, points_m: Array) -> tuple[Drawn, ...]:
    """A thing on the floor between camera and person, or beside that line."""
    feet, eye = points_m.mean(axis=0), camera.position_m
    share = rng.uniform(0.15, 0.45)
    place = feet + share * (eye - feet) + rng.normal(0, 0.25, 3)
    return (
        put(thing(str(rng.choice(list(THINGS))), rng), (place[0], 0.0, place[2]), float(rng.uniform(0, 360))),
    )
