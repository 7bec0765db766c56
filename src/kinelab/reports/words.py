"""Findings in plain words, each with what it rests on. They describe; they do not diagnose."""

from __future__ import annotations

import math

from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measure, Measures
from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Finding, Level
from kinelab.reports.analysis import Analysis
from kinelab.reports.asymmetry import SideDifference, side_differences
from kinelab.reports.doubts import doubts
from kinelab.reports.healthy import Healthy
from kinelab.reports.phrases import phrase_of, smaller_on
from kinelab.reports.printing import interval, label, mean_sd, number, with_unit
from kinelab.reports.stride_finding import StrideFinding
from kinelab.reports.words_healthy import against_healthy

_ORDER: dict[Level, int] = {"warning": 0, "attention": 1, "info": 2}
_SCORES = ("gvs_", "gps_", "gdi", "anomaly_")
_MOST_SHOWN = 3  # quantities of one finding whose strides are shown


def findings(analysis: Analysis, healthy: Healthy | None = None) -> tuple[Finding, ...]:
    """All findings of one analysis, the most serious first; the rooms' own remarks are among them.

    `StrideFinding`s are about the person; the others are about the recording: what to doubt.
    """
    found: list[Finding] = [
        *doubts(analysis),
        *_walking(analysis),
        *against_healthy(analysis, healthy),
        *_outside_reference(analysis),
        *_between_sides(analysis),
        *analysis.remarks,
    ]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.level]))


def _walking(analysis: Analysis) -> list[StrideFinding]:
    """How fast and in which rhythm: the sentence that everybody asks for first."""
    measures = {m.quantity: m for m in analysis.measures if m.side == "both"}
    speed, cadence = measures.get("speed_mps"), measures.get("cadence_spm")
    parts = []
    if speed is not None:
        parts.append(f"at {mean_sd(speed)} m/s")
    if cadence is not None:
        parts.append(f"with {mean_sd(cadence)} steps a minute")
    if not parts:
        return []
    runs = any(m.quantity == "flight_time_s" for m in analysis.measures)
    counts = " and ".join(f"{int(analysis.strides.chosen(side).sum())} {side}" for side in SIDES)
    evidence = f"n = {int(analysis.strides.used.sum())} strides, {counts}"
    if not any(m.reference for m in (speed, cadence) if m is not None):
        evidence += "; not judged: speed and rhythm depend on age, height and what was asked for"
    names = tuple(m.quantity for m in (speed, cadence) if m is not None)
    return [StrideFinding("info", f"{'Ran' if runs else 'Walked'} {' '.join(parts)}.", evidence, names)]


def _outside_reference(analysis: Analysis) -> list[StrideFinding]:
    """Values outside the range that stands beside them; scores are told by `against_healthy`."""
    with_range = [m for m in analysis.measures if m.reference and not m.quantity.startswith(_SCORES)]
    found = []
    for m in with_range:
        assert m.reference is not None
        if m.outside:
            side = "" if m.side == "both" else f", {m.side}"
            where = "below" if m.value < m.reference.low else "above"
            text = f"{label(m.quantity)}{side}: {where} the range of the healthy."
            span = interval((m.reference.low, m.reference.high), m.unit)
            evidence = f"{with_unit(m)}; healthy {span} {m.unit} ({m.reference.source})"
            found.append(StrideFinding("attention", text, evidence, (m.quantity,)))
    inside = [m for m in with_range if not m.outside]
    if inside:
        names = tuple(dict.fromkeys(m.quantity for m in inside))
        text = f"{len(inside)} of {len(with_range)} values with a healthy range lie within it."
        found.append(StrideFinding("info", text, f"{_n(inside)}; ranges in the table of measures", names))
    return found


def _between_sides(analysis: Analysis) -> list[StrideFinding]:
    """The clearest difference of each family first; what tells the same story again is one line."""
    compared = side_differences(analysis.measures)
    beyond = sorted((d for d in compared if d.beyond), key=lambda d: -d.times_threshold)
    first: dict[str, SideDifference] = {}
    for d in (d for d in beyond if _is_key(d)):
        first.setdefault(phrase_of(d.left.quantity).family, d)
    found = [
        StrideFinding("attention", _side_text(d), _side_evidence(d, analysis.measures), (d.left.quantity,))
        for d in first.values()
    ]
    others = [d for d in beyond if d not in first.values()]
    if others:
        differ = "values differ" if len(others) > 1 else "value differs"
        text = f"{len(others)}{' more' if first else ''} {differ} between the sides."
        told = "; ".join(f"{label(d.left.quantity)}: {_gap(d)} ({_counts(d)})" for d in others)
        shown = tuple(d.left.quantity for d in others[:_MOST_SHOWN])
        found.append(StrideFinding("info", text, told, shown))
    if compared and not beyond:
        text = "Left and right are alike: none of the values that were compared differs clearly."
        evidence = (
            f"{len(compared)} values, {_n([m for d in compared for m in (d.left, d.right)])}; differences"
            " are told from 5 deg, or from 10 % of times and lengths, where strides vary by less"
        )
        found.append(StrideFinding("info", text, evidence, _telling(compared)))
    return found


def _telling(compared: tuple[SideDifference, ...]) -> tuple[str, ...]:
    return tuple(d.left.quantity for d in compared if _is_key(d))[:_MOST_SHOWN]


def _is_key(difference: SideDifference) -> bool:
    known = QUANTITIES.get(difference.left.quantity)
    return known is not None and known.key


def _side_text(d: SideDifference) -> str:
    small, large = (d.left, d.right) if d.difference < 0 else (d.right, d.left)
    side: Side = "left" if d.difference < 0 else "right"
    unit = "" if d.left.unit == "1" else f" {d.left.unit}"
    return f"{smaller_on(d.left.quantity, side)}: {mean_sd(small)} against {mean_sd(large)}{unit}."


def _side_evidence(d: SideDifference, measures: Measures) -> str:
    unit = d.left.unit
    said = [_counts(d)]
    if math.isfinite(d.interval):
        low, high = abs(d.difference) - d.interval, abs(d.difference) + d.interval
        said.append(f"{_gap(d)} apart, 95 % interval {interval((low, high), unit)} {unit}")
    else:
        said.append(f"{_gap(d)} apart, and with one stride nobody knows how much strides vary")
    said.append(f"differences are told from {d.threshold_text} on")
    if d.mdc95 is not None:
        said.append(f"more than the error from day to day (MDC95 {number(d.mdc95, unit)} {unit})")
    return "; ".join(said)


def _counts(d: SideDifference) -> str:
    return f"n = {d.left.n} left, {d.right.n} right"


def _gap(d: SideDifference) -> str:
    if d.left.unit == "deg":
        return f"{number(abs(d.difference), 'deg')} deg"
    return f"{abs(d.index_pct):.0f} % of the mean"


def _n(measures: list[Measure]) -> str:
    low, high = min(m.n for m in measures), max(m.n for m in measures)
    return f"n = {low}" if low == high else f"n = {low} to {high}"
