"""Pictures as arrays, colours, and what stands behind the people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]  # RGB, 0 to 1
Image = NDArray[np.uint8]
FloatImage = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Backdrop:
    """What is behind the people: image (H, W, 3) 0 to 1, and floor (H, W, 2) X, Z m of the floor seen at
    each pixel, NaN where there is none (no shadow falls there). depth_m (H, W) along the optical axis,
    infinite for sky; None where nobody knows."""

    image: FloatImage
    floor_m: NDArray[np.float32]
    depth_m: NDArray[np.float32] | None = None
