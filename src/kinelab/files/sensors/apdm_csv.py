"""APDM Opal: CSV of Motion Studio (names with /Acceleration/X, a row of units) and Mobility Lab (Format=7).

Both hold all sensors side by side. Layouts: as OpenSim's APDMDataReader takes them. Format=7 names no units;
APDM's are m/s2, rad/s and microtesla. Orientation is scalar first, sensor to an earth frame with Z up.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.sensors.opensense import Z_UP
from kinelab.files.sensors.sensor_log import SensorLog, unit_of
from kinelab.files.sensors.text_table import TextTable, quaternion_matrices, read_lines, split_table

MAKE = "APDM Opal csv"
_SIGNALS = {"acc": ("Acceleration", "Accelerometer"), "gyr": ("Angular Velocity", "Gyroscope"),
            "mag": ("Magnetic Field", "Magnetometer")}  # fmt: skip
_PARTS = ("Scalar", "S", "X", "Y", "Z")
_NEW_UNITS = {"acc": "m/s2", "gyr": "rad/s", "mag": "uT"}


def recognise(head: str) -> bool:
    """The beginning of a file is that of one of the two layouts."""
    lines = head.splitlines()
    old = len(lines) > 2 and lines[2].startswith("Time,") and "/Acceleration/X" in lines[2]
    return head.startswith("Format=7") or old


def read_apdm_csv(path: Path) -> tuple[SensorLog, ...]:
    """Every sensor of a file.

    Raises:
        FileFormatError: no sensor, a header that is cut off, rows that do not fit.
    """
    lines = read_lines(path)
    if len(lines) < 5:
        raise FileFormatError(path, "breaks off in its header")
    new = lines[0].startswith("Format=7")
    if new:
        lines = [*lines[:2], _joined(lines[0], lines[1], lines[2]), *lines[3:]]
    rate = re.search(r"Sample Rate:?\s*,\s*([\d.]+)", lines[1])
    stated = None if rate is None else float(rate[1])
    table = split_table(lines, 2, path, separator=",", skip=0 if new else 1)
    units = [] if new else lines[3].split(",")
    told = dict(zip(table.columns, units, strict=False))
    names = list(dict.fromkeys(column.split("/")[0] for column in table.columns if "/" in column))
    time_s = _times(table, stated)
    logs = tuple(_one(table, name, told, time_s, stated, new) for name in names)
    if not logs:
        raise FileFormatError(path, "names no sensor in its header", row=3)
    return logs


def _joined(sensors: str, signals: str, axes: str) -> str:
    """The three header lines of Format=7 as one of the older kind: "I1/Accelerometer/X"."""
    names, sensor, signal = [], "", ""
    upper, middle = sensors.split(","), signals.split(",")
    monitors = iter(cell.removeprefix("$") for cell in upper[1:] if cell)
    for i, axis in enumerate(axes.split(",")):
        what = middle[i].strip() if i < len(middle) else ""
        if what == "Accelerometer":
            sensor = _label(upper, i, next(monitors, f"I{i}"))
        signal = what or signal
        names.append("Time" if i == 0 else f"{sensor}/{signal}/{axis.strip()}")
    return ",".join(names)


def _label(upper: list[str], at: int, default: str) -> str:
    """The sensor's own label stands three cells after the start of its block."""
    return (upper[at + 3].strip() if at + 3 < len(upper) else "") or default


def _times(table: TextTable, stated_hz: float | None) -> Array | None:
    """Seconds (T,) of the column of times, which are seconds or, in Mobility Lab, microseconds."""
    if not table.has("Time"):
        return None
    time = table.numbers(["Time"])[:, 0]
    if not np.isfinite(time).all() or time.size < 2:
        return None if stated_hz is None else np.arange(time.size) / stated_hz
    return time / 1e6 if np.median(np.diff(time)) > 100 else time


def _one(
    table: TextTable, name: str, told: dict[str, str], time_s: Array | None, rate_hz: float | None, new: bool
) -> SensorLog:
    values: dict[str, Array | None] = {}
    units: dict[str, str | None] = {}
    for kind, spellings in _SIGNALS.items():
        what = next((one for one in spellings if f"{name}/{one}/X" in table.columns), spellings[0])
        values[kind] = table.triad(f"{name}/{what}/{{}}")
        units[kind] = _NEW_UNITS[kind] if new else unit_of(told.get(f"{name}/{what}/X", ""))
    turn = [f"{name}/Orientation/{p}" for p in _PARTS if f"{name}/Orientation/{p}" in table.columns]
    return SensorLog(
        name=name, file=table.path, make=MAKE,
        acc=values["acc"], gyr=values["gyr"], mag=values["mag"],
        acc_unit=units["acc"], gyr_unit=units["gyr"], mag_unit=units["mag"],
        rotation=quaternion_matrices(table.numbers(turn)) if len(turn) == 4 else None, world=Z_UP,
        time_s=time_s, stated_rate_hz=rate_hz, notes=tuple(table.notes),
    )  # fmt: skip
