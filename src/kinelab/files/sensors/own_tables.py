"""kinelab's own CSV and npz of sensors, in SI units and with the unit in every name: read and written.

CSV: time_s, then acc_x_mps2 .. gyr_z_radps (and mag_x_ut ..) of the one sensor that the file is named after,
or with the segment before each (`thigh_r_acc_x_mps2`) for several. npz: segments (S,), time_s (T,), acc_mps2
and gyr_radps (T, S, 3), mag_ut where there are magnetometers. Gravity is in acc; a lost sample is empty, or
NaN.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.errors import FileFormatError
from kinelab.files.atomic import atomic_path
from kinelab.files.sensors.npz_arrays import array_names, read_arrays
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.files.sensors.text_table import read_lines, split_table
from kinelab.files.tables import write_csv
from kinelab.files.text_rows import increasing_time

MAKE_CSV, MAKE_NPZ = "kinelab csv", "kinelab npz"
_DIGITS = 6  # of a CSV, in SI: a hundredth of the step of the finest sensor
_UNITS = {"acc": ("mps2", "m/s2"), "gyr": ("radps", "rad/s"), "mag": ("ut", "uT")}
_COLUMN = re.compile(r"(?:(?P<segment>.+)_)?(?P<kind>acc|gyr|mag)_(?P<axis>[xyz])_(?P<unit>mps2|radps|ut)$")


def recognise_csv(head: str) -> bool:
    """The beginning of a file is that of kinelab's CSV of sensors."""
    names = head.split("\n", 1)[0].strip().split(",")
    return names[0] == "time_s" and any(_COLUMN.match(name) for name in names)


def read_own_csv(path: Path) -> tuple[SensorLog, ...]:
    """Every sensor of a file; where columns name no segment it is that of the file's name.

    Raises:
        FileFormatError: an axis missing, a column that is none of a sensor, text, time that goes back.
    """
    table = split_table(read_lines(path), 0, path, separator=",")
    found = {name: m for name in table.columns if (m := _COLUMN.match(name))}
    other = [name for name in table.columns if name not in found and name not in ("time_s", "synthetic")]
    if other:
        problem = f"column {other[0]!r} is none of a sensor; expected such as acc_x_mps2, thigh_r_gyr_z_radps"
        raise FileFormatError(path, problem, row=1)
    time_s = table.numbers(["time_s"])[:, 0]
    increasing_time(time_s, path, table.rows)
    logs = []
    for segment in dict.fromkeys(m["segment"] for m in found.values()):
        start = f"{segment}_" if segment else ""
        signals: dict[str, Array | None] = {}
        for kind, (unit, _) in _UNITS.items():
            names = [f"{start}{kind}_{axis}_{unit}" for axis in "xyz"]
            there = [name for name in names if name in table.columns]
            signals[kind] = table.numbers(names) if there else None
        logs.append(_log(segment or path.stem, path, MAKE_CSV, time_s, signals, tuple(table.notes)))
    return tuple(logs)


def recognise_npz(path: Path) -> bool:
    """The file is an npz whose arrays are those of kinelab's own."""
    names = array_names(path)
    return {"segments", "time_s"} <= names and bool({"acc_mps2", "gyr_radps"} & names)


def read_own_npz(path: Path) -> tuple[SensorLog, ...]:
    """Every sensor of a file.

    Raises:
        FileFormatError: damaged, or arrays whose shapes do not fit.
    """
    arrays = read_arrays(path)
    segments, time_s = [str(name) for name in arrays["segments"]], arrays["time_s"].astype(float)
    shape = (time_s.size, len(segments), 3)
    for kind, (unit, _) in _UNITS.items():
        held = arrays.get(f"{kind}_{unit}")
        if held is not None and held.shape != shape:
            raise FileFormatError(path, f"{kind}_{unit} has shape {held.shape}, expected {shape}")
    increasing_time(time_s, path, list(range(time_s.size)))
    return tuple(
        _log(
            segment, path, MAKE_NPZ, time_s,
            {kind: arrays[f"{kind}_{unit}"][:, s].astype(float) if f"{kind}_{unit}" in arrays else None
             for kind, (unit, _) in _UNITS.items()},
        )
        for s, segment in enumerate(segments)
    )  # fmt: skip


def _log(
    segment: str, path: Path, make: str, time_s: Array, signals: dict[str, Array | None],
    notes: tuple[str, ...] = (),
) -> SensorLog:  # fmt: skip
    return SensorLog(
        name=segment, segment=segment, file=path, make=make, time_s=time_s, zero="trial",
        acc=signals["acc"], gyr=signals["gyr"], mag=signals["mag"],
        acc_unit="m/s2", gyr_unit="rad/s", mag_unit="uT", notes=notes,
    )  # fmt: skip


def write_imu_csv(imu: Imu, folder: str | Path) -> tuple[Path, ...]:
    """Write `<segment>.csv` for each sensor; the files.

    Columns: time_s, acc_x_mps2 .. acc_z_mps2 (gravity included), gyr_x_radps .., and mag_x_ut .. where
    there are magnetometers, in the sensor's axes, to six decimals; a lost sample has empty cells.

    Raises:
        OutputError: a file cannot be written.
    """
    import pandas as pd

    paths = []
    for s, segment in enumerate(imu.segments):
        paths.append(Path(folder) / f"{segment}.csv")
        write_csv(pd.DataFrame({"time_s": imu.time.time_s, **_columns(imu, s, "")}), paths[-1])
    return tuple(paths)


def write_imu_table(imu: Imu, path: str | Path) -> None:
    """Write all sensors side by side into one CSV, each column with its segment before it.

    Raises:
        OutputError: the file cannot be written.
    """
    import pandas as pd

    columns: dict[str, Array] = {"time_s": imu.time.time_s}
    for s, segment in enumerate(imu.segments):
        columns |= _columns(imu, s, f"{segment}_")
    write_csv(pd.DataFrame(columns), path)


def write_imu_npz(imu: Imu, path: str | Path) -> None:
    """All sensors in one compressed file: segments, time_s, acc_mps2 and gyr_radps (T, S, 3), mag_ut where
    there are magnetometers; NaN = lost.

    Raises:
        OutputError: the file cannot be written.
    """
    arrays: dict[str, Any] = {f"{kind}_{_UNITS[kind][0]}": values for kind, values in _signals(imu)}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, segments=np.array(imu.segments), time_s=imu.time.time_s, **arrays)


def _columns(imu: Imu, s: int, start: str) -> dict[str, Array]:
    return {
        f"{start}{kind}_{axis}_{_UNITS[kind][0]}": values[:, s, i].round(_DIGITS)
        for kind, values in _signals(imu)
        for i, axis in enumerate("xyz")
    }


def _signals(imu: Imu) -> list[tuple[str, Array]]:
    signals = [("acc", imu.acc_mps2), ("gyr", imu.gyr_radps)]
    return signals if imu.mag_ut is None else [*signals, ("mag", imu.mag_ut)]
