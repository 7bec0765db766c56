"""Which quantities differ between the sides by more than a stated threshold and more than their spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kinelab.core.measures import Measure, Measures

# McGinley et al. (Gait & Posture 29:360-369, 2009): errors above 5 deg may mislead a clinical interpretation.
ANGLE_THRESHOLD_DEG = 5.0
# Robinson et al. (1987) compare sides by (left - right) / mean; 10 % is the customary limit, not a norm.
INDEX_THRESHOLD_PCT = 10.0
_NOT_COMPARED = ("_time_pct", "_cv_pct", "_curve_sd_deg")


@dataclass(frozen=True)
class SideDifference:
    """One quantity of both sides; difference = left - right, in its unit.

    interval: half width of the 95 % confidence interval of the difference, from those of both sides
    (root of the sum of squares); NaN with one stride.
    """

    left: Measure
    right: Measure
    difference: float
    interval: float

    @property
    def index_pct(self) -> float:
        """Difference / mean of both sides, %; NaN where the mean is near zero."""
        mean = (self.left.value + self.right.value) / 2
        return 100 * self.difference / mean if abs(mean) > 1e-9 else math.nan

    @property
    def threshold_text(self) -> str:
        """The threshold that applies, in words."""
        return f"{ANGLE_THRESHOLD_DEG:g} deg" if self.left.unit == "deg" else f"{INDEX_THRESHOLD_PCT:g} %"

    @property
    def beyond(self) -> bool:
        """Beyond the threshold, and not explained by the spread between strides."""
        if self.left.unit == "deg":
            large = abs(self.difference) > ANGLE_THRESHOLD_DEG
        else:
            large = abs(self.index_pct) > INDEX_THRESHOLD_PCT
        return large and not abs(self.difference) <= self.interval


def side_differences(measures: Measures) -> tuple[SideDifference, ...]:
    """Every quantity that was measured on both sides, in the order of the measures.

    The times of peaks and the measures of variability are left out: few strides say little about them.
    """
    right = {m.quantity: m for m in measures if m.side == "right"}
    pairs = [(m, right[m.quantity]) for m in measures if m.side == "left" and m.quantity in right]
    return tuple(
        SideDifference(left, other, left.value - other.value, math.hypot(_half(left), _half(other)))
        for left, other in pairs
        if not left.quantity.endswith(_NOT_COMPARED)
    )


def _half(measure: Measure) -> float:
    if measure.ci95 is None:
        return math.nan
    return (measure.ci95[1] - measure.ci95[0]) / 2
