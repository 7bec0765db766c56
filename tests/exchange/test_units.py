from __future__ import annotations

import math
from decimal import Decimal

import pytest

from kinelab.core.quantities import QUANTITIES
from kinelab.errors import InputError
from kinelab.exchange.units import decimal, quantity


def test_every_unit_of_the_catalogue_has_a_ucum_code() -> None:
    codes = {row.unit: quantity(1.0, row.unit)["code"] for row in QUANTITIES.values()}
    assert codes == {
        "m/s": "m/s", "steps/min": "{steps}/min", "s": "s", "% of stride": "%", "m": "m", "deg": "deg",
        "%": "%", "1": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1.25, "s", "1.25"), (58.123456, "deg", "58.12"), (60.0, "deg", "60"), (-0.001, "deg", "0"),
     (100.0, "%", "100"), (0.88792835, "m/s", "0.8879"), (-12.30, "deg", "-12.3")],
)  # fmt: skip
def test_decimals_of_the_unit_without_zeros_at_the_end(value: float, unit: str, text: str) -> None:
    assert str(decimal(value, unit)) == text
    assert isinstance(decimal(value, unit), Decimal)


def test_what_cannot_be_sent_is_refused() -> None:
    with pytest.raises(InputError, match="unit 'furlong' has no UCUM code"):
        quantity(1.0, "furlong")
    with pytest.raises(InputError, match="a value in deg is nan"):
        decimal(math.nan, "deg")
