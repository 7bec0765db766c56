"""Uniform time: the only place where seconds become samples and samples become seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, Problems


def typical_rate_hz(time_s: Array) -> float:
    """Rate of increasing times (T,) s; 0 with fewer than two.

    The mean over the regular intervals: a pause does not lower it, and times that a container rounds to whole
    milliseconds (33, 33, 34) do not raise it as their median would.
    """
    steps = np.diff(time_s)
    if not steps.size:
        return 0.0
    regular = steps[np.abs(steps / np.median(steps) - 1) < 0.5]
    return float(1 / regular.mean())


@dataclass(frozen=True)
class Timebase:
    """`n` samples at `rate_hz`, the first at `start_s`. Intervals are half open: [start, stop)."""

    rate_hz: float
    n: int
    start_s: float = 0.0

    def __post_init__(self) -> None:
        with Problems("Timebase") as problems:
            good_rate = np.isfinite(self.rate_hz) and self.rate_hz > 0
            problems.add_if(not good_rate, f"rate_hz is {self.rate_hz}, expected a positive number")
            problems.add_if(self.n < 0, f"n is {self.n}, expected 0 or more")
            problems.add_if(not np.isfinite(self.start_s), f"start_s is {self.start_s}, expected a number")

    @property
    def time_s(self) -> Array:
        """Time of each sample, (n,) s."""
        return self.start_s + np.arange(self.n) / self.rate_hz

    @property
    def duration_s(self) -> float:
        """n / rate: the length of the interval that the samples stand for."""
        return self.n / self.rate_hz

    def nearest(self, time_s: float) -> int:
        """Index of the sample nearest to `time_s`, kept inside the recording."""
        return int(np.clip(round((time_s - self.start_s) * self.rate_hz), 0, max(self.n - 1, 0)))

    def span(self, start_s: float, stop_s: float) -> slice:
        """The samples with start_s <= time < stop_s.

        A nanosecond of slack keeps a sample that lies on `start_s` up to rounding.
        """
        slack = 1e-9 * self.rate_hz
        first = int(np.ceil((start_s - self.start_s) * self.rate_hz - slack))
        last = int(np.ceil((stop_s - self.start_s) * self.rate_hz - slack))
        return slice(min(max(first, 0), self.n), min(max(last, 0), self.n))
