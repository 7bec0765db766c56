"""Tables of no known maker, CSV or npz: columns as a mapping names them, or as their names betray them.

Two header lines, sensor over axis, are joined by a blank ("left_sensor acc_x"). Without a mapping, units and
rate are left open unless names tell them: `read_sensors` refuses such, the check proposes what to write.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.sensors.counters import unwrapped
from kinelab.files.sensors.mapping import TIME_UNITS, Mapping, SensorEntry
from kinelab.files.sensors.npz_arrays import read_arrays
from kinelab.files.sensors.sensor_log import SensorLog, unit_of
from kinelab.files.sensors.text_table import read_lines, separator_of, split_table

MAKE = "table"
_KINDS = {
    **dict.fromkeys(("acc", "accel", "acceleration", "accelerometer", "a"), "acc"),
    **dict.fromkeys(("gyr", "gyro", "gyroscope", "angular_velocity", "angularvelocity", "omega", "w", "g"),
    "gyr"), **dict.fromkeys(("mag", "magnetometer", "magn"), "mag"),
}  # fmt: skip
_NAMES = sorted((name for name in _KINDS), key=len, reverse=True)
_AXIS = re.compile(
    rf"(?:(?P<sensor>.*?)[ _./-]+)?(?P<kind>{'|'.join(_NAMES)})[ _./-]?(?P<axis>[xyz])"
    r"(?:[ _]*[\[(]?(?P<unit>[^\])]*)[\])]?)?$",
    re.IGNORECASE,
)
_TIME = re.compile(r"(?:time|timestamp|t)(?:[ _]*[\[(]?(?P<unit>s|sec|ms|us)[\])]?)?$", re.IGNORECASE)


@dataclass
class Columns:
    """Columns of a file by name, each (n,), and what was odd."""

    path: Path
    values: dict[str, Array]
    notes: list[str] = field(default_factory=list)

    def three(self, names: Sequence[str], what: str) -> Array:
        """(T, 3) of three columns.

        Raises:
            FileFormatError: no such column, or columns of different lengths.
        """
        missing = [name for name in names if name not in self.values]
        if missing:
            there = ", ".join(list(self.values)[:15])
            raise FileFormatError(self.path, f"has no column {missing[0]!r} for {what}; there are {there}")
        if len({self.values[name].size for name in names}) > 1:
            raise FileFormatError(self.path, f"the columns {', '.join(names)} differ in length")
        return np.stack([self.values[name] for name in names], axis=1)


def read_columns(path: Path) -> Columns:
    """Every column of numbers of a CSV or npz; of an array (T, C) in an npz: `name[0]`, `name[1]`, ...

    Raises:
        FileFormatError: damaged, no header, rows that do not fit, text for a number.
    """
    if path.suffix.lower() == ".npz":
        values: dict[str, Array] = {}
        for name, array in read_arrays(path).items():
            if array.dtype.kind not in "fiu" or array.ndim not in (1, 2):
                continue
            cells = array.astype(np.float64)
            values |= {name: cells} if array.ndim == 1 else {f"{name}[{i}]": c for i, c in enumerate(cells.T)}
        return Columns(path, values)
    lines, header_at = read_lines(path), 0
    while header_at < len(lines) and (
        lines[header_at].startswith(("#", "//")) or not lines[header_at].strip()
    ):
        header_at += 1
    if header_at + 1 >= len(lines):
        raise FileFormatError(path, "holds no header with rows of numbers below it")
    lines = _one_header(lines, header_at)
    table = split_table(lines, header_at, path)
    return Columns(path, dict(zip(table.columns, table.numbers(table.columns).T, strict=True)), table.notes)


def _one_header(lines: list[str], at: int) -> list[str]:
    """The lines with two header lines joined into the second, the first made empty; others as they are."""
    upper, lower = (line.split(separator_of(lines[at])) for line in lines[at : at + 2])
    if any(re.fullmatch(r"\s*[-+.,\d][\deE+.,-]*\s*|", cell) is None for cell in lower) and len(upper) == len(
        lower
    ):
        joined = separator_of(lines[at]).join(f"{a} {b}".strip() for a, b in zip(upper, lower, strict=True))
        return [*lines[:at], joined, *lines[at + 2 :]]
    return lines


def recognise(path: Path) -> bool:
    """A table whose columns' names betray the axes of an accelerometer or a gyroscope."""
    try:
        return bool(_betrayed(list(read_columns(path).values)))
    except FileFormatError:
        return False


def read_betrayed(path: Path) -> tuple[SensorLog, ...]:
    """The sensors that the names of columns betray.

    Raises:
        FileFormatError: as `read_columns`, or no sensor in it.
    """
    columns = read_columns(path)
    found = _betrayed(list(columns.values))
    if not found:
        there = ", ".join(list(columns.values)[:12])
        raise FileFormatError(path, f"names no columns of a sensor that kinelab knows ({there})")
    stamps = next(((name, m) for name in columns.values if (m := _TIME.match(name))), None)
    time_s = None
    if stamps is not None and stamps[1]["unit"]:
        time_s = columns.values[stamps[0]] * TIME_UNITS[stamps[1]["unit"].lower().replace("sec", "s")]
    logs = []
    for sensor, kinds in found.items():
        triads = {kind: columns.three(names, sensor) for kind, (names, _) in kinds.items()}
        units = {kind: unit for kind, (_, unit) in kinds.items()}
        logs.append(
            SensorLog(
                name=sensor or path.stem, file=path, make=MAKE,
                acc=triads.get("acc"), gyr=triads.get("gyr"), mag=triads.get("mag"),
                acc_unit=units.get("acc"), gyr_unit=units.get("gyr"), mag_unit=units.get("mag"),
                time_s=time_s, notes=tuple(columns.notes),
            )
        )  # fmt: skip
    return tuple(logs)


def _betrayed(names: Sequence[str]) -> dict[str, dict[str, tuple[list[str], str | None]]]:
    """For each sensor, by kind of signal: its three columns and the unit that their names give."""
    seen: dict[str, dict[str, dict[str, tuple[str, str | None]]]] = {}
    for name in names:
        match = _AXIS.match(name.strip())
        if match is None:
            continue
        kind = _KINDS[match["kind"].lower()]
        axes = seen.setdefault(match["sensor"] or "", {}).setdefault(kind, {})
        axes[match["axis"].lower()] = (name, unit_of(match["unit"] or ""))
    return {
        sensor: whole
        for sensor, kinds in seen.items()
        if (whole := {kind: ([axes[a][0] for a in "xyz"], axes["x"][1])
                      for kind, axes in kinds.items() if set(axes) == set("xyz")})
        and {"acc", "gyr"} & set(whole)
    }  # fmt: skip


def read_mapped(files: Sequence[Path], mapping: Mapping) -> tuple[SensorLog, ...]:
    """The sensors whose columns a mapping names.

    Raises:
        FileFormatError: a column that is not there, times that do not fit.
    """
    logs, tables = [], dict[Path, Columns]()
    for name, entry in mapping.sensors.items():
        if not entry.has_columns:
            continue
        path = _file_of(name, entry, files)
        columns = tables.setdefault(path, read_columns(path)) if path not in tables else tables[path]
        logs.append(_mapped(name, entry, columns, mapping))
    return tuple(logs)


def _file_of(name: str, entry: SensorEntry, files: Sequence[Path]) -> Path:
    """The one file that an entry means."""
    fitting = [path for path in files if entry.file is None or fnmatch(path.name, entry.file)]
    if len(fitting) == 1:
        return fitting[0]
    there = ", ".join(path.name for path in (fitting or files)[:10])
    wanted = f"file = {entry.file!r}" if entry.file else "no `file`"
    which = "fits none of" if not fitting else "fits several of"
    raise FileFormatError(files[0].parent if files else Path(), f"sensor {name}: {wanted} {which} {there}")


def _mapped(name: str, entry: SensorEntry, columns: Columns, mapping: Mapping) -> SensorLog:
    signals = {
        kind: None if names is None else columns.three(names, f"{kind} of {name}")
        for kind, names in (("acc", entry.acc), ("gyr", entry.gyr), ("mag", entry.mag))
    }
    n = next(values.shape[0] for values in signals.values() if values is not None)
    rate = entry.rate_hz or mapping.rate_hz
    time_s, counted, wrap_s = _times(columns, mapping, rate, n)
    return SensorLog(
        name=name, file=columns.path, make=MAKE, acc=signals["acc"], gyr=signals["gyr"], mag=signals["mag"],
        time_s=time_s, counted=counted, wrap_s=wrap_s, stated_rate_hz=rate, notes=tuple(columns.notes),
    )  # fmt: skip


def _times(
    columns: Columns, mapping: Mapping, rate_hz: float | None, n: int
) -> tuple[Array | None, bool, float | None]:
    """(times, counted, period of the clock) of one sensor's n rows."""
    if mapping.time is None:
        return (None if rate_hz is None else np.arange(n) / rate_hz), rate_hz is not None, None
    values = columns.values.get(mapping.time.column)
    if values is None:
        there = ", ".join(list(columns.values)[:15])
        raise FileFormatError(
            columns.path, f"has no column {mapping.time.column!r} of times; there are {there}"
        )
    if values.size != n:
        raise FileFormatError(
            columns.path, f"its column {mapping.time.column} has {values.size} rows, its readings have {n}"
        )
    if mapping.time.unit != "samples" or rate_hz is None:
        return values * TIME_UNITS[mapping.time.unit], False, None
    if mapping.time.wrap is None:
        return values / rate_hz, True, None
    return unwrapped(values, mapping.time.wrap) / rate_hz, True, mapping.time.wrap / rate_hz
