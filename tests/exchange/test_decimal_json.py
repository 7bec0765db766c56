from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinelab.errors import InputError
from kinelab.exchange.decimal_json import from_json, to_json


def test_digits_stay_as_they_are() -> None:
    text = '{\n  "a": 1.10,\n  "b": [\n    -0.0,\n    100,\n    0.000001\n  ],\n  "c": {},\n  "d": []\n}\n'
    assert to_json(from_json(text)) == text
    assert from_json("[1.10]")[0] == Decimal("1.1")
    assert str(from_json("[1.10]")[0]) == "1.10"


def test_what_python_reads_is_what_was_written() -> None:
    data = {"ä": [None, True, False, 'a "b"\n\u2028', 3], "x": Decimal("2.50")}
    assert json.loads(to_json(data)) == {**data, "x": 2.5}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_any_decimal_comes_back_digit_for_digit(number: Decimal) -> None:
    assert str(from_json(to_json([number]))[0]) == format(number, "f")


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"a": [{"b": 0.5}]}, r"a\[0\].b is 0.5 \(float\)"),
        ([Decimal("NaN")], r"\[0\] is Decimal\('NaN'\)"),
        ({1}, "set"),
    ],
)
def test_what_json_has_not_is_refused_with_its_path(data: object, path: str) -> None:
    with pytest.raises(InputError, match=path):
        to_json(data)


@pytest.mark.parametrize("text", ["", "{", "[NaN]", "[-Infinity]", "[" * 100_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="this is not JSON"):
        from_json(text)
