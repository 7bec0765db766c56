"""Looks at random: wide, and balanced where results are told apart by them.

Skin tones are uniform over the ten of the Monk scale and drawn first, whatever else is drawn; hair, beards
and clothes follow sex and age with shares that are our own choice, made to spread, not to copy a country.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from kinelab.core.checks import Problems
from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.people.garment_cuts import BOTTOMS, TOPS
from kinelab.virtual_lab.people.looks import OUTFITS, Dye, Looks
from kinelab.virtual_lab.people.looks_palette import BRIGHT_DYES, DENIM_DYES, MONK, QUIET_DYES

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.shape import Shape

T = TypeVar("T")
_Shares = Mapping[str, float]

_TOPS: Mapping[str, Mapping[str, _Shares]] = MappingProxyType(
    {
        "lab": {
            "female": {"tshirt": 3, "tight_tshirt": 2, "tank": 3, "sports_bra": 2, "compression": 1.5},
            "male": {"tshirt": 4, "tight_tshirt": 2, "tank": 2, "none": 2, "compression": 1.5},
        },
        "street": {
            "female": {"tshirt": 2, "blouse": 2, "shirt": 1, "sweater": 2, "hoodie": 1.5, "jacket": 1,
                       "coat": 1, "dress": 2, "long_dress": 1, "tank": 1},
            "male": {"tshirt": 2.5, "polo": 1.5, "shirt": 2.5, "sweater": 2, "hoodie": 2, "jacket": 1.5,
                     "coat": 1},
        },
        "swim": {
            "female": {"swimsuit": 4, "bikini_top": 2, "wetsuit_top": 1, "swim_tunic": 1},
            "male": {"none": 5, "wetsuit_top": 1, "compression": 1},
        },
    }
)  # fmt: skip
_BOTTOMS: Mapping[str, Mapping[str, _Shares]] = MappingProxyType(
    {
        "lab": {
            "female": {"shorts": 2, "short_shorts": 2, "cycling_shorts": 2, "leggings": 3, "capri": 1},
            "male": {"shorts": 4, "short_shorts": 1, "cycling_shorts": 2, "leggings": 1.5, "joggers": 0.5},
        },
        "street": {
            "female": {"jeans": 3, "trousers": 2, "leggings": 1, "wide_trousers": 1, "skirt": 1.5,
                       "short_skirt": 1, "long_skirt": 1, "joggers": 0.7, "shorts": 0.7},
            "male": {"jeans": 3.5, "trousers": 3, "joggers": 1.2, "wide_trousers": 0.5, "shorts": 1.5},
        },
        "swim": {"female": {"swim_briefs": 1}, "male": {"swim_trunks": 3, "swim_briefs": 1.5}},
    }
)  # fmt: skip
_SHOES: Mapping[str, _Shares] = MappingProxyType(
    {
        "lab": {"barefoot": 3, "running_shoes": 3, "sneakers": 1.5, "socks": 0.5},
        "street": {"sneakers": 3.5, "leather_shoes": 2, "boots": 1.5, "running_shoes": 1.5},
        "swim": {"barefoot": 1},
    }
)
_HAIR_STYLES: Mapping[str, _Shares] = MappingProxyType(
    {
        "female": {"long": 3, "ponytail": 2.5, "bun": 1.5, "bob": 2.5, "curly": 1, "afro": 0.7, "short": 0.8,
                   "side_parted": 0.5, "buzz": 0.15},
        "male": {"short": 3.5, "side_parted": 2.5, "buzz": 2, "curly": 1, "afro": 0.6, "bald": 0.8,
                 "receding": 0.4, "bun": 0.2, "bob": 0.2},
    }
)  # fmt: skip
_HEADWEAR: Mapping[str, _Shares] = MappingProxyType(
    {
        "lab female": {"none": 12, "headscarf": 1.2, "cap": 0.3},
        "lab male": {"none": 12, "cap": 0.5, "turban": 0.5},
        "street female": {"none": 8, "headscarf": 1.5, "cap": 0.5, "beanie": 0.7},
        "street male": {"none": 8, "cap": 1, "beanie": 0.8, "turban": 0.6},
        "swim female": {"none": 2, "swim_cap": 2},
        "swim male": {"none": 3, "swim_cap": 1.5},
    }
)
_BEARDS: _Shares = MappingProxyType({"none": 5, "stubble": 2.5, "moustache": 0.5, "goatee": 0.8, "full": 1.4})
_PATTERNS: _Shares = MappingProxyType({"plain": 7, "stripes": 1.6, "checks": 0.8, "print": 0.6})


def draw_looks(rng: np.random.Generator, shape: Shape, outfit: str | None = None) -> Looks:
    """Random looks for a person of this shape; the same generator state gives the same looks.

    outfit: "lab" (what people wear in a gait laboratory), "street" or "swim"; None takes lab or street, half
    and half.

    Raises:
        InputError: the outfit is none of these.
    """
    with Problems("draw_looks") as problems:
        problems.one_of("outfit", outfit, (None, *OUTFITS))
    tone = int(rng.integers(1, len(MONK) + 1))
    chosen = outfit or ("lab", "street")[int(rng.integers(2))]
    grown, sex = shape.age_years >= 16, shape.sex
    top, bottom, shoes = _clothes(rng, chosen, sex)
    headwear = _pick(rng, _HEADWEAR[f"{chosen} {sex}"])
    if headwear == "headscarf":
        top, bottom = _covered(rng, top, bottom)
    style = _hair_style(rng, shape, tone)
    top_dye, bottom_dye = _dye(rng, top in ("sweater",)), _bottom_dye(rng, bottom)
    if chosen == "swim" and top == "wetsuit_top" and bottom != "none":
        bottom, bottom_dye, top_dye = "wetsuit_bottom", Dye(QUIET_DYES[0]), Dye(QUIET_DYES[0])
    if top in ("swimsuit", "bikini_top"):
        bottom_dye = top_dye
    return Looks(
        skin_monk=tone,
        skin_shade=float(rng.uniform(-1, 1)),
        hair_style=style,
        hair_colour=_hair_colour(rng, tone, shape.age_years),
        eye_colour=_pick(rng, _eyes(tone)),
        beard=_pick(rng, _BEARDS) if sex == "male" and grown else "none",
        headwear=headwear,
        glasses=bool(rng.random() < (0.0 if chosen == "swim" else 0.12 + 0.25 * (shape.age_years > 45))),
        outfit=chosen,
        top=top,
        bottom=bottom,
        shoes=shoes,
        top_dye=top_dye,
        bottom_dye=bottom_dye,
        shoes_dye=Dye(_any(rng, QUIET_DYES if rng.random() < 0.6 else BRIGHT_DYES), _sole_colour(rng)),
        headwear_dye=_dye(rng),
        sleeve=float(rng.uniform(-1, 1)),
        hem=float(rng.uniform(-1, 1)),
        ease=float(rng.uniform(-1, 1)),
        seed=int(rng.integers(2**31)),
    )


def _clothes(rng: np.random.Generator, outfit: str, sex: str) -> tuple[str, str, str]:
    top = _pick(rng, _TOPS[outfit][sex])
    bottom = _pick(rng, _BOTTOMS[outfit][sex])
    shoes = _pick(rng, _SHOES[outfit])
    if TOPS[top].skirt_m > 0 and top != "coat":
        bottom = "leggings" if top == "swim_tunic" or rng.random() < 0.3 else "none"
    if (TOPS[top].skirt_m > 0 or BOTTOMS[bottom].skirt) and outfit == "street" and rng.random() < 0.5:
        shoes = "ballet_flats"
    if TOPS[top].skirt_m > 0 and BOTTOMS[bottom].skirt:
        bottom = "trousers"
    return top, bottom, shoes


def _covered(rng: np.random.Generator, top: str, bottom: str) -> tuple[str, str]:
    """With a headscarf, arms and legs are mostly covered too."""
    if TOPS[top].sleeve < 1.4:
        top = _pick(rng, {"shirt": 1, "sweater": 1, "long_dress": 1, "hoodie": 0.5})
    if TOPS[top].skirt_m > 0:
        return top, "leggings"
    if BOTTOMS[bottom].leg < 1.7:
        bottom = _pick(rng, {"trousers": 1, "wide_trousers": 1, "long_skirt": 1, "joggers": 0.5})
    return top, bottom


def _hair_style(rng: np.random.Generator, shape: Shape, tone: int) -> str:
    shares = dict(_HAIR_STYLES[shape.sex])
    shares["afro"] *= 4.0 if tone >= 7 else 0.3
    shares["curly"] *= 1.5 if tone >= 5 else 0.8
    if shape.sex == "male" and shape.age_years > 40:
        shares["receding"] *= 5
        shares["bald"] *= 2
    return _pick(rng, shares)


def _hair_colour(rng: np.random.Generator, tone: int, age_years: float) -> str:
    """Darker skin, darker hair; half of all are grey at sixty."""
    if rng.random() < 1 / (1 + np.exp(-(age_years - 58) / 7)):
        return "white" if rng.random() < np.clip((age_years - 55) / 40, 0.1, 0.7) else "grey"
    if tone >= 6:
        return _pick(rng, {"black": 6, "dark_brown": 2, "brown": 0.4})
    if tone == 5:
        return _pick(rng, {"black": 4, "dark_brown": 3, "brown": 1.5})
    return _pick(
        rng, {"black": 2, "dark_brown": 2.5, "brown": 2.5, "light_brown": 1.5, "blond": 2, "red": 0.7}
    )


def _eyes(tone: int) -> _Shares:
    light = 1.0 if tone <= 4 else 0.1
    return {"brown": 3, "hazel": 0.8, "green": 0.6 * light, "blue": 1.6 * light, "grey": 0.5 * light}


def _dye(rng: np.random.Generator, knitted: bool = False) -> Dye:
    first = _any(rng, QUIET_DYES if rng.random() < 0.5 else BRIGHT_DYES)
    second = _any(rng, QUIET_DYES if rng.random() < 0.85 else BRIGHT_DYES)
    pattern = "knit" if knitted and rng.random() < 0.6 else _pick(rng, _PATTERNS)
    period = {"knit": 0.008, "print": 0.035}.get(pattern, float(rng.uniform(0.02, 0.07)))
    if pattern == "knit":
        second = _scaled(first, 0.75)
    return Dye(_jittered(rng, first), second, pattern, period)


def _bottom_dye(rng: np.random.Generator, bottom: str) -> Dye:
    if BOTTOMS[bottom].denim:
        blue = _jittered(rng, _any(rng, DENIM_DYES))
        return Dye(blue, _scaled(blue, 1.35), "denim", 0.004)
    if BOTTOMS[bottom].skirt or rng.random() < 0.07:
        return _dye(rng)
    if rng.random() < 0.12:
        return Dye(_jittered(rng, _any(rng, BRIGHT_DYES)))
    return Dye(_jittered(rng, _any(rng, QUIET_DYES)))


def _sole_colour(rng: np.random.Generator) -> Colour:
    return _any(
        rng, ((0.92, 0.91, 0.89), (0.92, 0.91, 0.89), (0.12, 0.12, 0.12), (0.55, 0.40, 0.26), BRIGHT_DYES[0])
    )


def _jittered(rng: np.random.Generator, colour: Colour) -> Colour:
    r, g, b = np.clip(np.array(colour) * rng.uniform(0.85, 1.1) + rng.uniform(-0.03, 0.03, 3), 0, 1)
    return (float(r), float(g), float(b))


def _scaled(colour: Colour, factor: float) -> Colour:
    r, g, b = (min(1.0, c * factor) for c in colour)
    return (r, g, b)


def _pick(rng: np.random.Generator, shares: _Shares) -> str:
    names = list(shares)
    weight = np.cumsum([shares[n] for n in names])
    return names[int(np.searchsorted(weight, rng.random() * weight[-1], side="right"))]


def _any(rng: np.random.Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]
