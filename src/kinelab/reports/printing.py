"""Numbers as they are printed: as many decimals as the quantity deserves, never without unit and n."""

from __future__ import annotations

import math

from kinelab.core.measures import Measure
from kinelab.core.quantities import QUANTITIES

_DECIMALS = {"s": 2, "m": 2, "m/s": 2, "1": 2}
NOT_KNOWN = "–"


def number(value: float, unit: str) -> str:
    """The value with the decimals of its unit and a true minus; a dash where it is not known."""
    if not math.isfinite(value):
        return NOT_KNOWN
    text = f"{value:.{_DECIMALS.get(unit, 1)}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")


def unit_text(unit: str) -> str:
    """The unit for people: `1` is a ratio."""
    return "ratio" if unit == "1" else unit


def label(quantity: str) -> str:
    """The catalogue's label; a quantity that is not in it keeps its own name."""
    known = QUANTITIES.get(quantity)
    return known.label if known else quantity.replace("_", " ")


def mean_sd(measure: Measure) -> str:
    """`48.3 ± 1.2`, or the value alone where there is no spread."""
    mean = number(measure.value, measure.unit)
    return f"{mean} ± {number(measure.sd, measure.unit)}" if math.isfinite(measure.sd) else mean


def interval(low_high: tuple[float, float] | None, unit: str) -> str:
    """`47.1 to 49.5`; a dash without an interval."""
    if low_high is None or not all(map(math.isfinite, low_high)):
        return NOT_KNOWN
    return f"{number(low_high[0], unit)} to {number(low_high[1], unit)}"


def with_unit(measure: Measure) -> str:
    """`48.3 ± 1.2 deg (n = 4)`."""
    unit = "" if measure.unit == "1" else f" {measure.unit}"
    return f"{mean_sd(measure)}{unit} (n = {measure.n})"
