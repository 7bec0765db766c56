"""A filmed walk: one person, one fixed camera, one room, and the exact truth of what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kinelab.core.checks import BoolArray
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.skeletons import GAIT_20
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, inside_image, look_at, project
from kinelab.virtual_lab.drawing.exposure import quantise
from kinelab.virtual_lab.images import Image
from kinelab.virtual_lab.solid_people.bodies import Body, random_body
from kinelab.virtual_lab.solid_people.motion import Motion
from kinelab.virtual_lab.solid_people.render import Figure, Light, aim, draw, visible_landmarks
from kinelab.virtual_lab.solid_people.rooms import Room, backdrop_of, clinic_room
from kinelab.virtual_lab.solid_people.truth import PLANAR_NAMES, planar_angles
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle
from kinelab.virtual_lab.solid_people.walking import walk

_STEP = "virtual laboratory: exact by construction, no measurement"
_HIDDEN_CONFIDENCE = 0.5


@dataclass(frozen=True, eq=False)
class Scene:
    """A motion before a camera in a room. Everything asked of it is exact and repeatable."""

    motion: Motion
    camera: PinholeCamera
    room: Room
    light: Light = field(default_factory=Light)

    def frames(self) -> Iterator[tuple[int, float, Image]]:
        """(index, time_s, image (H, W, 3) uint8 RGB) of every frame, drawn one at a time."""
        backdrop = backdrop_of(self.room, self.camera, samples=3)
        figure = Figure(self.motion.posed)
        for index, time_s in enumerate(self.motion.time.time_s):
            shot = aim(self.camera, [(figure, index)])
            yield index, float(time_s), quantise(draw(shot, backdrop, self.light))

    @cached_property
    def visible(self) -> BoolArray:
        """Which landmarks the camera sees, (T, 20): inside the image, not behind another part."""
        figure = Figure(self.motion.posed)
        height_m = self.motion.body.height_m
        return np.stack(
            [
                visible_landmarks(aim(self.camera, [(figure, t)]), landmarks_m, height_m)
                for t, landmarks_m in enumerate(self.motion.landmarks_m)
            ]
        )

    def keypoints(self) -> Keypoints:
        """True landmarks in the image, px; NaN outside it. Confidence: 1 seen, 0.5 hidden by the body."""
        px, _ = project(self.camera, self.motion.landmarks_m)
        inside = inside_image(self.camera, px)
        confidence = np.where(self.visible, 1.0, _HIDDEN_CONFIDENCE)
        return Keypoints(
            skeleton=GAIT_20,
            time_s=self.motion.time.time_s,
            position=np.where(inside[..., None], px, np.nan),
            confidence=np.where(inside, confidence, np.nan),
            sd=np.zeros(inside.shape),
        )

    def kinematics(self) -> Kinematics:
        """True planar angles (`truth.planar_angles`) at every frame, deg; sd 0.

        The model's own joint angles, which a marker laboratory would aim at, are `motion.joint_angles()`.
        """
        angles = planar_angles(self.motion.landmarks_m)
        return Kinematics(
            names=PLANAR_NAMES,
            time=self.motion.time,
            angle_deg=angles,
            sd_deg=np.zeros_like(angles),
            valid=np.ones(angles.shape, dtype=bool),
            subject=Subject(id="virtual", height_m=self.motion.body.height_m),
            provenance=Provenance(synthetic=True, steps=(_STEP,)),
        )

    def events(self) -> GaitEvents:
        """Exact initial contacts and toe-offs, whether or not the feet are inside the image."""
        return self.motion.events


def demo_scene(seed: int = 0, duration_s: float = 10.0) -> Scene:
    """One person walks through the view at 0.9 m/s, right side to the camera, at 50 frames a second.

    The camera stands at hip height, 5 m from the walking line, and sees 8 m of it in 960 x 540 pixels; the
    person is some 210 pixels tall and passes the middle at half time. In 10 s that is about 6 strides of
    each foot in view, the first and last second partly outside. Seed 0 is an average adult with normal
    gait; any other draws the person and small departures from normal gait.

    Raises:
        InputError: the duration is not 1 to 600 s.
    """
    if not 1 <= duration_s <= 600:
        raise InputError(f"demo_scene: duration_s is {duration_s}, expected 1 to 600 (seconds, not frames)")
    rng = np.random.default_rng(seed)
    body = Body(height_m=1.76)
    if seed != 0:
        body = replace(random_body(rng), height_m=float(rng.uniform(1.62, 1.9)))
    offsets = rng.normal(0, 1, (3, 6)) * np.array([1.5, 1.5, 0.8, 0.8, 0.4, 0.4]) * (seed != 0)
    style = WalkStyle(
        speed_mps=0.9,
        # A shorter person takes shorter and quicker steps at one speed.
        cadence_spm=96.0 * float(np.sqrt(1.76 / body.height_m)),
        foot_strike_deg=15.0,
        foot_off_deg=57.0,
        arm_swing_deg=15.0,
        offsets_deg=tuple(tuple(float(v) for v in row) for row in offsets),
    )
    start_x_m = -style.speed_mps * duration_s / 2
    motion = walk(style, body, 50.0, duration_s, start_cycle=float(rng.uniform()), start_x_m=start_x_m)
    camera = look_at((0.0, 0.95, 5.0), (0.0, 0.95, 0.0), 600.0, (960, 540))
    return Scene(motion, camera, clinic_room())
