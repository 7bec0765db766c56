"""Shimmer: CSV of Consensys, of one or several sensors side by side.

A first line `sep=,` (or a tab), then names such as Shimmer_8665_Accel_LN_X_CAL, then a row of units. Of the
two accelerometers the wide-range one (WR) is taken, which no step overruns; the low-noise one (LN) clips at 2
g. Only calibrated columns (CAL) are read. Times are milliseconds, by the computer's clock (Unix) or the
sensor's own. Layout: the export as published readers of it describe it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.sensors.sensor_log import SensorLog, unit_of
from kinelab.files.sensors.text_table import AXES, TextTable, read_lines, split_table

MAKE = "Shimmer Consensys csv"
_READING = re.compile(r"(?P<name>.*?)_?(?P<what>Accel_WR|Accel_LN|Gyro|Mag)_X_(?P<kind>CAL|RAW|UNCAL)$")
# By preference: one clock for all sensors, the computer's, the sensor's own.
_TIMES = ("TimestampSync_Unix_CAL", "Timestamp_Unix_CAL", "TimestampSync_FormattedUnix_CAL",
          "Timestamp_FormattedUnix_CAL", "TimestampSync_CAL", "Timestamp_CAL")  # fmt: skip


def recognise(head: str) -> bool:
    """The beginning of a file names columns as Consensys does."""
    names = _header(head.splitlines())
    return names is not None


def _header(lines: list[str]) -> int | None:
    pattern = re.compile(r"(Accel_(WR|LN)|Gyro)_X_(CAL|RAW|UNCAL)")
    return next((i for i, line in enumerate(lines[:5]) if pattern.search(line)), None)


def read_shimmer(path: Path) -> tuple[SensorLog, ...]:
    """Every sensor of a file.

    Raises:
        FileFormatError: only uncalibrated columns, no time, rows that do not fit.
    """
    lines = read_lines(path)
    header_at = _header(lines)
    if header_at is None:
        raise FileFormatError(path, "has no line of names such as Shimmer_8665_Gyro_X_CAL")
    units_there = header_at + 1 < len(lines) and not re.match(r"\s*[-\d]", lines[header_at + 1])
    table = split_table(lines, header_at, path, skip=int(units_there))
    separator = max("\t;,", key=lines[header_at].count)
    units = [cell.strip() for cell in lines[header_at + 1].split(separator)] if units_there else []
    found = [m for column in table.columns if (m := _READING.match(column))]
    names = list(dict.fromkeys(m["name"] for m in found if m["kind"] == "CAL"))
    if not names:
        raise FileFormatError(path, "holds uncalibrated readings (RAW) alone; export CAL from Consensys")
    return tuple(_one(table, name, dict(zip(table.columns, units, strict=False))) for name in names)


def _one(table: TextTable, name: str, units: dict[str, str]) -> SensorLog:
    start = f"{name}_" if name else ""
    kinds = {"acc": ("Accel_WR", "Accel_LN"), "gyr": ("Gyro",), "mag": ("Mag",)}
    signals: dict[str, Array | None] = {}
    told: dict[str, str | None] = {}
    notes = list(table.notes)
    for kind, choices in kinds.items():
        there = [what for what in choices if f"{start}{what}_X_CAL" in table.columns]
        signals[kind] = table.triad(f"{start}{there[0]}_{{}}_CAL") if there else None
        told[kind] = unit_of(units.get(f"{start}{there[0]}_{AXES[0]}_CAL", "")) if there else None
        if len(there) > 1:
            notes.append("of its two accelerometers the wide-range one (WR) was read")
        if there == ["Accel_LN"]:
            notes.append("its low-noise accelerometer (LN) was read, which clips at 2 g")
    column = next((start + time for time in _TIMES if start + time in table.columns), None)
    column = column or next((time for time in _TIMES if time in table.columns), None)
    if column is None:
        raise FileFormatError(table.path, f"has no column of times for {name or 'its sensor'}")
    if "Unix" in column and "Sync" not in column:
        notes.append("its clock was set by the computer, not synchronised with other sensors")
    return SensorLog(
        name=name or table.path.stem, file=table.path, make=MAKE,
        acc=signals["acc"], gyr=signals["gyr"], mag=signals["mag"],
        acc_unit=told["acc"], gyr_unit=told["gyr"], mag_unit=told["mag"],
        time_s=_times(table, column), shared_clock="Sync" in column or "Unix" in column, notes=tuple(notes),
    )  # fmt: skip


def _times(table: TextTable, column: str) -> Array:
    """Seconds (T,) of a column of milliseconds, or of dates such as 2021/03/05 10:11:12.345."""
    if "Formatted" not in column:
        return table.numbers([column])[:, 0] / 1000
    at = table.columns.index(column)
    seconds = []
    for row, line in zip(table.rows, table.cells, strict=True):
        try:
            moment = datetime.strptime(line[at].strip(), "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC)
        except ValueError:
            problem = f"column {column!r} holds {line[at]!r}, expected such as 2021/03/05 10:11:12.345"
            raise FileFormatError(table.path, problem, row=row) from None
        seconds.append(moment.timestamp())
    return np.array(seconds)
