"""What a report cannot say, in plain words: the limits of the device and of this recording."""

from __future__ import annotations

from kinelab.reports.analysis import Analysis

_CAMERA = (
    "One camera measures only movement in the plane of the picture. Rotation, abduction and what happens "
    "towards or away from the camera are not measured; who walks aslant to the picture shows smaller angles.",
)
_WORN = (
    "Worn sensors tell how segments turn, not where they are: no length and no speed is measured.",
    "Angles rest on how the sensors were found to sit on the body. An error of that calibration shifts a "
    "whole curve; ranges, times and the comparison of strides suffer less from it. Rotation about a "
    "segment's long axis and adduction are less sure than flexion.",
)
_IN_SPACE = (
    "One camera shows no depth: a network that knows the body tells it. Flexion seen from the side is "
    "surest; rotation about a limb's long axis and movement towards or away from the camera are least sure.",
    "The network has learned from virtual people. Its standard deviations were calibrated on such; in real "
    "pictures errors can be larger than they say.",
)
_MODEL_PELVIS = "Hip angles are against the pelvis of the model, whose tilt a single camera tells poorly."
_AGAINST_PELVIS = "Hip angles are against the pelvis as its sensor was calibrated."
_AGAINST_TRUNK = (
    "Hip angles are against the trunk, because the pelvis' tilt cannot be seen from one side. They "
    "differ from a marker laboratory's hip flexion by the pelvic tilt."
)
_INTERVALS = (
    "SD and 95 % intervals describe the spread between the strides of this recording. They do not hold the "
    "error of the method itself, nor the change from day to day."
)
_NO_NORMS = (
    "Values without a reference range are not judged: what is usual depends on age, speed, shoes and "
    "laboratory."
)
_PERSON = (
    "This report supports a qualified person who knows the patient and has seen the {}. It is not a "
    "diagnosis, and it is not released before it is signed."
)


def limits(analysis: Analysis) -> tuple[str, ...]:
    """The limits that hold for this analysis, the most general first."""
    worn, space = analysis.worn is not None, analysis.in_space
    found = list(_WORN if worn else _CAMERA if space is None else _IN_SPACE)
    if any(name.startswith("hip_flexion") for name in analysis.kinematics.names):
        against = _AGAINST_TRUNK if space is None else _MODEL_PELVIS
        found.append(_AGAINST_PELVIS if worn else against)
    if space is not None:
        found.append(f"It rests on this: {'; '.join(space.notes)}.")
    rate_hz = _frame_rate_hz(analysis)
    if rate_hz and analysis.events.time_s.size:
        found.append(
            f"At {rate_hz:.0f} frames a second a frame lasts {1e3 / rate_hz:.0f} ms: gait events are no"
            " surer."
        )
    tracking = analysis.tracking
    if tracking is not None and not tracking.lengths_known:
        found.append(
            "The scale of the picture is assumed, so no length and no speed is reported. Angles and times do "
            "not depend on it."
        )
    elif tracking is not None and tracking.scale_source:
        found.append(f"Lengths rest on this scale: {tracking.scale_source}.")
    if len(analysis.measures):
        found.append(_INTERVALS)
        if any(m.reference is None for m in analysis.measures):
            found.append(_NO_NORMS)
    return (*found, _PERSON.format("movement" if worn else "video"))


def _frame_rate_hz(analysis: Analysis) -> float:
    if analysis.video is not None:
        return analysis.video.rate_hz
    return analysis.tracking.keypoints.rate_hz if analysis.tracking is not None else 0.0
