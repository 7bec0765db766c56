"""The 1 euro filter: a causal low-pass that is slow for what stands still and quick for what moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError


@dataclass(frozen=True)
class OneEuroSettings:
    """cutoff_hz: of a value at rest; per_speed_hz: added for each unit a second of its speed (the paper's
    beta); speed_cutoff_hz: of the speed itself.
    """

    cutoff_hz: float = 2.0
    per_speed_hz: float = 0.05
    speed_cutoff_hz: float = 1.0

    def __post_init__(self) -> None:
        if not (self.cutoff_hz > 0 and self.per_speed_hz >= 0 and self.speed_cutoff_hz > 0):
            raise InputError(
                f"filter of {self.cutoff_hz} Hz, {self.per_speed_hz} Hz a unit of speed, speed at "
                f"{self.speed_cutoff_hz} Hz; expected positive numbers (0 allowed for the second)"
            )


class OneEuro:
    """Filters n values sample by sample, at any times (Casiez, Roussel & Vogel 2012, CHI, 2527-2530).

    A value that is NaN gives NaN and is not learnt from; it starts anew after `forget_s` without it.
    """

    def __init__(self, n: int, settings: OneEuroSettings | None = None, *, forget_s: float = 0.5) -> None:
        self._settings = settings or OneEuroSettings()
        self._forget_s = forget_s
        self._value = np.full(n, np.nan)
        self._speed = np.zeros(n)
        self._time_s = np.full(n, -np.inf)
        self.lag_s = np.full(n, np.nan)

    def add(self, time_s: float, values: Array) -> Array:
        """The filtered values (n,) of one moment; `lag_s` (n,) says by how much they trail, 1 / (2 pi f)."""
        seen = np.isfinite(values)
        step_s = time_s - self._time_s
        fresh = seen & ~(np.isfinite(self._value) & (step_s <= self._forget_s) & (step_s > 0))
        on = seen & ~fresh
        speed = (values[on] - self._value[on]) / step_s[on]
        self._speed[fresh] = 0.0
        self._speed[on] += _weight(self._settings.speed_cutoff_hz, step_s[on]) * (speed - self._speed[on])
        cutoff = self._settings.cutoff_hz + self._settings.per_speed_hz * np.abs(self._speed)
        self._value[fresh] = values[fresh]
        self._value[on] += _weight(cutoff[on], step_s[on]) * (values[on] - self._value[on])
        self._time_s[seen] = time_s
        self.lag_s = np.where(seen, 1 / (2 * np.pi * cutoff), np.nan)
        return np.where(seen, self._value, np.nan)


def _weight(cutoff_hz: float | Array, step_s: Array) -> Array:
    """Share of a new value in a first-order low-pass."""
    return np.asarray(1 / (1 + 1 / (2 * np.pi * cutoff_hz * step_s)))
