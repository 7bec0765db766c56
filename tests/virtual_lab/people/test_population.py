"""Drawn people have the published means, spreads and correlations, and are balanced."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.people.figure import DENSITY_KGPM3, figure_of
from kinelab.virtual_lab.people.population import POPULATIONS, draw_shape, height_lost_m
from kinelab.virtual_lab.people.shape import Sex, Shape

N = 4000


def drawn(population: str, n: int = N) -> list[Shape]:
    rng = np.random.default_rng(11)
    return [draw_shape(rng, population) for _ in range(n)]


def of_sex(shapes: list[Shape], sex: Sex) -> tuple[np.ndarray, np.ndarray]:
    chosen = [s for s in shapes if s.sex == sex]
    return np.array([s.height_m for s in chosen]), np.array([s.mass_kg for s in chosen])


@pytest.mark.parametrize(
    ("sex", "height", "height_sd", "mass", "mass_sd"),
    # ANSUR II, as printed: stature 175.6 (6.9) and 162.9 (6.4) cm, mass 85.5 (14.2) and 67.8 (11.0) kg.
    [("male", 1.756, 0.069, 85.5, 14.2), ("female", 1.629, 0.064, 67.8, 11.0)],
)
def test_young_adults_are_those_of_ansur(
    sex: Sex, height: float, height_sd: float, mass: float, mass_sd: float
) -> None:
    heights, masses = of_sex(drawn("young_adults"), sex)
    assert heights.mean() == pytest.approx(height, abs=0.006)
    assert heights.std() == pytest.approx(height_sd, rel=0.06)
    assert masses.mean() == pytest.approx(mass, rel=0.025)
    assert masses.std() == pytest.approx(mass_sd, rel=0.10)
    assert 0.35 < np.corrcoef(heights, masses)[0, 1] < 0.60


@pytest.mark.parametrize(
    ("sex", "height", "thin", "kept"), [("male", 1.753, 20.7, 0.94), ("female", 1.613, 19.6, 0.885)]
)
def test_adults_are_those_of_nhanes(sex: Sex, height: float, thin: float, kept: float) -> None:
    """Mean height; 5th percentile of the body mass index, which the cut of the heaviest moves by 1 / kept.

    The log-normal law is 0.6 to 1.0 below the printed percentile; the printed tail is shorter.
    """
    heights, masses = of_sex(drawn("adults"), sex)
    assert heights.mean() == pytest.approx(height, abs=0.008)
    bmi = masses / heights**2
    assert bmi.max() < 38.01
    assert np.quantile(bmi, 0.05 / kept) == pytest.approx(thin, abs=1.3)
    assert np.quantile(bmi, 0.5 / kept) == pytest.approx(27.75, abs=0.6)


def test_the_old_are_shorter_by_what_they_lost() -> None:
    assert height_lost_m("male", 70) == pytest.approx(0.03)
    assert height_lost_m("female", 80) == pytest.approx(0.08)
    old, _ = of_sex(drawn("older_adults", 1500), "female")
    grown, _ = of_sex(drawn("adults", 1500), "female")
    assert 0.02 < grown.mean() - old.mean() < 0.07


def test_children_grow_along_the_growth_charts() -> None:
    shapes = drawn("children")
    ten = [s.height_m for s in shapes if s.sex == "female" and 9.5 < s.age_years < 10.5]
    assert np.mean(ten) == pytest.approx(1.382, abs=0.015)
    assert np.std(ten) / np.mean(ten) == pytest.approx(0.046, abs=0.012)


@pytest.mark.parametrize("population", list(POPULATIONS))
def test_sexes_ages_and_ancestries_are_balanced(population: str) -> None:
    shapes = drawn(population, 2000)
    assert np.mean([s.sex == "female" for s in shapes]) == pytest.approx(0.5, abs=0.04)
    low, high = POPULATIONS[population].ages
    ages = np.array([s.age_years for s in shapes])
    assert ages.min() >= low
    assert ages.max() <= high
    assert ages.mean() == pytest.approx((low + high) / 2, abs=0.04 * (high - low))
    np.testing.assert_allclose(np.mean([s.ancestry for s in shapes], axis=0), 1 / 3, atol=0.03)


def test_nearly_everyone_who_is_drawn_can_be_made() -> None:
    rng = np.random.default_rng(4)
    for k in range(60):
        figure_of(draw_shape(rng, list(POPULATIONS)[k % len(POPULATIONS)]))


def test_same_seed_same_people() -> None:
    one, two = ([draw_shape(np.random.default_rng(3), "adults") for _ in range(5)] for _ in range(2))
    assert one == two


def test_an_unknown_population_is_told() -> None:
    with pytest.raises(InputError, match="population is 'elderly', allowed are 'adults'"):
        draw_shape(np.random.default_rng(0), "elderly")


def test_everyone_who_is_drawn_can_be_built() -> None:
    """The heaviest that the mesh can be depends on the person; a draw beyond it would end a long training."""
    rng = np.random.default_rng(11)
    heavy: list[Shape] = []
    while len(heavy) < 12:
        shape = draw_shape(rng, "adults")
        if shape.sex == "female" and shape.bmi > 35:
            heavy.append(shape)
    for shape in heavy:
        assert figure_of(shape).volume_m3 == pytest.approx(shape.mass_kg / DENSITY_KGPM3, rel=1e-5)
