"""Impossible shapes are refused in words that help."""

from __future__ import annotations

import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.people.shape import Shape


def test_body_mass_index() -> None:
    assert Shape("male", 30, 1.80, 72.9).bmi == pytest.approx(22.5)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"height_m": 2.6}, r"height_m is 2.6, allowed are 0.95 to 2.2 \(metres\)"),
        ({"height_m": 175}, "height_m is 175"),
        ({"mass_kg": 26}, r"body mass index of 9.0, allowed are 12.5 to 40, that is 36 to 116 kg"),
        ({"age_years": 2}, "age_years is 2, allowed are 5 to 90"),
        ({"sex": "f"}, "sex is 'f', allowed are 'female', 'male'"),
        ({"muscle": 1.2}, "muscle is 1.2, allowed are 0 to 1"),
        ({"ancestry": (1, 1, 1)}, "three shares that sum to 1"),
    ],
)
def test_impossible_shapes(shape: dict[str, object], words: str) -> None:
    given: dict[str, object] = {"sex": "female", "age_years": 40, "height_m": 1.7, "mass_kg": 65} | shape
    with pytest.raises(InputError, match=words):
        Shape(**given)  # type: ignore[arg-type]
