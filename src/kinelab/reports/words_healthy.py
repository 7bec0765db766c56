"""What is said of a walk beside that of the healthy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kinelab.core.events import SIDES, Side
from kinelab.core.measures import Measure
from kinelab.gait.deviation_variables import VARIABLES
from kinelab.reports.analysis import Analysis
from kinelab.reports.angle_names import label_of
from kinelab.reports.healthy import Healthy, Outside, outside, spell_outside
from kinelab.reports.printing import interval, number, with_unit
from kinelab.reports.stride_curves import side_curves
from kinelab.reports.stride_finding import StrideFinding

_VARIABLE = {v.angle: v for v in VARIABLES}
_PHASES = ((12, "landing"), (50, "stance"), (62, "push-off"), (73, "early swing"), (100, "swing"))


def against_healthy(analysis: Analysis, healthy: Healthy | None) -> list[StrideFinding]:
    """Joints that move otherwise than the healthy, the whole score, and how many joints move like them."""
    found = _scores(analysis)
    if healthy is None:
        return found
    away = outside(analysis, healthy)
    found += _joints(away, healthy)
    found += _other_curves(analysis, healthy)
    seen = [
        (stem, side)
        for stem in healthy.bands
        for side in SIDES
        if side_curves(analysis.strides, stem, side).n
    ]
    alike = [pair for pair in seen if pair not in [(one.stem, one.side) for one in away]]
    if alike:
        names = ", ".join(
            f"{side} {label_of(stem).label.lower()}{_place(analysis, healthy, stem, side)}"
            for stem, side in alike
        )
        near = "over the whole stride, as near to the mean of the healthy as 95 % of them"
        text = f"{len(alike)} of {len(seen)} joint curves are, {near}: {names}."
        counts = [side_curves(analysis.strides, *pair).n for pair in alike]
        n = f"{counts[0]}" if len(set(counts)) == 1 else f"{min(counts)} to {max(counts)}"
        n += " stride" if n == "1" else " strides"
        quantities = tuple(dict.fromkeys(gvs_name(stem) for stem, _ in alike))
        found.append(StrideFinding("info", text, f"n = {n} of each; {healthy.who}", quantities))
    return found


def _place(analysis: Analysis, healthy: Healthy, stem: str, side: Side) -> str:
    """Where a curve that is near on the whole leaves the band all the same: what the figure shows is told."""
    spell = spell_outside(side_curves(analysis.strides, stem, side).mean_deg, healthy.bands[stem])
    return "" if spell is None else f" (outside ±2 SD at {spell[0]} to {spell[1]} %)"


def gvs_name(stem: str) -> str:
    """The quantity that tells how far the curve of this angle is from the healthy."""
    return f"gvs_{_VARIABLE[stem].name}_deg"


def _joints(away: Sequence[Outside], healthy: Healthy) -> list[StrideFinding]:
    """One sentence a joint where both sides leave the healthy in the same way, else one a side."""
    kinds: dict[tuple[str, bool, bool], list[Outside]] = {}
    for one in away:
        kinds.setdefault((one.stem, one.shifted, one.gap_deg > 0), []).append(one)
    return [_joint(sorted(same, key=lambda one: one.side), healthy) for same in kinds.values()]


def _joint(same: Sequence[Outside], healthy: Healthy) -> StrideFinding:
    first, joint = same[0], label_of(same[0].stem)
    name = joint.label if " " in joint.label else f"{joint.label} {joint.positive}"
    sides = "both sides" if len(same) > 1 else first.side
    more = "more" if first.gap_deg > 0 else "less"
    sizes = [f"{number(abs(one.gap_deg), 'deg')} deg {more}" for one in same]
    where = [f"{size} at {_where(one)}" for size, one in zip(sizes, same, strict=True)]
    if len(same) > 1:
        where = [f"{one.side} {text}" for one, text in zip(same, where, strict=True)]
    told = ", ".join(where)
    if first.shifted:
        text = f"{name}, {sides}: a curve of the usual shape, shifted as a whole: {told} than in the healthy."
    else:
        text = f"{name}, {sides}: {told} than in the healthy."
    usual = interval(first.usual_deg, "deg")
    evidence = [
        ", ".join(f"n = {one.n} {one.side}" for one in same),
        "outside the band of the healthy for "
        + ", ".join(f"{one.share_pct:.0f} % of the stride ({one.side})" for one in same),
        "over the whole stride " + ", ".join(f"{one.side} {_mean_sd(one.gvs_deg)}" for one in same)
        + f" deg away (GVS), 95 % of {healthy.norms.label.people} healthy people {usual}",
    ]  # fmt: skip
    if first.shifted:
        evidence.append("a shift may be posture, or markers, sensors or joints that were placed otherwise")
    return StrideFinding("attention", text, "; ".join(evidence), (gvs_name(first.stem),))


def _mean_sd(mean_sd: tuple[float, float]) -> str:
    mean, sd = mean_sd
    return number(mean, "deg") + (f" ± {number(sd, 'deg')}" if math.isfinite(sd) else "")


def _where(one: Outside) -> str:
    """`60 to 75 % of the stride (early swing)`; phases by percent as in usual walking."""
    middle = (one.start_pct + one.stop_pct) / 2
    if one.stop_pct - one.start_pct > 60:  # more than half: no single phase
        return f"{one.start_pct} to {one.stop_pct} % of the stride"
    phase = next(name for end, name in _PHASES if middle <= end)
    return f"{one.start_pct} to {one.stop_pct} % of the stride ({phase})"


def _scores(analysis: Analysis) -> list[StrideFinding]:
    """GPS of both legs against its range, where all nine curves were measured."""
    legs = [m for m in analysis.measures if m.quantity == "gps_deg" and m.reference is not None]
    if not legs:
        return []
    high = [m for m in legs if m.reference is not None and m.value > m.reference.high]
    said = ", ".join(f"{m.side} {with_unit(m)}" for m in legs)
    where = "farther from healthy walking than 95 % of the healthy" if high else "as near as the healthy are"
    text = f"Over all nine curves together the walk is {where}: {said}."
    span = legs[0].reference
    assert span is not None
    evidence = (
        f"gait profile score, GPS; healthy {interval((span.low, span.high), 'deg')} deg ({span.source})"
    )
    return [StrideFinding("attention" if high else "info", text, evidence, ("gps_deg",))]


def _other_curves(analysis: Analysis, healthy: Healthy) -> list[StrideFinding]:
    """Curves without a band of their own in the figures, by their score alone."""
    named = {gvs_name(stem) for stem in healthy.bands}
    planar_hip = set() if "hip_flexion" in healthy.bands else {gvs_name("hip_flexion")}
    found = []
    for m in analysis.measures:
        if m.quantity.startswith("gvs_") and m.quantity not in named | planar_hip and _above(m):
            assert m.reference is not None
            variable = next(v for v in VARIABLES if f"gvs_{v.name}_deg" == m.quantity)
            text = f"{variable.label}, {m.side}: farther from the healthy than 95 % of them are."
            span = interval((m.reference.low, m.reference.high), m.unit)
            evidence = f"{with_unit(m)} away over the whole stride (GVS); healthy {span} deg"
            found.append(StrideFinding("attention", text, evidence, (m.quantity,)))
    return found


def _above(measure: Measure) -> bool:
    return measure.reference is not None and measure.value > measure.reference.high
