"""Which way is better: one table for two visits and for many."""

from __future__ import annotations

import math
from typing import Literal

BetterWay = Literal["larger", "smaller", "nearer 0", "nearer 1"]
# For most people who come to be measured. Of all other measures it depends on the person.
_LARGER = ("speed_mps", "step_length_m", "stride_length_m", "gdi", "gdi_offset_free", "single_support_pct")
_SMALLER = ("stride_time_cv_pct", "double_support_pct")
_SMALLER_BEGINNINGS = ("gps_", "gvs_", "anomaly_")


def better_way(quantity: str) -> BetterWay | None:
    """Where a quantity goes when a person walks better; None where that depends on the person."""
    if quantity in _LARGER:
        return "larger"
    if quantity in _SMALLER or quantity.startswith(_SMALLER_BEGINNINGS):
        return "smaller"
    if quantity.startswith("symmetry_index_"):
        return "nearer 0"
    if quantity.startswith("symmetry_ratio_"):
        return "nearer 1"
    return None


def gain(quantity: str, before: float, after: float) -> float:
    """Above 0 where the change is for the better, below for the worse, 0 where that cannot be told.

    In the quantity's unit; of ratios in the logarithm, so that 1/2 is as far from 1 as 2.
    """
    way = better_way(quantity)
    if way == "larger":
        return after - before
    if way == "smaller":
        return before - after
    if way == "nearer 0":
        return abs(before) - abs(after)
    if way == "nearer 1" and min(before, after) > 0:
        return abs(math.log(before)) - abs(math.log(after))
    return 0.0
