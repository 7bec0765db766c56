"""A list of corrections replayed from the machine's result: the only truth of what a review says.

Nothing is overwritten. Each change adds an entry; an undo is an entry too. An event keeps its name when it is
moved, so that what was said of it, or of the stride that it starts, stays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from operator import attrgetter
from typing import Any, Literal

import numpy as np

from kinelab.core.events import EventKind, GaitEvents, Side
from kinelab.errors import InputError
from kinelab.gait.deciding import Decide, Wanted, decided
from kinelab.pipeline.corrections import (
    AddEvent,
    Confirm,
    ConfirmEvent,
    ExcludeStride,
    HideLandmark,
    IncludeStride,
    MoveEvent,
    MoveLandmark,
    Note,
    RemoveEvent,
    Stored,
    Undo,
    in_order,
)

# monocular: video, whose angles a network told directly; evidence about the one says nothing of the other.
ReviewKind = Literal["video", "monocular", "markers", "sensors"]
# Annotations of contacts and toe-offs scatter by 9 to 12 ms against a force plate (`gait.method_errors`); a
# frame's own width comes on top.
PERSON_SD_S = 0.010
# Nearer than this to another event of the same kind and foot it is the same event told twice.
TWICE_S = 0.1
NO_LANDMARKS = "this recording has no landmarks in a video that could be corrected"
MOVED, ADDED = "moved by a person", "added by a person"
_WORDS: Mapping[EventKind, str] = {"ic": "initial contact", "to": "toe-off"}


@dataclass(frozen=True)
class ReviewEvent:
    """One event with its name: e<number> from the machine, a<number> added by a person.

    corrected_by: who moved or added it; confirmed_by: who looked and left it.
    """

    id: str
    side: Side
    kind: EventKind
    time_s: float
    sd_s: float
    method: str
    corrected_by: str = ""
    confirmed_by: str = ""


@dataclass(frozen=True)
class Machine:
    """What the machine found, as far as corrections refer to it.

    n_frames, size_px: of the review's video; landmarks is empty where none can be corrected, fixed says why.
    """

    events: tuple[ReviewEvent, ...]
    start_s: float
    stop_s: float
    rate_hz: float
    n_frames: int = 0
    landmarks: tuple[str, ...] = ()
    size_px: tuple[int, int] = (0, 0)
    fixed: str = NO_LANDMARKS

    @property
    def person_sd_s(self) -> float:
        """Standard deviation of a time that a person chose by eye on one of these frames, s."""
        return float(np.hypot(PERSON_SD_S, 1 / self.rate_hz / np.sqrt(12)))


@dataclass(frozen=True)
class Replayed:
    """The state after a list of corrections.

    events are sorted in time; removed: name -> who; strides: (foot, name of the contact that it starts with)
    -> what was decided; points: (frame, landmark) -> (x_px, y_px) or None where it is hidden; confirmed:
    `what` -> who; notes: (who, text). effective: the corrections that were not undone.
    """

    events: tuple[ReviewEvent, ...]
    removed: Mapping[str, str] = field(default_factory=dict)
    strides: Mapping[tuple[Side, str], Wanted] = field(default_factory=dict)
    points: Mapping[tuple[int, str], tuple[float, float] | None] = field(default_factory=dict)
    confirmed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    effective: tuple[Stored, ...] = ()

    @property
    def decide(self) -> Decide:
        """Which strides are to be measured, as `gait.cutting` calls them: by the time that they start."""
        start_s = {one.id: one.time_s for one in self.events}
        wanted = {(side, start_s[name]): one for (side, name), one in self.strides.items() if name in start_s}
        return partial(decided, wanted=wanted)

    def gait_events(self) -> GaitEvents:
        """The events as the rest of kinelab takes them, in the same order."""
        return GaitEvents(
            tuple(one.side for one in self.events),
            tuple(one.kind for one in self.events),
            np.array([one.time_s for one in self.events]),
            np.array([one.sd_s for one in self.events]),
            tuple(one.method for one in self.events),
            tuple(one.corrected_by or one.confirmed_by for one in self.events),
        )


def named(events: GaitEvents) -> tuple[ReviewEvent, ...]:
    """The machine's events with their names e0, e1, ... in their order."""
    rows = zip(events.side, events.kind, events.time_s, events.sd_s, events.method, strict=True)
    return tuple(
        ReviewEvent(f"e{i}", side, kind, float(time_s), float(sd_s), method)
        for i, (side, kind, time_s, sd_s, method) in enumerate(rows)
    )


def machine_of(review: Mapping[str, Any]) -> Machine:
    """What replaying needs, from the machine's review.json; the run itself is not needed.

    Raises:
        InputError: not a review, or one of a corrected result.
    """
    try:
        events = tuple(
            ReviewEvent(
                row["id"],
                row["side"],
                row["kind"],
                float(row["time_s"]),
                float("nan") if row["sd_s"] is None else float(row["sd_s"]),
                row["method"],
            )
            for row in review["events"]
        )
        video, landmarks = review["video"], review["landmarks"]
        fixed = landmarks.get("fixed", "") if landmarks else NO_LANDMARKS
        machine = Machine(
            events,
            float(review["start_s"]),
            float(review["start_s"]) + float(review["duration_s"]),
            float(review["rate_hz"]),
            int(review["n_frames"]),
            () if fixed else tuple(landmarks["names"]),
            (int(video["width_px"]), int(video["height_px"])) if video else (0, 0),
            fixed,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"not a review of kinelab ({error!r})") from error
    if any(row.get("corrected_by") for row in review["events"]):
        raise InputError("this review is of a corrected result; corrections refer to the machine's own")
    return machine


def check_next(machine: Machine, corrections: Sequence[Stored], new: Stored) -> None:
    """Whether one more correction is possible after those that there are.

    Raises:
        InputError: it is not; what was found, what is allowed.
    """
    replay(machine, [*corrections, new])


def replay(machine: Machine, corrections: Sequence[Stored]) -> Replayed:
    """The state after all corrections, in the order of their numbers.

    Raises:
        InputError: a correction is impossible; its number is named.
    """
    corrections = in_order(corrections)
    holding = effective(corrections)
    state = Replayed(machine.events, effective=holding)
    for one in holding:
        try:
            state = _applied(machine, state, one)
        except InputError as error:
            undone = [c for c in corrections if isinstance(c.correction, Undo) and c.number > one.number]
            why = (
                f"; correction {undone[-1].number} undoes what it rests on: undo this one first"
                if undone
                else ""
            )
            raise InputError(f"correction {one.number}: {error}{why}") from error
    return state


def effective(corrections: Sequence[Stored]) -> tuple[Stored, ...]:
    """Those that were not undone, undos left out.

    Raises:
        InputError: an undo of what is not there, or was undone already.
    """
    for place, one in enumerate(corrections):
        if not isinstance(one.correction, Undo):
            continue
        target = one.correction.number
        if target >= one.number:
            there = f"1 to {place}" if place else "none"
            raise InputError(
                f"correction {one.number}: there is no number {target} to undo before it; there are {there}"
            )
        if target in _undone(corrections[:place]):
            raise InputError(f"correction {one.number}: number {target} was undone already")
    gone = _undone(corrections)
    return tuple(c for c in corrections if c.number not in gone and not isinstance(c.correction, Undo))


def _undone(corrections: Sequence[Stored]) -> set[int]:
    """Numbers that no longer hold. The last undo counts first, for it may undo an undo."""
    gone: set[int] = set()
    for one in reversed(corrections):
        if isinstance(one.correction, Undo) and one.number not in gone:
            gone.add(one.correction.number)
    return gone


def _applied(machine: Machine, state: Replayed, stored: Stored) -> Replayed:
    one, by = stored.correction, stored.by
    match one:
        case MoveEvent():
            event = _found(state, one.event)
            moved = replace(event, time_s=one.time_s, sd_s=machine.person_sd_s, method=MOVED)
            return _with_event(machine, state, replace(moved, corrected_by=by, confirmed_by=""))
        case AddEvent():
            name = f"a{stored.number}"
            added = ReviewEvent(name, one.side, one.event_kind, one.time_s, machine.person_sd_s, ADDED, by)
            return _with_event(machine, state, added)
        case RemoveEvent():
            _found(state, one.event)
            kept = tuple(event for event in state.events if event.id != one.event)
            return replace(state, events=kept, removed={**state.removed, one.event: by})
        case ConfirmEvent():
            event = replace(_found(state, one.event), confirmed_by=by)
            return replace(state, events=_sorted(event if e.id == event.id else e for e in state.events))
        case ExcludeStride() | IncludeStride():
            _check_stride(state, one.side, one.start_event)
            decision = Wanted(isinstance(one, IncludeStride), one.reason, by)
            return replace(state, strides={**state.strides, (one.side, one.start_event): decision})
        case MoveLandmark() | HideLandmark():
            _check_landmark(machine, one)
            point = (one.x_px, one.y_px) if isinstance(one, MoveLandmark) else None
            return replace(state, points={**state.points, (one.frame, one.landmark): point})
        case Confirm():
            return replace(state, confirmed={**state.confirmed, one.what: by})
        case Note():
            return replace(state, notes=(*state.notes, (by, one.text)))
        case Undo():
            raise AssertionError("undos are taken out before")


def _found(state: Replayed, name: str) -> ReviewEvent:
    for event in state.events:
        if event.id == name:
            return event
    if name in state.removed:
        raise InputError(f"event {name} was removed by {state.removed[name]}; undo that first")
    names = [event.id for event in state.events]
    have = ", ".join(names if len(names) <= 8 else [*names[:4], "...", *names[-3:]])
    raise InputError(f"there is no event {name}; there are {have or 'none'}")


def _with_event(machine: Machine, state: Replayed, event: ReviewEvent) -> Replayed:
    """The state with an event at its (new) time, if that time is possible."""
    if not machine.start_s <= event.time_s < machine.stop_s:
        raise InputError(
            f"{event.time_s:.3f} s is outside the recording, {machine.start_s:.3f} to {machine.stop_s:.3f} s"
        )
    old = next((e for e in state.events if e.id == event.id), None)
    others = [e for e in state.events if e.side == event.side and e.id != event.id]
    near = next((e for e in others if e.kind == event.kind and abs(e.time_s - event.time_s) < TWICE_S), None)
    if near is not None:
        apart_ms = 1e3 * abs(near.time_s - event.time_s)
        raise InputError(
            f"a {event.side} {_WORDS[event.kind]} at {event.time_s:.3f} s lies {apart_ms:.0f} ms from"
            f" {near.id}, another one of that foot; at least {1e3 * TWICE_S:.0f} ms are allowed"
        )
    if old is not None:
        _check_order(old, event, others)
    kept = [e for e in state.events if e.id != event.id]
    return replace(state, events=_sorted([*kept, event]))


def _check_order(old: ReviewEvent, event: ReviewEvent, others: Sequence[ReviewEvent]) -> None:
    """A moved event stays between the events of its foot (others, sorted) that it was between."""
    place = bisect_right(others, old.time_s, key=attrgetter("time_s"))
    low = others[place - 1] if place else None
    high = others[place] if place < len(others) else None
    passed = None
    if low is not None and event.time_s <= low.time_s:
        passed = low
    if high is not None and event.time_s >= high.time_s:
        passed = high
    if passed is not None:
        raise InputError(
            f"the {event.side} {_WORDS[event.kind]} {event.id} would pass {passed.id}, the"
            f" {_WORDS[passed.kind]} of the same foot at {passed.time_s:.3f} s, which breaks the order of"
            " steps; remove one of them, or move that one first"
        )


def _check_stride(state: Replayed, side: Side, name: str) -> None:
    event = _found(state, name)
    if (event.side, event.kind) != (side, "ic"):
        raise InputError(
            f"a {side} stride starts with a {side} initial contact;"
            f" {name} is a {event.side} {_WORDS[event.kind]}"
        )
    contacts = [e for e in state.events if (e.side, e.kind) == (side, "ic")]
    if not any(a.id == name for a, _ in pairwise(contacts)):
        raise InputError(f"no stride starts with {name}: no {side} initial contact follows it")


def _check_landmark(machine: Machine, one: MoveLandmark | HideLandmark) -> None:
    if not machine.landmarks:
        raise InputError(machine.fixed)
    if one.landmark not in machine.landmarks:
        raise InputError(f"there is no landmark {one.landmark!r}; there are {', '.join(machine.landmarks)}")
    if not one.frame < machine.n_frames:
        raise InputError(f"there is no frame {one.frame}; there are 0 to {machine.n_frames - 1}")
    width, height = machine.size_px
    if isinstance(one, MoveLandmark) and not (-0.5 <= one.x_px < width and -0.5 <= one.y_px < height):
        raise InputError(
            f"({one.x_px:.1f}, {one.y_px:.1f}) px is outside the picture of {width} x {height} px; hide the"
            " landmark where it cannot be seen"
        )


def _sorted(events: Any) -> tuple[ReviewEvent, ...]:
    return tuple(sorted(events, key=attrgetter("time_s")))
