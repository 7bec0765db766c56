"""x-IMU3 (x-io Technologies): a folder a sensor, with Inertial.csv, Magnetometer.csv, Quaternion.csv.

Names of columns carry their unit; time stamps are microseconds of a clock that all sensors share. The
quaternion is that of sensor to an earth frame with Z up, scalar first; it is read where it stands beside
Inertial.csv with the same stamps. The magnetometer has stamps of its own and arbitrary units, and is not
read.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.sensors.opensense import Z_UP
from kinelab.files.sensors.sensor_log import SensorLog, unit_of
from kinelab.files.sensors.text_table import AXES, TextTable, quaternion_matrices, read_lines, split_table

MAKE, READINGS, ORIENTATIONS = "x-IMU3", "Inertial.csv", "Quaternion.csv"
_STAMP = "Timestamp (us)"


def recognise(head: str) -> bool:
    """The beginning of a file is that of Inertial.csv."""
    return head.startswith(f"{_STAMP},Gyroscope X")


def read_ximu3(path: Path) -> tuple[SensorLog, ...]:
    """The sensor whose Inertial.csv this is; its name is the folder's.

    Raises:
        FileFormatError: columns that are not there or have no known unit, rows that do not fit.
    """
    table = _table(path)
    gyr, gyr_unit = _signal(table, "Gyroscope")
    acc, acc_unit = _signal(table, "Accelerometer")
    stamps = table.numbers([_STAMP])[:, 0]
    beside = path.with_name(ORIENTATIONS)
    rotation, notes = None, list(table.notes)
    if beside.is_file():
        rotation = _rotation(beside, stamps)
        if rotation is None:
            notes.append(f"{ORIENTATIONS} shares none of its stamps and was left out")
    return (
        SensorLog(
            name=path.parent.name, file=path, make=MAKE,
            acc=acc, gyr=gyr, acc_unit=acc_unit, gyr_unit=gyr_unit,
            rotation=rotation, world=Z_UP, time_s=stamps / 1e6, notes=tuple(notes),
        ),
    )  # fmt: skip


def _table(path: Path) -> TextTable:
    return split_table(read_lines(path), 0, path, separator=",")


def _signal(table: TextTable, what: str) -> tuple[Array, str]:
    """Readings (T, 3) of a triad and their unit, which stands in the columns' names."""
    names = [next((c for c in table.columns if c.startswith(f"{what} {axis}")), "") for axis in AXES]
    unit = re.search(r"\((.+)\)", names[0])
    known = unit_of(unit[1]) if unit else None
    if not all(names) or known is None:
        there = ", ".join(table.columns)
        raise FileFormatError(
            table.path, f"has no {what} X, Y, Z with a known unit in brackets; it has {there}", row=1
        )
    return table.numbers(names), known


def _rotation(path: Path, stamps: Array) -> Array | None:
    """Orientations (T, 3, 3) at the stamps of the readings, NaN where there is none; None for none at all."""
    table = _table(path)
    values = table.numbers([_STAMP, "W", "X", "Y", "Z"])
    own, at = np.unique(values[:, 0], return_index=True)
    place = np.clip(np.searchsorted(own, stamps), 0, own.size - 1)
    same = own[place] == stamps
    if not same.any():
        return None
    quaternion = np.where(same[:, None], values[at[place], 1:], np.nan)
    return quaternion_matrices(quaternion)
