"""OpenSense: orientations as .sto, and the XML that says which sensor sits on which body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text
from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.files.sensors.text_table import quaternion_matrices, read_lines
from kinelab.files.text_rows import increasing_time, row_text, to_numbers

MAKE = "OpenSense orientations"
Z_UP, Y_UP = "Z up", "Y up"
# An earth frame with Z up whose X is ground's: its Y points to the left, which is -Z of ground.
_GROUND_TO_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
_SETTINGS = ("XsensDataReaderSettings", "APDMDataReaderSettings")


def ground_to_z_up(rotation: Array) -> Array:
    """Rotations (..., 3, 3) to ground (Y up) as rotations to an earth frame with Z up."""
    return np.asarray(_GROUND_TO_Z_UP @ rotation)


def z_up_to_ground(rotation: Array) -> Array:
    """Rotations (..., 3, 3) to an earth frame with Z up as rotations to ground (Y up)."""
    return np.asarray(_GROUND_TO_Z_UP.T @ rotation)


def recognise(head: str) -> bool:
    """The beginning of a file is that of OpenSim's table of quaternions."""
    told, found, _ = head.partition("endheader")
    return bool(found) and "datatype=quaternion" in told.lower()


def read_orientations_sto(path: Path) -> tuple[SensorLog, ...]:
    """The sensors of a .sto of quaternions, scalar first; there are no readings in it.

    Raises:
        FileFormatError: no header, no sensor, a cell that is no quaternion, time that does not increase.
    """
    lines = read_lines(path)
    at = next((i for i, line in enumerate(lines) if line.strip().lower() == "endheader"), None)
    labels = lines[at + 1].split("\t") if at is not None and at + 1 < len(lines) else []
    if at is None or len(labels) < 2 or labels[0].strip().lower() != "time":
        raise FileFormatError(path, "has no line of labels (time and sensors) after endheader; it is cut off")
    rows = [i for i in range(at + 2, len(lines)) if lines[i].strip()]
    cells = [lines[i].split("\t") for i in rows]
    flat, columns = [], ["time", *(f"{name} {part}" for name in labels[1:] for part in "wxyz")]
    for i, line in zip(rows, cells, strict=True):
        parts = [part for cell in line[1:] for part in cell.split(",")]
        if len(line) != len(labels) or len(parts) != 4 * len(labels) - 4:
            problem = f"has {len(line) - 1} quaternions for {len(labels) - 1} sensors, each of four numbers"
            raise FileFormatError(path, problem, row=i + 1)
        flat.append([line[0], *parts])
    numbers = [i + 1 for i in rows]
    values = to_numbers(flat, columns, path, numbers)
    if not len(values):
        raise FileFormatError(path, "holds labels but no row of orientations", row=at + 2)
    increasing_time(values[:, 0], path, numbers)
    return tuple(
        SensorLog(
            name=name.strip(), file=path, make=MAKE, zero="trial", time_s=values[:, 0],
            rotation=quaternion_matrices(values[:, 1 + 4 * s : 5 + 4 * s]),
            notes=("the file holds orientations only, and does not say which axis of its world is up",),
        )
        for s, name in enumerate(labels[1:])
    )  # fmt: skip


def write_orientations_sto(time: Timebase, bodies: Sequence[str], rotation: Array, path: str | Path) -> None:
    """Orientations (T, S, 3, 3) sensor to ground as OpenSense reads them: quaternions, columns `<body>_imu`.

    Ground is OpenSim's own (Y up), so that its tools need no sensor_to_opensim_rotations. A missing
    orientation is NaN.

    Raises:
        InputError: rotations that do not fit times and bodies.
        OutputError: the file cannot be written.
    """
    check_fits(rotation, bodies, (time.n, len(bodies), 3, 3))
    flat = rotation.reshape(-1, 3, 3)
    there = np.isfinite(flat).all(axis=(1, 2))
    quaternion = np.full((len(flat), 4), np.nan)
    quaternion[there] = Rotation.from_matrix(flat[there]).as_quat(scalar_first=True)
    quaternion *= np.where(quaternion[:, :1] < 0, -1.0, 1.0)
    header = [
        f"DataRate={time.rate_hz:.6f}", "DataType=Quaternion", "version=3", "OpenSimVersion=4.6", "endheader",
    ]  # fmt: skip
    labels = "\t".join(["time", *(f"{body}_imu" for body in bodies)])
    cells = [row_text(one, ",") for one in quaternion]
    sensors = len(bodies)
    rows = [
        "\t".join([repr(time_s), *cells[t * sensors : (t + 1) * sensors]])
        for t, time_s in enumerate(time.time_s.tolist())
    ]
    write_text(path, "\n".join([*header, labels, *rows]) + "\n")


def read_sensor_names(path: Path) -> dict[str, str] | None:
    """What an OpenSense settings file calls each sensor (`{"_00B42268": "torso_imu"}`); None if it is none.

    Raises:
        FileFormatError: no XML, or a sensor without its name in the model.
    """
    try:
        root = ET.fromstring(path.read_bytes())  # noqa: S314  expat 2.4 and later bound what entities unfold
    except ET.ParseError as error:
        raise FileFormatError(path, f"is no XML ({error})") from error
    if not any(root.tag == kind or root.find(f".//{kind}") is not None for kind in _SETTINGS):
        return None
    names = {}
    for sensor in root.iter("ExperimentalSensor"):
        name, in_model = sensor.get("name", "").strip(), (sensor.findtext("name_in_model") or "").strip()
        if not name or not in_model:
            problem = f"the ExperimentalSensor {name or 'without a name'!r} has no name_in_model"
            raise FileFormatError(path, problem)
        names[name] = in_model
    return names


def write_sensor_names(prefix: str, names: Mapping[str, str], path: Path) -> None:
    """The settings of OpenSense's XsensDataReader: names of sensors in the files, and in the model.

    Raises:
        OutputError: the file cannot be written.
    """
    document = ET.Element("OpenSimDocument", Version="40000")
    settings = ET.SubElement(document, "XsensDataReaderSettings")
    ET.SubElement(settings, "trial_prefix").text = prefix
    sensors = ET.SubElement(settings, "ExperimentalSensors")
    for name, in_model in names.items():
        sensor = ET.SubElement(sensors, "ExperimentalSensor", name=name)
        ET.SubElement(sensor, "name_in_model").text = in_model
    ET.indent(document, "\t")
    write_text(path, ET.tostring(document, encoding="unicode") + "\n")


def check_fits(rotation: Array, bodies: Sequence[str], shape: tuple[int, ...]) -> None:
    """Rotations have `shape` (T, S, 3, 3) and each sensor a body of its own.

    Raises:
        InputError: they do not, or have not.
    """
    if rotation.shape != shape:
        raise InputError(f"rotations of shape {rotation.shape}, expected {shape}")
    if len(bodies) != shape[1] or len(set(bodies)) < len(bodies):
        raise InputError(
            f"the sensors are on {', '.join(bodies)}; these files tell them apart by their body, one on each"
        )
