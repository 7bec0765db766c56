"""Filming: a movement of a dressed person, frame by frame, as one camera sees it, with its exact truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinelab.body.own_body import keypoint_markers
from kinelab.core.checks import Array
from kinelab.virtual_lab.cameras.lens import NO_LENS, Camera, see
from kinelab.virtual_lab.cameras.lens_image import bend, bend_labels, lens_map
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.backgrounds import photo_backdrop
from kinelab.virtual_lab.drawing.bubbles import draw_bubbles, emit_bubbles
from kinelab.virtual_lab.drawing.camera_faults import as_filmed
from kinelab.virtual_lab.drawing.caustics import caustics_at
from kinelab.virtual_lab.drawing.picture import Picture, visible_points
from kinelab.virtual_lab.drawing.raster import draw
from kinelab.virtual_lab.drawing.surface import Drawn, FloatArray
from kinelab.virtual_lab.drawing.water import Water, under_water
from kinelab.virtual_lab.images import Backdrop, FloatImage, Image
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.people.person import Person
from kinelab.virtual_lab.places.backdrops import backdrop_of
from kinelab.virtual_lab.sessions.stage import Stage

LANDMARKS: tuple[str, ...] = tuple(marker.name for marker in keypoint_markers())
SEEN = 0  # first of picture.SIGHTS
SUBJECT = 1
# How far under the skin a landmark may lie and still be one that people label, as a share of the height.
_DEEP = {"hip": 0.11, "mid_hip": 0.12, "neck": 0.08, "shoulder": 0.07, "knee": 0.05, "head": 0.06}
_UNDER_SKIN = np.array(
    [_DEEP.get(name.removeprefix("left_").removeprefix("right_"), 0.04) for name in LANDMARKS]
)
_STIRRING = ("hand_r", "hand_l", "calcn_r", "calcn_l", "toes_r", "toes_l")


@dataclass(frozen=True, eq=False)
class Actor:
    """A person in a movement, ready to be drawn at any frame; owner 1 is the subject, more are others."""

    person: Person
    movement: Movement
    owner: int = 1
    offset_m: tuple[float, float] = (0.0, 0.0)

    def at(self, frame: int, exposure_s: float) -> Drawn:
        """The person at one frame; blurred by what moves while the shutter is open."""
        vertices = self._vertices(frame)
        blur = None
        if exposure_s > 0 and self.movement.time.n > 1:
            other = frame + 1 if frame + 1 < self.movement.time.n else frame - 1
            way = (self._vertices(other) - vertices) * (other - frame)
            blur = way * (exposure_s * self.movement.time.rate_hz)
        return Drawn(self.person.surface, vertices, self.owner, blur)

    def frozen(self, frame: int) -> Actor:
        """The same person at one moment only."""
        return replace(self, movement=self.movement.picked(slice(frame, frame + 1)))

    def _vertices(self, frame: int) -> FloatArray:
        placed = self.movement.placement
        frame = min(frame, self.movement.time.n - 1)  # who has done stands still
        vertices = self.person.vertices(placed.rotation[frame], placed.position_m[frame])
        return vertices + np.array([self.offset_m[0], 0.0, self.offset_m[1]], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Shot:
    """One frame: image (H, W, 3) uint8 as the camera delivers it, and what is true of it.

    picture is the same before the camera's faults and without the lens; landmark_px (K, 2) in the image and
    sight (K,), an index into `drawing.picture.SIGHTS`, are of `LANDMARKS`.
    """

    image: Image
    picture: Picture
    landmark_px: Array
    sight: NDArray[np.uint8]


def landmarks_m(person: Person, movement: Movement) -> Array:
    """The landmarks of pose networks on the person, exactly, (T, K, 3) m, as `LANDMARKS`."""
    return person.landmarks_at(movement.placement)


class Film:
    """One camera's film of a trial: iterate for `Shot`s, in order; nothing is kept, memory stays flat."""

    def __init__(
        self, stage: Stage, camera: Camera, cast: tuple[Actor, ...], seed: np.random.Generator
    ) -> None:
        """cast[0] is the subject; seed is for the noise of this camera."""
        self._stage, self._camera, self._cast, self._rng = stage, camera, cast, seed
        self._lens = None if camera.lens == NO_LENS else lens_map(camera)
        self._drawing = camera.pinhole if self._lens is None else self._lens.drawing
        self._backdrop = _backdrop(stage, self._drawing)
        self._landmarks_m = landmarks_m(cast[0].person, cast[0].movement)
        self._under_skin_m = _UNDER_SKIN * cast[0].person.shape.height_m
        self._bubbles = [] if stage.water is None else _bubbles(stage, cast[0].movement)

    def __iter__(self) -> Iterator[Shot]:
        for frame in range(self._cast[0].movement.time.n):
            yield self.shot(frame)

    def shot(self, frame: int) -> Shot:
        """One frame. Frames must be asked in order for the same noise."""
        stage = self._stage
        drawn = [*(actor.at(frame, stage.exposure_s) for actor in self._cast), *stage.things]
        picture = draw(self._drawing, drawn, self._backdrop, stage.light)
        image = picture.image
        if stage.water is not None:
            image = self._through(stage.water, picture, frame)
        if self._lens is not None:
            image = bend(self._lens, image)
        points_m = self._landmarks_m[frame]
        px, _ = see(self._camera, points_m)
        sight = visible_points(picture, self._drawing, points_m, SUBJECT, self._under_skin_m)
        return Shot(as_filmed(image, stage.quality, self._rng), picture, px, sight)

    def masks(self, shot: Shot) -> tuple[NDArray[np.uint8], FloatArray]:
        """Part of the subject (H, W), 255 where there is none, and depth (H, W) m (infinite: the place), both
        through the lens."""
        part = np.where(shot.picture.owner == SUBJECT, shot.picture.part, np.uint8(255))
        if self._lens is None:
            return part, shot.picture.depth_m
        return bend_labels(self._lens, part, 255), bend_labels(self._lens, shot.picture.depth_m, np.inf)

    def _through(self, water: Water, picture: Picture, frame: int) -> FloatImage:
        """The picture with bubbles, through water and the light that its waves throw."""
        behind, image = self._backdrop.depth_m, picture.image.copy()
        depth_m = picture.depth_m if behind is None else np.minimum(picture.depth_m, behind)
        draw_bubbles(image, depth_m, self._drawing, self._bubbles[frame])
        time_s = float(self._cast[0].movement.time.time_s[frame])
        waves = caustics_at(time_s, self._stage.seed, self._stage.place.height_m)
        return under_water(image, depth_m, self._drawing, water, waves)


def _bubbles(stage: Stage, movement: Movement) -> list[Array]:
    """The bubbles that hands and feet stir up, for each frame."""
    bodies = [movement.mover.model.body_index(name) for name in _STIRRING]
    points_m = movement.placement.position_m[:, bodies]
    return emit_bubbles(
        np.random.default_rng(stage.seed), points_m, movement.time.rate_hz, stage.place.height_m
    )


def _backdrop(stage: Stage, camera: PinholeCamera) -> Backdrop:
    if stage.background is not None:
        return photo_backdrop(stage.background, camera)
    return backdrop_of(stage.place, camera, stage.draft)
