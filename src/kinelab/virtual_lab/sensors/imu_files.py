"""What virtual sensors recorded, as files: CSV and JSON, npz, and the formats of Xsens and OpenSense."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path, write_text
from kinelab.files.tables import write_csv
from kinelab.files.text_rows import number_text
from kinelab.virtual_lab.sensors.imu import SensorMotion
from kinelab.virtual_lab.sensors.placement import Mounting

SENSORS_FILE = "sensors.json"
# Xsens' earth frame has Z up: its X is ours, its Y points to the left, which is our -Z.
_GROUND_TO_XSENS = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def write_imu_folder(imu: Imu, mountings: Sequence[Mounting], folder: str | Path) -> tuple[Path, ...]:
    """Write `<segment>.csv` for each sensor and `sensors.json`, which says where each was worn.

    Columns: time_s, acc_x_mps2 .. acc_z_mps2 (gravity included), gyr_x_radps .., and mag_x_ut .. where
    there are magnetometers, in the sensor's axes; a lost sample has empty cells. In the JSON `rotation` turns
    sensor to body axes, row by row; `intended_*` is where the sensor should have been.

    Raises:
        InputError: mountings that are not the recording's segments.
        OutputError: a file cannot be written.
    """
    import pandas as pd

    if tuple(mounting.segment for mounting in mountings) != imu.segments:
        raise InputError(f"the recording is of {', '.join(imu.segments)}, the mountings are of others")
    folder = Path(folder)
    paths = []
    for s, segment in enumerate(imu.segments):
        columns = {"time_s": imu.time.time_s}
        for kind, unit, values in _signals(imu):
            columns |= {f"{kind}_{axis}_{unit}": values[:, s, i] for i, axis in enumerate("xyz")}
        paths.append(folder / f"{segment}.csv")
        write_csv(pd.DataFrame(columns), paths[-1])
    content = {
        "rate_hz": imu.time.rate_hz,
        "frame": imu.frame,
        "gravity": "included in acc: a sensor at rest reads 9.80665 m/s2 upwards",
        "sensors": [_described(mounting, paths[s].name) for s, mounting in enumerate(mountings)],
    }
    write_text(folder / SENSORS_FILE, json.dumps(content, indent=2) + "\n")
    return (*paths, folder / SENSORS_FILE)


def write_imu_npz(imu: Imu, truth: SensorMotion, path: str | Path) -> None:
    """Everything in one compressed file.

    segments, rate_hz, acc_mps2 and gyr_radps (T, S, 3), mag_ut where known, and true_rotation (T, S, 3, 3)
    sensor to ground, true_position_m (T, S, 3).

    Raises:
        InputError: a truth of other samples.
        OutputError: the file cannot be written.
    """
    if truth.position_m.shape != imu.acc_mps2.shape:
        raise InputError(
            f"the truth has shape {truth.position_m.shape}, the recording {imu.acc_mps2.shape}; take "
            "motion.every(fine_steps(rate_hz))"
        )
    arrays: dict[str, Any] = {f"{kind}_{unit}": values for kind, unit, values in _signals(imu)}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            segments=np.array(imu.segments),
            rate_hz=imu.time.rate_hz,
            true_rotation=truth.rotation,
            true_position_m=truth.position_m,
            **arrays,
        )


def write_xsens_text(imu: Imu, segment: str, rotation: Array, path: str | Path) -> None:
    """One sensor as the text that Xsens' MT Manager exports: packet counter, Acc, Gyr, Mag and Mat.

    rotation (T, 3, 3) sensor to ground; the file's Mat turns sensor to an earth frame with Z up (X forward,
    Y to the left), column by column. A lost packet has no row: the counter jumps, as in real files. Mag is in
    Xsens' unit, the strength of the field at the start of the trial being 1.

    Raises:
        InputError: no such segment, or rotations of other samples.
        OutputError: the file cannot be written.
    """
    s = _row(imu, segment)
    _check_rotations(rotation, (imu.time.n, 3, 3))
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
    write_text(path, "\n".join(lines) + "\n")


def write_orientations_sto(time: Timebase, bodies: Sequence[str], rotation: Array, path: str | Path) -> None:
    """Orientations (T, S, 3, 3) sensor to ground as OpenSense reads them: quaternions, columns `<body>_imu`.

    Ground is OpenSim's own (Y up), so that its tools need no sensor_to_opensim_rotations.

    Raises:
        InputError: rotations that do not fit times and bodies.
        OutputError: the file cannot be written.
    """
    _check_rotations(rotation, (time.n, len(bodies), 3, 3))
    quaternion = Rotation.from_matrix(rotation.reshape(-1, 3, 3)).as_quat(scalar_first=True)
    quaternion *= np.where(quaternion[:, :1] < 0, -1.0, 1.0)
    cells = quaternion.reshape(time.n, len(bodies), 4)
    header = [
        f"DataRate={time.rate_hz:.6f}", "DataType=Quaternion", "version=3", "OpenSimVersion=4.6", "endheader",
    ]  # fmt: skip
    labels = "\t".join(["time", *(f"{body}_imu" for body in bodies)])
    rows = [
        "\t".join([number_text(time_s), *(",".join(map(number_text, one)) for one in row)])
        for time_s, row in zip(time.time_s, cells, strict=True)
    ]
    write_text(path, "\n".join([*header, labels, *rows]) + "\n")


def _signals(imu: Imu) -> list[tuple[str, str, Array]]:
    signals = [("acc", "mps2", imu.acc_mps2), ("gyr", "radps", imu.gyr_radps)]
    return signals if imu.mag_ut is None else [*signals, ("mag", "ut", imu.mag_ut)]


def _described(mounting: Mounting, file: str) -> dict[str, object]:
    return {
        "segment": mounting.segment,
        "file": file,
        "body": mounting.body,
        "position_m": mounting.position_m.tolist(),
        "rotation": mounting.rotation.tolist(),
        "intended_position_m": mounting.intended_position_m.tolist(),
        "intended_rotation": mounting.intended_rotation.tolist(),
    }


def _row(imu: Imu, segment: str) -> int:
    if segment not in imu.segments:
        raise InputError(f"no sensor on {segment!r}; there are {', '.join(imu.segments)}")
    return imu.segments.index(segment)


def _check_rotations(rotation: Array, shape: tuple[int, ...]) -> None:
    if rotation.shape != shape:
        raise InputError(f"rotations of shape {rotation.shape}, expected {shape}")
