"""Findings in plain words, each with what it rests on. They describe; they do not diagnose."""

from __future__ import annotations

import numpy as np

from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Finding, Level
from kinelab.reports.analysis import Analysis, Tracking
from kinelab.reports.angle_names import SUFFIX, drawn_joints, label_of, side_of
from kinelab.reports.asymmetry import SideDifference, side_differences
from kinelab.reports.printing import interval, label, number, with_unit

MEASURED_SHARE = 0.95  # a joint measured for less of the recording than this is mentioned
_ORDER: dict[Level, int] = {"warning": 0, "attention": 1, "info": 2}


def findings(analysis: Analysis) -> tuple[Finding, ...]:
    """All findings of one analysis, the most serious first; the rooms' own remarks are among them."""
    found = [
        *_about_data(analysis),
        *_outside_reference(analysis),
        *_between_sides(analysis),
        *_gaps(analysis),
        *(_tracking(analysis, analysis.tracking) if analysis.tracking else []),
        *analysis.remarks,
    ]
    return tuple(sorted(found, key=lambda finding: _ORDER[finding.level]))


def _about_data(analysis: Analysis) -> list[Finding]:
    found = []
    if analysis.synthetic:
        text = "Synthetic data: no real person was recorded. Nothing here describes a patient."
        found.append(Finding("warning", text, "the recording was made by a virtual laboratory"))
    if analysis.video_problem:
        found.append(Finding("warning", "The video could not be read as a whole.", analysis.video_problem))
    if not analysis.strides.used.any():
        text = "No stride was measured: this report holds joint angles over time only."
        evidence = f"{analysis.events.time_s.size} gait events, {analysis.strides.n} whole strides"
        found.append(Finding("attention", text, evidence))
    return found


def _outside_reference(analysis: Analysis) -> list[Finding]:
    found = []
    with_range = [m for m in analysis.measures if m.reference is not None]
    for m in with_range:
        if m.reference is not None and m.outside:
            side = "" if m.side == "both" else f", {m.side}"
            span = interval((m.reference.low, m.reference.high), m.unit)
            where = "below" if m.value < m.reference.low else "above"
            text = f"{label(m.quantity)}{side}: {where} the reference range."
            evidence = f"{with_unit(m)}; reference {span} {m.unit} ({m.reference.source})"
            found.append(Finding("attention", text, evidence))
    inside = sum(1 for m in with_range if not m.outside)
    if inside:
        text = f"{inside} of {len(with_range)} values with a reference range lie within it."
        found.append(Finding("info", text, "sources in the table of measures"))
    return found


def _between_sides(analysis: Analysis) -> list[Finding]:
    compared = side_differences(analysis.measures)
    beyond = [d for d in compared if d.beyond]
    key = [d for d in beyond if _is_key(d)]
    found = [Finding("attention", _side_text(d), _side_evidence(d)) for d in key]
    others = [d for d in beyond if not _is_key(d)]
    if others:
        names = "; ".join(f"{label(d.left.quantity)} ({_gap(d)})" for d in others)
        found.append(Finding("info", "More that differs between the sides beyond the threshold.", names))
    if compared and not beyond:
        text = f"None of {len(compared)} quantities differs between the sides beyond its threshold."
        evidence = "thresholds: 5 deg for angles, 10 % of the mean for others, and beyond the 95 % interval"
        found.append(Finding("info", text, evidence))
    return found


def _is_key(difference: SideDifference) -> bool:
    known = QUANTITIES.get(difference.left.quantity)
    return known is not None and known.key


def _side_text(d: SideDifference) -> str:
    less = "left" if d.difference < 0 else "right"
    more = "right" if less == "left" else "left"
    return f"{label(d.left.quantity)}: smaller on the {less} than on the {more}, by {_gap(d)}."


def _gap(d: SideDifference) -> str:
    if d.left.unit == "deg":
        return f"{number(abs(d.difference), 'deg')} deg"
    return f"{abs(d.index_pct):.0f} % of the mean"


def _side_evidence(d: SideDifference) -> str:
    spread = f"±{number(d.interval, d.left.unit)}" if np.isfinite(d.interval) else "not known (one stride)"
    return (
        f"left {with_unit(d.left)}, right {with_unit(d.right)}; threshold {d.threshold_text}, "
        f"95 % interval of the difference {spread}"
    )


def _gaps(analysis: Analysis) -> list[Finding]:
    """Joints with gaps while the person was in view; before and after, nothing is missing."""
    kinematics = analysis.kinematics
    wanted = [j + end for j in drawn_joints(kinematics.names) for end in SUFFIX.values()]
    names = [name for name in wanted if name in kinematics.names]
    valid = kinematics.valid[:, [kinematics.column(name) for name in names]]
    in_view = np.flatnonzero(valid.any(axis=1))
    if not in_view.size:
        return []
    shares = valid[in_view[0] : in_view[-1] + 1].mean(axis=0)
    parts = [
        f"{side_of(name)} {label_of(name).label.lower()} {100 * share:.0f} %"
        for name, share in zip(names, shares, strict=True)
        if share < MEASURED_SHARE
    ]
    if not parts:
        return []
    seen = "was in view" if analysis.worn is None else "wore recording sensors"
    text = f"Some joints could not be measured for all the time that the person {seen}."
    return [Finding("attention", text, "measured share of that time: " + ", ".join(parts))]


def _tracking(analysis: Analysis, tracking: Tracking) -> list[Finding]:
    found = []
    frames = tracking.keypoints.n
    swapped = int(tracking.swapped.any(axis=1).sum())
    if swapped:
        text = f"Left and right were mixed up by the network in {swapped} of {frames} frames and set right."
        level: Level = "attention" if swapped > 0.1 * frames else "info"
        found.append(Finding(level, text, "the frames are marked in the figure of the landmarks"))
    filled = int(tracking.filled.any(axis=1).sum())
    if filled:
        text = f"Short gaps of single landmarks were filled in {filled} of {frames} frames."
        found.append(Finding("info", text, "by interpolation over time; longer gaps were left empty"))
    if tracking.near_side is not None:
        far = "left" if tracking.near_side == "right" else "right"
        text = (
            f"The {tracking.near_side} side faced the camera. The {far} leg was hidden in part of each"
            " stride: its values may be less certain."
        )
        spread = [f"{side} {_typical_sd(analysis, side)}" for side in (tracking.near_side, far)]
        found.append(Finding("info", text, f"typical sd of a joint angle: {', '.join(spread)}"))
    return found


def _typical_sd(analysis: Analysis, side: str) -> str:
    """Median sd (deg) of the joint angles of one side where they are valid."""
    kinematics = analysis.kinematics
    ends = "_l" if side == "left" else "_r"
    names = [j + ends for j in drawn_joints(kinematics.names) if j + ends in kinematics.names]
    columns = [kinematics.column(name) for name in names]
    sd = kinematics.sd_deg[:, columns][kinematics.valid[:, columns]]
    sd = sd[np.isfinite(sd)]
    return f"{np.median(sd):.1f} deg" if sd.size else "not known"
