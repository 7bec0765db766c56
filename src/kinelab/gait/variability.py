"""How much strides of one foot differ from each other."""

from __future__ import annotations

import numpy as np

from kinelab.core.events import SIDES
from kinelab.core.measures import Measure
from kinelab.core.quantities import QUANTITIES
from kinelab.core.strides import Strides
from kinelab.gait.angles import JOINTS

# A spread of two strides says nothing.
LEAST_STRIDES = 3


def variability(strides: Strides) -> tuple[Measure, ...]:
    """Coefficient of variation of stride time, and the spread of the angle curves, of each foot.

    Stride time: 100 sd / mean, % (Hausdorff 2005). Curves: the standard deviation (n - 1) between strides at
    each of 101 points, averaged over the stride, deg (Winter 2009). From three strides on. Both are poorly
    known from few strides and include the error of the events and of the keypoints.
    """
    rows: list[Measure] = []
    for side in SIDES:
        chosen = strides.chosen(side)
        duration = strides.stop_s[chosen] - strides.start_s[chosen]
        if duration.size >= LEAST_STRIDES:
            cv = 100 * duration.std(ddof=1) / duration.mean()
            rows.append(
                Measure("stride_time_cv_pct", float(cv), _unit("stride_time_cv_pct"), duration.size, side)
            )
        for joint, angle in JOINTS.items():
            name = f"{angle}_{side[0]}"
            curves = strides.curves(side, name) if name in strides.names else np.empty((0, 1))
            whole = curves[np.isfinite(curves).all(axis=1)]
            if len(whole) >= LEAST_STRIDES:
                spread = float(whole.std(axis=0, ddof=1).mean())
                quantity = f"{joint}_curve_sd_deg"
                rows.append(Measure(quantity, spread, _unit(quantity), len(whole), side))
    return tuple(rows)


def _unit(name: str) -> str:
    return QUANTITIES[name].unit
