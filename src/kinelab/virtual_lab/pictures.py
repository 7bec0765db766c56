"""What spoils a picture: flat backgrounds, clutter, occluders, light, blur, noise and compression."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from kinelab.virtual_lab.images import FloatImage, Image


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


def as_camera(rng: np.random.Generator, image: FloatImage) -> Image:
    """What a cheap camera would make of it: light and colour, blur, low resolution, noise, compression."""
    gain = rng.uniform(0.65, 1.35) * (1 + rng.normal(0, 0.06, 3))
    middle = image.mean()
    contrast = rng.uniform(0.75, 1.3)
    picture = (middle + (image - middle) * np.float32(contrast)) * gain.astype(np.float32)
    if rng.uniform() < 0.08:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    if rng.uniform() < 0.3:
        picture = _smear(picture, int(rng.choice([3, 5, 7])), axis=int(rng.uniform() < 0.8))
    noise = rng.uniform(0, 0.05) if rng.uniform() < 0.6 else 0.0
    if noise:
        picture = picture + np.float32(noise) * rng.standard_normal(picture.shape, dtype=np.float32)
    scaled = np.clip(picture * np.float32(255), 0, 255).astype(np.uint8)
    return _degrade(rng, scaled)


def _degrade(rng: np.random.Generator, image: Image) -> Image:
    """Soft focus, a small original, and JPEG, each sometimes."""
    from PIL import Image as Pictures
    from PIL import ImageFilter

    picture = Pictures.fromarray(image)
    if rng.uniform() < 0.3:
        picture = picture.filter(ImageFilter.BoxBlur(float(rng.uniform(0.3, 1.8))))
    if rng.uniform() < 0.25:
        share = rng.uniform(0.25, 0.8)
        small = (int(picture.width * share), int(picture.height * share))
        picture = picture.resize(small, Pictures.Resampling.BILINEAR).resize(
            picture.size, Pictures.Resampling.BILINEAR
        )
    if rng.uniform() < 0.6:
        store = io.BytesIO()
        picture.save(store, format="JPEG", quality=int(rng.integers(20, 95)))
        store.seek(0)
        picture = Pictures.open(store)
    return np.asarray(picture)


def _blotches(rng: np.random.Generator, size_px: tuple[int, int], cells: int) -> NDArray[np.float32]:
    """Random values on a coarse grid, enlarged smoothly to the image, (H, W) 0 to 1."""
    from PIL import Image as Pictures

    coarse = rng.uniform(0, 255, (cells + 1, cells)).astype(np.uint8)
    large = Pictures.fromarray(coarse).resize(size_px, Pictures.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float32) / np.float32(255)


def _smear(image: FloatImage, length_px: int, axis: int) -> FloatImage:
    """Motion blur: the mean of `length_px` copies, each a pixel apart along an axis."""
    total = image.copy()
    # Shifted evenly to both sides, so that landmarks stay where they are.
    for shift in range(1, length_px):
        way = (shift + 1) // 2 if shift % 2 else -(shift // 2)
        total += np.roll(image, way, axis=axis)
    return total / np.float32(length_px)
