"""Who moved. Pseudonymous: identity stays in the clinic's own system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kinelab.core.checks import Problems

Sex = Literal["female", "male", "other"]
AffectedSide = Literal["left", "right", "both", "none"]


@dataclass(frozen=True)
class Subject:
    """A person under a pseudonym; what is unknown is None."""

    id: str = "anonymous"
    height_m: float | None = None
    mass_kg: float | None = None
    sex: Sex | None = None
    affected_side: AffectedSide | None = None
    birth_year: int | None = None

    def __post_init__(self) -> None:
        with Problems("Subject") as problems:
            problems.add_if(not self.id.strip(), "id is empty")
            _within(problems, "height_m", self.height_m, 0.4, 2.6, "give metres, not centimetres")
            _within(problems, "mass_kg", self.mass_kg, 2.0, 400.0, "give kilograms")
            _within(problems, "birth_year", self.birth_year, 1890, 2100, "give a year such as 1980")
            problems.one_of("sex", self.sex, (None, "female", "male", "other"))
            problems.one_of("affected_side", self.affected_side, (None, "left", "right", "both", "none"))


def _within(problems: Problems, name: str, value: float | None, low: float, high: float, advice: str) -> None:
    outside = value is not None and not low <= value <= high
    problems.add_if(outside, f"{name} is {value}, expected {low:g} to {high:g} ({advice})")
