"""Colours of floors, walls, panels and furniture at a point, blurred to the size of a pixel (compiled).

Every pattern takes the width w of the pixel on the surface (m) and averages over it, exactly where it is made
of bands, by fading where it is noise: so nothing flickers or makes moire far away. Colours are linear light.
"""

from __future__ import annotations

import math

from kinelab.core.checks import Array
from kinelab.core.compiled import compiled_inside
from kinelab.virtual_lab.noise import hashed, smooth_noise

_LINE_WHITE = 0.75


@compiled_inside
def band(x: float, period: float, width: float, w: float) -> float:
    """Share of [x - w/2, x + w/2] within bands [0, width) of every period."""
    a, b = (x - 0.5 * w) / period, (x + 0.5 * w) / period
    part = width / period
    below = math.floor(a) * part + min(a - math.floor(a), part)
    above = math.floor(b) * part + min(b - math.floor(b), part)
    return (above - below) / max(b - a, 1e-9)


@compiled_inside
def inside(x: float, low: float, high: float, w: float) -> float:
    """Share of [x - w/2, x + w/2] within [low, high]."""
    return max(min(x + 0.5 * w, high) - max(x - 0.5 * w, low), 0.0) / w


@compiled_inside
def grain(x: float, y: float, size: float, w: float, seed: int) -> float:
    """Noise of mean 0, -0.5 to 0.5, of details of `size` m, fading when smaller than a pixel."""
    keep = min(max(1.5 - 1.2 * w / size, 0.0), 1.0)
    if keep == 0.0:
        return 0.0
    return keep * (smooth_noise(x / size, y / size, seed) - 0.5)


@compiled_inside
def mix(out: Array, first: Array, second: Array, share: float, gain: float) -> None:
    """out = gain x (first x (1 - share) + second x share)."""
    for c in range(3):
        out[c] = (first[c] * (1.0 - share) + second[c] * share) * gain


@compiled_inside
def cell(x: float, z: float, size: float, w: float, seed: int) -> float:
    """A number for each square of `size` m, mean 0.5, fading to it when smaller than a pixel."""
    keep = min(max(1.4 - w / size, 0.0), 1.0)
    return 0.5 + keep * (hashed(math.floor(x / size), math.floor(z / size), seed) - 0.5)


@compiled_inside
def floor_colour(out: Array, x: float, z: float, w: float, kind: int, seed: int, colours: Array) -> None:
    """Colour of the floor at (x, z) m; kind: index into FLOORS."""
    first, second = colours[0], colours[1]
    if kind == 0:  # boards along X
        row = math.floor(z / 0.13)
        length = 1.3 + 0.9 * hashed(row, 1, seed)
        along = x + 3.0 * hashed(row, 2, seed)
        keep = min(max(1.4 - w / 0.13, 0.0), 1.0)
        board = 0.5 + keep * (hashed(row, math.floor(along / length), seed) - 0.5)
        fibre = grain(x * 0.08, z, 0.006, w, seed + row) + 0.6 * grain(x * 0.15, z, 0.03, w, seed)
        gap = max(band(z, 0.13, 0.004, w), band(along, length, 0.004, w))
        mix(out, first, second, 0.8 * board + 0.1, (1.0 + 0.35 * fibre) * (1.0 - 0.55 * gap))
    elif kind == 1:  # square tiles
        size = 0.40
        joint = max(band(x, size, 0.006, w), band(z, size, 0.006, w))
        share = 0.3 * cell(x, z, size, w, seed) + 0.5 * grain(x, z, 0.12, w, seed)
        mix(out, first, second, share + 0.1, 1.0 - 0.4 * joint)
    elif kind == 2:  # vinyl with flecks
        fleck = cell(x, z, 0.012, w, seed)
        keep = min(max(1.4 - w / 0.012, 0.0), 1.0)
        share = 0.35 + 0.4 * keep * ((1.0 if fleck > 0.8 else 0.0) - 0.2)
        seam = band(x, 2.0, 0.004, w)
        mix(out, first, second, share + 0.25 * grain(x, z, 0.7, w, seed), 1.0 - 0.15 * seam)
    elif kind == 3:  # carpet
        share = 0.5 + 0.9 * grain(x, z, 0.012, w, seed) + 0.4 * grain(x, z, 0.3, w, seed + 1)
        mix(out, first, second, share, 1.0)
    elif kind == 4:  # concrete
        stain = grain(x, z, 0.9, w, seed) + 0.5 * grain(x, z, 0.2, w, seed + 1)
        joint = max(band(x, 4.0, 0.008, w), band(z, 4.0, 0.008, w))
        gain = (1.0 + 0.25 * grain(x, z, 0.02, w, seed + 2)) * (1.0 - 0.5 * joint)
        mix(out, first, second, 0.5 + 0.9 * stain, gain)
    else:
        _ground_colour(out, x, z, w, kind, seed, first, second)


@compiled_inside
def _ground_colour(
    out: Array, x: float, z: float, w: float, kind: int, seed: int, first: Array, second: Array
) -> None:
    """Open ground: what lies around the walk, by FLOORS."""
    rough = 1.0 + 0.35 * grain(x, z, 0.015, w, seed) + 0.2 * grain(x, z, 0.6, w, seed + 1)
    if kind == 5:  # paving near the walk, asphalt beyond the kerb
        kerb = 1.9
        street = inside(-z, kerb + 0.14, 1e6, w) if z < 0 else 0.0
        shift = 0.5 * (math.floor(z / 0.4) % 2) * 0.6
        joint = max(band(z, 0.4, 0.008, w), band(x + shift, 0.6, 0.008, w))
        slab = 0.6 * cell(x + shift, z, 0.4, w, seed)
        stone = inside(-z, kerb, kerb + 0.14, w) if z < 0 else 0.0
        mark = inside(-z, kerb + 3.3, kerb + 3.42, w) * band(x, 6.0, 3.0, w) if z < 0 else 0.0
        for c in range(3):
            slabs = (first[c] * (1 - slab) + second[c] * slab) * (1 - 0.45 * joint)
            slabs = slabs * (1 - stone) + 0.42 * stone
            out[c] = (slabs * (1 - street) + street * (0.07 * (1 - mark) + _LINE_WHITE * mark)) * rough
    elif kind == 6:  # a path of fine gravel through grass
        edge = 1.5 + 0.25 * (smooth_noise(x * 0.7, 0.5 if z > 0 else 9.5, seed) - 0.5)
        lawn = 1.0 - inside(z, -edge, edge, max(w, 0.08))
        for c in range(3):
            out[c] = first[c] * rough * (1 - lawn) + second[c] * _lawn(x, z, w, seed) * lawn
    elif kind == 7:  # lawn
        for c in range(3):
            out[c] = first[c] * _lawn(x, z, w, seed)
    elif kind == 8:  # running track of eight lanes, grass beyond
        lane = band(z + 0.61, 1.22, 0.05, w) * inside(z, -4.95, 4.95, w)
        lawn = 1.0 - inside(z, -5.1, 5.1, w)
        for c in range(3):
            tartan = first[c] * rough * (1 - lane) + _LINE_WHITE * lane
            out[c] = tartan * (1 - lawn) + second[c] * _lawn(x, z, w, seed) * lawn
    else:  # bottom of a pool: small tiles and lane lines
        joint = max(band(x, 0.20, 0.008, w), band(z, 0.20, 0.008, w))
        lane = inside(abs(z) % 2.5, 1.125, 1.375, w)
        tile = 0.4 * cell(x, z, 0.20, w, seed)
        for c in range(3):
            plain = (first[c] * (1 - tile) + second[c] * tile) * (1 - lane)
            out[c] = (plain + (0.02 + 0.03 * c) * lane) * (1 - 0.3 * joint)


@compiled_inside
def _lawn(x: float, z: float, w: float, seed: int) -> float:
    """Brightness of grass."""
    blades = grain(x, z, 0.03, w, seed + 3) + 0.5 * grain(x, z, 0.25, w, seed + 4)
    return 1.0 + 0.9 * blades + 0.5 * grain(x, z, 3.0, w, seed + 5)


@compiled_inside
def wall_colour(out: Array, along: float, y: float, w: float, kind: int, seed: int, colours: Array) -> None:
    """Colour of a bare wall with its skirting board; kind: index into WALLS."""
    first, second = colours[2], colours[3]
    share, gain = 0.10 + 0.25 * grain(along, y, 1.5, w, seed), 1.0 + 0.04 * grain(along, y, 0.02, w, seed + 1)
    if kind == 1:  # bricks
        row = math.floor(y / 0.075)
        shifted = along + 0.12 * (row % 2)
        keep = min(max(1.4 - w / 0.075, 0.0), 1.0)
        share = 0.45 + 0.7 * keep * (hashed(row, math.floor(shifted / 0.24), seed) - 0.5)
        mortar = max(band(y, 0.075, 0.010, w), band(shifted, 0.24, 0.010, w))
        gain = (1.0 + 0.25 * mortar) * (1.0 + 0.3 * grain(along, y, 0.015, w, seed))
    elif kind == 2:  # painted below, rail at 1 m
        share = inside(y, -1.0, 1.0, w)
        rail = inside(y, 0.98, 1.05, w)
        gain *= 1.0 - 0.25 * rail - 0.2 * band(along, 1.25, 0.006, w) * share
    elif kind == 3:  # wall tiles
        joint = max(band(along, 0.20, 0.005, w), band(y, 0.20, 0.005, w))
        share = 0.3 * cell(along, y, 0.20, w, seed)
        gain = 1.0 - 0.25 * joint
    elif kind == 4:  # paper with stripes
        share = band(along, 0.30, 0.15, w)
    mix(out, first, second, share, gain)
    if kind != 3:
        skirting = inside(y, -1.0, 0.09, w)
        edge = inside(y, 0.075, 0.09, w)
        for c in range(3):
            out[c] = out[c] * (1 - skirting) + (0.35 * first[c] + 0.35) * (1 - 0.35 * edge) * skirting


@compiled_inside
def panel_colour(out: Array, x: float, y: float, w: float, panel: Array, seed: int) -> float:
    """Colour of a panel at (x, y) m from its lower left corner; returns the share of it that shines itself.

    panel: wall, along from and to, up from and to, kind (index into PANELS), colour.
    """
    kind, wide, tall = int(panel[5]), panel[2] - panel[1], panel[4] - panel[3]
    rim = min(min(x, wide - x), min(y, tall - y))
    glow, gain = 0.0, 1.0
    if kind == 0:  # a picture in a frame
        wave = grain(x, y, 0.25, w, seed) + 0.6 * grain(x, y, 0.09, w, seed + 1)
        gain = 1.0 + 1.4 * wave
        frame = 1.0 - inside(rim, 0.03, 1e6, w)
        tone = 0.05 if seed % 2 else 0.55
        for c in range(3):
            turned = panel[6 + (c + (1 if wave > 0.12 else 0)) % 3]
            out[c] = turned * gain * (1 - frame) + tone * frame
        return 0.0
    if kind == 1:  # a window: sky above, blurred green below
        frame = 1.0 - inside(rim, 0.055, 1e6, w)
        frame = max(frame, inside(abs(x - 0.5 * wide), -1.0, 0.025, w))
        up = y / tall
        green = min(max(0.55 - 1.2 * up + 0.5 * grain(x, y, 0.35, w, seed), 0.0), 1.0)
        for c in range(3):
            outside = panel[6 + c] * (1.3 + 0.5 * up) * (1 - green) + green * (0.25, 0.38, 0.18)[c]
            out[c] = outside * (1 - frame) + 0.75 * frame
        return 1.0 - frame
    if kind == 2:  # a door: frame, panels, handle
        gain = 1.0 - 0.3 * (1.0 - inside(rim, 0.06, 1e6, w))
        gain *= 1.0 - 0.15 * inside(
            abs(min(abs(y - 0.28 * tall), abs(y - 0.72 * tall)) - 0.17 * tall), -1, 0.006, w
        )
        handle = inside(x, 0.86 * wide, 0.96 * wide, w) * inside(y, 0.49 * tall, 0.505 * tall, w)
        gain *= 1.0 - 0.6 * handle
    elif kind == 3:  # a built-in cupboard: doors and knobs
        gain = 1.0 - 0.5 * band(x, wide / 3, 0.008, w) - 0.3 * (1.0 - inside(rim, 0.012, 1e6, w))
    elif kind == 4:  # wall bars: shadow between round rungs
        rung = band(y, 0.13, 0.04, w)
        post = band(x, 0.85, 0.05, w)
        gain = 0.25 + 0.75 * max(rung, post)
    else:  # a notice board
        card = cell(x, y, 0.22, w, seed)
        gain = 1.0 if card < 0.55 else 1.5
        gain *= 1.0 - 0.4 * (1.0 - inside(rim, 0.025, 1e6, w))
    for c in range(3):
        out[c] = min(panel[6 + c] * gain, 0.9)
    return glow


@compiled_inside
def block_colour(out: Array, along: float, y: float, w: float, block: Array, upper: bool) -> None:
    """Colour of a block's side (along, y in m from its corner) or of its upper side; kind: index into BLOCKS.

    block: low corner, high corner, kind, colour, seed.
    """
    kind, seed, tall = int(block[6]), int(block[10]), block[4] - block[1]
    gain = 1.0
    if kind == 1:
        gain = 1.0 + 0.5 * grain(along * 0.1, y, 0.012, w, seed) + 0.2 * grain(along * 0.2, y, 0.06, w, seed)
    elif kind == 2 and not upper:  # shelves of books
        shelf = 0.33
        board = max(band(y, shelf, 0.025, w), 1.0 - inside(y, 0.0, tall - 0.02, w))
        row, thick = math.floor(y / shelf), 0.035
        book = math.floor(along / thick)
        keep = min(max(1.4 - w / thick, 0.0), 1.0)
        top = 0.72 + 0.2 * hashed(book, row, seed)
        full = inside(y - row * shelf, 0.0, top * shelf, w)
        for c in range(3):
            dye = 0.25 + keep * (0.5 * hashed(book, row, seed + 1 + c) - 0.25)
            behind = 0.03 * (1 - full) + dye * full
            out[c] = behind * (1 - board) + block[7 + c] * board
        return
    elif kind == 3 and not upper:  # drawers
        gap = max(band(y, 0.26, 0.008, w), band(along, 0.6, 0.008, w))
        knob = band(y - 0.12, 0.26, 0.02, w) * band(along - 0.25, 0.6, 0.12, w)
        gain = (1.0 - 0.6 * gap) * (1.0 - 0.55 * knob)
    elif kind == 4:
        gain = 1.0 + 0.25 * grain(along, y, 0.01, w, seed) + 0.2 * grain(along, y, 0.2, w, seed)
    elif kind == 5 and not upper:  # house front: windows in rows
        glass = band(along - 0.9, 2.6, 1.3, w) * band(y - 1.0, 3.1, 1.6, w)
        lit = 0.05 + 0.12 * cell(along - 0.9, y - 1.0, 2.6, w, seed)
        plaster = 1.0 + 0.15 * grain(along, y, 1.2, w, seed)
        for c in range(3):
            out[c] = block[7 + c] * plaster * (1 - glass) + (lit + 0.03 * c) * glass
        return
    elif kind >= 6:
        gain = 1.0 + 1.3 * grain(along, y, 0.12, w, seed) + 0.8 * grain(along, y, 0.4, w, seed + 1)
    for c in range(3):
        out[c] = block[7 + c] * max(gain, 0.15)
