from __future__ import annotations

import pytest

from kinelab.core.subject import Subject
from kinelab.errors import InputError


def test_unknown_is_none():
    person = Subject()
    assert (person.id, person.height_m, person.mass_kg, person.sex) == ("anonymous", None, None, None)


def test_bounds_belong_to_the_range():
    assert Subject(height_m=0.4).height_m == 0.4
    assert Subject(mass_kg=400).mass_kg == 400


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "  "}, "Subject: id is empty"),
        ({"height_m": 178}, r"height_m is 178, expected 0\.4 to 2\.6 \(give metres, not centimetres\)"),
        ({"height_m": float("nan")}, "height_m is nan"),
        ({"mass_kg": 0}, r"mass_kg is 0, expected 2 to 400 \(give kilograms\)"),
        ({"birth_year": 80}, r"birth_year is 80, expected 1890 to 2100 \(give a year such as 1980\)"),
        ({"sex": "f"}, "sex is 'f', allowed are None, 'female', 'male', 'other'"),
        ({"affected_side": "L"}, "affected_side is 'L', allowed are None, 'left', 'right', 'both', 'none'"),
        ({"height_m": 178, "mass_kg": 0}, "height_m is 178.*; mass_kg is 0"),
    ],
)
def test_bad_subject(fields, message):
    with pytest.raises(InputError, match=message):
        Subject(**fields)
