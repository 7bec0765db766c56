"""How far the machine is relied on: three levels, raised by evidence and a person, lowered by evidence alone.

0: every stride is looked at before a result is signed. 1: only what the thresholds name, in each visit; one
visit in five is still looked at as a whole. 2: visits in which the thresholds name nothing may be signed
without being opened; one in ten is looked at as a whole. Evidence is what whole reviews found: of those that
looked at flagged places only, nothing is known about the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kinelab.clinic.review.agreement import Agreement
from kinelab.stats.proportions import clopper_pearson

LEVELS: Mapping[int, str] = {
    0: "every stride is looked at",
    1: "only what the thresholds name is looked at",
    2: "only samples and what the thresholds name are looked at",
}
SAMPLED: Mapping[int, float] = {0: 1.0, 1: 0.2, 2: 0.1}
RECENT = 20  # whole reviews by which a level is kept or lowered
_SURE = 0.95  # of each bound, one-sided


@dataclass(frozen=True)
class Line:
    """What must be sure before a level is reached: the most visits that a review changes, and events, as
    shares."""

    visits: float
    events: float


# With not one changed visit these need 29 and 59 whole reviews: 1 - 0.05 ** (1 / n).
LINES: Mapping[int, Line] = {1: Line(visits=0.10, events=0.05), 2: Line(visits=0.05, events=0.02)}


@dataclass(frozen=True)
class Evidence:
    """Counts of whole reviews of one kind of recording, with the bounds that hold with 95 % each.

    visits_share, events_share: (lower, counted, upper).
    """

    visits: int
    visits_changed: int
    events: int
    events_changed: int
    visits_share: tuple[float, float, float]
    events_share: tuple[float, float, float]


@dataclass(frozen=True)
class Proposal:
    """What the evidence speaks for: a level and why, in words."""

    level: int
    reason: str
    evidence: Evidence


def evidence_of(reviews: Sequence[Agreement]) -> Evidence:
    """Count the whole ones among signed reviews."""
    whole = [one for one in reviews if one.whole]
    visits, changed = len(whole), sum(one.differs for one in whole)
    # An added event was none of the machine's: it counts among what should have been found.
    events = sum(one.events + one.added for one in whole)
    wrong = sum(one.events_wrong for one in whole)
    return Evidence(visits, changed, events, wrong, _share(changed, visits), _share(wrong, events))


def propose(level: int, reviews: Sequence[Agreement]) -> Proposal:
    """The level that signed reviews speak for, a step at a time; a person decides.

    reviews: those since the level was last decided, the newest first.
    """
    lowered = lowering(level, reviews)
    if lowered is not None:
        return lowered
    found = evidence_of(reviews)
    line = LINES.get(level + 1)
    if line is None:
        return Proposal(level, f"the highest level; {_told(found)}", found)
    if found.visits_share[2] <= line.visits and found.events_share[2] <= line.events:
        return Proposal(
            level + 1, f"{_told(found)}: surely below the line of level {level + 1} ({_lines(line)})", found
        )
    return Proposal(
        level, f"{_told(found)}: not yet below the line of level {level + 1} ({_lines(line)})", found
    )


def lowering(level: int, reviews: Sequence[Agreement]) -> Proposal | None:
    """The next lower level when the newest whole reviews find more than the level's line allows; else None.

    To raise asks for proof, to lower asks for suspicion only: what was counted is compared, not a bound. It
    needs two changed visits, or events in two visits: one is an accident.
    """
    line = LINES.get(level)
    if line is None:
        return None
    newest = [one for one in reviews if one.whole][:RECENT]
    found = evidence_of(newest)
    visits = found.visits_changed > 1 and found.visits_share[1] > line.visits
    several = sum(one.events_wrong > 0 for one in newest) > 1
    events = several and found.events_share[1] > line.events
    if not (visits or events):
        return None
    return Proposal(
        level - 1, f"of the newest, {_told(found)}: above the line of level {level} ({_lines(line)})", found
    )


def is_sampled(visit_id: str, level: int) -> bool:
    """Whether this visit is one of those that are looked at as a whole; each time the same answer."""
    draw = int.from_bytes(hashlib.sha256(f"sample {visit_id}".encode()).digest()[:8], "big") / 2**64
    return draw < SAMPLED[level]


def level_of_visit(visit_id: str, level: int) -> int:
    """The level that counts for one visit: 0 for a sample."""
    return 0 if is_sampled(visit_id, level) else level


def _share(k: int, n: int) -> tuple[float, float, float]:
    low, high = clopper_pearson(k, n, _SURE)
    return low, k / n if n else 0.0, high


def _told(found: Evidence) -> str:
    return (
        f"{found.visits_changed} of {found.visits} wholly reviewed visits changed (at most"
        f" {100 * found.visits_share[2]:.1f} %), {found.events_changed} of {found.events} events (at most"
        f" {100 * found.events_share[2]:.1f} %)"
    )


def _lines(line: Line) -> str:
    return f"{100 * line.visits:g} % of visits, {100 * line.events:g} % of events"
