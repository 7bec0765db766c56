"""The order of events in walking (ic left, to right, ic right, to left, and again) and in running."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kinelab.core.events import EventKind, Side
from kinelab.gait.tracks import SHORTEST_STRIDE_S

Cycle = tuple[tuple[Side, EventKind], ...]
WALKING: Cycle = (("left", "ic"), ("right", "to"), ("right", "ic"), ("left", "to"))
RUNNING: Cycle = (("left", "ic"), ("left", "to"), ("right", "ic"), ("right", "to"))
# What one missing event between two kept ones costs, in methods that saw an event. A repeated event (three
# missing) is then dropped when at most two methods saw it; a swapped pair (short double support, running)
# is kept when two did.
_MISSING_COST = 0.7
# Nothing is expected between two events farther apart than this: the person left the view, or stopped.
_PAUSE_S = 1.5


class Candidate(NamedTuple):
    """A possible event: `support` methods of `able` saw it, `sd_s` apart."""

    time_s: float
    side: Side
    kind: EventKind
    sd_s: float
    support: int
    able: int


def in_order(candidates: Sequence[Candidate], cycle: Cycle = WALKING) -> list[Candidate]:
    """The candidates that together are best supported and follow the order of `cycle`, sorted in time.

    First, of two equal events of one foot less than 0.4 s apart the better supported stays. Then the choice
    with the largest sum of support minus the cost of events missing in between is found by dynamic
    programming. Missing events are tolerated (a foot hidden for a step), extra ones are not.
    """
    events = _without_echoes(sorted(candidates))
    n = len(events)
    if n == 0:
        return []
    phase = [cycle.index((c.side, c.kind)) for c in events]
    best = np.array([float(c.support) for c in events])
    before = np.full(n, -1)
    for i in range(n):
        # Looking back over eight events is enough: two whole cycles.
        for j in range(max(0, i - 8), i):
            pause = events[i].time_s - events[j].time_s > _PAUSE_S
            missing = 0 if pause else (phase[i] - phase[j] - 1) % 4
            value = best[j] + events[i].support - _MISSING_COST * missing
            if value > best[i]:
                best[i], before[i] = value, j
    chosen = []
    at = int(np.argmax(best))
    while at >= 0:
        chosen.append(events[at])
        at = int(before[at])
    return chosen[::-1]


def _without_echoes(events: Sequence[Candidate]) -> list[Candidate]:
    """Of equal events of one foot within less than a stride, the one that most methods saw."""
    kept: dict[tuple[Side, EventKind], list[Candidate]] = {phase: [] for phase in WALKING}
    for event in sorted(events, key=lambda c: -c.support):
        equal = kept[event.side, event.kind]
        # Kept in order of time: only the neighbours on either side can be too near.
        at = bisect(equal, event)
        if all(abs(c.time_s - event.time_s) >= SHORTEST_STRIDE_S for c in equal[max(at - 1, 0) : at + 1]):
            equal.insert(at, event)
    return sorted(c for equal in kept.values() for c in equal)
