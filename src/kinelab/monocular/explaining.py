"""What in a picture an angle follows from: cover a part of the crop, and see how the angle moves.

Occlusion sensitivity (Zeiler and Fergus 2014, doi:10.1007/978-3-319-10590-1_53) of a number in place of a
class: how many degrees the angle changes when a grey patch lies there. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.monocular.shipped import DirectNetwork

_GREY = 114
PATCH, STEP = 0.16, 0.06
"""Of the crop's side: side of the patch, and how far it goes from one place to the next."""
Crop = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Explained:
    """An angle of a crop: told and its sd, deg; change_deg (side, side): how far it moves, in the mean of all
    patches that cover a pixel, when the pixel is covered.
    """

    name: str
    told_deg: float
    sd_deg: float
    change_deg: Array


def told_column(network: DirectNetwork, name: str) -> int:
    """Column of a told coordinate; raises `InputError` that lists what is told."""
    model, columns = network.model, network.vector.head.columns
    names = [model.coordinate_names[i] for i in columns]
    if name not in names:
        raise InputError(f"the network tells no coordinate {name!r}; it tells {', '.join(names)}")
    return int(columns[names.index(name)])


def by_covering(
    network: DirectNetwork, crop: Crop, name: str, *, patch: float = PATCH, step: float = STEP
) -> Explained:
    """Where a crop (side, side, 3) uint8 must be seen for the coordinate `name` to be as it is told.

    patch, step: see `PATCH`; shares of the crop's side.

    Raises:
        InputError: no such coordinate, or a patch or step that is no share.
    """
    if not (0 < patch < 1 and 0 < step <= patch):
        raise InputError(f"patch is {patch} and step {step}; expected shares of the side, step <= patch < 1")
    column = told_column(network, name)
    side = network.size_px
    crop = np.asarray(PillowImage.fromarray(crop).resize((side, side), PillowImage.Resampling.BILINEAR))
    size, away = max(round(patch * side), 1), max(round(step * side), 1)
    starts = np.unique(np.append(np.arange(0, side - size, away), side - size))
    places = [(int(y), int(x)) for y in starts for x in starts]
    pictures = np.repeat(crop[None], len(places) + 1, axis=0)
    for picture, (y, x) in zip(pictures[1:], places, strict=True):
        picture[y : y + size, x : x + size] = _GREY
    poses = network.estimate(pictures)
    angle = np.degrees(poses.coordinates[:, column])
    total, count = np.zeros((side, side)), np.zeros((side, side))
    for moved, (y, x) in zip(np.abs(angle[1:] - angle[0]), places, strict=True):
        total[y : y + size, x : x + size] += moved
        count[y : y + size, x : x + size] += 1
    return Explained(name, float(angle[0]), float(np.degrees(poses.sd_rad[0, column])), total / count)
