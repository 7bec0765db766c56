"""Light of a scene: one lamp (or the sun) that casts shadows, and light from all round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, Problems
from kinelab.virtual_lab.images import Colour

Where = Literal["indoor", "outdoor", "pool"]
WHERES: tuple[Where, ...] = ("indoor", "outdoor", "pool")


@dataclass(frozen=True)
class Light:
    """What shines on people and things. Colours are LINEAR light, red green blue.

    towards: from the scene to the key light (any length; the light is taken as parallel). key: its colour;
    sky and ground: light from above and from below, blended by where a surface looks. softness_deg: half the
    angle under which the lamp is seen, which makes the shadows' soft edges.

    A floor in full light keeps the colour its backdrop has: so people should look right when key x
    sin(elevation) + sky is about 1.
    """

    towards: tuple[float, float, float] = (0.45, 1.2, 0.75)
    key: Colour = (0.78, 0.75, 0.70)
    sky: Colour = (0.42, 0.43, 0.45)
    ground: Colour = (0.24, 0.22, 0.20)
    softness_deg: float = 4.0

    def __post_init__(self) -> None:
        with Problems("Light") as problems:
            problems.add_if(not self.towards[1] > 0, f"towards is {self.towards}, expected above the floor")
            for name in ("key", "sky", "ground"):
                colour = getattr(self, name)
                good = len(colour) == 3 and all(0 <= value < 20 for value in colour)
                problems.add_if(not good, f"{name} is {colour}, expected three numbers from 0 to 20")
            soft = 0 < self.softness_deg <= 30
            problems.add_if(not soft, f"softness_deg is {self.softness_deg}, expected above 0, at most 30")

    @property
    def direction(self) -> Array:
        """Unit vector to the key light, (3,)."""
        towards = np.asarray(self.towards, float)
        unit: Array = towards / np.linalg.norm(towards)
        return unit


def draw_light(rng: np.random.Generator, where: Where = "indoor") -> Light:
    """A random light: lamps and windows, sun to overcast, or daylight from above the water.

    The floor gets about 1 in all, so that people fit their backdrop; the key's share of it is what varies.

    Raises:
        InputError: `where` is none of `WHERES`.
    """
    with Problems("draw_light") as problems:
        problems.one_of("where", where, WHERES)
    lowest_deg, share, softness_deg = {
        "indoor": (35.0, (0.25, 0.65), (4.0, 12.0)),
        "outdoor": (20.0, (0.10, 0.80), (0.5, 3.0)),
        "pool": (55.0, (0.30, 0.60), (6.0, 12.0)),
    }[where]
    elevation, azimuth = np.radians(rng.uniform(lowest_deg, 80)), rng.uniform(0, 2 * np.pi)
    lit = rng.uniform(*share)
    warmth = rng.uniform(-0.10, 0.14)
    tint = np.array([1 + warmth, 1.0, 1 - warmth])
    key = tint * min(lit / np.sin(elevation), 1.6)
    sky = (2 - tint) * (1 - lit)
    ground = sky * rng.uniform(0.3, 0.7)
    return Light(
        towards=(
            float(np.cos(elevation) * np.cos(azimuth)),
            float(np.sin(elevation)),
            float(np.cos(elevation) * np.sin(azimuth)),
        ),
        key=_colour(key),
        sky=_colour(sky),
        ground=_colour(ground),
        softness_deg=float(rng.uniform(*softness_deg)),
    )


def _colour(values: Array) -> Colour:
    red, green, blue = values.tolist()
    return red, green, blue
