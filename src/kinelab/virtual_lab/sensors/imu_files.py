"""What virtual sensors recorded, as the files of real ones: CSV, npz, and those of Xsens and OpenSense."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path, write_text
from kinelab.files.tables import write_csv
from kinelab.files.text_rows import row_text

NPZ_FILE, STO_FILE, XSENS_PREFIX, XSENS_MAPPINGS = "imu.npz", "orientations.sto", "MT_virtual", "mappings.xml"
_DIGITS = 6  # of a CSV, in SI: a hundredth of the step of the finest sensor
# Xsens' earth frame has Z up: its X is ours, its Y points to the left, which is our -Z.
_GROUND_TO_XSENS = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


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
        columns = {"time_s": imu.time.time_s}
        for kind, unit, values in _signals(imu):
            columns |= {
                f"{kind}_{axis}_{unit}": values[:, s, i].round(_DIGITS) for i, axis in enumerate("xyz")
            }
        paths.append(Path(folder) / f"{segment}.csv")
        write_csv(pd.DataFrame(columns), paths[-1])
    return tuple(paths)


def write_imu_npz(imu: Imu, path: str | Path) -> None:
    """All sensors in one compressed file: segments, time_s, acc_mps2 and gyr_radps (T, S, 3), mag_ut where
    there are magnetometers; NaN = lost.

    Raises:
        OutputError: the file cannot be written.
    """
    arrays: dict[str, Any] = {f"{kind}_{unit}": values for kind, unit, values in _signals(imu)}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, segments=np.array(imu.segments), time_s=imu.time.time_s, **arrays)


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
    _check_fits(rotation, bodies, (imu.time.n, sensors, 3, 3))
    folder, paths = Path(folder), []
    for s, segment in enumerate(imu.segments):
        paths.append(folder / f"{XSENS_PREFIX}_{segment}.txt")
        write_text(paths[-1], _xsens_text(imu, s, rotation[:, s]))
    names = {f"_{segment}": f"{body}_imu" for segment, body in zip(imu.segments, bodies, strict=True)}
    write_text(folder / XSENS_MAPPINGS, _xsens_mappings(names))
    return tuple(paths)


def write_orientations_sto(time: Timebase, bodies: Sequence[str], rotation: Array, path: str | Path) -> None:
    """Orientations (T, S, 3, 3) sensor to ground as OpenSense reads them: quaternions, columns `<body>_imu`.

    Ground is OpenSim's own (Y up), so that its tools need no sensor_to_opensim_rotations.

    Raises:
        InputError: rotations that do not fit times and bodies.
        OutputError: the file cannot be written.
    """
    _check_fits(rotation, bodies, (time.n, len(bodies), 3, 3))
    quaternion = Rotation.from_matrix(rotation.reshape(-1, 3, 3)).as_quat(scalar_first=True)
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


def _xsens_text(imu: Imu, s: int, rotation: Array) -> str:
    """Packet counter, Acc, Gyr, Mag and Mat of one sensor.

    Mat turns sensor to an earth frame with Z up (X forward, Y to the left), column by column. A lost packet
    has no row: the counter jumps, as in real files. Mag is in Xsens' unit, the strength of the field at the
    start of the trial being 1.
    """
    signals = [("Acc", imu.acc_mps2[:, s]), ("Gyr", imu.gyr_radps[:, s])]
    if imu.mag_ut is not None:
        field = imu.mag_ut[:, s]
        signals.append(("Mag", field / np.linalg.norm(field[np.isfinite(field).all(axis=1)][0])))
    matrix = np.swapaxes(_GROUND_TO_XSENS @ rotation, 1, 2).reshape(-1, 9)
    names = [f"{kind}_{axis}" for kind, _ in signals for axis in "XYZ"]
    names += [f"Mat[{row}][{column}]" for column in (1, 2, 3) for row in (1, 2, 3)]
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
        "\t".join([f"{t % 65536:05d}", "", *(f"{value:.6f}" for value in table[t])])
        for t in np.flatnonzero(imu.seen[:, s])
    ]
    return "\n".join(lines) + "\n"


def _xsens_mappings(names: dict[str, str]) -> str:
    """The settings of OpenSense's XsensDataReader: names of sensors in the files, and in the model."""
    document = ET.Element("OpenSimDocument", Version="40000")
    settings = ET.SubElement(document, "XsensDataReaderSettings")
    ET.SubElement(settings, "trial_prefix").text = XSENS_PREFIX
    sensors = ET.SubElement(settings, "ExperimentalSensors")
    for name, in_model in names.items():
        sensor = ET.SubElement(sensors, "ExperimentalSensor", name=name)
        ET.SubElement(sensor, "name_in_model").text = in_model
    ET.indent(document, "\t")
    return ET.tostring(document, encoding="unicode") + "\n"


def _signals(imu: Imu) -> list[tuple[str, str, Array]]:
    signals = [("acc", "mps2", imu.acc_mps2), ("gyr", "radps", imu.gyr_radps)]
    return signals if imu.mag_ut is None else [*signals, ("mag", "ut", imu.mag_ut)]


def _check_fits(rotation: Array, bodies: Sequence[str], shape: tuple[int, ...]) -> None:
    if rotation.shape != shape:
        raise InputError(f"rotations of shape {rotation.shape}, expected {shape}")
    if len(bodies) != shape[1] or len(set(bodies)) < len(bodies):
        raise InputError(
            f"the sensors are on {', '.join(bodies)}; these files tell them apart by their body, one on each"
        )
