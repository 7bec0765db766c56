"""What to doubt in a recording, in plain words: gaps, exchanged sides, nothing measured, nobody real."""

from __future__ import annotations

import numpy as np

from kinelab.core.report import Finding, Level
from kinelab.reports.analysis import Analysis, Tracking
from kinelab.reports.angle_names import SUFFIX, drawn_joints, label_of, side_of

MEASURED_SHARE = 0.95  # a joint measured for less of the recording than this is mentioned


def doubts(analysis: Analysis) -> list[Finding]:
    """Findings on the data itself, in the order of their weight."""
    tracked = _tracking(analysis, analysis.tracking) if analysis.tracking else []
    return [*_about_data(analysis), *_gaps(analysis), *tracked]


def _about_data(analysis: Analysis) -> list[Finding]:
    found = []
    if analysis.synthetic:
        text = "Synthetic data: no real person was recorded. Nothing here describes a patient."
        found.append(Finding("warning", text, "the recording was made by a virtual laboratory"))
    if analysis.video_problem:
        found.append(Finding("warning", "The video could not be read as a whole.", analysis.video_problem))
    if not analysis.strides.used.any():
        only = "joint angles over time only" if analysis.kinematics.names else "no measures"
        text = f"No stride was measured: this report holds {only}."
        evidence = f"{analysis.events.time_s.size} gait events, {analysis.strides.n} whole strides"
        found.append(Finding("attention", text, evidence))
    return found


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
    seen = "wore recording sensors" if analysis.source == "sensors" else "was in view"
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
