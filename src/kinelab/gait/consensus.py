"""One set of events out of several methods, with the spread between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.events import SIDES, EventKind, GaitEvents, Side
from kinelab.gait.event_order import RUNNING, WALKING, Candidate, in_order
from kinelab.gait.method_errors import Errors, is_running, method_error

KINDS: tuple[EventKind, EventKind] = ("ic", "to")
# Events of several methods that stand for one event lie within this of their neighbours (aligned times).
CLUSTER_GAP_S = 0.1
MATCH_S = 0.15
DISPUTED_S = 0.040


@dataclass(frozen=True)
class MethodAgreement:
    """One method against the consensus, for one kind of event.

    found: events of the method; matched: of these, within 150 ms of a consensus event; mean_ms, sd_ms of
    method minus consensus over the matched (NaN without any). The method's own times, not aligned ones.
    """

    method: str
    kind: EventKind
    found: int
    matched: int
    mean_ms: float
    sd_ms: float


def consensus(results: Mapping[str, GaitEvents], errors: Errors | None = None) -> GaitEvents:
    """Merge the events of several methods of one recording.

    1. Each method's times are aligned: its measured mean error (`gait.method_errors`) is taken off.
    2. Times of one kind and foot that follow within 0.1 s are one event; a method counts once in it.
    3. Its time is the weighted median, with weights from the measured spread of each method: an outlier moves
       it little. `sd_s` is the spread between the methods (n - 1; NaN when only one saw it).
    4. What fewer than two methods saw is dropped, unless only one method is there.
    5. What breaks the order of walking (ic left, to right, ic right, to left), or that of running where the
       methods say that most of it is, is dropped, see `gait.event_order`.

    `method` of each event is "consensus(k of m)": k methods saw it, m could have. errors: another table
    of the methods' errors than the shipped one.
    """
    candidates: list[Candidate] = []
    for side in SIDES:
        for kind in KINDS:
            candidates += _clusters(results, side, kind, errors)
    kept = in_order(candidates, RUNNING if _runs(results) else WALKING)
    return GaitEvents(
        side=tuple(c.side for c in kept),
        kind=tuple(c.kind for c in kept),
        time_s=np.array([c.time_s for c in kept]),
        sd_s=np.array([c.sd_s for c in kept]),
        method=tuple(f"consensus({c.support} of {c.able})" for c in kept),
    )


def disputed(events: GaitEvents) -> BoolArray:
    """(N,) True where the methods differ by more than 40 ms (sd): a person should look at the frame."""
    flagged: BoolArray = events.sd_s > DISPUTED_S
    return flagged


def agreement(results: Mapping[str, GaitEvents], merged: GaitEvents) -> tuple[MethodAgreement, ...]:
    """Each method against the merged events, one row a method and kind of event."""
    return tuple(_agreement(name, events, merged, kind) for name, events in results.items() for kind in KINDS)


def weighted_median(values: Array, weights: Array) -> float:
    """The value (n,) at which half of the weight lies to each side; the middle of two when it lies between.

    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 1.0]))
    2.0
    """
    order = np.argsort(values, kind="stable")
    ordered, cumulative = values[order], np.cumsum(weights[order])
    half = cumulative[-1] / 2
    at = int(np.searchsorted(cumulative, half * (1 - 1e-12)))
    exactly_half = abs(cumulative[at] - half) <= 1e-9 * half and at + 1 < ordered.size
    return float((ordered[at] + ordered[at + 1]) / 2) if exactly_half else float(ordered[at])


def _runs(results: Mapping[str, GaitEvents]) -> bool:
    names = [variant for events in results.values() for variant in events.method]
    return 2 * sum(map(is_running, names)) > len(names)


def _clusters(
    results: Mapping[str, GaitEvents], side: Side, kind: EventKind, errors: Errors | None
) -> list[Candidate]:
    """Merged events of one kind of one foot, seen by enough methods."""
    rows = []
    for name, events in results.items():
        for s, k, time_s, variant in zip(events.side, events.kind, events.time_s, events.method, strict=True):
            if (s, k) == (side, kind):
                error = method_error(variant, kind, errors)
                rows.append((float(time_s) - error.late_s, error.weight, name))
    if not rows:
        return []
    rows.sort()
    able = len({name for _, _, name in rows})
    breaks = np.flatnonzero(np.diff([row[0] for row in rows]) > CLUSTER_GAP_S) + 1
    groups = [rows[a:b] for a, b in zip([0, *breaks], [*breaks, len(rows)], strict=True)]
    merged = [_merge(side, kind, group, able) for group in groups]
    return [c for c in merged if c.support >= min(2, able)]


def _merge(side: Side, kind: EventKind, rows: list[tuple[float, float, str]], able: int) -> Candidate:
    times = np.array([row[0] for row in rows])
    weights = np.array([row[1] for row in rows])
    centre = weighted_median(times, weights)
    nearest: dict[str, int] = {}
    for i in np.argsort(np.abs(times - centre), kind="stable"):
        nearest.setdefault(rows[i][2], int(i))
    once = sorted(nearest.values())
    time_s = weighted_median(times[once], weights[once])
    sd_s = float(np.std(times[once], ddof=1)) if len(once) > 1 else float("nan")
    return Candidate(time_s, side, kind, sd_s, support=len(once), able=able)


def _agreement(name: str, events: GaitEvents, merged: GaitEvents, kind: EventKind) -> MethodAgreement:
    differences: list[float] = []
    found = 0
    for side in SIDES:
        times, reference = events.times(side, kind), merged.times(side, kind)
        found += times.size
        if times.size and reference.size:
            nearest = reference[np.abs(times[:, None] - reference).argmin(axis=1)]
            difference = times - nearest
            differences += difference[np.abs(difference) <= MATCH_S].tolist()
    ms = 1e3 * np.array(differences)
    mean = float(ms.mean()) if ms.size else float("nan")
    sd = float(ms.std(ddof=1)) if ms.size > 1 else float("nan")
    return MethodAgreement(name, kind, found, ms.size, mean, sd)
