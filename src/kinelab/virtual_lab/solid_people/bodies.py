"""A virtual person: lengths of the body's segments, girth and colours."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from kinelab.core.checks import Array, Problems
from kinelab.virtual_lab.images import Colour

# Fractions of standing height: Drillis & Contini (1966), as drawn in Winter (2009), Biomechanics and Motor
# Control of Human Movement, 4th ed., Fig. 4.1. Where the drawing gives a level, the length is a difference
# of levels (hip 0.530, knee 0.285, ankle 0.039, shoulder 0.818).
THIGH = 0.530 - 0.285
SHANK = 0.285 - 0.039
ANKLE_HEIGHT = 0.039
FOOT = 0.152
HIP_TO_SHOULDER = 0.818 - 0.530
UPPER_ARM = 0.186
FOREARM = 0.146
# Not in that drawing. Distance of the hip joint centres: about 0.1 of the height (Seidel et al. 1995:
# 0.14 of the pelvis' width to the mid-line on either side). Neck: base of the neck on the trunk's axis.
# Shoulder: the joint's centre, inside the drawing's half breadth of 0.129 by about a deltoid.
# Foot: ankle a quarter of the foot's length in front of the heel's back, ball of the foot at 0.72.
HIP_HALF_WIDTH = 0.049
SHOULDER_HALF_WIDTH = 0.107
HIP_TO_NECK = 0.840 - 0.530
NECK_TO_HEAD_TOP = 0.160
ANKLE_OF_FOOT = 0.25
BALL_OF_FOOT = 0.72


@dataclass(frozen=True)
class Looks:
    """Colours (RGB, 0 to 1) and clothes of a virtual person; nothing here moves a joint.

    sleeve and leg_wear are the shares of the upper limb (0 none, 0.5 to the elbow, 1 to the wrist) and of
    the leg (0.5 to the knee, 1 to the ankle) that cloth covers; shirt_pattern 0 plain, 1 stripes, 2 checks.
    hair 0 bald, 1 short, 2 long; girth multiplies every radius.
    """

    skin: Colour = (0.78, 0.58, 0.46)
    shirt: Colour = (0.20, 0.38, 0.62)
    shirt_second: Colour = (0.85, 0.85, 0.85)
    trousers: Colour = (0.20, 0.21, 0.26)
    shoes: Colour = (0.88, 0.88, 0.86)
    hair_colour: Colour = (0.16, 0.10, 0.07)
    sleeve: float = 0.4
    leg_wear: float = 0.45
    shirt_pattern: int = 0
    hair: int = 1
    girth: float = 1.0


@dataclass(frozen=True)
class Body:
    """Height, segment proportions and looks of a virtual person. Lengths in metres.

    leg_scale and arm_scale multiply the legs' and arms' published share of the height, so that two people
    of one height differ in proportion.
    """

    height_m: float = 1.72
    leg_scale: float = 1.0
    arm_scale: float = 1.0
    width_scale: float = 1.0
    looks: Looks = field(default_factory=Looks)

    def __post_init__(self) -> None:
        with Problems("Body") as problems:
            good = 0.9 <= self.height_m <= 2.3
            problems.add_if(not good, f"height_m is {self.height_m}, expected 0.9 to 2.3 (metres)")
            for name in ("leg_scale", "arm_scale", "width_scale"):
                value = getattr(self, name)
                problems.add_if(not 0.7 <= value <= 1.4, f"{name} is {value}, expected 0.7 to 1.4")
            girth = self.looks.girth
            problems.add_if(not 0.6 <= girth <= 1.6, f"girth is {girth}, expected 0.6 to 1.6")

    @property
    def thigh_m(self) -> float:
        """Hip to knee."""
        return THIGH * self.height_m * self.leg_scale

    @property
    def shank_m(self) -> float:
        """Knee to ankle."""
        return SHANK * self.height_m * self.leg_scale

    @property
    def ankle_height_m(self) -> float:
        """Ankle above the sole of a flat foot."""
        return ANKLE_HEIGHT * self.height_m

    @property
    def foot_m(self) -> float:
        """Heel to the tip of the big toe."""
        return FOOT * self.height_m

    @property
    def ankle_ahead_m(self) -> float:
        """Ankle in front of the heel, along the sole."""
        return ANKLE_OF_FOOT * self.foot_m

    @property
    def ball_ahead_m(self) -> float:
        """Ball of the foot (metatarsophalangeal joint) in front of the heel."""
        return BALL_OF_FOOT * self.foot_m

    @property
    def toes_m(self) -> float:
        """Ball of the foot to the tip of the big toe."""
        return self.foot_m - self.ball_ahead_m

    @property
    def hip_half_width_m(self) -> float:
        """Mid-hip to a hip joint centre."""
        return HIP_HALF_WIDTH * self.height_m * self.width_scale


def random_body(rng: np.random.Generator) -> Body:
    """A random adult or older child; skin, hair and clothes spread evenly over a wide range."""
    return Body(
        height_m=float(rng.uniform(1.35, 1.98)),
        leg_scale=float(rng.uniform(0.94, 1.07)),
        arm_scale=float(rng.uniform(0.93, 1.07)),
        width_scale=float(rng.uniform(0.9, 1.12)),
        looks=random_looks(rng),
    )


def random_looks(rng: np.random.Generator) -> Looks:
    """Random colours and clothes. Skin runs evenly from very light to very dark."""
    tone = rng.uniform()
    light, dark = np.array([0.95, 0.78, 0.68]), np.array([0.24, 0.15, 0.11])
    skin = light + (dark - light) * tone + rng.uniform(-0.03, 0.03, 3)
    hairs = np.array(
        [[0.07, 0.06, 0.06], [0.18, 0.11, 0.07], [0.40, 0.26, 0.14], [0.78, 0.64, 0.40], [0.72, 0.72, 0.73]]
    )
    shirt = _cloth(rng)
    trousers = shirt if rng.uniform() < 0.1 else _cloth(rng)
    bare_feet = rng.uniform() < 0.15
    return Looks(
        skin=_colour(skin),
        shirt=shirt,
        shirt_second=_cloth(rng),
        trousers=trousers,
        shoes=_colour(skin) if bare_feet else _cloth(rng),
        hair_colour=_colour(hairs[rng.integers(5)] * rng.uniform(0.8, 1.2)),
        sleeve=float(rng.choice([0.0, 0.3, 0.42, 1.0], p=[0.15, 0.25, 0.3, 0.3])),
        leg_wear=float(rng.choice([0.2, 0.42, 0.55, 1.0], p=[0.15, 0.25, 0.1, 0.5])),
        shirt_pattern=int(rng.choice(3, p=[0.7, 0.18, 0.12])),
        hair=int(rng.choice(3, p=[0.12, 0.55, 0.33])),
        girth=float(np.clip(rng.normal(1.02, 0.13), 0.78, 1.4)),
    )


def _cloth(rng: np.random.Generator) -> Colour:
    """A colour of cloth: greys as often as hues, dark as often as light."""
    grey = rng.uniform(0.05, 0.93)
    if rng.uniform() < 0.45:
        return _colour(grey + rng.uniform(-0.03, 0.03, 3))
    hue = rng.uniform(0, 1)
    wheel = np.clip(np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    strength = rng.uniform(0.25, 1.0)
    return _colour(rng.uniform(0.2, 0.95) * (1 - strength + strength * wheel))


def _colour(values: Array) -> Colour:
    red, green, blue = np.clip(values, 0.02, 0.98)
    return float(red), float(green), float(blue)
