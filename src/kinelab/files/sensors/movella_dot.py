"""Movella (Xsens) DOT: CSV of its app or exporter, one file a sensor.

A first line `sep=,`, lines of settings, then names. Acc in m/s2, Gyr in deg/s, Mag as a share of the field
where it was calibrated, Quat scalar first from sensor to an earth frame with Z up. SampleTimeFine counts
microseconds in 32 bits and so begins again after 71.6 minutes; PacketCounter starts at each recording.
Source: Xsens DOT User Manual XD0502P, 4.2. Stamps of two sensors compare only where SyncStatus is "Synced".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.sensors.counters import unwrapped, whole_counts
from kinelab.files.sensors.opensense import Z_UP
from kinelab.files.sensors.sensor_log import ARBITRARY, SensorLog
from kinelab.files.sensors.text_table import (
    TextTable,
    quaternion_matrices,
    read_lines,
    separator_of,
    split_table,
)

MAKE = "Movella DOT csv"
_WRAP = 2.0**32
_QUATERNION = ["Quat_W", "Quat_X", "Quat_Y", "Quat_Z"]
_SETTING_LINES = 40


def recognise(head: str) -> bool:
    """The beginning of a file has DOT's lines of settings, or its names with a packet counter."""
    lines = head.splitlines()
    return not head.startswith("//") and _header_at(lines) is not None


def _header_at(lines: list[str]) -> int | None:
    for i, line in enumerate(lines[:_SETTING_LINES]):
        cells = [cell.strip() for cell in line.split(separator_of(line))]
        if cells[:2] == ["PacketCounter", "SampleTimeFine"]:
            return i
    return None


def read_movella_dot(path: Path) -> tuple[SensorLog, ...]:
    """The one sensor of a file.

    Raises:
        FileFormatError: no readings, increments in place of readings, rows that do not fit.
    """
    lines = read_lines(path)
    header_at = _header_at(lines)
    if header_at is None:
        raise FileFormatError(path, "has no line of names with PacketCounter and SampleTimeFine")
    told = _settings(lines[:header_at])
    table = split_table(lines, header_at, path)
    acc, gyr, mag = (table.triad(f"{kind}_{{}}") for kind in ("Acc", "Gyr", "Mag"))
    rotation = quaternion_matrices(table.numbers(_QUATERNION)) if table.has(*_QUATERNION) else None
    if acc is None and gyr is None and rotation is None:
        raise FileFormatError(path, _why_none(table))
    rate = told.get("outputrate", "").lower().removesuffix("hz").strip()
    synced = told.get("syncstatus", "").strip().lower() == "synced"
    notes = [*table.notes]
    if not synced:
        notes.append("its clock was not synchronised (SyncStatus), so its stamps are its own")
    return (
        SensorLog(
            name=told.get("devicetag", "").strip() or path.stem, file=path, make=MAKE,
            acc=acc, gyr=gyr, mag=mag, rotation=rotation,
            acc_unit="m/s2", gyr_unit="deg/s", mag_unit=ARBITRARY, world=Z_UP,
            time_s=_times(table), stated_rate_hz=float(rate) if rate else None,
            shared_clock=synced, wrap_s=_WRAP / 1e6, notes=tuple(notes),
        ),
    )  # fmt: skip


def _settings(lines: list[str]) -> dict[str, str]:
    """`DeviceTag:,Femur` and the like, by their names in lower case without blanks and colon."""
    pairs = (line.split(separator_of(line), 1) for line in lines)
    return {
        pair[0].strip().rstrip(":").replace(" ", "").lower(): pair[1].strip(", ;\t")
        for pair in pairs
        if len(pair) == 2
    }


def _times(table: TextTable) -> Array:
    """Stamps (T,) s; the packet counter fills none in, since lost packets have no row."""
    ticks = whole_counts(table.numbers(["SampleTimeFine"])[:, 0], table.path, table.rows)
    return np.asarray(unwrapped(ticks.astype(float), _WRAP) / 1e6)


def _why_none(table: TextTable) -> str:
    if table.has("dq_W") or table.has("dv[1]") or table.has("dv_1"):
        return "holds increments (dq, dv) in place of readings; export it again with Acc and Gyr"
    if table.has("FreeAcc_X"):
        return "holds acceleration without gravity (FreeAcc) alone; record a mode that has Acc and Gyr"
    return f"holds neither Acc, Gyr nor a quaternion; it holds {', '.join(table.columns[:12])}"
