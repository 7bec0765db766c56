"""Reliability of angles and stride measures over two days, measure by measure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinelab.core.events import SIDES, Side
from kinelab.core.measures import MeasureSide
from kinelab.pipeline.reliability_rows import CurveRow, ReliabilityRow, curve_rows, measure_rows
from kinelab.reports.angle_names import drawn_joints, label_of, stem
from kinelab.reports.stride_curves import side_curves
from kinelab.study.retest_sessions import Session

Days = tuple[Session, Session]


def stride_values(session: Session) -> dict[tuple[str, MeasureSide], tuple[float, str, int]]:
    """Mean over the used strides of each side: (name, side) -> value, unit, number of strides.

    Strides that are cut at the largest hip flexion have no contacts, so none of `gait.measuring`.
    """
    found: dict[tuple[str, MeasureSide], tuple[float, str, int]] = {}
    for side in SIDES:
        found |= {(name, side): held for name, held in _values_of(session, side).items()}
    return found


def reliability(people: Mapping[str, Days]) -> tuple[ReliabilityRow, ...]:
    """Every measure that three people or more have on both days, and that is not the same for all of them."""
    return measure_rows({name: (stride_values(a), stride_values(b)) for name, (a, b) in people.items()})


def curve_likeness(people: Mapping[str, Days]) -> tuple[CurveRow, ...]:
    """Curves of every joint that is drawn, as `pipeline.reliability_rows` compares them."""
    rows = curve_rows({name: ((a.strides,), (b.strides,)) for name, (a, b) in people.items()})
    drawn = set(drawn_joints(row.angle for row in rows))
    return tuple(row for row in rows if stem(row.angle) in drawn)


def _values_of(session: Session, side: Side) -> dict[str, tuple[float, str, int]]:
    strides = session.strides
    chosen = strides.chosen(side)
    if not chosen.any():
        return {}
    duration_s = (strides.stop_s - strides.start_s)[chosen]
    found = {
        "Cadence": (float(np.mean(120 / duration_s)), "steps/min", duration_s.size),
        "Stride time": (float(duration_s.mean()), "s", duration_s.size),
    }
    for joint in drawn_joints(strides.names):
        curves = side_curves(strides, joint, side).curves_deg
        if n := len(curves):
            label = label_of(joint).label
            top, bottom = curves.max(axis=1), curves.min(axis=1)
            found[f"{label} range of motion"] = (float((top - bottom).mean()), "deg", n)
            found[f"{label} largest angle"] = (float(top.mean()), "deg", n)
            found[f"{label} smallest angle"] = (float(bottom.mean()), "deg", n)
    return found
