"""When a change is told: beyond the own baseline by more than MDC95, in two of the last three visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, IntArray, Problems
from kinelab.gait.follow_up.baseline import Baseline, BaselineRule, baseline_of
from kinelab.gait.follow_up.better import gain
from kinelab.gait.follow_up.visits import Acknowledged, Quiet, Visit

Kind = Literal["worse", "improved", "changed"]
State = Literal[
    "baseline", "before baseline", "preliminary", "not judged", "steady", "watch", "alert", "quiet"
]


@dataclass(frozen=True)
class Rule:
    """A change counts when `hold` of the last `of` visits lie beyond `limit_mdc` x MDC95 on one side."""

    baseline: BaselineRule = field(default_factory=BaselineRule)
    hold: int = 2
    of: int = 3
    limit_mdc: float = 1.0

    def __post_init__(self) -> None:
        with Problems("Rule") as problems:
            both = 2 * self.hold <= self.of
            problems.add_if(both, f"{self.hold} of {self.of} visits can hold for both directions at once")
            problems.add_if(self.hold > self.of, f"{self.hold} of {self.of} visits cannot be")
            problems.add_if(not self.limit_mdc > 0, f"limit_mdc is {self.limit_mdc}")


@dataclass(frozen=True)
class Judged:
    """A visit and what the rule says of it, held against `reference` (None before there is one)."""

    visit: Visit
    state: State
    reference: float | None = None


@dataclass(frozen=True)
class Alert:
    """A change that held, raised at `visit`: its value, the value it was held against, and the limit.

    beyond: how many of the last `counted` visits were beyond it. latest: the mean of the newest ones that
    are, what an acknowledgement takes for the new reference. stands: the change held to the newest visit, or
    to the acknowledgement. hushed: a quiet period runs now.
    """

    visit: Visit
    kind: Kind
    reference: float
    limit: float
    beyond: int
    counted: int
    latest: float
    stands: bool
    acknowledged: bool
    hushed: bool

    @property
    def change(self) -> float:
        """The visit's value less the reference."""
        return self.visit.value - self.reference


@dataclass(frozen=True)
class Course:
    """One quantity of one person over all visits, in the order of time.

    limit: the change that is looked for, None when it is not known or there is no baseline.
    """

    quantity: str
    rule: Rule
    baseline: Baseline | None
    limit: float | None
    visits: tuple[Judged, ...]
    alerts: tuple[Alert, ...]

    @property
    def unsettled(self) -> bool:
        """There are visits enough for a baseline, and they differ too much: the values are on the move."""
        enough = sum(judged.visit.signed for judged in self.visits) >= self.rule.baseline.visits
        return self.baseline is None and enough

    @property
    def state(self) -> State | None:
        """Of the newest signed visit; None without one."""
        signed = [judged.state for judged in self.visits if judged.visit.signed]
        return signed[-1] if signed else None


def beyond(values: Array, reference: float | Array, limit: float | Array) -> IntArray:
    """1 where a value lies above reference + limit, -1 below reference - limit, else 0."""
    change = values - reference
    found: IntArray = np.where(np.abs(change) > limit, np.sign(change), 0).astype(np.int64)
    return found


def held(signs: IntArray, hold: int, of: int) -> IntArray:
    """At each visit the direction that `hold` of the last `of` signs (..., visits) have, else 0."""
    if signs.shape[-1] == 0:
        return signs
    shape = (*signs.shape[:-1], of - 1)
    padded = np.concatenate([np.zeros(shape, dtype=np.int64), signs], axis=-1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, of, axis=-1)
    up, down = ((windows == way).sum(axis=-1) >= hold for way in (1, -1))
    ways: IntArray = up.astype(np.int64) - down.astype(np.int64)
    return ways


def follow(
    quantity: str,
    visits: Sequence[Visit],
    mdc95: float | None,
    rule: Rule | None = None,
    *,
    acknowledged: Sequence[Acknowledged] = (),
    quiet: Sequence[Quiet] = (),
    now: datetime | None = None,
) -> Course:
    """Every visit judged as it was when it came, and the alerts that were raised.

    Visits that nobody signed are placed in time and never counted. mdc95 None: taken from the scatter of the
    baseline. An alert that was acknowledged while it stood makes its value the reference of later visits. In
    a quiet period none is raised; when it is over at `now` (default: the newest visit) it is due again.
    """
    rule = rule or Rule()
    ordered = sorted(visits, key=lambda visit: visit.at)
    signed = [visit for visit in ordered if visit.signed]
    now = now or (ordered[-1].at if ordered else datetime.min)
    baseline = baseline_of(signed, mdc95, rule.baseline)
    said = {one.alert: one for one in acknowledged}
    states: dict[str, Judged] = {}
    alerts: list[Alert] = []
    limit = None
    if baseline is None:
        states = {visit.key: Judged(visit, "baseline") for visit in signed}
    else:
        start, reference = baseline.first + baseline.n, baseline.mean
        for number, visit in enumerate(signed):
            before = number < baseline.first
            states[visit.key] = Judged(visit, "before baseline" if before else "baseline", reference)
        if baseline.mdc95 is None:
            states |= {visit.key: Judged(visit, "not judged", reference) for visit in signed[start:]}
        else:
            limit = rule.limit_mdc * baseline.mdc95
        while limit is not None and start < len(signed):
            stretch = _Stretch(quantity, signed[start:], reference, limit, rule)
            judged, raised = stretch.judge(quiet, said, now)
            states |= {one.visit.key: one for one in judged}
            alerts += raised
            start += len(judged)
            reference = said[raised[-1].visit.key].value if start < len(signed) else reference
    return Course(quantity, rule, baseline, limit, tuple(_placed(ordered, states)), tuple(alerts))


def _placed(ordered: Sequence[Visit], states: dict[str, Judged]) -> list[Judged]:
    """All in the order of time; a preliminary value stands beside the reference of the visit before it."""
    found: list[Judged] = []
    for visit in ordered:
        reference = found[-1].reference if found else None
        found.append(states[visit.key] if visit.signed else Judged(visit, "preliminary", reference))
    return found


@dataclass(frozen=True)
class _Stretch:
    """Signed visits that are held against one reference."""

    quantity: str
    visits: Sequence[Visit]
    reference: float
    limit: float
    rule: Rule

    def judge(
        self, quiet: Sequence[Quiet], said: dict[str, Acknowledged], now: datetime
    ) -> tuple[list[Judged], list[Alert]]:
        """The visits up to the first that has another reference, and the alerts among them."""
        values = np.array([visit.value for visit in self.visits])
        signs = beyond(values, self.reference, self.limit)
        ways = held(signs, self.rule.hold, self.rule.of)
        judged: list[Judged] = []
        begun: list[int] = []  # numbers of the visits at which an alert was raised
        open_way = 0
        for i, visit in enumerate(self.visits):
            known = said.get(self.visits[begun[-1]].key) if open_way else None
            if known is not None and visit.at > known.through:
                break
            newest = i == len(self.visits) - 1
            state: State = "watch" if signs[i] else "steady"
            if ways[i] != 0 and ways[i] == open_way:
                state = "alert"
            elif ways[i] != 0 and signs[i] == ways[i]:
                silent = any(q.covers(visit.at) and not (newest and now >= q.until) for q in quiet)
                state = "quiet" if silent else "alert"
                open_way = 0 if silent else ways[i]
                begun += [] if silent else [i]
            else:
                open_way = 0
            judged.append(Judged(visit, state, self.reference))
        hushed = any(q.covers(now) for q in quiet)
        n = len(judged)
        return judged, [self._alert(i, signs[:n], ways[:n], said, hushed) for i in begun]

    def _alert(
        self, i: int, signs: IntArray, ways: IntArray, said: dict[str, Acknowledged], hushed: bool
    ) -> Alert:
        visit, way = self.visits[i], ways[i]
        ended = np.flatnonzero(ways[i:] != way)
        end = i + int(ended[0]) if ended.size else len(ways)
        newest = [self.visits[j].value for j in range(max(end - self.rule.of, 0), end) if signs[j] == way]
        counted = signs[max(i + 1 - self.rule.of, 0) : i + 1]
        better = gain(self.quantity, self.reference, visit.value)
        return Alert(
            visit=visit,
            kind="improved" if better > 0 else "worse" if better < 0 else "changed",
            reference=self.reference,
            limit=self.limit,
            beyond=int((counted == way).sum()),
            counted=counted.size,
            latest=float(np.mean(newest)),
            stands=end == len(ways),
            acknowledged=visit.key in said,
            hushed=hushed,
        )
