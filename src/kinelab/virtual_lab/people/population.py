"""People as they are: heights and masses drawn from published distributions, by sex and age.

Height is normal, body mass index log-normal and independent of it (their correlation in grown-ups is about
-0.05), from which the correlation of height and mass follows (0.4 to 0.5). Sexes, ancestries and ages are
balanced on purpose: a laboratory's sample, not a country's. Nobody is drawn beyond three standard deviations
of height, nor outside the body mass indices that the mesh can take (`_BMIS`, and for each person near them),
which cuts off the heaviest: some 6 % of American men and 11 to 15 % of women.

Sources; the numbers of those without "checked" are from memory:
ANSUR II   Gordon et al. 2014, NATICK/TR-15/007: 4,082 men, 1,986 women of the US Army
NHANES     Fryar et al. 2021, Vital Health Stat 3(46), 2015-2018: mean heights of adults; Fryar et al. 2016,
           3(39), 2011-2014: percentiles of the body mass index
Sorkin     Sorkin et al. 1999, Am J Epidemiol 150:969 (abstract checked): height lost with age
CDC        Kuczmarski et al. 2002, Vital Health Stat 11(246): growth charts, medians and variation; heights
           (half a month past each birthday) checked against the table statage
Fukuchi    Fukuchi et al. 2017, PeerJ 5:e3298: runners
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Problems
from kinelab.errors import InputError
from kinelab.virtual_lab.people.figure import can_be
from kinelab.virtual_lab.people.shape import SEXES, Sex, Shape

_BMIS: dict[Sex, tuple[float, float]] = {"female": (15.0, 37.0), "male": (15.0, 38.0)}
# From here on it depends on age, muscle and more how heavy the mesh can be (lowest of 1,300 people: 35.9).
_SURE_BMI = 35.0
_MOST_SD = 3.0
_PERSON_TRIES = 1000

# Age (years), median height (m) and body mass index of the CDC's charts; girls, boys.
_CDC_AGES = (5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
_CDC_HEIGHTS: dict[Sex, tuple[float, ...]] = {
    "female": (
        1.080, 1.150, 1.215, 1.276, 1.330, 1.382, 1.443, 1.512, 1.571, 1.604, 1.619, 1.625, 1.629, 1.631,
    ),
    "male": (
        1.092, 1.155, 1.219, 1.281, 1.337, 1.386, 1.435, 1.491, 1.562, 1.638, 1.701, 1.736, 1.753, 1.761,
    ),
}  # fmt: skip
_CDC_BMIS: dict[Sex, tuple[float, ...]] = {
    "female": (15.2, 15.2, 15.5, 15.8, 16.3, 16.9, 17.5, 18.1, 18.7, 19.3, 19.9, 20.5, 20.9, 21.3),
    "male": (15.4, 15.4, 15.5, 15.8, 16.2, 16.6, 17.2, 17.8, 18.4, 19.1, 19.8, 20.5, 21.2, 21.8),
}
_CDC_HEIGHT_CV = 0.044
_CDC_BMI_CVS = (0.08, 0.13)  # at the youngest, from twelve years on


@dataclass(frozen=True)
class Body:
    """Height (m) and body mass index of one sex: mean and SD, median and SD of its logarithm.

    Height is that at `age_years`; it is less in older people by Sorkin's loss.
    """

    height_m: float
    height_sd_m: float
    bmi: float
    log_bmi_sd: float
    age_years: float


@dataclass(frozen=True)
class Population:
    """Whom to draw: ages (years, all alike often) and the bodies of both sexes; None = the CDC's children."""

    name: str
    ages: tuple[float, float]
    bodies: Mapping[Sex, Body] | None = None

    def __post_init__(self) -> None:
        low, high = self.ages
        with Problems(f"Population {self.name}") as problems:
            problems.add_if(not 5 <= low < high <= 90, f"ages are {self.ages}, expected within 5 to 90")


_ANSUR: Mapping[Sex, Body] = MappingProxyType(
    {"female": Body(1.6285, 0.0642, 25.3, 0.141, 30), "male": Body(1.7562, 0.0686, 27.4, 0.146, 30)}
)
_NHANES: Mapping[Sex, Body] = MappingProxyType(
    {"female": Body(1.613, 0.070, 27.7, 0.241, 50), "male": Body(1.753, 0.074, 27.8, 0.199, 50)}
)
_RUNNERS: Mapping[Sex, Body] = MappingProxyType(
    {"female": Body(1.640, 0.064, 21.3, 0.085, 35), "male": Body(1.760, 0.068, 22.4, 0.085, 35)}
)
POPULATIONS: Mapping[str, Population] = MappingProxyType(
    {
        one.name: one
        for one in (
            Population("adults", (20, 80), _NHANES),
            Population("young_adults", (18, 40), _ANSUR),
            Population("older_adults", (65, 88), _NHANES),
            Population("runners", (20, 50), _RUNNERS),
            Population("children", (6, 17)),
        )
    }
)


def draw_shape(rng: np.random.Generator, population: str = "adults") -> Shape:
    """One person of a population in `POPULATIONS`.

    Raises:
        InputError: no such population.
    """
    if population not in POPULATIONS:
        raise InputError(f"population is {population!r}, allowed are {', '.join(map(repr, POPULATIONS))}")
    while True:
        shape = _drawn(rng, POPULATIONS[population])
        if shape.bmi < _SURE_BMI or can_be(shape):
            return shape


def _drawn(rng: np.random.Generator, chosen: Population) -> Shape:
    """Someone; a heavy one may be heavier than the mesh can be."""
    sex = SEXES[int(rng.integers(len(SEXES)))]
    age = float(rng.uniform(*chosen.ages))
    body = chosen.bodies[sex] if chosen.bodies is not None else _child(sex, age)
    mean = body.height_m - height_lost_m(sex, age) + height_lost_m(sex, body.age_years)
    height = mean + body.height_sd_m * _normal(rng, -_MOST_SD, _MOST_SD)
    low, high = (float(np.log(edge / body.bmi) / body.log_bmi_sd) for edge in _BMIS[sex])
    bmi = body.bmi * float(np.exp(body.log_bmi_sd * _normal(rng, low, high)))
    # Muscle wanes from forty on; by how much of the mesh's range is an own choice.
    prime = np.clip(1 - max(age - 40, 0) / 100, 0.4, 1)
    return Shape(
        sex,
        age,
        float(height),
        float(bmi * height**2),
        muscle=float(prime * rng.beta(4, 4)),
        proportions=float(rng.beta(2.5, 2.5)),
        ancestry=_ancestry(rng),
        cup=float(rng.beta(2.5, 2.5)),
    )


def height_lost_m(sex: Sex, age_years: float) -> float:
    """Height lost since thirty: 3 cm (men), 5 cm (women) at seventy, 5 and 8 cm at eighty (Sorkin 1999)."""
    past = np.array([30.0, 70.0, 80.0, 90.0])
    lost = np.array([0.0, 0.05, 0.08, 0.11]) if sex == "female" else np.array([0.0, 0.03, 0.05, 0.07])
    return float(np.interp(age_years, past, lost))


def _child(sex: Sex, age: float) -> Body:
    height = float(np.interp(age, _CDC_AGES, _CDC_HEIGHTS[sex]))
    bmi = float(np.interp(age, _CDC_AGES, _CDC_BMIS[sex]))
    return Body(height, _CDC_HEIGHT_CV * height, bmi, float(np.interp(age, (5, 12), _CDC_BMI_CVS)), age)


def _normal(rng: np.random.Generator, low: float, high: float) -> float:
    """A standard normal number within bounds."""
    for _ in range(_PERSON_TRIES):
        value = float(rng.standard_normal())
        if low <= value <= high:
            return value
    return float(np.clip(0.0, low, high))


def _ancestry(rng: np.random.Generator) -> tuple[float, float, float]:
    first, second, third = (float(x) for x in rng.dirichlet([0.7, 0.7, 0.7]))
    return (first, second, third)
