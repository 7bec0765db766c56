"""Whom to look at first: a patient's place in the list, with the reason in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kinelab.gait.follow_up.rule import Kind

# The most urgent thing decides the place; within one class its size does, and is never worth a class.
_CLASS, _LARGEST_SIZE = 1000.0, 400.0
URGENT, SOON = 6 * _CLASS, 3 * _CLASS  # from here on: "look today", "look soon"
_ALERTS: dict[Kind, float] = {"worse": 7.0, "changed": 5.0, "improved": 3.0}
_WARNING, _UNSIGNED, _WATCH, _OVERDUE = 6.0, 4.0, 2.0, 1.5
_MOST_SAID = 3
_FAR = date(2100, 1, 1)


@dataclass(frozen=True)
class OpenAlert:
    """An alert that nobody acknowledged: its sentence, and the change as a multiple of its limit."""

    kind: Kind
    text: str
    times_limit: float


@dataclass(frozen=True)
class Facts:
    """What is known of a patient today.

    unsigned_since: for each result that waits for a signature, when it was made. warnings: findings of level
    warning in those results. watched: names of measures beyond the limit once, or whose baseline does not
    settle. deviation_deg: gait profile score of the newest signed result.
    """

    today: date
    alerts: Sequence[OpenAlert] = ()
    unsigned_since: Sequence[date] = ()
    warnings: Sequence[str] = ()
    watched: Sequence[str] = ()
    next_visit_on: date | None = None
    last_visit_on: date | None = None
    deviation_deg: float | None = None


@dataclass(frozen=True)
class Standing:
    """urgency: larger is looked at first. reason: why, the most urgent first; empty when nothing is due."""

    urgency: float
    reason: str


def standing(facts: Facts) -> Standing:
    """Where a patient stands in the list.

    In this order: what got worse and nobody acknowledged, a warning that nobody has signed, a change whose
    meaning depends on the person, a result that waits for its signature, an improvement, a value beyond the
    limit once, an overdue visit, the gait profile score.
    """
    said = [*_alerts(facts.alerts), *_results(facts), *_quieter(facts)]
    said.sort(key=lambda one: -one[0])
    reasons = [text for _, text in said if text][:_MOST_SAID]
    return Standing(round(said[0][0], 3) if said else 0.0, " ".join(reasons))


def level(urgency: float) -> str:
    """`urgent`, `soon`, `look` or `none`: how the list marks a patient."""
    if urgency >= URGENT:
        return "urgent"
    if urgency >= SOON:
        return "soon"
    return "look" if urgency >= _OVERDUE * _CLASS else "none"


def _place(kind: float, size: float) -> float:
    return kind * _CLASS + min(max(size, 0.0), _LARGEST_SIZE)


def _age(since: date) -> float:
    """Larger for earlier days, and the same tomorrow: what is stored must not depend on when it was."""
    return (_FAR - since).days / 100


def _alerts(alerts: Sequence[OpenAlert]) -> list[tuple[float, str]]:
    """The largest of each kind is told, and how many more there are."""
    found = []
    for kind, rank in _ALERTS.items():
        of_kind = sorted((a for a in alerts if a.kind == kind), key=lambda a: -a.times_limit)
        if of_kind:
            more = f" And {len(of_kind) - 1} more {kind}." if len(of_kind) > 1 else ""
            size = 10 * of_kind[0].times_limit + len(of_kind)
            found.append((_place(rank, size), of_kind[0].text + more))
    return found


def _results(facts: Facts) -> list[tuple[float, str]]:
    found = []
    waiting = len(facts.unsigned_since)
    if facts.warnings:
        more = f" And {len(facts.warnings) - 1} more warnings." if len(facts.warnings) > 1 else ""
        found.append((_place(_WARNING, len(facts.warnings)), f"Unsigned warning: {facts.warnings[0]}{more}"))
    if waiting:
        since = min(facts.unsigned_since)
        results = "A result waits" if waiting == 1 else f"{waiting} results wait"
        found.append((_place(_UNSIGNED, _age(since)), f"{results} for a signature since {since}."))
    return found


def _quieter(facts: Facts) -> list[tuple[float, str]]:
    found = []
    if facts.watched:
        names = ", ".join(facts.watched[:_MOST_SAID]) + (
            " and others" if len(facts.watched) > _MOST_SAID else ""
        )
        found.append((_place(_WATCH, len(facts.watched)), f"Watch: {names}."))
    due = facts.next_visit_on
    if due is not None and due < facts.today and (facts.last_visit_on is None or facts.last_visit_on < due):
        found.append((_place(_OVERDUE, _age(due)), f"The visit planned for {due} is overdue."))
    if facts.deviation_deg is not None:
        # Every result has a score: it orders those with nothing else to say, and is no reason by itself.
        found.append((_place(0, 10 * facts.deviation_deg), ""))
    return found
