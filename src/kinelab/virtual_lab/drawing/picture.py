"""What a camera gave, with the truth about every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, BoolArray
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, inside_image, project
from kinelab.virtual_lab.drawing.surface import THING
from kinelab.virtual_lab.images import FloatImage

Sight = Literal["seen", "behind_self", "behind_other", "behind_thing", "outside"]
SIGHTS: tuple[Sight, ...] = ("seen", "behind_self", "behind_other", "behind_thing", "outside")
NO_PART = 255


@dataclass(frozen=True, eq=False)
class Picture:
    """An image (H, W, 3) sRGB 0 to 1, and what every pixel (H, W) shows.

    owner: 0 the backdrop, 1 the subject, 2.. others, 255 a thing. part: index into `surface.PARTS`, 255 none.
    depth_m along the optical axis, inf none.
    Labels are those of the middle of the exposure. A pixel belongs to who has most of its samples; of two
    with equally many the nearer has it.
    """

    image: FloatImage
    owner: NDArray[np.uint8]
    part: NDArray[np.uint8]
    depth_m: NDArray[np.float32]


def silhouette(picture: Picture, owner: int = 1) -> BoolArray:
    """Where an owner is seen, (H, W)."""
    seen: BoolArray = picture.owner == owner
    return seen


def visible_points(
    picture: Picture,
    camera: PinholeCamera,
    points_m: Array,
    owner: int = 1,
    tolerance_m: float | Array = 0.12,
) -> NDArray[np.uint8]:
    """Whether the camera sees points (..., 3) m of an owner, and what hides them: indices into `SIGHTS`.

    `picture` was drawn with `camera`. A point is hidden when something is seen more than `tolerance_m` (one,
    or one for each point) before it: a joint's centre lies inside the limb, so its own skin does not hide it.
    What is not the owner's hides it at any distance before it.
    """
    px, depth = project(camera, points_m)
    inside = inside_image(camera, px)
    place = np.where(inside[..., None], np.floor(px + 0.5), 0).astype(int)
    seen_m = picture.depth_m[place[..., 1], place[..., 0]]
    who = picture.owner[place[..., 1], place[..., 0]]
    hidden = np.where(who == owner, depth - seen_m > tolerance_m, depth - seen_m > 0)
    hider = np.where(who == owner, 1, np.where(who == THING, 3, 2))
    sight = np.where(hidden, hider, 0)
    return np.where(inside, sight, SIGHTS.index("outside")).astype(np.uint8)
