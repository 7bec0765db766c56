"""When a person must look: the stated thresholds, in one table with their grounds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Threshold:
    """limit: the number, None where there is none; says: what is found, threshold: what is allowed, in words
    with places for numbers; ground: why this limit."""

    name: str
    limit: float | None
    says: str
    threshold: str
    ground: str

    def need(self, what: str, value: object, **words: str) -> Need:
        """One thing that needs review; value: what was found, in the unit of `says`."""
        scale = _SHOWN.get(self.name, 1.0)
        limit = None if self.limit is None else self.limit * scale
        shown = value * scale if isinstance(value, float) else value
        return Need(what, self.says.format(value=shown, **words), self.threshold.format(limit=limit))


@dataclass(frozen=True)
class Need:
    """One thing that a person must look at: what, why, and the threshold that says so."""

    what: str
    reason: str
    threshold: str


# Shares are shown in percent, seconds in milliseconds.
_SHOWN: Mapping[str, float] = {
    "event_sd_s": 1e3,
    "event_apart_s": 1e3,
    "stride_guessed_share": 100.0,
    "stride_usual_share": 100.0,
    "exchanged_share": 100.0,
}


@cache
def thresholds() -> Mapping[str, Threshold]:
    """The table by name, in its order."""
    text = files("kinelab.pipeline").joinpath("review_thresholds.json").read_text(encoding="utf-8")
    return {name: Threshold(name, **row) for name, row in json.loads(text).items()}
