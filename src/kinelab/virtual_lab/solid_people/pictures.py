"""Flat backgrounds, clutter and occluders for training pictures: cheap, two-dimensional, endless."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinelab.virtual_lab.images import FloatImage


def flat_background(rng: np.random.Generator, size_px: tuple[int, int]) -> FloatImage:
    """An image that is no room: gradient, stripes, checks or blotches of two colours, (H, W, 3) 0 to 1."""
    width, height = size_px
    first, second = rng.uniform(0.03, 0.97, (2, 3)).astype(np.float32)
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    turn = rng.uniform(0, np.pi)
    along = np.float32(np.cos(turn)) * x + np.float32(np.sin(turn)) * y
    kind = rng.integers(5)
    if kind == 0:
        share = (along - along.min()) / np.ptp(along)
    elif kind == 1:
        share = (np.sin(along * np.float32(2 * np.pi / rng.uniform(6, 60))) > 0).astype(np.float32)
    elif kind == 2:
        cell = rng.uniform(6, 50)
        share = ((x // cell + y // cell) % 2).astype(np.float32)
    else:
        share = _blotches(rng, size_px, int(rng.integers(3, 60)))
    blend: FloatImage = (first + share[..., None] * (second - first)).astype(np.float32)
    return blend


def add_clutter(rng: np.random.Generator, image: FloatImage, count: int) -> None:
    """Draw rectangles of one colour or of noise into the image, in place."""
    height, width = image.shape[:2]
    for _ in range(count):
        w, h = rng.uniform(0.05, 0.5) * width, rng.uniform(0.05, 0.6) * height
        x, y = rng.uniform(-0.2, 1) * width, rng.uniform(-0.1, 1) * height
        window = image[max(int(y), 0) : int(y + h), max(int(x), 0) : int(x + w)]
        colour = rng.uniform(0.03, 0.97, 3).astype(np.float32)
        if window.size and rng.uniform() < 0.4:
            bars = np.sin(np.arange(window.shape[1]) * rng.uniform(0.1, 1.5)).astype(np.float32)
            window[:] = colour * (1 + np.float32(0.25) * bars[:, None])
        else:
            window[:] = colour


def add_occluder(rng: np.random.Generator, image: FloatImage) -> NDArray[np.bool_]:
    """Hide a part of the image behind a bar, a box or an oval; returns what is hidden, (H, W)."""
    height, width = image.shape[:2]
    x, y = np.arange(width), np.arange(height)[:, None]
    centre_x, centre_y = rng.uniform(0, width), rng.uniform(0.2, 1) * height
    half_x, half_y = rng.uniform(0.03, 0.2) * width, rng.uniform(0.03, 0.2) * height
    u, v = np.abs(x - centre_x) / half_x, np.abs(y - centre_y) / half_y
    kind = rng.integers(4)
    hidden: NDArray[np.bool_]
    if kind == 0:
        hidden = (u**2 + v**2) < 1
    elif kind == 1:
        hidden = np.broadcast_to(np.abs(x - centre_x) < 0.4 * half_x, (height, width))
    elif kind == 2:
        hidden = np.broadcast_to(np.abs(y - centre_y) < 0.3 * half_y, (height, width))
    else:
        hidden = (u < 1) & (v < 1)
    shade = rng.uniform(0.03, 0.97, 3) + rng.normal(0, 0.03, (int(hidden.sum()), 3))
    image[hidden] = np.clip(shade, 0, 1)
    return hidden


def _blotches(rng: np.random.Generator, size_px: tuple[int, int], cells: int) -> NDArray[np.float32]:
    """Random values on a coarse grid, enlarged smoothly to the image, (H, W) 0 to 1."""
    from PIL import Image as Pictures

    coarse = rng.uniform(0, 255, (cells + 1, cells)).astype(np.uint8)
    large = Pictures.fromarray(coarse).resize(size_px, Pictures.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float32) / np.float32(255)
