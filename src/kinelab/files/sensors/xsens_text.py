"""Xsens MT Manager's text, one file a sensor (MTw Awinda, MTi): read and written.

Lines that begin with // tell the settings; then names and values between tabs. Acc in m/s2, Gyr in rad/s, Mag
as a share of the field where it was calibrated, Mat column by column (or Quat, scalar first) from sensor to
an earth frame with Z up. PacketCounter has 16 bits; a lost packet has no row. Sources: MT Manager's export as
OpenSense ships it; the MT Low Level Communication Protocol for the counter's width.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.errors import FileFormatError
from kinelab.files.atomic import write_text
from kinelab.files.sensors.counters import unwrapped, whole_counts
from kinelab.files.sensors.opensense import Z_UP, check_fits, ground_to_z_up, write_sensor_names
from kinelab.files.sensors.sensor_log import ARBITRARY, SensorLog
from kinelab.files.sensors.text_table import TextTable, quaternion_matrices, read_lines, split_table

MAKE = "Xsens MT text"
PREFIX, NAMES_FILE = "MT_virtual", "mappings.xml"
_COUNTS = 65536
_TICK_HZ = 10_000.0  # of SampleTimeFine in files of MT Manager
_MATRIX = [f"Mat[{row}][{column}]" for column in (1, 2, 3) for row in (1, 2, 3)]
_QUATERNIONS = (["Quat_q0", "Quat_q1", "Quat_q2", "Quat_q3"], ["Quat_w", "Quat_x", "Quat_y", "Quat_z"])
_RATE = re.compile(r"//\s*(?:Update|Sample|Output) Rate:?\s*([\d.]+)", re.IGNORECASE)


def recognise(head: str) -> bool:
    """The beginning of a file is that of such a text."""
    lines = head.splitlines()
    names = next((line for line in lines if not line.startswith("//")), "")
    known = names.startswith("PacketCounter") or (not names and "Rate:" in head)
    return bool(lines) and lines[0].startswith("//") and known


def read_xsens_text(path: Path) -> tuple[SensorLog, ...]:
    """The one sensor of a file.

    Raises:
        FileFormatError: no readings, no rate, a packet number that is none, rows that do not fit.
    """
    lines = read_lines(path)
    header_at = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
    if header_at == len(lines):
        raise FileFormatError(path, "ends before the line of names; the export was cut off")
    stated = next((float(m[1]) for line in lines[:header_at] if (m := _RATE.match(line))), None)
    table = split_table(lines, header_at, path)
    acc, gyr, mag = (table.triad(f"{kind}_{{}}") for kind in ("Acc", "Gyr", "Mag"))
    rotation = _rotation(table)
    notes = list(table.notes)
    if acc is None and table.has("FreeAcc_X"):
        notes.append("its acceleration has gravity taken out (FreeAcc), which cannot be used as Acc")
    if acc is None and gyr is None and rotation is None:
        there = ", ".join(table.columns[:12])
        raise FileFormatError(path, f"holds neither Acc, Gyr nor an orientation; it holds {there}")
    time_s, counted, wrap_s = _times(table, stated)
    return (
        SensorLog(
            name=path.stem, file=path, make=MAKE,
            acc=acc, gyr=gyr, mag=mag, rotation=rotation,
            acc_unit="m/s2", gyr_unit="rad/s", mag_unit=ARBITRARY, world=Z_UP,
            time_s=time_s, stated_rate_hz=stated, counted=counted, wrap_s=wrap_s, notes=tuple(notes),
        ),
    )  # fmt: skip


def _times(table: TextTable, rate_hz: float | None) -> tuple[Array | None, bool, float | None]:
    """(times, whether they are counted packets, period of the clock)."""
    counts = whole_counts(table.numbers(["PacketCounter"])[:, 0], table.path, table.rows)
    if rate_hz:
        return unwrapped(counts.astype(float), _COUNTS) / rate_hz, True, _COUNTS / rate_hz
    ticks = table.numbers(["SampleTimeFine"])[:, 0] if table.has("SampleTimeFine") else np.array([np.nan])
    if np.isfinite(ticks).all():
        return unwrapped(ticks, 2.0**32) / _TICK_HZ, False, 2.0**32 / _TICK_HZ
    return None, False, None


def _rotation(table: TextTable) -> Array | None:
    if table.has(*_MATRIX):
        return np.swapaxes(table.numbers(_MATRIX).reshape(-1, 3, 3), 1, 2)
    names = next((names for names in _QUATERNIONS if table.has(*names)), None)
    return None if names is None else quaternion_matrices(table.numbers(names))


def write_xsens_folder(
    imu: Imu, bodies: Sequence[str], rotation: Array, folder: str | Path
) -> tuple[Path, ...]:
    """Write what Xsens' MT Manager exports, one text a sensor, and the mappings.xml by which OpenSense's
    reader names the sensor on each of `bodies` (`<body>_imu`); the texts, in the sensors' order.

    rotation (T, S, 3, 3) sensor to ground, as the sensors' filters found it. OpenSense refuses texts of
    different lengths, and so those of sensors that lost packets.

    Raises:
        InputError: bodies or rotations that are not the recording's.
        OutputError: a file cannot be written.
    """
    sensors = len(imu.segments)
    check_fits(rotation, bodies, (imu.time.n, sensors, 3, 3))
    folder, paths = Path(folder), []
    for s, segment in enumerate(imu.segments):
        paths.append(folder / f"{PREFIX}_{segment}.txt")
        write_text(paths[-1], _text(imu, s, rotation[:, s]))
    names = {f"_{segment}": f"{body}_imu" for segment, body in zip(imu.segments, bodies, strict=True)}
    write_sensor_names(PREFIX, names, folder / NAMES_FILE)
    return tuple(paths)


def _text(imu: Imu, s: int, rotation: Array) -> str:
    """Packet counter, Acc, Gyr, Mag and Mat of one sensor; Mag in units of the field at the trial's start."""
    signals = [("Acc", imu.acc_mps2[:, s]), ("Gyr", imu.gyr_radps[:, s])]
    if imu.mag_ut is not None:
        field = imu.mag_ut[:, s]
        signals.append(("Mag", field / np.linalg.norm(field[np.isfinite(field).all(axis=1)][0])))
    matrix = np.swapaxes(ground_to_z_up(rotation), 1, 2).reshape(-1, 9)
    names = [f"{kind}_{axis}" for kind, _ in signals for axis in "XYZ"] + _MATRIX
    table = np.hstack([*(values for _, values in signals), matrix])
    lines = [
        "// Start Time: Unknown",
        f"// Update Rate: {imu.time.rate_hz:.1f}Hz",
        "// Filter Profile: kinelab (virtual)",
        "// Option Flags: AHS Disabled ICC Disabled ",
        "// Firmware Version: 0.0.0",
        "\t".join(["PacketCounter", "SampleTimeFine", *names]),
    ]
    lines += [
        "\t".join([f"{t % _COUNTS:05d}", "", *(f"{value:.6f}" for value in table[t])])
        for t in np.flatnonzero(imu.seen[:, s])
    ]
    return "\n".join(lines) + "\n"
