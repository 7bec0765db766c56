"""People and backdrop put together: shadows on the floor, outlines, labels (compiled)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled, compiled_bare, compiled_inside
from kinelab.virtual_lab.drawing.floor_shadow import FloorShadow, dark_at
from kinelab.virtual_lab.drawing.kernels_fill import NO_ITEM, Samples
from kinelab.virtual_lab.drawing.tones import pressed, to_light, to_stored

FloatArray = NDArray[np.float32]


@compiled_inside
def _floor_light(lamp: Array, dark: float, close: float) -> tuple[float, float, float]:
    """Share of its light, red green blue, that the floor gets without `dark` of the key light and `close` of
    the sky's."""
    up = lamp[0, 1]
    kept, round_it = 1 - dark, 1 - close
    return (
        (lamp[1, 0] * up * kept + lamp[2, 0] * round_it) / (lamp[1, 0] * up + lamp[2, 0] + 1e-9),
        (lamp[1, 1] * up * kept + lamp[2, 1] * round_it) / (lamp[1, 1] * up + lamp[2, 1] + 1e-9),
        (lamp[1, 2] * up * kept + lamp[2, 2] * round_it) / (lamp[1, 2] * up + lamp[2, 2] + 1e-9),
    )


@compiled_bare
def compose(
    image: FloatArray, floor: FloatArray, colour: FloatArray, weight: FloatArray,
    corner: IntArray, full: float, lamp: Array, shadow: FloorShadow,
) -> None:  # fmt: skip
    """Put shadows and people into image (H, W, 3) sRGB, which holds the backdrop.

    colour (h, w, 3) and weight (h, w), sums over `full` samples a pixel, lie at corner (column, row) of it.
    The floor's X, Z (H, W, 2) say where shadows fall; lamp (4, 3) as in `View`. Pixels without either stay
    as they are, to the bit.
    """
    rows, columns = weight.shape
    dark, place = shadow.dark, shadow.place
    for v in range(image.shape[0]):
        i = v - corner[1]
        for u in range(image.shape[1]):
            j = u - corner[0]
            share = 0.0
            if 0 <= i < rows and 0 <= j < columns:
                share = weight[i, j] / full
            red, green, blue = 1.0, 1.0, 1.0
            if share < 1.0:
                x, z = floor[v, u, 0], floor[v, u, 1]
                key, close = dark_at(dark, place, x, z)
                if share == 0.0 and key == 0.0 and close == 0.0:
                    continue
                red, green, blue = _floor_light(lamp, key, close)
                red *= to_light(image[v, u, 0]) * (1 - share)
                green *= to_light(image[v, u, 1]) * (1 - share)
                blue *= to_light(image[v, u, 2]) * (1 - share)
            else:
                red, green, blue = 0.0, 0.0, 0.0
            if share > 0.0:
                red += share * pressed(colour[i, j, 0] / weight[i, j])
                green += share * pressed(colour[i, j, 1] / weight[i, j])
                blue += share * pressed(colour[i, j, 2] / weight[i, j])
            image[v, u, 0], image[v, u, 1], image[v, u, 2] = to_stored(red), to_stored(green), to_stored(blue)


@compiled
def label(
    owner: NDArray[np.uint8], depth: FloatArray, item: NDArray[np.uint8], seen: NDArray[np.int32],
    samples: Samples, owner_of: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Who has each pixel (H, W): its owner, mean depth m, and the item and triangle nearest to the eye.

    The owner of most of its samples has a pixel; of two with two samples each, the nearer. owner_of (256,):
    owner of each item, 0 for the backdrop.
    """
    for i in range(owner.shape[0]):
        for j in range(owner.shape[1]):
            up, low = samples.item[2 * i], samples.item[2 * i + 1]
            if up[2 * j] & up[2 * j + 1] & low[2 * j] & low[2 * j + 1] == NO_ITEM:
                continue
            best, best_count, best_near = 0, 0, 0.0
            for k in range(4):
                who = owner_of[samples.item[2 * i + k // 2, 2 * j + k % 2]]
                count, near = 0, 0.0
                for m in range(4):
                    row, column = 2 * i + m // 2, 2 * j + m % 2
                    if owner_of[samples.item[row, column]] == who:
                        count += 1
                        near += samples.near[row, column] if who else 0.0
                if count > best_count or (count == best_count and near > best_near):
                    best, best_count, best_near = who, count, near
            if best == 0:
                continue
            nearest, total = np.float32(0.0), 0.0
            for k in range(4):
                row, column = 2 * i + k // 2, 2 * j + k % 2
                if owner_of[samples.item[row, column]] == best:
                    total += 1.0 / samples.near[row, column]
                    if samples.near[row, column] > nearest:
                        nearest = samples.near[row, column]
                        item[i, j], seen[i, j] = samples.item[row, column], samples.seen[row, column]
            owner[i, j] = best
            depth[i, j] = total / best_count


@compiled
def name_parts(
    part: NDArray[np.uint8], item: NDArray[np.uint8], seen: NDArray[np.int32],
    number: int, part_of: NDArray[np.uint8],
) -> None:  # fmt: skip
    """The part at each pixel (H, W) that sees item `number`: that of its triangle, part_of (F,)."""
    for i in range(part.shape[0]):
        for j in range(part.shape[1]):
            if item[i, j] == number:
                part[i, j] = part_of[seen[i, j]]
