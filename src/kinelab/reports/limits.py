"""What a report cannot say, in plain words: the limits of the device and of this recording."""

from __future__ import annotations

from kinelab.reports.analysis import Analysis, Source
from kinelab.reports.healthy import Healthy, is_planar

_WAYS: dict[Source, tuple[str, ...]] = {
    "camera": (
        "One camera measures only movement in the plane of the picture. Rotation, abduction and what happens "
        "towards or away from the camera are not measured; who walks aslant to the picture shows smaller "
        "angles.",
    ),
    "camera in space": (
        "One camera shows no depth: a network that knows the body tells it. Flexion seen from the side is "
        "surest; rotation about a limb's long axis and movement towards or away from the camera are least "
        "sure.",
        "The network has learned from virtual people. Its standard deviations were calibrated on such; in "
        "real pictures errors can be larger than they say.",
    ),
    "sensors": (
        "Worn sensors tell how segments turn, not where they are: no length and no speed is measured.",
        "Angles rest on how the sensors were found to sit on the body. An error of that calibration shifts a "
        "whole curve; ranges, times and the comparison of strides suffer less from it. Rotation about a "
        "segment's long axis and adduction are less sure than flexion.",
    ),
    "markers": (
        "Joint angles are those of the program that wrote them; kinelab cut them into strides and did not "
        "check them. Angles of different models and laboratories differ by an offset.",
    ),
    "angles": (
        "Joint angles were worked out before, by another program or in another run; here they were cut into "
        "strides and not checked. Angles of different models and laboratories differ by an offset.",
    ),
}
_EVENTS_OF_MARKERS = (
    "Gait events found in markers differ from annotated ones by some 12 ms on average, by 50 ms in people "
    "who walk slowly; those that stood in the file are as good as its annotation."
)
_MODEL_PELVIS = "Hip angles are against the pelvis of the model, whose tilt a single camera tells poorly."
_AGAINST_PELVIS = "Hip angles are against the pelvis as its sensor was calibrated."
_AGAINST_TRUNK = (
    "Hip angles are against the trunk, because the pelvis' tilt cannot be seen from one side. They "
    "differ from a marker laboratory's hip flexion by the pelvic tilt."
)
_OTHERS = "Another speed, age or shoes than those of the healthy people make a difference by themselves."
_INTERVALS = (
    "SD and 95 % intervals describe the spread between the strides of this recording. They do not hold the "
    "error of the method itself, nor the change from day to day."
)
_NO_MDC = (
    "How much these values change from day to day in an unchanged person is not known here: a study of two "
    "days with the same equipment tells it (kinelab reliability)."
)
_NO_NORMS = (
    "Values without a healthy range are not judged: what is usual depends on age, speed, shoes and "
    "laboratory."
)
_PERSON = (
    "This report supports a qualified person who knows the patient and has seen the {}. It is not a "
    "diagnosis, and it is not released before it is signed."
)


def limits(analysis: Analysis, healthy: Healthy | None = None) -> tuple[str, ...]:
    """The limits that hold for this analysis, the most general first."""
    source, names = analysis.source, analysis.kinematics.names
    found = list(_WAYS[source]) if names or source not in ("markers", "angles") else []
    if source == "markers":
        found.append(_EVENTS_OF_MARKERS)
    found += _of_hip(analysis)
    if analysis.in_space is not None:
        found.append(f"It rests on this: {'; '.join(analysis.in_space.notes)}.")
    found += _of_frames_and_scale(analysis)
    if healthy is not None:
        found.append(f"{_OTHERS} {healthy.differs}".strip())
    if len(analysis.measures):
        found.append(_INTERVALS)
        if all(m.mdc95 is None for m in analysis.measures):
            found.append(_NO_MDC)
        if any(m.reference is None for m in analysis.measures):
            found.append(_NO_NORMS)
    seen = "video" if source in ("camera", "camera in space") else "movement"
    return (*found, _PERSON.format(seen))


def _of_hip(analysis: Analysis) -> list[str]:
    """What hip angles are against, where that is known."""
    if not any(name.startswith("hip_flexion") for name in analysis.kinematics.names):
        return []
    if is_planar(analysis.kinematics) or analysis.source == "camera":
        return [_AGAINST_TRUNK]
    told = {"sensors": _AGAINST_PELVIS, "camera in space": _MODEL_PELVIS}.get(analysis.source)
    return [told] if told else []


def _of_frames_and_scale(analysis: Analysis) -> list[str]:
    found = []
    rate_hz = _frame_rate_hz(analysis)
    if rate_hz and analysis.events.time_s.size:
        found.append(
            f"At {rate_hz:.0f} frames a second a frame lasts {1e3 / rate_hz:.0f} ms: gait events are no"
            " surer."
        )
    tracking = analysis.tracking
    if tracking is None or analysis.source not in ("camera", "camera in space"):
        return found
    if not tracking.lengths_known:
        found.append(
            "The scale of the picture is assumed, so no length and no speed is reported. Angles and times do "
            "not depend on it."
        )
    elif tracking.scale_source:
        found.append(f"Lengths rest on this scale: {tracking.scale_source}.")
    return found


def _frame_rate_hz(analysis: Analysis) -> float:
    if analysis.video is not None:
        return analysis.video.rate_hz
    return analysis.tracking.keypoints.rate_hz if analysis.tracking is not None else 0.0
