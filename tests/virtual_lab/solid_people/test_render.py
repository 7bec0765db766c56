from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.skeletons import GAIT_20
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, crop_camera, look_at, project
from kinelab.virtual_lab.images import Backdrop, FloatImage
from kinelab.virtual_lab.solid_people.bodies import Body, Looks
from kinelab.virtual_lab.solid_people.render import Figure, Light, aim, draw, visible_landmarks
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle
from kinelab.virtual_lab.solid_people.walking import walk

BODY = Body()
MOTION = walk(WalkStyle(), BODY, 20.0, 1.1)
SIZE = (320, 240)
FROM_RIGHT = look_at((0.5, 1, 4), (0.5, 0.9, 0), 380.0, SIZE)
FROM_LEFT = look_at((0.5, 1, -4), (0.5, 0.9, 0), 380.0, SIZE)
FROM_FRONT = look_at((5, 1, 0), (0, 0.9, 0), 380.0, SIZE)


def green(camera: PinholeCamera) -> Backdrop:
    """A backdrop of a colour that no person wears, without a floor."""
    width, height = camera.size_px
    image = np.zeros((height, width, 3), np.float32)
    image[..., 1] = 1
    return Backdrop(image, np.full((height, width, 2), np.nan, np.float32))


def picture(camera: PinholeCamera, frame: int) -> FloatImage:
    shot = aim(camera, [(Figure(MOTION.posed), frame)])
    return draw(shot, green(camera), Light())


@pytest.mark.parametrize("camera", [FROM_RIGHT, FROM_LEFT, FROM_FRONT])
def test_silhouette_covers_every_landmark(camera: PinholeCamera) -> None:
    """Each landmark lies on the drawn person, the sole's corners within 2 cm of it."""
    for frame in range(0, MOTION.time.n, 3):
        person = np.abs(picture(camera, frame) - green(camera).image).max(axis=2) > 0.02
        px, depth = project(camera, MOTION.landmarks_m[frame])
        rows, columns = np.nonzero(person)
        for name, (u, v), z in zip(GAIT_20.landmarks, px, depth, strict=True):
            gap_m = np.hypot(columns - u, rows - v).min() * z / camera.focal_px
            assert gap_m < 0.02, name
            if not name.endswith(("heel", "big_toe", "nose", "head")):
                assert person[round(v), round(u)], name


def test_the_near_leg_covers_the_far_one() -> None:
    looks = replace(Looks(), leg_wear=1.0)
    motion = walk(WalkStyle(), Body(looks=looks), 20.0, 1.1)
    for camera, near, far in ((FROM_RIGHT, "right", "left"), (FROM_LEFT, "left", "right")):
        seen = {"right": 0, "left": 0}
        for frame in range(motion.time.n):
            shot = aim(camera, [(Figure(motion.posed), frame)])
            visible = visible_landmarks(shot, motion.landmarks_m[frame], 1.72)
            for side in seen:
                seen[side] += int(visible[GAIT_20.index(f"{side}_hip")])
        assert seen[near] > seen[far] == 0


def test_from_the_front_both_sides_are_seen_and_right_is_on_the_left_of_the_image() -> None:
    shot = aim(FROM_FRONT, [(Figure(MOTION.posed), 5)])
    visible = visible_landmarks(shot, MOTION.landmarks_m[5], BODY.height_m)
    for name in ("nose", "right_shoulder", "left_shoulder", "right_knee", "left_elbow"):
        assert visible[GAIT_20.index(name)], name
    px, _ = project(FROM_FRONT, MOTION.landmarks_m[5])
    assert px[GAIT_20.index("right_hip"), 0] < px[GAIT_20.index("left_hip"), 0]


def test_walking_goes_right_seen_from_the_right() -> None:
    px, _ = project(FROM_RIGHT, MOTION.landmarks_m[[0, -1], GAIT_20.index("mid_hip")])
    assert px[1, 0] > px[0, 0] + 50


def test_drawing_is_repeatable() -> None:
    np.testing.assert_array_equal(picture(FROM_RIGHT, 4), picture(FROM_RIGHT, 4))


def test_a_crop_camera_draws_the_crop() -> None:
    """Rendered into the crop's intrinsics, a crop at scale 1 is the same picture."""
    whole = picture(FROM_RIGHT, 6)
    crop = crop_camera(FROM_RIGHT, (99.5, 19.5, 199.5, 219.5), (100, 200))
    np.testing.assert_allclose(picture(crop, 6), whole[20:220, 100:200], atol=1e-5)


def test_the_shadow_lies_on_the_floor_under_the_feet() -> None:
    width, height = SIZE
    v, u = np.mgrid[0:height, 0:width]
    lens = FROM_RIGHT.focal_px
    rays = np.stack([(u - 159.5) / lens, (v - 119.5) / lens, np.ones_like(u, float)], axis=-1)
    rays = rays @ FROM_RIGHT.rotation
    t = np.where(rays[..., 1] < -1e-6, -FROM_RIGHT.position_m[1] / np.minimum(rays[..., 1], -1e-6), np.nan)
    floor = (FROM_RIGHT.position_m + t[..., None] * rays)[..., [0, 2]].astype(np.float32)
    plain = np.full((height, width, 3), 0.8, np.float32)
    shot = aim(FROM_RIGHT, [(Figure(MOTION.posed), 3)])
    with_shadow = draw(shot, Backdrop(plain, floor), Light(), shadow=0.5)
    without = draw(shot, Backdrop(plain, floor), Light(), shadow=0.0)
    darker = (without - with_shadow).max(axis=2)
    assert darker.max() > 0.2
    feet = MOTION.landmarks_m[3, :, 0][[GAIT_20.index("right_heel"), GAIT_20.index("left_heel")]]
    assert feet.min() - 1 < np.median(floor[darker > 0.1][:, 0]) < feet.max() + 1
