"""How far a signed review agreed with the machine: counted once, when it is signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.review_replay import machine_of, replay

# A shorter move is within what two people differ who look at the same frames: annotated contacts scatter by
# 9 to 12 ms (gait.method_errors), a difference of two of them by sqrt(2) of that, so 95 % within 33 ms; 20 ms
# is a frame of most cameras.
MOVED_S = 0.020


@dataclass(frozen=True)
class Agreement:
    """What one review changed of one machine's result.

    whole: every stride was looked at, not only what the thresholds named. events, strides: those of the
    machine; moved: by more than 20 ms. measures: those whose smallest real change (MDC95) is known, changed:
    by more than it.
    """

    kind: str
    whole: bool
    events: int
    moved: int = 0
    added: int = 0
    removed: int = 0
    strides: int = 0
    excluded: int = 0
    included: int = 0
    measures: int = 0
    changed: int = 0

    @property
    def events_wrong(self) -> int:
        """Events that the machine had elsewhere, too much, or not at all."""
        return self.moved + self.added + self.removed

    @property
    def differs(self) -> bool:
        """Whether the machine alone would have told something else.

        A measure beyond its smallest real change; where none is known, more than a tenth of the events or of
        the strides.
        """
        if self.changed:
            return True
        strides = self.excluded + self.included
        return 10 * self.events_wrong > self.events or 10 * strides > max(self.strides, 1)


def agreement(
    review: Mapping[str, Any],
    corrections: Sequence[Stored],
    values: Mapping[tuple[str, str], float],
    mdc95: Mapping[tuple[str, str], float],
    *,
    whole: bool,
) -> Agreement:
    """Count what a review changed.

    review: the machine's own review.json; values: (quantity, side) -> what was signed; mdc95: (quantity,
    side) -> the smallest real change.

    Raises:
        InputError: the corrections do not belong to this result.
    """
    machine = machine_of(review)
    replayed = replay(machine, corrections)
    now = {event.id: event for event in replayed.events}
    found = {event.id: event for event in machine.events}
    moved = sum(
        abs(now[name].time_s - event.time_s) > MOVED_S for name, event in found.items() if name in now
    )
    used = {(row["side"], row["start_event"]): row["used"] for row in review["strides"]}
    decided = {key: one.used for key, one in replayed.strides.items()}
    machine_values = {(row["quantity"], row["side"]): row["value"] for row in review["measures"]}
    judged = [key for key in machine_values if key in mdc95]
    return Agreement(
        kind=str(review["kind"]),
        whole=whole,
        events=len(found),
        moved=moved,
        added=len(now.keys() - found.keys()),
        removed=len(found.keys() - now.keys()),
        strides=sum(used.values()),
        excluded=sum(not wanted and used.get(key, False) for key, wanted in decided.items()),
        included=sum(wanted and not used.get(key, False) for key, wanted in decided.items()),
        measures=len(judged),
        changed=sum(
            key not in values or abs(values[key] - machine_values[key]) > mdc95[key] for key in judged
        ),
    )
