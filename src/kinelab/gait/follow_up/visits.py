"""What the rules are told: a person's visits, and what a clinician said about an alert."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from kinelab.core.checks import Problems


@dataclass(frozen=True)
class Visit:
    """One value of one quantity of one person.

    key: names the result behind it; at: when it was recorded; signed: somebody stands for it, the rules count
    no other; standard_error: sd over strides / sqrt(n), in the unit of the value, None when not known.
    """

    key: str
    at: datetime
    value: float
    signed: bool = True
    standard_error: float | None = None

    def __post_init__(self) -> None:
        with Problems(f"Visit {self.key}") as problems:
            problems.add_if(not np.isfinite(self.value), f"value is {self.value}")
            error = self.standard_error
            problems.add_if(error is not None and not error >= 0, f"standard error is {error}")


@dataclass(frozen=True)
class Acknowledged:
    """Somebody has seen the alert that was raised at visit `alert`; later visits are held against `value`.

    through: the newest visit that was seen then; the ones after it are later.
    """

    alert: str
    through: datetime
    value: float


@dataclass(frozen=True)
class Quiet:
    """No alert is to be raised from `start` until `until` (exclusive)."""

    start: datetime
    until: datetime

    def __post_init__(self) -> None:
        with Problems("Quiet period") as problems:
            problems.add_if(
                not self.start < self.until, f"it ends {self.until}, not after it starts {self.start}"
            )

    def covers(self, moment: datetime) -> bool:
        """Whether the moment lies within."""
        return self.start <= moment < self.until
