"""Seeing through water: light that is absorbed, scattered away, scattered a little, and added between."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, Problems
from kinelab.core.compiled import compiled
from kinelab.errors import InputError
from kinelab.virtual_lab.cameras.pinhole import PinholeCamera
from kinelab.virtual_lab.drawing.camera_faults import gaussian
from kinelab.virtual_lab.drawing.caustics import TILE_M, Caustics
from kinelab.virtual_lab.drawing.exposure import DECODING, ENCODING, blur, look_up
from kinelab.virtual_lab.images import Colour, FloatImage

_FARTHEST_M, _STEPS = 60.0, 2048
_BACK_SHARE = 0.02  # of scattered light that turns back (Petzold's measurements: 0.013 to 0.044)


@dataclass(frozen=True)
class Water:
    """Optical properties for red, green and blue light (612, 550 and 450 nm), per metre.

    loss_per_m: what a broad beam loses: absorption and back-scatter, the diffuse attenuation K of
    oceanography. scattering_per_m: light that leaves a narrow beam, nearly all of it by small angles (of
    spread_deg, one standard deviation). veil: light that far water sends to the camera, linear.
    """

    loss_per_m: Colour
    scattering_per_m: float
    veil: Colour
    spread_deg: float = 0.6

    def __post_init__(self) -> None:
        with Problems("Water") as problems:
            problems.add_if(min(self.loss_per_m) < 0, f"loss_per_m is {self.loss_per_m}, expected 0 or more")
            problems.add_if(
                not 0 <= self.scattering_per_m <= 20,
                f"scattering_per_m is {self.scattering_per_m}, allowed 0 to 20",
            )
            problems.add_if(not 0 <= self.spread_deg <= 5, f"spread_deg is {self.spread_deg}, allowed 0 to 5")
            problems.add_if(min(self.veil) < 0, f"veil is {self.veil}, expected 0 or more")

    @property
    def beam_per_m(self) -> Array:
        """What a narrow beam loses, (3,): absorption and all scattering."""
        return np.array(self.loss_per_m) + (1 - _BACK_SHARE) * self.scattering_per_m


def _water(loss_per_m: Colour, scattering_per_m: float) -> Water:
    """With the veil of water of even light: the share of a beam's loss that is scattering, not absorption."""
    beam = np.array(loss_per_m) + (1 - _BACK_SHARE) * scattering_per_m
    red, green, blue = (0.35 * scattering_per_m / beam).tolist()
    return Water(loss_per_m, scattering_per_m, (red, green, blue))


# Absorption of pure water at 610, 550 and 450 nm (Pope & Fry, Applied Optics 1997, from memory).
_PURE_PER_M = np.array([0.265, 0.058, 0.012])


def draw_water(rng: np.random.Generator) -> Water:
    """A random pool, from as clear as drinking water to murky: pure water's absorption, and scattering and
    some colour from what bathers bring, whose amounts are our choice, not measured."""
    amount = float(np.exp(rng.uniform(np.log(0.03), np.log(0.5))))
    red, green, blue = _PURE_PER_M + amount * rng.uniform(0.03, 0.12, 3)
    return _water((float(red), float(green), float(blue)), amount)


def under_water(
    image: FloatImage,
    depth_m: NDArray[np.float32],
    camera: PinholeCamera,
    water: Water,
    caustics: Caustics | None = None,
) -> FloatImage:
    """A picture (H, W, 3), sRGB 0 to 1, as it looks through water, with the depth of each pixel (H, W).

    The image formation of Jaffe and McGlamery (Jaffe, IEEE J. Oceanic Eng. 1990): light straight from the
    object, exp(-beam d); light scattered by small angles on the way, which adds up with it to exp(-loss d)
    and is blurred; and the veil of water between, 1 - exp(-beam d). d is the distance along the ray.
    Infinite depth is only veil. caustics: the light pattern of waves above, on all that looks upwards.

    Raises:
        InputError: image, depth and camera of different sizes.
    """
    width, height = camera.size_px
    if image.shape != (height, width, 3) or depth_m.shape != (height, width):
        raise InputError(
            f"under_water: image {image.shape} and depth {depth_m.shape} do not fit the camera's "
            f"{width} x {height} px"
        )
    light = np.empty(image.shape, np.float32)
    look_up(light, np.ascontiguousarray(image, dtype=np.float32), DECODING)
    lens = np.array([camera.focal_px, *camera.centre_px])
    if caustics is not None:
        eye = np.concatenate([camera.rotation, camera.position_m[None]])
        _shine(light, depth_m, lens, eye, caustics.pattern, caustics.strength)
    blurred = light.copy()
    spread_px = np.radians(water.spread_deg) * camera.focal_px
    if spread_px > 0.3 and water.scattering_per_m > 0:
        blur(blurred, gaussian(float(spread_px)))
    _mix(light, blurred, depth_m, lens, _tables(water), np.array(water.veil, dtype=np.float32))
    look_up(light, light, ENCODING)
    return light


def _tables(water: Water) -> NDArray[np.float32]:
    """exp(-beam d) and the blurred part, (steps, 2, 3), for distances from 0 to 60 m."""
    way = np.linspace(0, _FARTHEST_M, _STEPS)[:, None]
    straight = np.exp(-water.beam_per_m * way)
    turned = np.exp(-np.array(water.loss_per_m) * way) - straight
    table = np.stack([straight, turned], axis=1)
    table[-1] = 0.0  # and beyond
    return table.astype(np.float32)


@compiled
def _mix(
    light: FloatImage, blurred: FloatImage, depth: NDArray[np.float32], lens: Array,
    table: NDArray[np.float32], veil: NDArray[np.float32],
) -> None:  # fmt: skip
    """light = straight light + blurred light + veil."""
    height, width = depth.shape
    last = table.shape[0] - 1
    for v in range(height):
        y = (v - lens[2]) / lens[0]
        for u in range(width):
            x = (u - lens[1]) / lens[0]
            at = min(depth[v, u] * math.sqrt(1 + x * x + y * y) / _FARTHEST_M * last, last - 0.001)
            k = int(at)
            share = np.float32(at - k)
            for c in range(3):
                straight = table[k, 0, c] + share * (table[k + 1, 0, c] - table[k, 0, c])
                turned = table[k, 1, c] + share * (table[k + 1, 1, c] - table[k, 1, c])
                between = veil[c] * (np.float32(1) - straight)
                light[v, u, c] = light[v, u, c] * straight + blurred[v, u, c] * turned + between


@compiled
def _shine(
    light: FloatImage, depth: NDArray[np.float32], lens: Array, eye: Array, pattern: NDArray[np.float32],
    strength: float,
) -> None:  # fmt: skip
    """Multiply by the light pattern, the more the more a surface looks upwards (seen from its depth)."""
    height, width = depth.shape
    n = pattern.shape[0]
    p, right, below = np.empty(3), np.empty(3), np.empty(3)
    for v in range(height):
        for u in range(width):
            if not math.isfinite(depth[v, u]):
                continue
            # At the last column and row the slope is that of the pixels before.
            i, j = min(u, width - 2), min(v, height - 2)
            near = depth[j, i]
            _place(p, i, j, near, lens, eye)
            _place(right, i + 1, j, depth[j, i + 1] if abs(depth[j, i + 1] - near) < 0.2 else near, lens, eye)
            _place(below, i, j + 1, depth[j + 1, i] if abs(depth[j + 1, i] - near) < 0.2 else near, lens, eye)
            for c in range(3):
                right[c] -= p[c]
                below[c] -= p[c]
            # Image x times image y points away from the camera, so below x right points out of the surface.
            nx = below[1] * right[2] - below[2] * right[1]
            ny = below[2] * right[0] - below[0] * right[2]
            nz = below[0] * right[1] - below[1] * right[0]
            up = max(ny / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-20), 0.0)
            _place(p, u, v, depth[v, u], lens, eye)
            x, z = p[0] / TILE_M, p[2] / TILE_M
            a, b = (x - math.floor(x)) * n, (z - math.floor(z)) * n
            k, m = int(a) % n, int(b) % n
            a, b = a - math.floor(a), b - math.floor(b)
            low = pattern[k, m] * (1 - b) + pattern[k, (m + 1) % n] * b
            high = pattern[(k + 1) % n, m] * (1 - b) + pattern[(k + 1) % n, (m + 1) % n] * b
            gain = np.float32(1 + strength * up * (low * (1 - a) + high * a - 1))
            for c in range(3):
                light[v, u, c] *= gain


@compiled
def _place(out: Array, u: int, v: int, depth: float, lens: Array, eye: Array) -> None:
    x, y = (u - lens[1]) / lens[0] * depth, (v - lens[2]) / lens[0] * depth
    for c in range(3):
        out[c] = eye[3, c] + eye[0, c] * x + eye[1, c] * y + eye[2, c] * depth
