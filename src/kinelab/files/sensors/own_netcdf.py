"""A `SensorRecording` as kinelab's own NetCDF-4: units and frames in the attributes, notes kept."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.native import write_netcdf
from kinelab.files.sensors.recording import SensorRecording
from kinelab.files.sensors.sensor_log import SensorLog

MAKE = "kinelab sensors NetCDF"
_KIND, _SCHEMA = "SensorRecording", 1
_SIGNALS = {"acc": ("acc_mps2", "m s-2"), "gyr": ("gyr_radps", "rad s-1"), "mag": ("mag_ut", "microtesla")}


def write_recording(recording: SensorRecording, path: str | Path) -> None:
    """Write a recording as one .nc.

    Raises:
        OutputError: the file cannot be written.
    """
    import xarray as xr

    imu = recording.imu
    dims = ("time", "sensor", "axis")
    data = xr.Dataset(attrs={
        "kind": _KIND, "schema": _SCHEMA, "Conventions": "CF-1.11",
        "frame": imu.frame, "world": recording.world,
        "rate_hz": imu.time.rate_hz, "start_s": imu.time.start_s, "segments": json.dumps(imu.segments),
        "names": json.dumps(recording.names), "notes": json.dumps(recording.notes),
    })  # fmt: skip
    data["time"] = ("time", imu.time.time_s, {"units": "s"})
    for name, unit in _SIGNALS.values():
        values = getattr(imu, name)
        if values is not None:
            data[name] = (dims, np.asarray(values), {"units": unit})
    if recording.rotation is not None:
        data["rotation"] = ((*dims, "sensor_axis"), np.asarray(recording.rotation), {"units": "1"})
    packed = {str(name): {"zlib": True, "complevel": 4} for name in data.variables if name != "time"}
    write_netcdf(data, path, packed)


def recognise(path: Path) -> bool:
    """The file is HDF5 of this kind."""
    try:
        with h5py.File(path) as file:
            return _text(file.attrs.get("kind", "")) == _KIND
    except OSError:
        return False


def read_own_netcdf(path: Path) -> tuple[SensorLog, ...]:
    """The sensors of a file.

    Raises:
        FileFormatError: damaged, or of a newer kinelab.
    """
    try:
        with h5py.File(path) as file:
            attrs = dict(file.attrs)
            arrays = {name: np.asarray(file[name]) for name in file if isinstance(file[name], h5py.Dataset)}
        if int(np.ravel(attrs["schema"])[0]) > _SCHEMA:
            raise FileFormatError(path, "was written by a newer kinelab; update this one")
        segments, names = (json.loads(_text(attrs[key])) for key in ("segments", "names"))
        rate_hz, notes = float(np.ravel(attrs["rate_hz"])[0]), json.loads(_text(attrs["notes"]))
        time_s, world = arrays["time"], _text(attrs["world"])
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise FileFormatError(
            path, f"cannot be read as sensors ({error}); it is damaged or cut off"
        ) from error

    def held(kind: str, s: int) -> Array | None:
        name = _SIGNALS[kind][0]
        return arrays[name][:, s] if name in arrays else None

    return tuple(
        SensorLog(
            name=names[s], segment=segment, file=path, make=MAKE, zero="trial", time_s=time_s,
            counted=True, stated_rate_hz=rate_hz, world=world,
            rotation=arrays["rotation"][:, s] if "rotation" in arrays else None,
            notes=tuple(note[len(segment) + 2 :] for note in notes if note.startswith(f"{segment}: ")),
            acc=held("acc", s), gyr=held("gyr", s), mag=held("mag", s),
            acc_unit="m/s2", gyr_unit="rad/s", mag_unit="uT",
        )
        for s, segment in enumerate(segments)
    )  # fmt: skip


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
