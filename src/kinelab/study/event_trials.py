"""Annotated C3D trials, and how near events come to their annotation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, EventKind, GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError
from kinelab.gait import events_learned
from kinelab.gait.anchoring import SPREAD, PersonSpread
from kinelab.gait.consensus import KINDS, MATCH_S
from kinelab.gait.method_errors import Errors, MethodError, shipped_errors
from kinelab.markers.trial import NO_EVENTS
from kinelab.pipeline.gait_events import EventsOf, events_of
from kinelab.pipeline.gait_inputs import GaitInput, read_input

# Annotated events this near to the ends of a trial are not asked for: filters and peaks need room.
EDGE_S = 0.1
OFF_MS = 40.0
Spread = Mapping[EventKind, PersonSpread]
_LEAST_EVENTS = 5
_ONE_PERSON_A_FILE = "c3d_treadmill"


@dataclass(frozen=True, eq=False)
class Trial:
    """One walking trial with its annotated events, what was found in it, and whose it is.

    methods: events of each published method and of the network by its name.
    """

    person: str
    name: str
    given: GaitInput
    found: EventsOf
    methods: Mapping[str, GaitEvents]

    @property
    def truth(self) -> GaitEvents:
        """The annotated events."""
        return self.given.events

    @property
    def plane(self) -> Keypoints:
        """The walk in its plane."""
        assert self.found.plane is not None
        return self.found.plane

    @property
    def kind(self) -> str:
        """overground, turn or treadmill."""
        if self.person.startswith("treadmill"):
            return "treadmill"
        return "turn" if self.found.way is not None and self.found.way.turns else "overground"


@dataclass(eq=False)
class Score:
    """Errors in ms of matched events; asked, missed and made up; sd_s of the matched (NaN unknown)."""

    error_ms: list[float] = field(default_factory=list)
    sd_s: list[float] = field(default_factory=list)
    asked: int = 0
    extra: int = 0

    @property
    def missed(self) -> int:
        """Annotated events without a found one within 150 ms."""
        return self.asked - len(self.error_ms)

    def add(self, other: Score) -> None:
        """Take in another score."""
        self.error_ms += other.error_ms
        self.sd_s += other.sd_s
        self.asked += other.asked
        self.extra += other.extra


def read_trials(folder: Path, files: int | None = None) -> list[Trial]:
    """The dynamic trials with five annotated events or more under gait/c3d_*; static files are left out.

    Raises:
        FileFormatError: no such files.
    """
    paths = sorted(folder.glob("gait/c3d_*/**/*.c3d"))
    if not paths:
        raise FileFormatError(folder / "gait", "holds no C3D files; --shared is the folder that holds gait/")
    trials = []
    for path in paths:
        given = read_input(path)
        if len(given.events.kind) < _LEAST_EVENTS:
            continue
        found = events_of(given, "found")
        if found.found.kind and found.plane is not None:
            methods = {**found.methods, events_learned.NAME: events_learned.detect(found.plane)}
            alone = path.parent.name == _ONE_PERSON_A_FILE
            trials.append(Trial(path.stem if alone else path.parent.name, path.stem, given, found, methods))
        if files is not None and len(trials) >= files:
            break
    return trials


def score(trial: Trial, events: GaitEvents, kind: EventKind, but: GaitEvents = NO_EVENTS) -> Score:
    """Found events of one kind against the annotated ones, both feet.

    Asked for are annotated events more than 0.1 s from the ends of the trial. The nearest found one within
    150 ms is its match. Made up is a found event within 150 ms of the annotated range (first to last
    annotated event of either foot) with no annotated event of its kind and foot within 150 ms: beyond that
    range nobody has said that there is none. but: annotated events within 150 ms of one of these are not
    asked for.
    """
    first, last = trial.plane.time_s[[0, -1]]
    begin, end = trial.truth.time_s[0] - MATCH_S, trial.truth.time_s[-1] + MATCH_S
    result = Score()
    for side in SIDES:
        truth, times = trial.truth.times(side, kind), events.times(side, kind)
        mask = [s == side and k == kind for s, k in zip(events.side, events.kind, strict=True)]
        sd_s = events.sd_s[np.array(mask, dtype=bool)]
        for time_s in truth[(truth > first + EDGE_S) & (truth < last - EDGE_S)]:
            if (np.abs(but.times(side, kind) - time_s) <= MATCH_S).any():
                continue
            result.asked += 1
            if times.size and np.abs(times - time_s).min() <= MATCH_S:
                at = int(np.abs(times - time_s).argmin())
                result.error_ms.append(1e3 * float(times[at] - time_s))
                result.sd_s.append(float(sd_s[at]))
        inside = times[(times > begin) & (times < end)]
        alone = [t for t in inside if not truth.size or np.abs(truth - t).min() > MATCH_S]
        result.extra += len(alone)
    return result


def measured_errors(trials: Sequence[Trial], without: str) -> Errors:
    """The table of the methods' mean errors from the trials of all people but one; weights as shipped."""
    table = shipped_errors()
    for (method, kind), late_s in _late_s(t for t in trials if t.person != without).items():
        known = table.get((method, kind))
        weight, sd_s = (known.weight, known.sd_s) if known else (1.0, float(np.std(late_s)))
        table[method, kind] = MethodError(float(np.mean(late_s)), sd_s, weight)
    return table


def measured_spread(trials: Sequence[Trial], alone: Mapping[str, GaitEvents], without: str) -> Spread:
    """How late the consensus `alone` (by trial) is between people and within one, of all people but one.

    Between: the variance of people's means less what their few events add to it (moment estimator of a
    one-way random model, Searle et al. 1992, section 3.6).
    """
    spread: dict[EventKind, PersonSpread] = {}
    for kind in KINDS:
        of: dict[str, list[float]] = {}
        for t in trials:
            if t.person != without:
                of.setdefault(t.person, []).extend(1e-3 * e for e in score(t, alone[t.name], kind).error_ms)
        each = [np.array(errors) for errors in of.values() if len(errors) > 1]
        if len(each) < 2:
            spread[kind] = SPREAD[kind]
            continue
        events = sum(float(((e - e.mean()) ** 2).sum()) for e in each) / sum(e.size - 1 for e in each)
        means = float(np.var([e.mean() for e in each], ddof=1))
        people = max(means - events * float(np.mean([1 / e.size for e in each])), 1e-6)
        spread[kind] = PersonSpread(people**0.5, events**0.5)
    return spread


def _late_s(trials: Iterable[Trial]) -> Mapping[tuple[str, EventKind], Array]:
    """Found minus annotated of each method (with its variant) and kind, s."""
    found: dict[tuple[str, EventKind], list[float]] = {}
    for trial in trials:
        for events in trial.methods.values():
            for kind in KINDS:
                if events.method:
                    errors = score(trial, events, kind).error_ms
                    found.setdefault((events.method[0], kind), []).extend(1e-3 * e for e in errors)
    return {key: np.array(values) for key, values in found.items() if values}
