"""Which strides a person wants measured, against what the limits of cutting say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kinelab.core.events import Side
from kinelab.core.strides import Strides

Decide = Callable[[Strides], Strides]


@dataclass(frozen=True)
class Wanted:
    """Whether a person wants a stride measured, who it is, and why."""

    used: bool
    reason: str
    by: str


def unchanged(strides: Strides) -> Strides:
    """Nobody said anything."""
    return strides


def decided(strides: Strides, wanted: Mapping[tuple[Side, float], Wanted]) -> Strides:
    """The strides with a person's decisions; a stride is known by its foot and the time that it starts, s.

    A stride that is left out stays, with the reason and who gave it. A decision on a stride that is not there
    (its contact was removed since) has no effect.
    """
    used, why_not = strides.used.copy(), list(strides.why_not)
    for i, (side, start_s) in enumerate(zip(strides.side, strides.start_s, strict=True)):
        one = wanted.get((side, float(start_s)))
        if one is not None:
            used[i] = one.used
            why_not[i] = "" if one.used else f"left out by {one.by}: {one.reason}"
    return replace(strides, used=used, why_not=tuple(why_not))
