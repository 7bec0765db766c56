"""The wardrobe: how each garment is cut, in shares of the limbs it covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Top:
    """sleeve: share of the arm covered (0 shoulder, 1 elbow, 2 wrist; below 0 = none, the value is where the
    armhole runs); hem: share of the trunk's height over the hips where it ends (negative = below, of the
    thigh); neck: "crew", "scoop", "vee", "high". skirt_m > 0: goes on as a skirt of that length below the
    hips; cuffed: drawn in at the wrists. thick_m lies on the skin, ease_m is added where it hangs free."""

    sleeve: float
    hem: float
    neck: str = "crew"
    thick_m: float = 0.004
    ease_m: float = 0.008
    wrinkle_m: float = 0.002
    skirt_m: float = 0.0
    hood: bool = False
    cuffed: bool = False


@dataclass(frozen=True)
class Bottom:
    """waist: share of the trunk's height over the hips; leg: share of the leg covered (1 knee, 2 ankle);
    flare widens towards the hem; skirt: one tube about both legs."""

    waist: float
    leg: float
    thick_m: float = 0.004
    ease_m: float = 0.006
    flare_m: float = 0.0
    wrinkle_m: float = 0.002
    skirt: bool = False
    denim: bool = False


@dataclass(frozen=True)
class Shoe:
    """height: share of the shank covered, counted up from the ankle (negative = lower); the opening reaches
    open_m ahead of the ankle and dips by dip_m there."""

    sole_m: float
    thick_m: float = 0.006
    height: float = -0.02
    dip_m: float = 0.05
    open_m: float = 0.035
    shine: float = 0.1
    laced: bool = False


TOPS: Mapping[str, Top] = MappingProxyType(
    {
        "none": Top(-1, 1),
        "tshirt": Top(0.62, -0.10, thick_m=0.004, ease_m=0.016, wrinkle_m=0.007),
        "tight_tshirt": Top(0.45, -0.05, thick_m=0.003, ease_m=0.003, wrinkle_m=0.001),
        "polo": Top(0.68, -0.12, "vee", 0.005, 0.014, 0.006),
        "tank": Top(-0.22, -0.08, "scoop", 0.0035, 0.010, 0.005),
        "sports_bra": Top(-0.25, 0.62, "scoop", 0.004, 0.0, 0.0005),
        "compression": Top(1.95, -0.05, thick_m=0.0025, ease_m=0.0, wrinkle_m=0.0008),
        "shirt": Top(1.95, -0.18, "vee", 0.004, 0.017, 0.007),
        "blouse": Top(1.5, -0.14, "scoop", 0.004, 0.018, 0.007),
        "sweater": Top(2.0, -0.12, "crew", 0.008, 0.016, 0.007, cuffed=True),
        "hoodie": Top(2.03, -0.12, "high", 0.009, 0.020, 0.008, hood=True, cuffed=True),
        "jacket": Top(2.02, -0.14, "high", 0.010, 0.018, 0.007, cuffed=True),
        "coat": Top(2.05, -0.05, "high", 0.015, 0.018, 0.007, skirt_m=0.42),
        "dress": Top(0.25, 0.25, "scoop", 0.004, 0.006, 0.005, skirt_m=0.46),
        "long_dress": Top(1.9, 0.25, "crew", 0.005, 0.014, 0.007, skirt_m=0.80),
        "swimsuit": Top(-0.25, -0.02, "scoop", 0.003, 0.0, 0.0003),
        "bikini_top": Top(-0.28, 0.66, "scoop", 0.003, 0.0, 0.0003),
        "wetsuit_top": Top(1.95, -0.02, "high", 0.005, 0.0, 0.0008),
        "swim_tunic": Top(1.95, 0.2, "high", 0.004, 0.010, 0.005, skirt_m=0.28),
    }
)
BOTTOMS: Mapping[str, Bottom] = MappingProxyType(
    {
        "none": Bottom(0, 0),
        "shorts": Bottom(0.24, 0.62, 0.004, 0.016, 0.012, 0.006),
        "short_shorts": Bottom(0.22, 0.30, 0.004, 0.010, 0.012, 0.005),
        "cycling_shorts": Bottom(0.26, 0.72, 0.003, 0.0, 0.0, 0.0006),
        "leggings": Bottom(0.30, 1.92, 0.003, 0.0, 0.0, 0.0006),
        "capri": Bottom(0.30, 1.45, 0.003, 0.001, 0.0, 0.0008),
        "joggers": Bottom(0.24, 1.97, 0.006, 0.016, -0.010, 0.008),
        "trousers": Bottom(0.24, 2.04, 0.005, 0.014, 0.014, 0.007),
        "jeans": Bottom(0.22, 2.02, 0.005, 0.006, 0.006, 0.006, denim=True),
        "wide_trousers": Bottom(0.28, 2.04, 0.005, 0.020, 0.035, 0.008),
        "short_skirt": Bottom(0.28, 0.55, 0.004, 0.014, 0.25, 0.005, skirt=True),
        "skirt": Bottom(0.28, 1.0, 0.004, 0.014, 0.18, 0.005, skirt=True),
        "long_skirt": Bottom(0.28, 1.75, 0.004, 0.014, 0.14, 0.005, skirt=True),
        "swim_trunks": Bottom(0.18, 0.50, 0.004, 0.012, 0.014, 0.005),
        "swim_briefs": Bottom(0.16, 0.0, 0.003, 0.0, 0.0, 0.0003),
        "wetsuit_bottom": Bottom(0.30, 1.9, 0.005, 0.0, 0.0, 0.0008),
    }
)
SHOES: Mapping[str, Shoe] = MappingProxyType(
    {
        "barefoot": Shoe(0.0),
        "socks": Shoe(0.0, 0.0025, 0.28, 0.0),
        "sneakers": Shoe(0.026, 0.008, -0.01, 0.045, laced=True),
        "running_shoes": Shoe(0.030, 0.008, -0.02, 0.045, laced=True),
        "leather_shoes": Shoe(0.018, 0.006, -0.03, 0.045, shine=0.5),
        "ballet_flats": Shoe(0.008, 0.004, -0.045, 0.025, 0.07, shine=0.3),
        "boots": Shoe(0.028, 0.010, 0.30, 0.0, shine=0.25),
    }
)
