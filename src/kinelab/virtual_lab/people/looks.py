"""How a person looks: every choice by name, so that results can be told apart by it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from kinelab.core.checks import Problems
from kinelab.virtual_lab.images import Colour
from kinelab.virtual_lab.people.garment_cuts import BOTTOMS, SHOES, TOPS
from kinelab.virtual_lab.people.looks_palette import EYES, FITZPATRICK, HAIR, MONK

OUTFITS: tuple[str, ...] = ("lab", "street", "swim")
HAIR_STYLES: tuple[str, ...] = (
    "bald", "buzz", "receding", "short", "side_parted", "curly", "afro", "bob", "long", "ponytail", "bun",
)  # fmt: skip
BEARDS: tuple[str, ...] = ("none", "stubble", "moustache", "goatee", "full")
HEADWEAR: tuple[str, ...] = ("none", "cap", "beanie", "headscarf", "turban", "swim_cap")
PLAIN_CLOTH: Colour = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Dye:
    """Colours and pattern of one garment (see `drawing.surface.Material`)."""

    colour: Colour = PLAIN_CLOTH
    second: Colour = (0.8, 0.8, 0.8)
    pattern: str = "plain"
    pattern_m: float = 0.05


@dataclass(frozen=True)
class Looks:
    """Skin, hair, face and clothes of one person.

    skin_monk: tone on the Monk scale, 1 (lightest) to 10; skin_shade: -1 to 1 within the tone; top, bottom
    and shoes name cuts of `garment_cuts`; sleeve, hem and ease (each -1 to 1) lengthen and widen them within
    their kind; seed is that of folds and strands.
    """

    skin_monk: int = 5
    skin_shade: float = 0.0
    hair_style: str = "short"
    hair_colour: str = "brown"
    eye_colour: str = "brown"
    beard: str = "none"
    headwear: str = "none"
    glasses: bool = False
    outfit: str = "lab"
    top: str = "tshirt"
    bottom: str = "shorts"
    shoes: str = "sneakers"
    top_dye: Dye = Dye()
    bottom_dye: Dye = Dye()
    shoes_dye: Dye = Dye()
    headwear_dye: Dye = Dye()
    sleeve: float = 0.0
    hem: float = 0.0
    ease: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        with Problems("Looks") as problems:
            problems.one_of("skin_monk", self.skin_monk, range(1, len(MONK) + 1))
            problems.one_of("hair_style", self.hair_style, HAIR_STYLES)
            problems.one_of("hair_colour", self.hair_colour, HAIR)
            problems.one_of("eye_colour", self.eye_colour, EYES)
            problems.one_of("beard", self.beard, BEARDS)
            problems.one_of("headwear", self.headwear, HEADWEAR)
            problems.one_of("outfit", self.outfit, OUTFITS)
            problems.one_of("top", self.top, TOPS)
            problems.one_of("bottom", self.bottom, BOTTOMS)
            problems.one_of("shoes", self.shoes, SHOES)
            for name in ("skin_shade", "sleeve", "hem", "ease"):
                value = getattr(self, name)
                problems.add_if(not -1 <= value <= 1, f"{name} is {value}, expected -1 to 1")

    @property
    def fitzpatrick(self) -> str:
        """Skin type I to VI that the tone is nearest to: a convention for grouping, not a finding."""
        return FITZPATRICK[self.skin_monk - 1]

    @property
    def sole_m(self) -> float:
        """How much the shoes raise the person."""
        return SHOES[self.shoes].sole_m

    @property
    def clothing(self) -> str:
        """ "tight", "loose" or "skirt": how much the clothes hide of the limbs."""
        top, bottom = TOPS[self.top], BOTTOMS[self.bottom]
        if bottom.skirt or top.skirt_m > 0:
            return "skirt"
        return "loose" if max(top.ease_m, bottom.ease_m) + 0.006 * self.ease > 0.012 else "tight"

    def labels(self) -> dict[str, str | float | bool]:
        """Plain values for tables: every choice by name, and the groups derived from them."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        kept = {k: v for k, v in plain.items() if isinstance(v, str | float | bool | int) and k != "seed"}
        return kept | {"fitzpatrick": self.fitzpatrick, "clothing": self.clothing, "sole_m": self.sole_m}
