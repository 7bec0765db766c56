"""Corrections in words, for the report and for whoever reads the list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from kinelab.core.events import EventKind
from kinelab.core.measures import Measures
from kinelab.core.report import Finding
from kinelab.pipeline.corrections import (
    AddEvent,
    Confirm,
    ConfirmEvent,
    Correction,
    ExcludeStride,
    HideLandmark,
    IncludeStride,
    MoveEvent,
    MoveLandmark,
    Note,
    RemoveEvent,
    Stored,
    Undo,
)
from kinelab.pipeline.review_replay import Machine, Replayed, ReviewEvent, replay
from kinelab.reports.printing import NOT_KNOWN, label, number, unit_text
from kinelab.reports.sections import Section
from kinelab.reports.table import Table

TITLE = "Corrections by a person"
_KIND: Mapping[EventKind, str] = {"ic": "initial contact", "to": "toe-off"}
# kind -> one, several; what only tells or takes back is not counted.
_COUNTED = {
    "move_event": ("event moved", "events moved"),
    "add_event": ("event added", "events added"),
    "remove_event": ("event removed", "events removed"),
    "confirm_event": ("event confirmed", "events confirmed"),
    "exclude_stride": ("stride left out", "strides left out"),
    "include_stride": ("stride taken in", "strides taken in"),
    "move_landmark": ("landmark moved in one frame", "landmarks moved, counted by frame"),
    "hide_landmark": ("landmark hidden in one frame", "landmarks hidden, counted by frame"),
}
CHANGING = frozenset(_COUNTED) - {"confirm_event"}


def in_words(correction: Correction, before: Replayed) -> str:
    """One correction as a phrase; before: the state that it was made in, which names its events."""
    match correction:
        case MoveEvent(event=name, time_s=time_s):
            event = _event(before, name)
            if event is None:
                return f"event {name} moved to {time_s:.3f} s"
            shift_ms = 1e3 * (time_s - event.time_s)
            return (
                f"{event.side} {_KIND[event.kind]} {name} moved from {event.time_s:.3f} to {time_s:.3f} s"
                f" ({shift_ms:+.0f} ms)"
            )
        case AddEvent():
            return f"{correction.side} {_KIND[correction.event_kind]} added at {correction.time_s:.3f} s"
        case RemoveEvent():
            return f"{_named(before, correction.event)} removed: {correction.reason}"
        case ConfirmEvent():
            return f"{_named(before, correction.event)} looked at and confirmed"
        case ExcludeStride():
            return (
                f"{correction.side} stride from {_named(before, correction.start_event)} left out:"
                f" {correction.reason}"
            )
        case IncludeStride():
            return (
                f"{correction.side} stride from {_named(before, correction.start_event)} taken in:"
                f" {correction.reason}"
            )
        case MoveLandmark():
            return (
                f"{_plain(correction.landmark)} placed at ({correction.x_px:.0f}, {correction.y_px:.0f}) px"
                f" in frame {correction.frame}"
            )
        case HideLandmark():
            return f"{_plain(correction.landmark)} not used in frame {correction.frame}"
        case Confirm():
            return f"looked at and confirmed: {correction.what}"
        case Note():
            return f"note: {correction.text}"
        case Undo():
            return f"correction {correction.number} undone"


def finding(replayed: Replayed) -> Finding | None:
    """One sentence for the first page; None where nothing was changed."""
    kinds: Counter[str] = Counter(one.correction.kind for one in replayed.effective)
    if not CHANGING & kinds.keys():
        return None
    counts = [
        f"{kinds[kind]} {one if kinds[kind] == 1 else several}"
        for kind, (one, several) in _COUNTED.items()
        if kinds[kind]
    ]
    text = f"This result was corrected by {people(replayed.effective)}: {', '.join(counts)}."
    return Finding("attention", text, f"each of them, and the machine's own values, under “{TITLE}”")


def people(corrections: Sequence[Stored]) -> str:
    """Everybody who corrected, in the order of their first correction."""
    names = list(dict.fromkeys(one.by for one in corrections))
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def section(
    machine: Machine, corrections: Sequence[Stored], of_machine: Measures, corrected: Measures
) -> Section:
    """The part of the report that says who corrected what, with the machine's value beside each new one."""
    replayed = replay(machine, corrections)
    holding = {one.number for one in replayed.effective}
    rows = []
    for i, one in enumerate(corrections):
        what = in_words(one.correction, replay(machine, corrections[:i]))
        if one.number not in holding and not isinstance(one.correction, Undo):
            what += " (undone since)"
        rows.append((str(one.number), one.at.strftime("%Y-%m-%d %H:%M %Z"), one.by, what))
    changed = _changed(of_machine, corrected)
    text = (
        "The machine's result was looked at and corrected. Nothing was overwritten: this list, replayed from"
        " the machine's result, gives the values of this report.",
        f"{len(changed)} of {len(corrected)} values are other than the machine's."
        if changed
        else "No value is other than the machine's.",
    )
    tables = [Table("What was corrected", ("No.", "when", "by", "what"), tuple(rows))]
    if changed:
        columns = ("quantity", "side", "unit", "machine", "corrected", "difference")
        note = "A dash: not measured. Values are means over the used strides."
        tables.append(Table("Values that changed", columns, changed, note))
    return Section(TITLE, text, tables=tuple(tables))


def _changed(before: Measures, after: Measures) -> tuple[tuple[str, ...], ...]:
    """Rows of the measures whose printed value changed, came or went."""
    old = {(m.quantity, m.side): m for m in before}
    new = {(m.quantity, m.side): m for m in after}
    rows = []
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        unit = (now or was).unit  # type: ignore[union-attr]
        texts = [NOT_KNOWN if m is None else number(m.value, unit) for m in (was, now)]
        if texts[0] != texts[1]:
            apart = number(now.value - was.value, unit) if was is not None and now is not None else NOT_KNOWN
            rows.append((label(key[0]), key[1], unit_text(unit), *texts, apart))
    return tuple(rows)


def _named(state: Replayed, name: str) -> str:
    event = _event(state, name)
    if event is None:
        return f"event {name}"
    return f"{event.side} {_KIND[event.kind]} {name} at {event.time_s:.3f} s"


def _event(state: Replayed, name: str) -> ReviewEvent | None:
    return next((event for event in state.events if event.id == name), None)


def _plain(landmark: str) -> str:
    return landmark.replace("_", " ")
