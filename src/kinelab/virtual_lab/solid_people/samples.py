"""Endless training pictures of people with exact landmarks, each made from a random generator alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, crop_camera, inside_image, look_at, project
from kinelab.virtual_lab.drawing.camera_faults import as_filmed, draw_quality
from kinelab.virtual_lab.images import Backdrop, Image
from kinelab.virtual_lab.solid_people.bodies import random_body
from kinelab.virtual_lab.solid_people.motion import Motion
from kinelab.virtual_lab.solid_people.pictures import add_clutter, add_occluder, flat_background
from kinelab.virtual_lab.solid_people.postures import random_posture
from kinelab.virtual_lab.solid_people.render import Figure, Light, aim, draw, visible_landmarks
from kinelab.virtual_lab.solid_people.rooms import backdrop_of, random_room
from kinelab.virtual_lab.solid_people.walk_style import random_style
from kinelab.virtual_lab.solid_people.walking import walk

CROP_PX = (192, 256)  # width, height
_WALKING, _FLAT, _OTHER_PERSON, _OCCLUDED, _SMALL = 0.8, 0.3, 0.25, 0.15, 0.25


@dataclass(frozen=True, eq=False)
class TrainingSample:
    """image (256, 192, 3) uint8 RGB; landmarks_px (20, 2) of `GAIT_20` in it, NaN outside the image;
    visible (20,) True where neither the body nor anything else hides the landmark."""

    image: Image
    landmarks_px: Array
    visible: BoolArray


def training_sample(rng: np.random.Generator, plain_share: float = 0.0) -> TrainingSample:
    """A random person, posture, camera, room, light and fault of the picture, cropped around the person.

    80 % walking at a random phase, 20 % other postures. Cameras mostly from the side (either, within 40 deg),
    a quarter from anywhere. In three quarters of the samples the person fills 55 to 95 % of the crop, in
    the others 25 to 55 %, as in a search over a whole frame. Same generator state, same sample.

    plain_share of the samples are what a gait recording is meant to be: someone walks, seen from the side
    (within 15 deg), large in the crop, nobody and nothing in between.
    """
    plain = plain_share > 0 and rng.uniform() < plain_share
    motion = _random_walk(rng) if plain else _random_motion(rng)
    camera = _random_camera(rng, 15.0 if plain else 40.0, 1.0 if plain else 0.75)
    landmarks_m = motion.landmarks_m[0]
    camera = _random_crop(rng, camera, project(camera, landmarks_m)[0], 0.0 if plain else _SMALL)
    figures = [(Figure(motion.posed), 0)]
    if rng.uniform() < _OTHER_PERSON and not plain:
        figures.append((_bystander(rng, camera), 0))
    shot = aim(camera, figures)
    light = _random_light(rng)
    image = draw(shot, _random_backdrop(rng, camera), light, shadow=float(rng.uniform(0, 0.6)))
    px, _ = project(camera, landmarks_m)
    visible = visible_landmarks(shot, landmarks_m, motion.body.height_m)
    inside = inside_image(camera, px)
    if rng.uniform() < _OCCLUDED and not plain:
        hidden = add_occluder(rng, image)
        column, row = np.round(px[inside]).astype(int).clip(0, np.array(CROP_PX) - 1).T
        visible[inside] &= ~hidden[row, column]
    filmed = as_filmed(image, draw_quality(rng), rng)
    return TrainingSample(filmed, np.where(inside[:, None], px, np.nan), visible)


def _random_motion(rng: np.random.Generator) -> Motion:
    return _random_walk(rng) if rng.uniform() < _WALKING else random_posture(rng, random_body(rng))


def _random_walk(rng: np.random.Generator) -> Motion:
    body = random_body(rng)
    return walk(random_style(rng, body), body, 50.0, 0.02, start_cycle=float(rng.uniform()))


def _random_camera(rng: np.random.Generator, off_side_deg: float, side_share: float) -> PinholeCamera:
    """A camera 2.2 to 9 m away, 0.3 to 2 m high, whose axis passes the person at some distance."""
    side = rng.choice([-90.0, 90.0]) + rng.uniform(-off_side_deg, off_side_deg)
    yaw = np.radians(side if rng.uniform() < side_share else rng.uniform(-180, 180))
    distance = rng.uniform(2.2, 9.0)
    eye = np.array([np.cos(yaw) * distance, rng.uniform(0.3, 2.0), np.sin(yaw) * distance])
    along = rng.uniform(-0.45, 0.45) * distance
    target = np.array([-np.sin(yaw) * along, rng.uniform(0.6, 1.2), np.cos(yaw) * along])
    return look_at(eye, target, 1000.0, (1920, 1080), roll_deg=float(rng.normal(0, 2.5)))


def _random_crop(
    rng: np.random.Generator, camera: PinholeCamera, landmarks_px: Array, small_share: float
) -> PinholeCamera:
    """Crop around the landmarks: random share filled, random place, straight into the crop's intrinsics."""
    low, high = landmarks_px.min(axis=0), landmarks_px.max(axis=0)
    small = rng.uniform() < small_share
    fill = rng.uniform(0.25, 0.55) if small else rng.uniform(0.55, 0.95)
    ratio = CROP_PX[0] / CROP_PX[1]
    height = max(high[1] - low[1], (high[0] - low[0]) / ratio) / fill
    size = np.array([height * ratio, height])
    # Shifts stay mostly inside the free margin; now and then an edge cuts off a hand or a foot.
    cut = rng.uniform() < 0.15
    margin = (size - (high - low)) / 2 * 0.9 + (0.15 * (high - low) if cut else 0.0)
    centre = (low + high) / 2 + margin * rng.uniform(-1, 1, 2)
    corner = centre - size / 2
    box = (float(corner[0]), float(corner[1]), float(corner[0] + size[0]), float(corner[1] + size[1]))
    return crop_camera(camera, box, CROP_PX)


def _bystander(rng: np.random.Generator, camera: PinholeCamera) -> Figure:
    """A second person, behind or beside the first as the camera sees it."""
    motion = _random_motion(rng)
    away = -camera.position_m * np.array([1.0, 0.0, 1.0])
    away /= np.linalg.norm(away)
    across = np.array([-away[2], 0.0, away[0]])
    place = away * rng.uniform(-0.3, 3.0) + across * rng.choice([-1.0, 1.0]) * rng.uniform(0.35, 2.0)
    offset = place - motion.pelvis_position_m[0] * np.array([1.0, 0.0, 1.0])
    return Figure(replace(motion.posed, origin_m=motion.posed.origin_m + offset))


def _random_backdrop(rng: np.random.Generator, camera: PinholeCamera) -> Backdrop:
    width, height = camera.size_px
    if rng.uniform() < _FLAT:
        image = flat_background(rng, camera.size_px)
        backdrop = Backdrop(image, np.full((height, width, 2), np.nan, dtype=np.float32))
    else:
        room = random_room(rng, 0.8, 5.0)
        x, _, z = camera.position_m
        # The camera always stands inside the room.
        room = replace(
            room,
            x_m=(min(room.x_m[0], x - 0.5), max(room.x_m[1], x + 0.5)),
            z_m=(min(room.z_m[0], z - 0.5), max(room.z_m[1], z + 0.5)),
        )
        backdrop = backdrop_of(room, camera, samples=1)
    if rng.uniform() < 0.4:
        add_clutter(rng, backdrop.image, int(rng.integers(1, 7)))
    return backdrop


def _random_light(rng: np.random.Generator) -> Light:
    turn, high = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 1.5)
    return Light(
        towards=(float(np.cos(turn)), float(high), float(np.sin(turn))),
        key=float(rng.uniform(0.35, 0.8)),
        ambient=float(rng.uniform(0.36, 0.62)),
        rim=float(rng.uniform(0, 0.2)),
    )
