"""All measures of one recording, and in words what could not be measured."""

from __future__ import annotations

from collections import Counter

import numpy as np

from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.errors import InputError
from kinelab.gait.angles import joint_angles
from kinelab.gait.consensus import DISPUTED_S, disputed
from kinelab.gait.foot_placement import foot_placement
from kinelab.gait.harmonic_ratio import harmonic_ratios
from kinelab.gait.progress import belt_speed_mps
from kinelab.gait.running import running
from kinelab.gait.spatiotemporal import lengths, times_and_phases
from kinelab.gait.symmetry import symmetry
from kinelab.gait.variability import LEAST_STRIDES, variability

_MOST_TOLD = 12  # times in one sentence


def measure(
    strides: Strides,
    events: GaitEvents,
    kinematics: Kinematics,
    keypoints: Keypoints | None = None,
    *,
    landmarks: Keypoints | None = None,
    lengths_known: bool = False,
) -> Measures:
    """Every quantity that these strides allow, in the order of the catalogue (`core.quantities`).

    `kinematics` are those that the strides were cut from. Lengths and speed only with planar `keypoints` in
    metres whose scale is known; step width and foot progression only with `landmarks` in space. One used
    stride is enough: its measures have n = 1, sd NaN and no interval. Without a used stride there are no
    measures; `not_measured` says why.

    Raises:
        InputError: the strides were cut from other kinematics.
    """
    _check_origin(strides, kinematics)
    rows = [*times_and_phases(strides, events), *running(strides, events), *joint_angles(strides)]
    if keypoints is not None and lengths_known:
        rows += lengths(strides, keypoints)
    if landmarks is not None:
        placed = foot_placement(strides, events, landmarks)
        rows += [m for m in placed if lengths_known or m.unit != "m"]
    rows += symmetry(Measures(tuple(rows)))
    rows += [*variability(strides), *harmonic_ratios(strides, kinematics)]
    rank = {name: i for i, name in enumerate(QUANTITIES)}
    return Measures(tuple(sorted(rows, key=lambda m: rank[m.quantity])))


def not_measured(
    strides: Strides, events: GaitEvents, keypoints: Keypoints | None = None, *, lengths_known: bool = False
) -> tuple[Finding, ...]:
    """What is missing or weak in the measures, one sentence each, with what it rests on."""
    findings: list[Finding] = []
    for side in SIDES:
        n = int(strides.chosen(side).sum())
        if n < LEAST_STRIDES:
            count = {0: "No stride", 1: "Only 1 stride"}.get(n, f"Only {n} strides")
            text = f"{count} of the {side} foot could be measured."
            consequence = "nothing of it is reported" if n == 0 else "its spread is not known"
            findings.append(Finding("warning", text, f"below {LEAST_STRIDES} strides {consequence}"))
    for reason, times in Counter(reason for reason in strides.why_not if reason).most_common():
        text = f"{times} of {strides.n} strides not used: {reason}."
        findings.append(Finding("info", text, "kept in the table of strides"))
    unsure = np.flatnonzero(disputed(events))
    if unsure.size:
        when = ", ".join(f"{events.time_s[i]:.2f} s" for i in unsure[:_MOST_TOLD])
        when += " and later" if unsure.size > _MOST_TOLD else ""
        count = f"{unsure.size} {'event' if unsure.size == 1 else 'events'}"
        text = f"The event methods disagree by more than {1e3 * DISPUTED_S:.0f} ms on {count}."
        where = "" if keypoints is None else "the frames at "
        findings.append(Finding("attention", text, f"look at {where}{when}"))
    if keypoints is None:
        text = "No lengths and no speed: nothing here tells where the feet are."
        findings.append(Finding("info", text, "keypoints of a camera would"))
    elif not lengths_known:
        text = "No lengths and no speed: the scale of the picture is not known."
        findings.append(Finding("info", text, "give the person's height or a known distance"))
    elif (belt := belt_speed_mps(keypoints)) > 0:
        text = "The feet move with a treadmill: its speed was added to stride length and walking speed."
        findings.append(Finding("info", text, f"belt speed {belt:.2f} m/s, from the standing feet"))
    return tuple(findings)


def _check_origin(strides: Strides, kinematics: Kinematics) -> None:
    """Strides and angles travel apart; those of two recordings must not be mixed."""
    first_s, last_s = kinematics.time.start_s, kinematics.time.start_s + kinematics.time.duration_s
    inside = strides.n == 0 or (strides.start_s.min() >= first_s and strides.stop_s.max() <= last_s)
    if strides.names != kinematics.names or not inside:
        raise InputError(
            f"the strides were not cut from these kinematics ({first_s:.2f} to {last_s:.2f} s, "
            f"{len(kinematics.names)} angles): give measure() the kinematics that cut() was given"
        )
