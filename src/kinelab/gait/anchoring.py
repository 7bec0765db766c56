"""Events that were found, held against force plates: what the plates saw, and the rest put right by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.gait.consensus import DISPUTED_S, KINDS, MATCH_S


@dataclass(frozen=True)
class PersonSpread:
    """How late the consensus is, in s: sd between people, and from event to event of one person."""

    people_s: float
    events_s: float


# Of 9 people's annotated trials (docs/validation.md, gait events).
SPREAD: Mapping[EventKind, PersonSpread] = {
    "ic": PersonSpread(0.006, 0.013),
    "to": PersonSpread(0.022, 0.009),
}
# Annotations differ from the plates by this (sd) in the same trials.
_PLATE_SD_S = 0.010


@dataclass(frozen=True)
class Anchored:
    """events: with the plates' times; shift_s: what was added to the others, by kind; worst_s: the largest
    difference between a plate and what had been found; seen: how many events the plates saw.
    """  # fmt: skip

    events: GaitEvents
    shift_s: Mapping[EventKind, float]
    worst_s: Mapping[EventKind, float]
    seen: int


def anchored(
    found: GaitEvents, plates: GaitEvents, spread: Mapping[EventKind, PersonSpread] = SPREAD
) -> Anchored:
    """Found events with the plates' times where a plate saw the same step, the others shifted.

    How late event methods are differs more between people than between one person's toe-offs: what the
    plates show of some steps holds for the person's others. The shift is the mean difference, shrunk towards
    zero as the best linear estimate of a person's mean from n steps: n p^2 / (n p^2 + e^2) of it, with p the
    sd between people and e between events (Robinson 1991, doi:10.1214/ss/1177011926). Only where p > e: not
    so for initial contacts, whose others stay as found. A plate's event without a found one within 150 ms is
    left out: the plates are no method of their own, they see some steps only.

    Where a plate differs from what was found by more than 40 ms, the methods are wrong together for this
    person: the sd of all that person's other events of that kind is then that difference, so that they carry
    the flag of `consensus.disputed`.
    """
    times, sd_s, method = found.time_s.copy(), found.sd_s.copy(), list(found.method)
    shift: dict[EventKind, float] = {}
    worst: dict[EventKind, float] = {}
    seen = np.zeros(times.size, dtype=bool)
    for kind in KINDS:
        late: list[float] = []
        for side in SIDES:
            for time_s in plates.times(side, kind):
                at = _nearest(found, side, kind, float(time_s))
                if at is not None and not seen[at]:
                    late.append(float(time_s - found.time_s[at]))
                    times[at], sd_s[at], method[at], seen[at] = time_s, _PLATE_SD_S, "force plate", True
        if not late:
            continue
        worst[kind] = float(np.abs(late).max())
        people, within = spread[kind].people_s ** 2, spread[kind].events_s ** 2
        if people > within:
            shift[kind] = float(np.mean(late)) * len(late) * people / (len(late) * people + within)
        others = np.array([k == kind for k in found.kind], dtype=bool) & ~seen
        times[others] += shift.get(kind, 0.0)
        if worst[kind] > DISPUTED_S:
            sd_s[others] = np.fmax(sd_s[others], worst[kind])
    order = np.argsort(times, kind="stable")
    events = GaitEvents(
        side=tuple(found.side[i] for i in order),
        kind=tuple(found.kind[i] for i in order),
        time_s=times[order],
        sd_s=sd_s[order],
        method=tuple(method[i] for i in order),
        reviewed_by=tuple(found.reviewed_by[i] for i in order),
    )
    return Anchored(events, shift, worst, int(seen.sum()))


def _nearest(found: GaitEvents, side: Side, kind: EventKind, time_s: float) -> int | None:
    """Index of the found event of a foot and kind next to a time; None beyond 150 ms."""
    rows = zip(found.side, found.kind, strict=True)
    same = [i for i, (s, k) in enumerate(rows) if (s, k) == (side, kind)]
    nearest = min(same, key=lambda i: abs(found.time_s[i] - time_s), default=None)
    return nearest if nearest is not None and abs(found.time_s[nearest] - time_s) <= MATCH_S else None
