"""Mean and spread of the stride curves of one side, and of the toe-off: what the stride figures draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import Side
from kinelab.core.strides import Strides
from kinelab.reports.angle_names import SUFFIX


@dataclass(frozen=True)
class SideCurves:
    """The used strides of one joint and side: curves (n, 101) deg and where the foot left the ground.

    sd is the sample standard deviation (n - 1); NaN with one stride.
    """

    curves_deg: Array
    toe_off_pct: Array

    @property
    def n(self) -> int:
        """Number of strides with a curve."""
        return int(self.curves_deg.shape[0])

    @property
    def mean_deg(self) -> Array:
        """Mean curve, (101,) deg."""
        mean: Array = self.curves_deg.mean(axis=0)
        return mean

    @property
    def sd_deg(self) -> Array:
        """Spread between the strides, (101,) deg."""
        if self.n < 2:
            return np.full(self.curves_deg.shape[1], np.nan)
        sd: Array = self.curves_deg.std(axis=0, ddof=1)
        return sd

    def toe_off(self) -> tuple[float, float]:
        """Mean and sd of the toe-off, % of the stride; NaN where not known."""
        pct = self.toe_off_pct[np.isfinite(self.toe_off_pct)]
        mean = float(pct.mean()) if pct.size else float("nan")
        return mean, float(pct.std(ddof=1)) if pct.size > 1 else float("nan")


def side_curves(strides: Strides, stem: str, side: Side) -> SideCurves:
    """Curves of one joint over the used strides of one side; n = 0 where the angle does not exist."""
    chosen = strides.chosen(side)
    start, stop, toe_off = (t[chosen] for t in (strides.start_s, strides.stop_s, strides.toe_off_s))
    name = stem + SUFFIX[side]
    curves = strides.curves(side, name) if name in strides.names else np.empty((0, 101))
    whole = np.isfinite(curves).all(axis=1)
    return SideCurves(curves[whole], 100 * (toe_off - start) / (stop - start))
