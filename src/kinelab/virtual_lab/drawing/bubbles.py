"""Air bubbles around limbs that move fast under water."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, Problems
from kinelab.core.compiled import compiled
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera, project
from kinelab.virtual_lab.images import FloatImage

_RISE_M_S, _WOBBLE_M, _LIFE_S = 0.22, 0.012, 1.5  # bubbles of 1 to 8 mm rise at 0.2 to 0.3 m/s (Clift 1978)


def emit_bubbles(
    rng: np.random.Generator, points_m: Array, rate_hz: float, surface_m: float, per_metre: float = 40.0
) -> list[Array]:
    """Bubbles at each frame (N, 4), place X, Y, Z m and radius m, around points (T, K, 3): hands, feet.

    Air is carried along by what moves: `per_metre` bubbles for every metre of a point's way faster than
    0.5 m/s. They stay behind, rise, wobble, and are gone at the surface or after 1.5 s.

    Raises:
        InputError: points of another shape, a rate that is not positive.
    """
    with Problems("emit_bubbles") as problems:
        problems.add_if(
            points_m.ndim != 3 or points_m.shape[-1] != 3, f"points_m is {points_m.shape}, expected (T, K, 3)"
        )
        problems.add_if(not rate_hz > 0, f"rate_hz is {rate_hz}, expected above 0")
    frames = len(points_m)
    speed = np.zeros(points_m.shape[:2])
    if frames > 1:
        speed = np.linalg.norm(np.gradient(points_m, axis=0), axis=-1) * rate_hz
    # How many are born; NaN points carry none.
    expected = np.nan_to_num(per_metre * np.clip(speed - 0.5, 0, None) / rate_hz)
    born = rng.poisson(expected)
    frame, point = (index.repeat(born.ravel()) for index in map(np.ravel, np.indices(born.shape)))
    start = points_m[frame, point] + rng.normal(0, 0.025, (len(frame), 3))
    radius = 0.0008 * np.exp(rng.exponential(0.6, len(frame)).clip(0, 2))
    phase, life = rng.uniform(0, 2 * np.pi, len(frame)), _LIFE_S * rng.uniform(0.3, 1, len(frame))
    alive = []
    for now in range(frames):
        age = (now - frame) / rate_hz
        up = start[:, 1] + _RISE_M_S * age
        here = (age >= 0) & (age < life) & (up < surface_m)
        wobble = _WOBBLE_M * np.sin(12 * age[here] + phase[here])
        x, z = start[here, 0] + wobble, start[here, 2] + 0.6 * wobble
        alive.append(np.stack([x, up[here], z, radius[here]], axis=1))
    return alive


def draw_bubbles(
    image: FloatImage, depth_m: NDArray[np.float32], camera: PinholeCamera, bubbles: Array
) -> None:
    """Draw bubbles (N, 4) into an image (H, W, 3) in place, behind what is nearer to the camera.

    A bubble mirrors the light from above: a bright rim, a bright spot up left, its middle nearly clear. Below
    a pixel it is a faint dot, so that a cloud of them is a haze.
    """
    px, depth = project(camera, bubbles[:, :3])
    seen = np.isfinite(px).all(axis=1)
    radius = bubbles[seen, 3] * camera.focal_px / depth[seen]
    _discs(image, depth_m, np.column_stack([px[seen], depth[seen], radius]))


@compiled
def _discs(image: FloatImage, depth: NDArray[np.float32], discs: Array) -> None:
    """discs (N, 4): u, v, depth, radius px."""
    height, width, _ = image.shape
    for k in range(discs.shape[0]):
        u0, v0, z, r = discs[k, 0], discs[k, 1], discs[k, 2], discs[k, 3]
        reach = max(r, 0.5)
        cover = min(r / 0.5, 1.0) ** 2
        for v in range(max(math.floor(v0 - reach - 0.5), 0), min(math.ceil(v0 + reach + 0.5) + 1, height)):
            for u in range(max(math.floor(u0 - reach - 0.5), 0), min(math.ceil(u0 + reach + 0.5) + 1, width)):
                if depth[v, u] < z:
                    continue
                out = math.hypot(u - u0, v - v0)
                inside = min(max(reach + 0.5 - out, 0.0), 1.0)
                if inside == 0.0:
                    continue
                share = min(out / reach, 1.0)
                spot = math.exp(
                    -((u - u0 + 0.35 * reach) ** 2 + (v - v0 + 0.35 * reach) ** 2)
                    / (0.08 * reach * reach + 0.1)
                )
                alpha = np.float32(cover * inside * min(0.10 + 0.55 * share**4 + 0.6 * spot, 0.95))
                for c in range(3):
                    image[v, u, c] += alpha * (np.float32(0.96) - image[v, u, c])
