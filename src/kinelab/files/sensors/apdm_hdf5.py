"""APDM Opal: HDF5 of Motion Studio and Mobility Lab, version 5.

/Sensors/<id>/Accelerometer (m/s2), Gyroscope (rad/s), Magnetometer (uT), each (T, 3), and Time in
microseconds since 1970, the same clock for all; /Sensors/<id>/Configuration carries "Label 0" and "Sample
Rate" as attributes; /Processed/<id>/Orientation (T, 4), scalar first, sensor to an earth frame with Z up.
Layout: as the readers of scikit-digital-health and others take it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.sensors.opensense import Z_UP
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.files.sensors.text_table import quaternion_matrices

MAKE = "APDM Opal HDF5"
_NAMES = {"acc": "Accelerometer", "gyr": "Gyroscope", "mag": "Magnetometer"}


def recognise(path: Path) -> bool:
    """The file is HDF5 with a group of sensors."""
    try:
        with h5py.File(path) as file:
            return isinstance(file.get("Sensors"), h5py.Group)
    except OSError:
        return False


def read_apdm_hdf5(path: Path) -> tuple[SensorLog, ...]:
    """Every sensor of a file.

    Raises:
        FileFormatError: a damaged file, no sensor, a sensor without times or of odd shapes.
    """
    try:
        with h5py.File(path) as file:
            sensors = file["Sensors"]
            processed = file.get("Processed", {})
            logs = tuple(_one(path, id, sensors[id], processed.get(id)) for id in sensors)
    except (OSError, RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise FileFormatError(path, f"cannot be read as an Opal's HDF5 ({error})") from error
    if not logs:
        raise FileFormatError(path, "holds no sensor below /Sensors")
    return logs


def _one(path: Path, id: str, group: Any, processed: Any) -> SensorLog:
    signals: dict[str, Array | None] = {
        kind: np.asarray(group[name], dtype=np.float64) if name in group else None
        for kind, name in _NAMES.items()
    }
    if signals["acc"] is None and signals["gyr"] is None:
        raise FileFormatError(path, f"sensor {id} holds neither Accelerometer nor Gyroscope")
    if "Time" not in group:
        raise FileFormatError(path, f"sensor {id} holds no Time")
    told = group["Configuration"].attrs if "Configuration" in group else {}
    rotation = None
    if processed is not None and "Orientation" in processed:
        rotation = quaternion_matrices(np.asarray(processed["Orientation"], dtype=np.float64))
    rate = np.ravel(told["Sample Rate"]) if "Sample Rate" in told else np.empty(0)
    return SensorLog(
        name=_text(told.get("Label 0", b"")) or id, file=path, make=MAKE,
        acc=signals["acc"], gyr=signals["gyr"], mag=signals["mag"],
        acc_unit="m/s2", gyr_unit="rad/s", mag_unit="uT", rotation=rotation, world=Z_UP,
        time_s=np.asarray(group["Time"], dtype=np.float64) / 1e6,
        stated_rate_hz=float(rate[0]) if rate.size else None,
    )  # fmt: skip


def _text(value: Any) -> str:
    """An attribute's text, without the zero bytes that pad it."""
    raw = value.tobytes() if isinstance(value, np.ndarray) else value
    text = raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else str(raw)
    return text.replace("\x00", "").strip()
