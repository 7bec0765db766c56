"""Gait of one camera's motion, and what of it may be told of a network that is not to be relied on.

Angles of such a network are withheld from strides. When the feet touch the ground it may still tell, where a
pose network that knows real people says the same of its landmarks in the picture, without any body in space.
On the one real walk at hand the two differ by 40 ms at most, and by as much from the frames looked at by eye
(8 contacts, 30 Hz); of a man who jumps they disagree. Both use these landmarks: this is no independent proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from kinelab.core.checks import BoolArray
from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.errors import GaitError, InputError
from kinelab.gait.consensus import consensus
from kinelab.gait.cutting import cut
from kinelab.gait.detecting import detect_all
from kinelab.gait.measuring import measure, not_measured
from kinelab.keypoints.cleaning import CleaningOptions, clean
from kinelab.monocular.motion import MonocularMotion
from kinelab.pipeline.evaluate import no_events, no_strides

AGREE_S = 0.08
AGREE_SHARE = 0.75
_FEWEST = 4  # contacts of both feet that agree: a stride of each


@dataclass(frozen=True, eq=False)
class Gait:
    """Events, strides and measures of a walk; each empty where it could not be found, remarks say why."""

    events: GaitEvents
    strides: Strides
    measures: Measures
    methods: Mapping[str, GaitEvents] = field(default_factory=dict)
    remarks: tuple[Finding, ...] = ()


def no_gait(kinematics: Kinematics) -> Gait:
    """Of a movement that is none."""
    return Gait(no_events(), no_strides(kinematics), Measures(()))


def find_gait(motion: MonocularMotion, plane: Keypoints, *, lengths_known: bool) -> Gait:
    """Strides with their angles, of a network that can be relied on; plane: see `walking_way`."""
    methods = detect_all(plane).events if plane.n > 2 else {}
    events = consensus(methods) if methods else no_events()
    try:
        strides = cut(motion.kinematics, events, plane)
    except GaitError as error:
        nothing = no_gait(motion.kinematics)
        return replace(nothing, events=events, methods=methods, remarks=(_said(error),))
    measures = measure(
        strides, events, motion.kinematics, plane, lengths_known=lengths_known, landmarks=motion.landmarks
    )
    remarks = not_measured(strides, events, plane, lengths_known=lengths_known)
    return Gait(events, strides, measures, methods, remarks)


def find_times(motion: MonocularMotion, plane: Keypoints, seen: Keypoints | None, width_px: int) -> Gait:
    """Strides with their times alone, where `seen`, landmarks of a pose network in px, tells the same.

    No stride where it does not, or where there are none.
    """
    nothing = no_gait(motion.kinematics)
    if seen is None:
        return nothing
    methods = detect_all(plane).events if plane.n > 2 else {}
    told = consensus(methods) if methods else no_events()
    if not told.time_s.size:
        return replace(nothing, remarks=(Finding("info", "No step was found."),))
    both = agreeing(told, flat_events(seen, width_px))
    if both is None:
        text = (
            "No stride is measured: the motion in space and the landmarks in the picture disagree on steps."
        )
        return replace(nothing, remarks=(Finding("attention", text, f"{told.time_s.size} events in space"),))
    bare = _without_angles(motion.kinematics)
    try:
        strides = cut(bare, both, plane)
    except GaitError as error:
        return replace(nothing, events=both, methods=methods, remarks=(_said(error),))
    text = "Of strides only the times are told: no angles, no lengths."
    said = f"{both.time_s.size} of {told.time_s.size} events are also in the landmarks of the pose network"
    weak = (one for one in not_measured(strides, both) if not one.text.startswith("No lengths"))
    remarks = (Finding("attention", text, said), *weak)
    return Gait(both, strides, measure(strides, both, bare), methods, remarks)


def flat_events(seen: Keypoints, width_px: int) -> GaitEvents:
    """Events of landmarks in the picture, as `kinelab analyze` finds them; none where it cannot."""
    try:
        methods = detect_all(clean(seen, CleaningOptions(width_px=width_px)).keypoints).events
    except (GaitError, InputError):
        return no_events()
    return consensus(methods) if methods else no_events()


def agreeing(one: GaitEvents, other: GaitEvents) -> GaitEvents | None:
    """The events of `one` that `other` has too, of the same foot and kind within 80 ms.

    None where these are less than three quarters of either, or fewer than four contacts.
    """
    found, back = _matched(one, other), _matched(other, one)
    if not found.size or not back.size or min(found.mean(), back.mean()) < AGREE_SHARE:
        return None
    kept = one.chosen(np.flatnonzero(found))
    return kept if kept.kind.count("ic") >= _FEWEST else None


def _matched(one: GaitEvents, other: GaitEvents) -> BoolArray:
    """(N,) whether each event of `one` has its like."""
    near = [
        bool((np.abs(other.times(side, kind) - time_s) <= AGREE_S).any())
        for side, kind, time_s in zip(one.side, one.kind, one.time_s, strict=True)
    ]
    return np.array(near, dtype=bool)


def _without_angles(kinematics: Kinematics) -> Kinematics:
    none = np.empty((kinematics.time.n, 0))
    return replace(
        kinematics, names=(), angle_deg=none, sd_deg=none, valid=none.astype(bool), pelvis_rotation=None,
        pelvis_position_m=None,
    )  # fmt: skip


def _said(error: GaitError) -> Finding:
    text = str(error)
    return Finding("warning", f"{text[0].upper()}{text[1:].rstrip('.')}.")
