"""Drawing posed people into a backdrop, and telling which landmarks the camera sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.core.skeletons import GAIT_20
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, inside_image, project
from kinelab.virtual_lab.images import Backdrop, FloatImage
from kinelab.virtual_lab.solid_people import raycast, shading
from kinelab.virtual_lab.solid_people.posture import PosedBody
from kinelab.virtual_lab.solid_people.solids import SolidTable, place, solids_of, table_of

# How far under the surface a landmark may lie and still count as seen, as a share of the body's height:
# about one and a half radii of its own limb, less than the distance to the other leg or arm.
_UNDER_SURFACE = {
    "nose": 0.03, "head": 0.09, "neck": 0.06, "mid_hip": 0.12, "shoulder": 0.075, "elbow": 0.045,
    "wrist": 0.035, "hip": 0.085, "knee": 0.05, "ankle": 0.04, "heel": 0.045, "big_toe": 0.04,
}  # fmt: skip


@dataclass(frozen=True)
class Light:
    """towards: unit vector to the lamp (ground frame); strengths of lamp, surroundings and rim."""

    towards: tuple[float, float, float] = (0.35, 0.85, 0.40)
    key: float = 0.62
    ambient: float = 0.50
    rim: float = 0.10

    def array(self) -> Array:
        """As the compiled loops read it: (6,), direction normalised."""
        towards = np.array(self.towards) / np.linalg.norm(self.towards)
        return np.array([*towards, self.key, self.ambient, self.rim])


@dataclass(frozen=True, eq=False)
class Figure:
    """One person ready to be drawn: solids and posture."""

    posed: PosedBody

    @cached_property
    def table(self) -> SolidTable:
        """The body's solids as arrays."""
        return table_of(solids_of(self.posed.body))


@dataclass(frozen=True, eq=False)
class Shot:
    """All solids of one instant as one camera sees them; arrays as in `raycast`."""

    camera: PinholeCamera
    lens: Array
    origin: Array
    ray: Array
    to_shape: Array
    shape: Array
    paint: Array
    box: IntArray
    ends_m: Array
    end_radius_m: Array


def aim(camera: PinholeCamera, figures: list[tuple[Figure, int]]) -> Shot:
    """Put figures, each at one frame of its motion, before a camera."""
    parts = [(figure.table, *place(figure.table, figure.posed, frame)) for figure, frame in figures]
    to_shape = np.concatenate([p[1] for p in parts])
    centre = np.concatenate([p[2] for p in parts])
    ends = np.concatenate([p[3] for p in parts])
    radius = np.concatenate([p[0].end_radius_m for p in parts])
    origin = (to_shape @ (camera.position_m - centre)[:, :, None])[:, :, 0]
    return Shot(
        camera=camera,
        lens=np.array([camera.focal_px, *camera.centre_px]),
        origin=origin,
        ray=np.ascontiguousarray(to_shape @ camera.rotation.T),
        to_shape=to_shape,
        shape=np.concatenate([p[0].shape for p in parts]),
        paint=np.concatenate([p[0].paint for p in parts]),
        box=_boxes(camera, ends, radius),
        ends_m=ends,
        end_radius_m=radius,
    )


def draw(shot: Shot, backdrop: Backdrop, light: Light, shadow: float = 0.5) -> FloatImage:
    """The picture, (H, W, 3) RGB 0 to 1: shadow on the floor, then the people with soft edges."""
    image = backdrop.image.copy()
    width, height = shot.camera.size_px
    lamp = light.array()
    if shadow > 0:
        window = _shadow_window(shot, lamp)
        shading.darken_floor(image, backdrop.floor_m, shot.ends_m, shot.end_radius_m, lamp, window, shadow)
    depth = np.full((height, width), raycast.FAR)
    solid = np.full((height, width), -1, dtype=np.int32)
    foot = np.zeros((height, width))
    raycast.cast(depth, solid, foot, shot.lens, shot.origin, shot.ray, shot.shape, shot.box)
    look = (shot.shape, shot.paint, lamp, np.ascontiguousarray(shot.camera.rotation), shot.box)
    shading.paint_person(image, depth, solid, foot, shot.lens, shot.origin, shot.ray, shot.to_shape, look)
    return image


def visible_landmarks(shot: Shot, landmarks_m: Array, height_m: float) -> BoolArray:
    """Which landmarks of `GAIT_20` (20, 3) m the camera sees, (20,): in the image and not behind a part.

    A landmark lies inside its own limb; it counts as seen when the surface in front of it is no further
    than that limb's depth allows.
    """
    px, depth = project(shot.camera, landmarks_m)
    inside = inside_image(shot.camera, px)
    front = raycast.nearest_many(
        np.where(inside[:, None], px, -1e6), shot.lens, shot.origin, shot.ray, shot.shape, shot.box
    )
    allowed = np.array([_UNDER_SURFACE[_joint(name)] for name in GAIT_20.landmarks]) * height_m
    seen: BoolArray = inside & (front > depth - allowed)
    return seen


def _joint(landmark: str) -> str:
    return landmark.removeprefix("left_").removeprefix("right_")


def _boxes(camera: PinholeCamera, ends_m: Array, radius_m: Array) -> IntArray:
    """Pixel bounds (u0, v0, u1, v1), upper ones exclusive, of each solid, cut to the image, (N, 4)."""
    local = (ends_m - camera.position_m) @ camera.rotation.T
    z = local[..., 2]
    near = z - radius_m
    safe = np.maximum(near, 1e-3)
    centre = camera.focal_px * local[..., :2] / np.maximum(z, 1e-3)[..., None] + np.array(camera.centre_px)
    # A sphere off the axis is drawn as an ellipse; its long half-axis stays below this.
    spread = np.hypot(1, np.linalg.norm(local[..., :2], axis=-1) / safe)
    half = camera.focal_px * radius_m / safe * spread + 1
    low, high = (centre - half[..., None]).min(axis=1), (centre + half[..., None]).max(axis=1)
    size = np.array(camera.size_px)
    box = np.concatenate([np.clip(np.floor(low), 0, size), np.clip(np.ceil(high) + 1, 0, size)], axis=1)
    # Nothing behind the eye, or touching it, is drawn.
    box[(near <= 0.05).any(axis=1)] = 0
    return box.astype(np.int64)


def _shadow_window(shot: Shot, lamp: Array) -> IntArray:
    """Pixels on which the shadow can fall, (4,)."""
    y = np.maximum(shot.ends_m[..., 1], 0)
    reach = shot.end_radius_m + 0.02 + 0.22 * y
    x = shot.ends_m[..., 0] - lamp[0] / lamp[1] * y
    z = shot.ends_m[..., 2] - lamp[2] / lamp[1] * y
    x0, x1, z0, z1 = (x - reach).min(), (x + reach).max(), (z - reach).min(), (z + reach).max()
    corners = np.array([[a, 0.0, b] for a in (x0, x1) for b in (z0, z1)])
    px, _ = project(shot.camera, corners)
    width, height = shot.camera.size_px
    if np.isnan(px).any():
        return np.array([0, 0, width, height])
    low = np.clip(np.floor(px.min(axis=0)), 0, [width, height])
    high = np.clip(np.ceil(px.max(axis=0)) + 1, 0, [width, height])
    return np.array([*low, *high]).astype(np.int64)
