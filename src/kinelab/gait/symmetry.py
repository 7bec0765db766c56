"""How much the left side differs from the right."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from kinelab.core.measures import Measure, Measures
from kinelab.core.quantities import QUANTITIES

COMPARED = (
    "step_time_s",
    "stance_pct",
    "swing_pct",
    "step_length_m",
    "hip_rom_deg",
    "knee_rom_deg",
    "ankle_rom_deg",
    "knee_max_flexion_swing_deg",
)


def symmetry(measures: Measures) -> tuple[Measure, ...]:
    """Symmetry index and ratio of each quantity that both sides have.

    Index: 100 (right - left) / (half of right + left), %, Robinson, Herzog, Nigg 1987 (signed, as there).
    Ratio: larger over smaller side, as Patterson 2010 recommend, so it is 1 or more. Both are of the mean
    values; n is the smaller n of the two sides. Index's ci95: first-order propagation of both means' standard
    errors, Student's t with n - 1 degrees of freedom (on the careful side); sd is NaN, since there is no
    index of a single stride. Quantities that are not positive on both sides are left out: the index explodes
    near zero.
    """
    rows: list[Measure] = []
    have = {(m.quantity, m.side): m for m in measures}
    for name in COMPARED:
        left, right = have.get((name, "left")), have.get((name, "right"))
        if left is None or right is None or min(left.value, right.value) <= 0:
            continue
        stem = name.rpartition("_")[0]
        total = left.value + right.value
        index = 200 * (right.value - left.value) / total
        larger, smaller = max(left.value, right.value), min(left.value, right.value)
        n = min(left.n, right.n)
        index_name, ratio_name = f"symmetry_index_{stem}_pct", f"symmetry_ratio_{stem}"
        half = _half_width(left, right)
        ci95 = (index - half, index + half) if np.isfinite(half) else None
        rows.append(Measure(index_name, index, QUANTITIES[index_name].unit, n, "both", ci95=ci95))
        rows.append(Measure(ratio_name, larger / smaller, QUANTITIES[ratio_name].unit, n, "both"))
    return tuple(rows)


def _half_width(left: Measure, right: Measure) -> float:
    """Half of the index's 95 % interval, %; NaN when a side has one stride only."""
    n = min(left.n, right.n)
    if n < 2:
        return float("nan")
    error_left, error_right = left.sd / np.sqrt(left.n), right.sd / np.sqrt(right.n)
    total = left.value + right.value
    # d index / d right = 400 left / total^2, d index / d left = -400 right / total^2
    error = 400 / total**2 * np.hypot(left.value * error_right, right.value * error_left)
    return float(stdtrit(n - 1, 0.975) * error)
