"""Drawing surfaces as a camera sees them: samples, light and shadow, labels, motion blur.

A software rasteriser: no graphics card and no GL are needed, one call runs on one thread without the GIL, and
the same input gives the same bytes. Steps: a depth buffer of four samples a pixel; the key light's own
depth buffer for shadows; one shading a pixel and material; the backdrop behind it, in linear light.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.composing import compose, label, name_parts
from kinelab.virtual_lab.drawing.floor_shadow import floor_shadow
from kinelab.virtual_lab.drawing.inside import check_eye_outside
from kinelab.virtual_lab.drawing.items import MOST_ITEMS, PART, Item, item_of
from kinelab.virtual_lab.drawing.kernels_fill import (
    CELL,
    NO_ITEM,
    Samples,
    Screen,
    bounds,
    empty_samples,
    empty_screen,
    fill,
    project_eye,
)
from kinelab.virtual_lab.drawing.light import Light
from kinelab.virtual_lab.drawing.near import NEAR_M, cut_near
from kinelab.virtual_lab.drawing.picture import NO_PART, Picture
from kinelab.virtual_lab.drawing.shading import View, shade
from kinelab.virtual_lab.drawing.shadow import flat_map
from kinelab.virtual_lab.drawing.sky import sky_map
from kinelab.virtual_lab.drawing.surface import Drawn, FloatArray, Vertices
from kinelab.virtual_lab.images import Backdrop

_SHADOW_CELL_M = 0.008
_BLUR_STEP_PX, _MOST_STEPS = 2.0, 11
Placed = tuple[Item, Screen]
Box = tuple[int, int, int, int]  # columns and rows of pixels, ends exclusive


def draw(
    camera: PinholeCamera, drawn: Sequence[Drawn], backdrop: Backdrop, light: Light | None = None
) -> Picture:
    """The picture of surfaces before a backdrop, with labels and depth of every pixel.

    Only what lies in the image costs time, so a `crop_camera` draws its crop alone. A surface nearer than
    5 cm is cut off. `light` None is a bright room.

    Raises:
        InputError: the backdrop is of another size than the camera; a surface's vertices are of another
            count, or not finite; the camera is inside a person; more than 254 surfaces.
    """
    _check(camera, drawn, backdrop)
    light = light or Light()
    drawn = [one for one in drawn if len(one.surface.face)]
    picture = _empty_picture(backdrop)
    if not drawn:
        return picture
    items = [item_of(one) for one in drawn]
    owners = np.array([one.owner for one in drawn], np.uint8)
    check_eye_outside(camera, items, owners)
    lamp = np.array([light.direction, light.key, light.sky, light.ground])
    key = flat_map(items, -light.direction, _SHADOW_CELL_M)
    view = View(_eye(camera), lamp, key, sky_map(items))
    instants = _instants(view.eye, items, [one.blur_m for one in drawn])
    box = _box(instants, camera.size_px)
    instants = [[(item, _shifted(screen, box)) for item, screen in instant] for instant in instants]
    view = _shifted_view(view, box)
    colour = np.zeros((box[3] - box[1], box[2] - box[0], 3), np.float32)
    weight = np.zeros(colour.shape[:2], np.float32)
    window = np.s_[box[1] : box[3], box[0] : box[2]]
    for k, instant in enumerate(instants):
        samples = _sampled(instant, box)
        for number, (item, screen) in enumerate(instant):
            shade(colour, weight, samples, item, number, screen, view)
        if 2 * k + 1 == len(instants):
            _label(
                picture.owner[window], picture.part[window], picture.depth_m[window], samples, instant, owners
            )
    shadow = floor_shadow(key, items, light.softness_deg)
    full = 4.0 * len(instants)
    compose(picture.image, backdrop.floor_m, colour, weight, np.array(box[:2]), full, lamp, shadow)
    return picture


def _empty_picture(backdrop: Backdrop) -> Picture:
    shape = backdrop.image.shape[:2]
    nothing, no_part = np.zeros(shape, np.uint8), np.full(shape, NO_PART, np.uint8)
    return Picture(np.array(backdrop.image, np.float32), nothing, no_part, np.full(shape, np.inf, np.float32))


def _check(camera: PinholeCamera, drawn: Sequence[Drawn], backdrop: Backdrop) -> None:
    width, height = camera.size_px
    if backdrop.image.shape != (height, width, 3) or backdrop.floor_m.shape != (height, width, 2):
        raise InputError(
            f"draw: backdrop has image {backdrop.image.shape} and floor {backdrop.floor_m.shape}, but the "
            f"camera gives {width} x {height} px: expected ({height}, {width}, 3 and 2); "
            "was it made for another camera or crop?"
        )
    if len(drawn) > MOST_ITEMS:
        raise InputError(f"draw: {len(drawn)} surfaces, at most {MOST_ITEMS} can be drawn; join still ones")


def _eye(camera: PinholeCamera) -> Array:
    return np.concatenate([camera.rotation, camera.position_m[None], [[camera.focal_px, *camera.centre_px]]])


def _instants(eye: Array, items: Sequence[Item], ways: Sequence[Vertices | None]) -> list[list[Placed]]:
    """The items on the screen at an odd number of instants of the exposure, the middle one as they are.

    So many that nothing jumps further than `_BLUR_STEP_PX` between two of them; `_MOST_STEPS` at most.
    """
    longest_px = 0.0
    for item, way in zip(items, ways, strict=True):
        if way is not None:
            depth = np.maximum((item.vertex - eye[3]) @ eye[2], NEAR_M)
            longest_px = max(longest_px, float((np.linalg.norm(way, axis=1) / depth).max()) * eye[4, 0])
    half = int(min(np.ceil((longest_px / _BLUR_STEP_PX - 1) / 2), _MOST_STEPS // 2)) if longest_px > 0 else 0
    steps = 2 * max(half, 0) + 1
    return [
        [_placed(eye, _moved(item, way, k / steps)) for item, way in zip(items, ways, strict=True)]
        for k in range(-(steps // 2), steps // 2 + 1)
    ]


def _moved(item: Item, way: Vertices | None, share: float) -> Item:
    if way is None or share == 0.0:
        return item
    vertex = item.vertex + np.float32(share) * way.astype(np.float32)
    return item._replace(vertex=vertex, box=bounds(vertex))


def _placed(eye: Array, item: Item) -> Placed:
    # The nearest corner of its box first: few items come so near that each vertex must be asked.
    if float(((item.box - eye[3]) * eye[2]).min(axis=0).sum()) <= NEAR_M:
        depth = (item.vertex - eye[3]) @ eye[2]
        if depth.min() <= NEAR_M:
            item = cut_near(item, depth)
    screen = empty_screen(len(item.vertex))
    project_eye(screen, item.vertex, item.cover, eye)
    return item, screen


def _box(instants: Sequence[Sequence[Placed]], size_px: tuple[int, int]) -> Box:
    """The pixels that anything may touch."""
    ends = np.array([bounds(screen.place) for instant in instants for _, screen in instant]) / CELL
    low, high = ends[:, 0].min(axis=0), ends[:, 1].max(axis=0)
    first = np.clip(np.floor(low / 2 - 1), 0, size_px).astype(int)
    last = np.clip(np.ceil(high / 2 + 2), first, size_px).astype(int)
    return int(first[0]), int(first[1]), int(last[0]), int(last[1])


def _shifted(screen: Screen, box: Box) -> Screen:
    return screen._replace(place=screen.place - np.array([2 * CELL * box[0], 2 * CELL * box[1]]))


def _shifted_view(view: View, box: Box) -> View:
    eye = view.eye.copy()
    eye[4, 1:] -= box[:2]
    return view._replace(eye=eye)


def _sampled(placed: Sequence[Placed], box: Box) -> Samples:
    samples = empty_samples(2 * (box[3] - box[1]), 2 * (box[2] - box[0]))
    for number, (item, screen) in enumerate(placed):
        fill(samples, number, item.face, item.both_sides, screen)
    return samples


def _label(
    owner: NDArray[np.uint8], part: NDArray[np.uint8], depth_m: FloatArray,
    samples: Samples, placed: Sequence[Placed], owners: NDArray[np.uint8],
) -> None:  # fmt: skip
    owner_of = np.zeros(256, np.uint8)
    owner_of[: len(owners)] = owners
    item_at, seen = np.full(owner.shape, NO_ITEM, np.uint8), np.zeros(owner.shape, np.int32)
    label(owner, depth_m, item_at, seen, samples, owner_of)
    for number, (item, _) in enumerate(placed):
        name_parts(part, item_at, seen, number, item.table[:, PART].astype(np.uint8)[item.material])
