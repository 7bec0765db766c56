"""Events of one recording: found in its landmarks, beside those that its file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.core.events import SIDES, EventKind, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.errors import InputError
from kinelab.gait.anchoring import Anchored, anchored
from kinelab.gait.consensus import DISPUTED_S, KINDS, MATCH_S, consensus
from kinelab.gait.detecting import detect_all
from kinelab.gait.force_plates import plate_events
from kinelab.gait.no_walk import backwards_share, no_walk
from kinelab.gait.progress import belt_speed_mps
from kinelab.gait.walking_way import WalkingWay, walking_way
from kinelab.markers.trial import NO_EVENTS
from kinelab.pipeline.gait_inputs import GaitInput

Source = Literal["auto", "file", "found"]
SOURCES: tuple[Source, ...] = ("auto", "file", "found")
_OFF_S = 0.040
_SPACE = 3
# Feet that cross at every step (scissor gait) come within a few cm of each other's line.
_EXCHANGED_M = 0.04
_KIND: Mapping[EventKind, str] = {"ic": "initial contact", "to": "foot off"}


@dataclass(frozen=True, eq=False)
class EventsOf:
    """events: those that strides are cut by; found: the consensus, held against force plates; methods: each
    method's own.

    plane: the walk in its plane, None without landmarks; way: how it was unrolled, None where a side camera
    gave the plane.
    """

    events: GaitEvents
    found: GaitEvents
    methods: Mapping[str, GaitEvents]
    plane: Keypoints | None
    way: WalkingWay | None
    remarks: tuple[Finding, ...]


def events_of(given: GaitInput, source: Source = "auto") -> EventsOf:
    """Find events, and choose those to go on with.

    source: `file` takes the file's own, `found` the consensus of the methods, `auto` the file's where it has
    whole strides of them and somebody walks. Events of a file in which nobody walks are dropped with a
    reason: static files carry dummy ones. Nothing is raised for a recording without gait; the remarks say it.
    """
    if given.landmarks is None:
        return _without_landmarks(given, source)
    try:
        way = walking_way(given.landmarks) if given.landmarks.position.shape[-1] == _SPACE else None
        plane = given.landmarks if way is None else way.plane
        reason = no_walk(plane)
    except InputError as error:
        return _without_landmarks(given, source, str(error))
    if reason:
        remarks = [Finding("warning", f"No gait events: {reason}.")]
        if given.events.kind:
            text = f"{len(given.events.kind)} events of the file were ignored: {reason}."
            remarks.append(Finding("attention", text, "static files often carry dummy events"))
        return EventsOf(NO_EVENTS, NO_EVENTS, {}, plane, way, tuple(remarks))
    detections = detect_all(plane)
    held = anchored(consensus(detections.events), on_plates(given, plane))
    found = held.events
    remarks = [*_about(plane, way), *_not_possible(detections.not_possible), *_of_plates(held)]
    chosen, said = _chosen(given.events, found, source)
    return EventsOf(chosen, found, detections.events, plane, way, (*remarks, *said))


def on_plates(given: GaitInput, plane: Keypoints) -> GaitEvents:
    """Contacts with the recording's force plates; none on a treadmill, where both feet cross both belts."""
    landmarks = given.landmarks
    if landmarks is None or not given.plates or landmarks.position.shape[-1] != _SPACE:
        return NO_EVENTS
    return NO_EVENTS if belt_speed_mps(plane) > 0 else plate_events(given.plates, landmarks)


def _of_plates(held: Anchored) -> list[Finding]:
    if not held.seen:
        return []
    text = f"Force plates saw {held.seen} of the {len(held.events.kind)} events that were found."
    shifts = ", ".join(f"{_KIND[kind]} by {1e3 * shift:+.0f} ms" for kind, shift in held.shift_s.items())
    rest = f"; the others were shifted: {shifts}" if shifts else ""
    remarks = [Finding("info", text, f"those have the plates' times{rest}")]
    for kind, worst_s in held.worst_s.items():
        if worst_s > DISPUTED_S:
            text = (
                f"The event methods miss a force plate by up to {1e3 * worst_s:.0f} ms in {_KIND[kind]}: they"
                " are wrong together for this person."
            )
            remarks.append(Finding("attention", text, "the others of that kind are flagged"))
    return remarks


def _without_landmarks(given: GaitInput, source: Source, why: str = "") -> EventsOf:
    problem = (why or given.missing).rstrip(".")
    remarks = (Finding("warning", f"No events could be looked for: {problem}."),)
    events = NO_EVENTS if source == "found" else given.events
    return EventsOf(events, NO_EVENTS, {}, None, None, remarks)


def _about(plane: Keypoints, way: WalkingWay | None) -> list[Finding]:
    remarks = []
    if way is not None and way.turns:
        text = f"The way turns by {way.turn_deg:.0f} deg; it was unrolled along where feet and pelvis face."
        remarks.append(Finding("info", text, "lengths are along that way"))
    if way is not None and (apart_m := _right_of_left_m(way)) < -_EXCHANGED_M:
        text = (
            f"The right foot goes {-100 * apart_m:.0f} cm to the left of the left one: left and right markers"
            " are likely exchanged."
        )
        remarks.append(Finding("warning", text, "every measure of a side may be of the other one"))
    back = backwards_share(plane)
    if back > 0:
        text = f"The person moves backwards for {100 * back:.0f} % of the time: no events there."
        remarks.append(Finding("attention", text, "the event methods hold for walking forwards only"))
    blind = [side for side in SIDES if not np.isfinite(plane.of(f"{side}_ankle")).any()]
    for side in blind:
        text = f"The {side} foot has no marker: events and measures are of the other foot only."
        remarks.append(Finding("warning", text, "steps and double support need both feet"))
    return remarks


def _right_of_left_m(way: WalkingWay) -> float:
    """How far the right ankle goes to the right of the left one, median, m; NaN where one is never seen."""
    apart = way.across("right_ankle") - way.across("left_ankle")
    return float(np.nanmedian(apart)) if np.isfinite(apart).any() else float("nan")


def _not_possible(reasons: Mapping[str, str]) -> list[Finding]:
    if not reasons:
        return []
    why = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    return [Finding("info", f"{len(reasons)} of the event methods could not run.", why)]


def _chosen(theirs: GaitEvents, found: GaitEvents, source: Source) -> tuple[GaitEvents, list[Finding]]:
    """The events to go on with, and what a reader must know of the choice."""
    strides = any(theirs.times(side, "ic").size > 1 for side in SIDES)
    if source == "found" or not (theirs.kind if source == "file" else strides):
        if source == "file":
            text = "The file holds no gait events; those that were found are used."
            return found, [Finding("attention", text)]
        return found, []
    text = f"Strides are cut by the {len(theirs.kind)} events that stand in the file."
    said = [Finding("info", text, "--events found takes those that the methods find")]
    off = events_apart(theirs, found)
    if off:
        where = ", ".join(f"{side} {kind} at {time_s:.2f} s" for side, kind, time_s in off[:12])
        count = f"{len(off)} of them {'has' if len(off) == 1 else 'have'}"
        text = f"{count} no event of the methods within {1e3 * _OFF_S:.0f} ms."
        said.append(Finding("attention", text, f"look at {where}"))
    return theirs, said


def events_apart(theirs: GaitEvents, found: GaitEvents) -> list[tuple[str, str, float]]:
    """(side, kind, time_s) of events that the methods put more than 40 ms away, or did not find."""
    apart = []
    for side in SIDES:
        for kind in KINDS:
            ours = found.times(side, kind)
            for time_s in theirs.times(side, kind):
                nearest = float(np.abs(ours - time_s).min()) if ours.size else np.inf
                if nearest > _OFF_S and (nearest < MATCH_S or _inside(time_s, found)):
                    apart.append((side, kind, float(time_s)))
    return sorted(apart, key=lambda row: row[2])


def _inside(time_s: float, found: GaitEvents) -> bool:
    """Whether events were found before and after: at the ends of a trial methods need more room."""
    return bool(found.time_s.size and found.time_s[0] < time_s < found.time_s[-1])
