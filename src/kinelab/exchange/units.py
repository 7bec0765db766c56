"""Units in the Unified Code for Units of Measure, and how many decimals of each are sent."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from kinelab.errors import InputError
from kinelab.exchange.systems import UCUM

# Unit of a measure -> UCUM code, decimals. The last decimal lies far below what any estimator knows.
_UNITS = {
    "m/s": ("m/s", 4),
    "m": ("m", 4),
    "s": ("s", 4),
    "steps/min": ("{steps}/min", 2),
    "% of stride": ("%", 2),
    "%": ("%", 2),
    "deg": ("deg", 2),
    "1": ("1", 4),
}
UCUM_CODES = frozenset(code for code, _ in _UNITS.values())


def decimal(value: float, unit: str) -> Decimal:
    """The value with the decimals of its unit, without zeros at the end.

    Servers written in JavaScript turn 1.10 into 1.1; without such zeros all digits come back from any server.
    How sure a value is, its sd and interval say.

    Raises:
        InputError: a unit without a code, or a value that is not finite.
    """
    if not math.isfinite(value):
        raise InputError(f"a value in {unit} is {value}; only finite numbers can be sent")
    text = f"{value:.{_of(unit)[1]}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return Decimal("0" if text == "-0" else text)


def quantity(value: float, unit: str) -> dict[str, Any]:
    """A FHIR Quantity; raises as `decimal`."""
    return {"value": decimal(value, unit), "unit": unit, "system": UCUM, "code": _of(unit)[0]}


def _of(unit: str) -> tuple[str, int]:
    if unit not in _UNITS:
        raise InputError(f"unit {unit!r} has no UCUM code here; there are {', '.join(_UNITS)}")
    return _UNITS[unit]
