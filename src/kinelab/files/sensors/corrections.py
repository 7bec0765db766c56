"""What a mapping says about a sensor, applied to its log; each step leaves a note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kinelab.core.checks import Array, read_only
from kinelab.errors import InputError
from kinelab.files.sensors.mapping import Mapping, SensorEntry
from kinelab.files.sensors.segments import segment_of
from kinelab.files.sensors.sensor_log import SIGNALS, SensorLog

# A half turn about an axis of the sensor's own keeps that component and turns the others round.
HALF_TURNS = {axis: read_only(2.0 * np.eye(3)[i] - 1.0) for i, axis in enumerate("xyz")}


def corrected(logs: Sequence[SensorLog], mapping: Mapping | None) -> tuple[SensorLog, ...]:
    """The logs with the mapping's units, segments and corrections applied.

    An entry is found by the sensor's name in the file, or by the segment that it would have without it.

    Raises:
        InputError: an entry that fits no sensor or two.
    """
    if mapping is None:
        return tuple(logs)
    entries: list[tuple[str, SensorEntry] | None] = [None] * len(logs)
    for key, entry in mapping.sensors.items():
        fitting = [i for i, log in enumerate(logs) if log.name == key]
        fitting = fitting or [i for i, log in enumerate(logs) if key == _presumed(log)]
        if len(fitting) != 1:
            names = ", ".join(log.name for log in logs)
            which = "no sensor" if not fitting else "several sensors"
            raise InputError(f"the mapping's entry {key!r} fits {which}; the recording holds {names}")
        entries[fitting[0]] = (key, entry)
    return tuple(_one(log, found, mapping) for log, found in zip(logs, entries, strict=True))


def _presumed(log: SensorLog) -> str | None:
    try:
        return log.segment or segment_of(log.name)
    except InputError:
        return None


def _one(log: SensorLog, found: tuple[str, SensorEntry] | None, mapping: Mapping) -> SensorLog:
    key, entry = found or ("", SensorEntry())
    changes: dict[str, Any] = {}
    notes = list(log.notes)
    for kind in SIGNALS:
        values, scale = log.signal(kind), getattr(entry, f"{kind}_scale")
        if values is not None and scale != 1:
            changes[kind] = scale * values
            notes.append(f"{kind} times {scale:g}, as the mapping says")
        unit = getattr(entry, f"{kind}_unit") or getattr(mapping, f"{kind}_unit")
        if unit and unit != log.unit(kind) and values is not None:
            told = f" in place of {log.unit(kind)}" if log.unit(kind) else ""
            notes.append(f"{kind} taken to be in {unit}{told}, as the mapping says")
            changes[f"{kind}_unit"] = unit
    segment = entry.segment or (log.segment if not found else _segment(key, log))
    if entry.segment and entry.segment != _presumed(log):
        notes.append(f"worn on {entry.segment}, as the mapping says")
    for kind, most in (("acc", entry.acc_most), ("gyr", entry.gyr_most)):
        values = changes.get(kind, log.signal(kind))
        if most is not None and values is not None:
            changes[kind], n = _within(values, most)
            notes.append(f"{n} samples of {kind} at or beyond {most:g} counted as lost, as the mapping says")
    if entry.half_turn is not None:
        changes |= _turned(log, changes, HALF_TURNS[entry.half_turn])
        notes.append(f"turned by 180 degrees about its {entry.half_turn} axis, as the mapping says")
    changes |= _clock(log, entry, mapping, notes)
    return replace(log, segment=segment, notes=tuple(notes), **changes)


def _segment(key: str, log: SensorLog) -> str | None:
    """Of an entry without a segment: its key where that is one and the sensor tells none."""
    return log.segment or _presumed(log) or (key if log.make == "table" else None)


def _within(values: Array, most: float) -> tuple[Array, int]:
    beyond = np.abs(values).max(axis=1) >= most
    return np.where(beyond[:, None], np.nan, values), int(beyond.sum())


def _turned(log: SensorLog, changes: dict[str, Any], signs: Array) -> dict[str, Any]:
    """Readings and orientation of the sensor as it should have been worn."""
    held = {kind: changes.get(kind, log.signal(kind)) for kind in SIGNALS}
    turned = {kind: values * signs for kind, values in held.items() if values is not None}
    return turned if log.rotation is None else {**turned, "rotation": log.rotation * signs}


def _clock(log: SensorLog, entry: SensorEntry, mapping: Mapping, notes: list[str]) -> dict[str, Any]:
    """Times with the mapping's rate, drift and offset."""
    rate, time_s = entry.rate_hz or mapping.rate_hz, log.time_s
    changes: dict[str, Any] = {}
    if rate is not None and rate != log.stated_rate_hz:
        if log.counted and time_s is not None and log.stated_rate_hz:
            time_s = time_s * log.stated_rate_hz / rate
        elif time_s is None:
            time_s = np.arange(log.n) / rate
        else:
            time_s = time_s[0] + np.arange(log.n) / rate
        changes |= {"stated_rate_hz": rate, "counted": True}
        notes.append(f"recorded at {rate:g} Hz, as the mapping says")
    if time_s is not None and entry.clock_ppm:
        time_s = time_s[0] + (time_s - time_s[0]) / (1 + entry.clock_ppm * 1e-6)
        notes.append(f"its clock slowed by {entry.clock_ppm:g} ppm, as the mapping says")
    if entry.clock_offset_s:
        changes["offset_s"] = entry.clock_offset_s
        notes.append(f"its times moved by {entry.clock_offset_s:+g} s, as the mapping says")
    return changes if time_s is log.time_s else {**changes, "time_s": time_s}
