"""Small labels on video: each text is rendered once, with its own dark plate, and then only pasted."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from kinelab.reports.overlay_canvas import Rgb, Sprite

PLATE = (18, 18, 18, 190)
_OVERSAMPLING = 2


@lru_cache(maxsize=8)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    # DejaVu Sans comes with matplotlib, so that every computer draws the same labels.
    path = font_manager.findfont("DejaVu Sans:bold", fallback_to_default=True)
    return ImageFont.truetype(path, size_px)


@lru_cache(maxsize=2048)
def label(text: str, rgb: Rgb, size_px: int) -> Sprite:
    """The text on a dark, rounded plate, ready to be pasted on any frame."""
    font = _font(size_px)
    left, _, right, _ = font.getbbox(text or " ")
    pad = max(size_px // 4, 2)
    # All labels of one size have one height, whatever letters they hold.
    ascent, descent = font.getmetrics()
    size = (int(right - left) + 2 * pad, ascent + descent + pad // 2)
    plate = Image.new("RGBA", (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING), (0, 0, 0, 0))
    corner = pad * _OVERSAMPLING
    ImageDraw.Draw(plate).rounded_rectangle((0, 0, plate.width - 1, plate.height - 1), corner, fill=PLATE)
    plate = plate.reduce(_OVERSAMPLING)
    ImageDraw.Draw(plate).text((pad - left, pad // 4), text, font=font, fill=(*rgb, 255))
    return Sprite.of(np.array(plate))
