"""What a virtual person's body is asked to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kinelab.core.checks import Problems

Sex = Literal["female", "male"]
SEXES: tuple[Sex, ...] = ("female", "male")
AGES = (5.0, 90.0)
HEIGHTS_M = (0.95, 2.20)
BMIS = (12.5, 40.0)


@dataclass(frozen=True)
class Shape:
    """A body by what can be measured on it; height and mass are met exactly (`figure.figure_of`).

    age_years 5 to 90: sets proportions, skin and posture of the mesh, not its size. muscle and proportions 0
    to 1 (0.5 is ordinary; proportions 1 is MakeHuman's "uncommon", broad in the waist and short in the leg).
    ancestry: shares of MakeHuman's African, Asian and European forms of face and trunk. cup 0 to 1, women.
    """

    sex: Sex
    age_years: float
    height_m: float
    mass_kg: float
    muscle: float = 0.5
    proportions: float = 0.5
    ancestry: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)
    cup: float = 0.5

    def __post_init__(self) -> None:
        with Problems("Shape") as problems:
            problems.one_of("sex", self.sex, SEXES)
            low, high = AGES
            problems.add_if(
                not low <= self.age_years <= high,
                f"age_years is {self.age_years:g}, allowed are {low:g} to {high:g}",
            )
            low, high = HEIGHTS_M
            tall = f"height_m is {self.height_m:g}, allowed are {low:g} to {high:g} (metres)"
            problems.add_if(not low <= self.height_m <= high, tall)
            if low <= self.height_m <= high:
                low, high = BMIS
                masses = f"{low * self.height_m**2:.0f} to {high * self.height_m**2:.0f} kg"
                heavy = (
                    f"mass_kg {self.mass_kg:g} at {self.height_m:g} m is a body mass index of "
                    f"{self.bmi:.1f}, allowed are {low:g} to {high:g}, that is {masses}"
                )
                problems.add_if(not low <= self.bmi <= high, heavy)
            for name in ("muscle", "proportions", "cup"):
                value = getattr(self, name)
                problems.add_if(not 0 <= value <= 1, f"{name} is {value:g}, allowed are 0 to 1")
            whole = len(self.ancestry) == 3 and min(self.ancestry) >= 0 and abs(sum(self.ancestry) - 1) < 1e-6
            problems.add_if(not whole, f"ancestry is {self.ancestry}, expected three shares that sum to 1")

    @property
    def bmi(self) -> float:
        """Body mass index, kg/m2."""
        return self.mass_kg / self.height_m**2
