"""The few colours of every figure, video and page: left is always blue, right always vermillion.

The pair is from Okabe & Ito (Color Universal Design, 2008) and stays apart for red-green and blue-yellow
colour blindness and in grey print. Beside the colour there is always a word or a letter.
"""

from __future__ import annotations

from kinelab.core.events import Side

SIDE_HEX: dict[Side, str] = {"left": "#0072B2", "right": "#D55E00"}
INK = "#1A1A1A"
QUIET = "#6B6B6B"
PALE = "#D9D9D9"
MIDDLE = "#E8E8E8"  # limbs that have no side, on video
# On video the same hues, lighter: they must show on dark clothes and on a bright floor.
VIDEO_RGB: dict[Side, tuple[int, int, int]] = {"left": (64, 169, 255), "right": (255, 122, 26)}


def rgb(colour: str) -> tuple[int, int, int]:
    """(red, green, blue), 0 to 255, of '#RRGGBB'."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
