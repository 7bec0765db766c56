"""Colours of people: skin, hair, eyes and what clothes are dyed in."""

from __future__ import annotations

from kinelab.virtual_lab.images import Colour


def hex_colour(text: str) -> Colour:
    """sRGB 0 to 1 of rrggbb."""
    return (int(text[0:2], 16) / 255, int(text[2:4], 16) / 255, int(text[4:6], 16) / 255)


# Monk Skin Tone scale, 1 to 10 (Ellis Monk with Google 2022, skintone.google; CC BY 4.0): its sRGB swatches
# (from memory).
MONK: tuple[Colour, ...] = tuple(
    hex_colour(code)
    for code in (
        "f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420",
    )
)  # fmt: skip

# The tones as skin, once lit: the swatches' lightness (CIELAB L* 15 to 94) a quarter nearer to the middle
# and, at both ends, as much colour as skin has; from 6 to 8 nearly the swatches. Skin that was measured goes
# from an L* of about 25 to 75 and is never grey (from memory): taken as they are, the ends of the scale look
# like paper and coal.
SKIN: tuple[Colour, ...] = tuple(
    hex_colour(code)
    for code in (
        "e3caba", "e1c5b3", "dfc3aa", "d6b79b", "c8a584", "a27b58", "8a6248", "6f4d3c", "513b31", "413129",
    )
)  # fmt: skip

# Which Fitzpatrick type a Monk tone is nearest to. The scales measure different things (reaction to sun,
# perceived colour), so this is a convention for grouping, not a finding.
FITZPATRICK: tuple[str, ...] = ("I", "I", "II", "III", "III", "IV", "V", "V", "VI", "VI")

HAIR: dict[str, Colour] = {
    "black": hex_colour("1f1a18"),
    "dark_brown": hex_colour("2f2119"),
    "brown": hex_colour("553a26"),
    "light_brown": hex_colour("7d5b3a"),
    "blond": hex_colour("c3a068"),
    "red": hex_colour("8a4527"),
    "grey": hex_colour("85827f"),
    "white": hex_colour("d9d6d1"),
}

EYES: dict[str, Colour] = {
    "brown": hex_colour("4a2f1b"),
    "hazel": hex_colour("6b5330"),
    "green": hex_colour("5f7350"),
    "blue": hex_colour("5f83a8"),
    "grey": hex_colour("7b8790"),
}

QUIET_DYES: tuple[Colour, ...] = tuple(
    hex_colour(code)
    for code in (
        "29292c", "34373e", "eceae6", "d9d7d2", "8b8d90", "55585c", "1f2a44", "31405e", "b5a78d", "6b5a48",
        "3d4a3a", "7a7f6a", "4a2a30", "c9bda7",
    )
)  # fmt: skip
BRIGHT_DYES: tuple[Colour, ...] = tuple(
    hex_colour(code)
    for code in (
        "b3262e", "d9662b", "e2b53c", "3c8d4f", "2f7f86", "2d62b0", "5b3f92", "b34684", "e58c9c", "8fbfd9",
        "93c47d", "f0dc82", "c0392b", "16a085", "d35400", "34568b",
    )
)  # fmt: skip
DENIM_DYES: tuple[Colour, ...] = tuple(
    hex_colour(code) for code in ("2b3a55", "3f5779", "5d7da3", "8fa9c4", "23272f", "6d7076")
)
