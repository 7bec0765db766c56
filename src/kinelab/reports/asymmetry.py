"""Which quantities differ between the sides by more than a stated threshold and more than their error."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kinelab.core.measures import Measure, Measures

# McGinley et al. (Gait & Posture 29:360-369, 2009): errors above 5 deg may mislead a clinical interpretation.
ANGLE_THRESHOLD_DEG = 5.0
# Robinson et al. (1987) compare sides by (left - right) / mean; 10 % is the customary limit, not a norm.
INDEX_THRESHOLD_PCT = 10.0
_NOT_COMPARED = ("_time_pct", "_cv_pct", "_curve_sd_deg")
_SCORES = ("gvs_", "gps_", "gdi", "anomaly_")


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
    def times_threshold(self) -> float:
        """How many times the threshold it is; NaN where the mean is near zero."""
        if self.left.unit == "deg":
            return abs(self.difference) / ANGLE_THRESHOLD_DEG
        return abs(self.index_pct) / INDEX_THRESHOLD_PCT

    @property
    def mdc95(self) -> float | None:
        """The larger of both sides' smallest real changes, in the unit; None where not known."""
        known = [m.mdc95 for m in (self.left, self.right) if m.mdc95 is not None]
        return max(known) if known else None

    @property
    def beyond(self) -> bool:
        """Beyond the threshold, and explained neither by the spread of strides nor by the known error."""
        error = max(self.mdc95 or 0.0, 0.0 if math.isnan(self.interval) else self.interval)
        return self.times_threshold > 1 and abs(self.difference) > error


def side_differences(measures: Measures) -> tuple[SideDifference, ...]:
    """Every quantity that was measured on both sides, in the order of the measures.

    The times of peaks and the measures of variability are left out: few strides say little about them. So
    are deviation scores, which are judged against the healthy.
    """
    right = {m.quantity: m for m in measures if m.side == "right"}
    pairs = [(m, right[m.quantity]) for m in measures if m.side == "left" and m.quantity in right]
    return tuple(
        SideDifference(left, other, left.value - other.value, math.hypot(_half(left), _half(other)))
        for left, other in pairs
        if not left.quantity.endswith(_NOT_COMPARED) and not left.quantity.startswith(_SCORES)
    )


def _half(measure: Measure) -> float:
    if measure.ci95 is None:
        return math.nan
    return (measure.ci95[1] - measure.ci95[0]) / 2
