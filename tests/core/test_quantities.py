from __future__ import annotations

import pytest

from kinelab.core.quantities import QUANTITIES, Quantity, quantity
from kinelab.errors import InputError

SUFFIX_UNITS = {
    "_s": "s", "_m": "m", "_mps": "m/s", "_spm": "steps/min", "_deg": "deg",
}  # fmt: skip


def test_the_unit_agrees_with_the_name() -> None:
    for name, row in QUANTITIES.items():
        assert name == row.name
        suffix = f"_{name.rpartition('_')[2]}"
        if suffix == "_pct":
            assert row.unit in ("%", "% of stride"), name
        else:
            assert row.unit == SUFFIX_UNITS.get(suffix, "1"), name


def test_every_row_has_a_label_of_its_own_without_the_unit() -> None:
    labels = [row.label for row in QUANTITIES.values()]
    assert len(set(labels)) == len(labels)
    assert not any("(" in label for label in labels)


def test_the_first_page_is_short() -> None:
    assert 10 <= sum(row.key for row in QUANTITIES.values()) <= 20


def test_an_unknown_quantity_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no quantity 'gait_speed'.*speed_mps, cadence_spm"):
        quantity("gait_speed")
    assert quantity("speed_mps").unit == "m/s"


def test_an_empty_field_is_an_error() -> None:
    with pytest.raises(InputError, match="Quantity x: source is empty"):
        Quantity("x", "X", "s", "angles", "larger", "as defined", " ")


def test_a_code_names_its_vocabulary() -> None:
    assert quantity("speed_mps").code == (
        "http://hl7.org/fhir/uv/phr/CodeSystem/observation-pghd-codes|walkingSpeed"
    )
    with pytest.raises(InputError, match=r"code is 'walkingSpeed', expected system\|code"):
        Quantity("x", "X", "m", "angles", "larger", "measured", "a book", "walkingSpeed")
