"""The strides behind each finding: their times, their values, whether they were used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measure
from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.gait.angles import JOINTS, SEGMENTS, joint_angles
from kinelab.gait.deviation_variables import NAMES, VARIABLES
from kinelab.gait.spatiotemporal import lengths, times_and_phases
from kinelab.reports.analysis import Analysis
from kinelab.reports.healthy import Healthy
from kinelab.reports.stride_finding import StrideFinding

_LENGTHS = ("speed_mps", "stride_length_m", "step_length_m")
_SAME = 1e-6  # a mean over strides that differs more is of other strides than those shown


@dataclass(frozen=True, eq=False)
class Evidence:
    """One quantity stride by stride. values (n strides,): in its unit, NaN where it is not of that stride.

    stem: the angle whose curves tell it, None where no curve does.
    """

    quantity: str
    values: Array
    stem: str | None


def evidence_of(
    analysis: Analysis, findings: Iterable[Finding], healthy: Healthy | None
) -> tuple[Evidence, ...]:
    """What stands behind the findings about the person, a quantity once, in the order of the findings."""
    told = [f for f in findings if isinstance(f, StrideFinding)]
    wanted = list(dict.fromkeys(name for finding in told for name in finding.measures))
    values = stride_values(analysis, wanted, healthy)
    found = []
    for name in wanted:
        stem = stem_of(name, analysis.strides)
        if name in values or stem is not None:
            none = np.full(analysis.strides.n, np.nan)
            found.append(Evidence(name, values.get(name, none), stem))
    return tuple(found)


def stride_values(
    analysis: Analysis, wanted: Sequence[str], healthy: Healthy | None = None
) -> dict[str, Array]:
    """Quantity -> its value in each stride, (n strides,); NaN in strides that were not used or lack it.

    A stride's value is the measure of a walk of that stride alone, so nothing is defined twice. Quantities
    whose mean over the strides is not the measure that the report shows are left out: symmetry, variability,
    and lengths that were measured otherwise.
    """
    strides = analysis.strides
    values = {name: np.full(strides.n, np.nan) for name in wanted}
    if healthy is not None:
        _of_scores(values, strides, healthy)
    one_by_one = [name for name in wanted if not name.startswith(("gvs_", "gps_"))]
    for i in np.flatnonzero(strides.used) if one_by_one else ():
        for m in _of_one(analysis, int(i), one_by_one):
            if m.quantity in values:
                values[m.quantity][i] = m.value
    return {name: row for name, row in values.items() if _is_the_measure(name, row, analysis)}


def stem_of(quantity: str, strides: Strides) -> str | None:
    """The angle whose curve tells this quantity, where these strides have it."""
    part = quantity.split("_")[0]
    stem = JOINTS.get(part, f"{part}_angle" if part in SEGMENTS else "")
    if quantity.startswith("gvs_"):
        stem = next(v.angle for v in VARIABLES if quantity == f"gvs_{v.name}_deg")
    return stem if any(f"{stem}_{side[0]}" in strides.names for side in SIDES) else None


def _of_one(analysis: Analysis, row: int, wanted: Sequence[str]) -> list[Measure]:
    """The measures of one stride."""
    strides = analysis.strides
    used = np.zeros(strides.n, dtype=bool)
    used[row] = True
    one = replace(strides, used=used)
    groups = {QUANTITIES[name].group for name in wanted if name in QUANTITIES}
    found: list[Measure] = []
    if "angles" in groups:
        found += joint_angles(one)
    if "spatiotemporal" in groups:
        found += times_and_phases(one, analysis.events)
    tracking = analysis.tracking
    if tracking is not None and tracking.lengths_known and set(wanted) & set(_LENGTHS):
        found += lengths(one, tracking.keypoints)
    return found


def _of_scores(values: dict[str, Array], strides: Strides, healthy: Healthy) -> None:
    for side in SIDES:
        rows = np.flatnonzero(strides.chosen(side))
        legs = healthy.found.measured[side]
        for name, row in values.items():
            if name.startswith("gvs_"):
                row[rows] = legs.gvs_deg[:, NAMES.index(name.removeprefix("gvs_").removesuffix("_deg"))]
            elif name == "gps_deg":
                row[rows] = legs.gps_deg


def _is_the_measure(name: str, row: Array, analysis: Analysis) -> bool:
    """Whether the mean over the strides is what the report shows, for every side of it."""
    if not np.isfinite(row).any():
        return False
    shown = [
        m for m in analysis.measures if m.quantity == name and not (name == "gps_deg" and m.side == "both")
    ]
    return all(_close(_mean(row, analysis.strides, m.side), m.value) for m in shown)


def _mean(row: Array, strides: Strides, side: Side | str) -> float:
    chosen = strides.used if side == "both" else np.array([s == side for s in strides.side]) & strides.used
    known = row[chosen & np.isfinite(row)]
    return float(known.mean()) if known.size else float("nan")


def _close(found: float, wanted: float) -> bool:
    return abs(found - wanted) <= _SAME * max(1.0, abs(wanted))
