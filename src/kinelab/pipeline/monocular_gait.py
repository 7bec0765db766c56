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
from kinelab.gait.deciding import Decide, unchanged
from kinelab.gait.detecting import detect_all
from kinelab.gait.measuring import measure, not_measured
from kinelab.keypoints.cleaning import CleaningOptions, clean
from kinelab.pipeline.evaluate import no_events, no_strides

AGREE_S = 0.08
AGREE_SHARE = 0.75
_FEWEST = 4  # contacts of both feet that agree: a stride of each
TIMES_ALONE = "Of strides only the times are told: no angles, no lengths."


@dataclass(frozen=True, eq=False)
class Steps:
    """When the feet touched the ground, and `remarks` on how it was found.

    methods: the events of each method by its name. times_only: of strides only the times are told.
    """

    events: GaitEvents
    methods: Mapping[str, GaitEvents] = field(default_factory=dict)
    remarks: tuple[Finding, ...] = ()
    times_only: bool = False


@dataclass(frozen=True, eq=False)
class Gait:
    """Strides and measures of a walk; empty where there are none, remarks say why."""

    strides: Strides
    measures: Measures
    remarks: tuple[Finding, ...] = ()


def find_steps(plane: Keypoints) -> Steps:
    """Steps of a network that can be relied on; plane: see `walking_way`."""
    methods = detect_all(plane).events if plane.n > 2 else {}
    return Steps(consensus(methods) if methods else no_events(), methods)


def find_agreed_steps(plane: Keypoints, seen: Keypoints | None, width_px: int) -> Steps:
    """Steps of a network that cannot, where `seen`, landmarks of a pose network in px, tells the same."""
    nothing = Steps(no_events(), times_only=True)
    if seen is None:
        return nothing
    told = find_steps(plane)
    n = told.events.time_s.size
    if not n:
        return replace(nothing, remarks=(Finding("info", "No step was found."),))
    both = agreeing(told.events, flat_events(seen, width_px))
    if both is None:
        text = "No step is told: the motion in space and the landmarks in the picture disagree on steps."
        return replace(nothing, remarks=(Finding("attention", text, f"{n} events in space"),))
    said = f"{both.time_s.size} of {n} events are also in the landmarks of the pose network"
    return Steps(both, told.methods, (Finding("attention", TIMES_ALONE, said),), times_only=True)


def measured(
    kinematics: Kinematics,
    landmarks: Keypoints,
    plane: Keypoints,
    steps: Steps,
    decide: Decide = unchanged,
) -> Gait:
    """Strides between steps, and what is measured of them; landmarks (T, K, 3) m in ground, plane of them.

    decide: which strides a person wants measured.
    """
    lengths_known = kinematics.subject.height_m is not None
    nothing = Gait(no_strides(kinematics), Measures(()), steps.remarks)
    if steps.times_only and not steps.events.kind:
        return nothing
    told = _without_angles(kinematics) if steps.times_only else kinematics
    try:
        strides = decide(cut(told, steps.events, plane))
    except GaitError as error:
        return replace(nothing, remarks=(*steps.remarks, _said(error)))
    if not steps.times_only:
        measures = measure(
            strides, steps.events, kinematics, plane, lengths_known=lengths_known, landmarks=landmarks
        )
        lacking = not_measured(strides, steps.events, plane, lengths_known=lengths_known)
        return Gait(strides, measures, (*steps.remarks, *lacking))
    remarks = steps.remarks
    if all(one.text != TIMES_ALONE for one in remarks):  # a person told of every step
        remarks += (Finding("attention", TIMES_ALONE),)
    weak = (one for one in not_measured(strides, steps.events) if not one.text.startswith("No lengths"))
    return Gait(strides, measure(strides, steps.events, told), (*remarks, *weak))


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
