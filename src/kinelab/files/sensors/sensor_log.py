"""What one sensor's file holds, before anything is done to it: its own numbers, units and clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from kinelab.core.checks import Array, Problems, read_only

G_MPS2 = 9.80665  # standard gravity, by which "g" of a data sheet is meant
ACC_UNITS: Mapping[str, float] = MappingProxyType({"m/s2": 1.0, "g": G_MPS2, "mg": G_MPS2 / 1000})
GYR_UNITS: Mapping[str, float] = MappingProxyType({"rad/s": 1.0, "deg/s": np.pi / 180})
MAG_UNITS: Mapping[str, float] = MappingProxyType({"uT": 1.0, "G": 100.0, "mG": 0.1})
ARBITRARY = "a.u."  # of a magnetometer whose readings are shares of some field
SIGNALS = ("acc", "gyr", "mag")
Zero = Literal["trial", "device"]


@dataclass(frozen=True, eq=False)
class SensorLog:
    """One sensor as its file has it. T samples; None where the file holds no such thing.

    name: the sensor in the file's own words; segment: where it is worn, if the file says so. acc, gyr, mag
    (T, 3) in acc_unit, gyr_unit, mag_unit (None: the file does not say). rotation (T, 3, 3) turns the
    sensor's axes to `world`. time_s (T,) by its own clock: counted = made of packet numbers and the stated
    rate, else of stamps. shared_clock: stamps of all sensors mean the same instants. wrap_s: after how long
    the clock began again at 0 (times are unwrapped already, but not against other sensors). offset_s: to be
    added once the clocks are brought together. zero: times count from the trial's start, or from whatever
    the device does.
    """

    name: str
    file: Path
    make: str
    acc: Array | None = None
    gyr: Array | None = None
    mag: Array | None = None
    rotation: Array | None = None
    acc_unit: str | None = None
    gyr_unit: str | None = None
    mag_unit: str | None = None
    world: str = ""
    time_s: Array | None = None
    stated_rate_hz: float | None = None
    counted: bool = False
    shared_clock: bool = True
    wrap_s: float | None = None
    offset_s: float = 0.0
    zero: Zero = "device"
    segment: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        with Problems(f"sensor {self.name} of {self.file}") as problems:
            for signal in ("acc", "gyr", "mag", "rotation", "time_s"):
                values = getattr(self, signal)
                if values is None:
                    continue
                object.__setattr__(self, signal, read_only(values))
                shape = {"time_s": (self.n,), "rotation": (self.n, 3, 3)}.get(signal, (self.n, 3))
                problems.shape(signal, getattr(self, signal), shape)
            problems.add_if(self.n == 0, "it holds no sample")
            for signal, units in (("acc", ACC_UNITS), ("gyr", GYR_UNITS), ("mag", [*MAG_UNITS, ARBITRARY])):
                problems.one_of(f"{signal}_unit", getattr(self, f"{signal}_unit"), [None, *units])

    @property
    def n(self) -> int:
        """Number of samples T."""
        held = (self.acc, self.gyr, self.rotation, self.mag)
        return next((len(values) for values in held if values is not None), 0)

    @property
    def worn_on(self) -> str:
        """The segment where it is known, else the sensor's own name: for messages."""
        return self.segment or self.name

    def signal(self, kind: str) -> Array | None:
        """`acc`, `gyr` or `mag` by its name, (T, 3) in the file's unit."""
        values: Array | None = getattr(self, kind)
        return values

    def unit(self, kind: str) -> str | None:
        """Unit of `acc`, `gyr` or `mag`, None where it is not told."""
        unit: str | None = getattr(self, f"{kind}_unit")
        return unit


def unit_of(text: str) -> str | None:
    """kinelab's name of a unit as files write it: "m/(s^2)", "dps", "uT"; None where it is none of them.

    >>> unit_of("m/(s^2)"), unit_of("deg/s"), unit_of("Mag")
    ('m/s2', 'deg/s', None)
    """
    plain = text.strip().lower().replace(" ", "").replace("²", "2").replace("µ", "u").replace("μ", "u")
    for sign in "()[]^*":
        plain = plain.replace(sign, "")
    return _SPELLINGS.get(plain)


_SPELLINGS = {
    **dict.fromkeys(("m/s2", "m/s/s", "mps2", "ms-2", "m/sec2"), "m/s2"),
    **dict.fromkeys(("g", "gs", "gn", "g0"), "g"),
    **dict.fromkeys(("mg", "millig"), "mg"),
    **dict.fromkeys(("rad/s", "radps", "rad/sec", "rads-1", "radians/second"), "rad/s"),
    **dict.fromkeys(("deg/s", "degps", "dps", "°/s", "deg/sec", "degs-1", "degrees/second"), "deg/s"),
    **dict.fromkeys(("ut", "microtesla"), "uT"),
    **dict.fromkeys(("gauss",), "G"),
    **dict.fromkeys(("mgauss", "milligauss"), "mG"),
    **dict.fromkeys(("a.u.", "au", "localflux", "local_flux", "normalised", "normalized"), ARBITRARY),
}
