"""Casting rays at a room from inside: floor, ceiling, walls and what hangs on them (compiled)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinelab.core.checks import Array, IntArray
from kinelab.core.compiled import compiled
from kinelab.virtual_lab.noise import hashed, smooth_noise

_SKIRTING_M = 0.09
_BOARD_M, _TILE_M = 0.14, 0.40


@compiled
def _blend(out: Array, first: Array, second: Array, share: float, gain: float) -> None:
    for c in range(3):
        out[c] = (first[c] * (1 - share) + second[c] * share) * gain


@compiled
def floor_colour(out: Array, x: float, z: float, kind: int, seed: int, colours: Array) -> None:
    """Colour of the floor at (x, z) m: boards along X, square tiles, speckles, or carpet."""
    if kind == 0:
        row = math.floor(z / _BOARD_M)
        length = 1.4 + 0.8 * hashed(row, 1, seed)
        along = x / length + hashed(row, 2, seed)
        board = math.floor(along)
        grain = smooth_noise(x * 3.0, z * 60.0 + 17.0 * row, seed)
        share = 0.75 * hashed(row, board, seed) + 0.25 * grain
        gap_z = abs(z / _BOARD_M - row - 0.5) > 0.485
        gap_x = abs(along - board - 0.5) > 0.5 - 0.002
        _blend(out, colours[0], colours[1], share, 0.72 if gap_z or gap_x else 1.0)
    elif kind == 1:
        i, j = math.floor(x / _TILE_M), math.floor(z / _TILE_M)
        joint = abs(x / _TILE_M - i - 0.5) > 0.488 or abs(z / _TILE_M - j - 0.5) > 0.488
        share = 0.5 * ((i + j) % 2) + 0.3 * hashed(i, j, seed)
        _blend(out, colours[0], colours[1], share, 0.75 if joint else 1.0)
    elif kind == 2:
        speck = hashed(math.floor(x * 70), math.floor(z * 70), seed)
        share = 0.3 * smooth_noise(x * 2, z * 2, seed) + (0.7 if speck > 0.82 else 0.0)
        _blend(out, colours[0], colours[1], share, 1.0)
    else:
        fine = 0.5 * smooth_noise(x * 90, z * 90, seed) + 0.5 * smooth_noise(x * 7, z * 7, seed + 1)
        _blend(out, colours[0], colours[1], fine, 1.0)


@compiled
def wall_colour(out: Array, along: float, y: float, kind: int, seed: int, colours: Array) -> None:
    """Colour of a bare wall with its skirting board."""
    if y < _SKIRTING_M:
        gain = 0.8 if y > _SKIRTING_M - 0.012 else 1.0
        for c in range(3):
            out[c] = (0.55 * colours[2, c] + 0.4) * gain
        return
    # A faint unevenness, as of light on plaster.
    share = 0.07 + 0.07 * math.sin(1.3 * along + 0.9 * y + seed % 7)
    gain = 1.0
    if kind == 1:
        share = float(math.floor(along / 0.22) % 2)
    elif kind == 2:
        row = math.floor(y / 0.075)
        column = along / 0.24 + 0.5 * (row % 2)
        share = 0.8 * hashed(row, math.floor(column), seed)
        mortar = y / 0.075 - row < 0.12 or column - math.floor(column) < 0.05
        gain = 1.18 if mortar else 1.0
    elif kind == 3:
        share = 0.6 if y < 1.0 else 0.1
        gain = 0.82 if abs(y - 1.0) < 0.02 or (y < 1.0 and along / 0.8 % 1.0 < 0.02) else 1.0
    _blend(out, colours[2], colours[3], share, gain)


@compiled
def patch_colour(out: Array, a: float, b: float, patch: Array, seed: int) -> None:
    """Colour of a patch at shares (a, b) of its width and height, measured from its lower left."""
    kind = int(patch[5])
    wide, tall = patch[2] - patch[1], patch[4] - patch[3]
    rim = min(min(a, 1 - a) * wide, min(b, 1 - b) * tall)
    gain = 1.0
    if kind == 0:
        wave = smooth_noise(a * 3 + patch[6] * 9, b * 3, seed) + 0.35 * smooth_noise(a * 11, b * 11, seed)
        gain = 1.5 if rim < 0.04 else 0.55 + 0.7 * wave
    elif kind == 1:
        bar = abs(a - 0.5) * wide < 0.02 or abs(b - 0.5) * tall < 0.02
        gain = 0.92 if rim < 0.05 or bar else 0.85 + 0.25 * b
        if rim < 0.05 or bar:
            out[0], out[1], out[2] = 0.93, 0.93, 0.92
            return
    elif kind == 2:
        gain = 0.8 if rim < 0.05 else 1.0
        gain *= 0.55 if abs(a - 0.9) * wide < 0.05 and abs(b - 0.5) * tall < 0.015 else 1.0
    else:
        gain = 0.75 if rim < 0.012 or abs((a * 3) % 1.0 - 0.5) > 0.49 else 1.0
        gain *= 0.5 if abs((a * 3) % 1.0 - 0.85) < 0.03 and abs(b - 0.6) < 0.08 else 1.0
    for c in range(3):
        out[c] = min(patch[6 + c] * gain, 1.0)


@compiled
def _see(
    out: Array, eye: Array, ray: Array, extent: Array, kinds: IntArray, colours: Array, patches: Array
) -> float:
    """Colour of what a ray from inside the room meets; the distance to the floor, or -1 elsewhere."""
    best, which = 1e9, -1
    for axis, low, high in ((0, extent[0], extent[1]), (1, 0.0, extent[4]), (2, extent[2], extent[3])):
        d = ray[axis]
        if abs(d) < 1e-12:
            continue
        t = ((high if d > 0 else low) - eye[axis]) / d
        if 0 < t < best:
            best, which = t, 2 * axis + (1 if d > 0 else 0)
    x, y, z = eye[0] + best * ray[0], eye[1] + best * ray[1], eye[2] + best * ray[2]
    seed = kinds[2]
    if which == 2:
        floor_colour(out, x, z, kinds[0], seed, colours)
        # Darker in the corner under the wall.
        near = min(min(x - extent[0], extent[1] - x), min(z - extent[2], extent[3] - z))
        for c in range(3):
            out[c] *= 1.0 - 0.22 * math.exp(-near / 0.25)
        return best
    if which == 3:
        out[0], out[1], out[2] = 0.92, 0.92, 0.91
        return -1.0
    along = x if which >= 4 else z
    wall = which - 4 if which >= 4 else which + 2
    wall_colour(out, along, y, kinds[1], seed + wall, colours)
    for p in range(patches.shape[0]):
        row = patches[p]
        if int(row[0]) == wall and row[1] <= along <= row[2] and row[3] <= y <= row[4]:
            a, b = (along - row[1]) / (row[2] - row[1]), (y - row[3]) / (row[4] - row[3])
            patch_colour(out, a, b, row, seed + p)
    gain = (0.90 if wall < 2 else 0.80) + 0.10 * y / extent[4] - 0.12 * math.exp(-y / 0.2)
    for c in range(3):
        out[c] *= gain
    return -1.0


@compiled
def cast_room(
    image: NDArray[np.float32], floor: NDArray[np.float32], lens: Array, eye: Array,
    extent: Array, kinds: IntArray, colours: Array, patches: Array,
) -> None:  # fmt: skip
    """Fill image (H, W, 3) and floor (H, W, 2).

    lens = (focal, centre x, centre y, samples a side); eye (4, 3): rotation rows, then position; extent =
    (x low, x high, z low, z high, height); kinds = (floor, wall, seed); colours (4, 3); patches (P, 9).
    """
    samples = int(lens[3])
    colour, ray = np.empty(3), np.empty(3)
    for v in range(image.shape[0]):
        for u in range(image.shape[1]):
            image[v, u, 0] = image[v, u, 1] = image[v, u, 2] = 0.0
            floor[v, u, 0] = floor[v, u, 1] = np.nan
            for k in range(samples * samples):
                su = u - 0.5 + (k % samples + 0.5) / samples
                sv = v - 0.5 + (k // samples + 0.5) / samples
                px, py = (su - lens[1]) / lens[0], (sv - lens[2]) / lens[0]
                for c in range(3):
                    ray[c] = eye[0, c] * px + eye[1, c] * py + eye[2, c]
                t = _see(colour, eye[3], ray, extent, kinds, colours, patches)
                for c in range(3):
                    image[v, u, c] += colour[c] / (samples * samples)
                if t > 0:
                    floor[v, u, 0] = eye[3, 0] + t * ray[0]
                    floor[v, u, 1] = eye[3, 2] + t * ray[2]
