"""What happens to light between lens and file: loops over pixels, in place (compiled)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled, compiled_inside
from kinelab.virtual_lab.drawing.tones import linear, srgb
from kinelab.virtual_lab.images import FloatImage

# Fine enough that no table needs interpolating: 1/5000 of white at black, where sRGB is steep.
_GRID = np.linspace(0, 1, 65_536)
DECODING: NDArray[np.float32] = linear(_GRID).astype(np.float32)
ENCODING: NDArray[np.float32] = srgb(_GRID).astype(np.float32)


@compiled
def look_up(out: FloatImage, image: FloatImage, table: NDArray[np.float32]) -> None:
    """out = table at an image's values 0 to 1, clipped to them: `DECODING` to light, `ENCODING` to sRGB."""
    source, target = image.reshape(-1), out.reshape(-1)
    steps, half = np.float32(table.size - 1), np.float32(0.5)
    for i in range(source.size):
        target[i] = table[int(min(max(source[i], np.float32(0)), np.float32(1)) * steps + half)]


@compiled_inside
def _add(target: NDArray[np.float32], source: NDArray[np.float32], weight: np.float32) -> None:
    """target += weight x source, in a form that becomes vector instructions."""
    for i in range(target.size):
        target[i] += weight * source[i]


@compiled_inside
def _add_row(target: FloatImage, source: FloatImage, shift: int, weight: np.float32) -> None:
    """target (W, C) += weight x source (W, C) at `shift` px to the right of each; the ends repeat."""
    width, channels = target.shape
    first, last = min(max(-shift, 0), width), max(min(width, width - shift), 0)
    for u in range(first):
        for c in range(channels):
            target[u, c] += weight * source[0, c]
    if last > first:
        _add(
            target.reshape(-1)[first * channels : last * channels],
            source.reshape(-1)[(first + shift) * channels : (last + shift) * channels],
            weight,
        )
    for u in range(max(first, last), width):
        for c in range(channels):
            target[u, c] += weight * source[width - 1, c]


@compiled
def blur(light: FloatImage, kernel: NDArray[np.float32]) -> None:
    """Convolve both ways with a kernel of odd length that sums to 1; the edges repeat."""
    height = light.shape[0]
    reach = kernel.size // 2
    source = light.copy()
    light[:] = np.float32(0)
    for v in range(height):
        for k in range(kernel.size):
            _add_row(light[v], source[v], k - reach, kernel[k])
    source[:] = light
    light[:] = np.float32(0)
    for v in range(height):
        for k in range(kernel.size):
            _add_row(light[v], source[min(max(v + k - reach, 0), height - 1)], 0, kernel[k])


@compiled
def smear(light: FloatImage, across_px: float, down_px: float) -> None:
    """Mean along a straight way of so many px, centred on each pixel; the edges repeat."""
    height = light.shape[0]
    source = light.copy()
    n = max(math.ceil(math.hypot(across_px, down_px)) + 1, 2)
    light[:] = np.float32(0)
    for k in range(n):
        share = (k + 0.5) / n - 0.5
        i, j = math.floor(across_px * share), math.floor(down_px * share)
        a, b = across_px * share - i, down_px * share - j
        for v in range(height):
            for below in range(2):
                row = source[min(max(v + j + below, 0), height - 1)]
                weight = (b if below else 1 - b) / n
                _add_row(light[v], row, i, np.float32(weight * (1 - a)))
                _add_row(light[v], row, i + 1, np.float32(weight * a))


@compiled
def expose(light: FloatImage, gains: Array, vignette: float) -> None:
    """Multiply by a gain for each colour, darker towards the corners by `vignette` (share lost there).

    The fall-off is the fourth power of a cosine (natural vignetting), chosen to lose that share.
    """
    height, width, _ = light.shape
    centre_u, centre_v = (width - 1) / 2, (height - 1) / 2
    corner = centre_u * centre_u + centre_v * centre_v + 1e-9
    # cos^4 = 1 / (1 + tan^2)^2; tan^2 at the corner so that 1 - cos^4 is the share.
    steep = (1 / math.sqrt(1 - vignette) - 1) / corner
    red, green, blue = np.float32(gains[0]), np.float32(gains[1]), np.float32(gains[2])
    for v in range(height):
        for u in range(width):
            tangent = 1 + steep * ((u - centre_u) ** 2 + (v - centre_v) ** 2)
            fall = np.float32(1 / (tangent * tangent))
            light[v, u, 0] *= red * fall
            light[v, u, 1] *= green * fall
            light[v, u, 2] *= blue * fall


@compiled
def add_contrast(image: FloatImage, gain: float) -> None:
    """Stretch the values about middle grey (0.45 in sRGB)."""
    flat = image.reshape(-1)
    slope, middle = np.float32(gain), np.float32(0.45)
    for i in range(flat.size):
        flat[i] = middle + slope * (flat[i] - middle)


@compiled_inside
def normal(seed: np.uint64, at: int) -> float:
    """A number of mean 0 and variance 1: the sum of four uniform ones of 16 bits, so never beyond 3.47.

    SplitMix64 of (seed, at) (Steele, Lea & Flood 2014): what a pixel gets depends on nothing else.
    """
    z = seed + np.uint64(at + 1) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    low = np.uint64(0xFFFF)
    total = (z & low) + ((z >> np.uint64(16)) & low) + ((z >> np.uint64(32)) & low) + (z >> np.uint64(48))
    return (float(total) / 65535.0 - 2.0) * 1.7320508075688772


@compiled
def sense(light: FloatImage, white_e: float, read_e: float, seed: np.uint64) -> None:
    """Shot and read noise of each value: white is `white_e` electrons, clipped there as a full pixel is."""
    flat = light.reshape(-1)
    for i in range(flat.size):
        electrons = min(max(flat[i], 0.0), 1.0) * white_e
        spread = math.sqrt(electrons + read_e * read_e)
        flat[i] = np.float32(min((electrons + spread * normal(seed, i)) / white_e, 1.0))


@compiled
def sense_mosaic(light: FloatImage, white_e: float, read_e: float, seed: np.uint64) -> None:
    """The same behind a Bayer mosaic (RGGB): one noisy colour a pixel, the others from its neighbours.

    Bilinear demosaicing; so fine detail gets soft and noise gets coarse and coloured, as in real pictures.
    """
    height, width, _ = light.shape
    raw = np.empty((height + 2, width + 2), np.float32)
    for v in range(height + 2):
        for u in range(width + 2):
            # Mirrored at the edges, which keeps the mosaic's order.
            row = v - 1 if 0 < v <= height else (min(1, height - 1) if v == 0 else max(height - 2, 0))
            column = u - 1 if 0 < u <= width else (min(1, width - 1) if u == 0 else max(width - 2, 0))
            colour = row % 2 + column % 2
            electrons = min(max(light[row, column, colour], 0.0), 1.0) * white_e
            spread = math.sqrt(electrons + read_e * read_e)
            noisy = electrons + spread * normal(seed, row * width + column)
            raw[v, u] = min(noisy / white_e, 1.0)
    quarter, half = np.float32(0.25), np.float32(0.5)
    for v in range(height):
        for u in range(width):
            x, y = u + 1, v + 1
            own = raw[y, x]
            beside, above = half * (raw[y, x - 1] + raw[y, x + 1]), half * (raw[y - 1, x] + raw[y + 1, x])
            if v % 2 != u % 2:
                red_row = v % 2 == 0
                light[v, u, 0] = beside if red_row else above
                light[v, u, 1] = own
                light[v, u, 2] = above if red_row else beside
            else:
                corners = quarter * (
                    raw[y - 1, x - 1] + raw[y - 1, x + 1] + raw[y + 1, x - 1] + raw[y + 1, x + 1]
                )
                red = v % 2 == 0
                light[v, u, 0] = own if red else corners
                light[v, u, 1] = half * (beside + above)
                light[v, u, 2] = corners if red else own


@compiled
def sharpen(image: FloatImage, amount: float) -> None:
    """Unsharp masking of the brightness, as cameras do it: edges get halos, colours stay."""
    height, width, _ = image.shape
    grey = np.empty((height, width), np.float32)
    for v in range(height):
        for u in range(width):
            grey[v, u] = (
                np.float32(0.299) * image[v, u, 0]
                + np.float32(0.587) * image[v, u, 1]
                + np.float32(0.114) * image[v, u, 2]
            )
    gain = np.float32(amount)
    for v in range(height):
        up, down = max(v - 1, 0), min(v + 1, height - 1)
        for u in range(width):
            left, right = max(u - 1, 0), min(u + 1, width - 1)
            around = np.float32(0.25) * (grey[v, left] + grey[v, right] + grey[up, u] + grey[down, u])
            more = gain * (grey[v, u] - around)
            for c in range(3):
                image[v, u, c] += more


@compiled
def quantise(image: FloatImage) -> NDArray[np.uint8]:
    """0 to 1 as 0 to 255, clipped and rounded."""
    out = np.empty(image.shape, np.uint8)
    flat, target = image.reshape(-1), out.reshape(-1)
    for i in range(flat.size):
        target[i] = np.uint8(
            min(max(flat[i], np.float32(0)), np.float32(1)) * np.float32(255) + np.float32(0.5)
        )
    return out
