"""OpenSim's text files: motions (.mot, .sto) as `Kinematics`, markers (.trc) as `Keypoints`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.errors import FileFormatError, InputError
from kinelab.files.atomic import write_text
from kinelab.files.landmark_names import skeleton_from
from kinelab.files.motion_table import SYNTHETIC, WINDOWS, read_motion_table, write_motion_table
from kinelab.files.text_rows import increasing_time, on_grid, read_text, row_text, to_numbers, uniform_time

PELVIS = ("pelvis_tx", "pelvis_ty", "pelvis_tz")  # the only translations that Kinematics holds, m
# A coordinate that a constraint drives has the motion type "coupled": OpenSim converts rotations only, so
# it stands in radians in every file, inDegrees=yes or not. In the Rajagopal models that is the patella.
COUPLED = "_beta"
# What stands beside the coordinates in files of states and of old SIMM: no angles.
NO_ANGLE = (
    *("_tx", "_ty", "_tz", "_px", "_py", "_pz", "_vx", "_vy", "_vz", "_torque_x", "_torque_y", "_torque_z"),
    *("/speed", "/activation", "/fiber_length"),
)
METRES = {"m": 1.0, "mm": 1e-3, "cm": 1e-2, "meters": 1.0, "millimeters": 1e-3}


def write_mot(kinematics: Kinematics, path: str | Path) -> None:
    """Write angles as an OpenSim motion file: degrees, pelvis position in metres where it is known.

    Angles keep the names and signs of docs/conventions.md (OpenSim's Rajagopal2016); NaN is written as NaN.
    A .mot has no place for standard deviations and validity: keep the .nc beside it. All coordinates of a
    model, its other translations too: `body.motion_file`.

    Raises:
        OutputError: the file cannot be written.
    """
    angles = np.where(_coupled(kinematics.names), np.deg2rad(kinematics.angle_deg), kinematics.angle_deg)
    names, columns = kinematics.names, [angles]
    if kinematics.pelvis_position_m is not None:
        columns.append(kinematics.pelvis_position_m)
        names += PELVIS
    synthetic = kinematics.provenance.synthetic
    write_motion_table(path, kinematics.time.time_s, names, np.hstack(columns), synthetic=synthetic)


def read_mot(path: str | Path) -> Kinematics:
    """Angles of an OpenSim .mot or .sto file of coordinates, or of an old SIMM motion.

    Degrees come out whatever stands in the file: `inDegrees=no` is converted, a file without that line (SIMM)
    is in degrees, coupled coordinates (`*_beta`) are in radians in all of them. pelvis_tx, _ty, _tz become
    `pelvis_position_m`; columns that are no angles (speeds, other translations, marker positions) are left
    out and listed in `provenance.steps`. State files name a column by its path
    (/jointset/hip_r/hip_flexion_r/value); the coordinate's name is kept.

    Signs are not touched: gait2392 counts knee flexion negative, kinelab (as Rajagopal2016) positive.

    Raises:
        FileFormatError: no header, columns and rows that disagree (with the row), time that is not uniform.
    """
    table = read_motion_table(path)
    time = uniform_time(table.time_s, path, table.rows)
    labels, names = table.labels, table.names
    kept = [i for i, label in enumerate(labels) if label and not label.lower().endswith(NO_ANGLE)]
    if not kept:
        raise FileFormatError(path, f"holds no angles; its columns are {', '.join(labels[:6])} ...")
    angle = table.values[:, kept]
    kept_names = tuple(names[i] for i in kept)
    radians = _coupled(kept_names) if table.in_degrees else np.ones(len(kept), bool)
    angle = np.where(radians, np.rad2deg(angle), angle)
    doubled = sorted({name for name in kept_names if kept_names.count(name) > 1})
    if doubled:
        raise FileFormatError(path, f"column {', '.join(doubled)} occurs twice", row=table.labels_row)
    pelvis = [names.index(p) for p in PELVIS] if set(PELVIS) <= set(names) else []
    left_out = [label for i, label in enumerate(labels) if label and i not in (*kept, *pelvis)]
    steps = (f"left out of {Path(path).name}, no angles: {', '.join(left_out)}",) if left_out else ()
    return Kinematics(
        names=kept_names,
        time=time,
        angle_deg=angle,
        sd_deg=np.full(angle.shape, np.nan),
        valid=np.isfinite(angle),
        provenance=Provenance(steps=steps),
        pelvis_position_m=table.values[:, pelvis] if pelvis else None,
    )


def write_trc(
    keypoints: Keypoints, path: str | Path, rate_hz: float | None = None, *, synthetic: bool = False
) -> None:
    """Write landmarks in metres as a .trc marker file; a planar set lies in the plane Z = 0.

    A landmark that was not seen is written as NaN: OpenSim 4.6 reads that in every column, but refuses empty
    cells at a row's end. `rate_hz` None takes the median rate of the recording. synthetic: the first line
    says, after the file's name, that nobody was recorded; OpenSim and others pass over it.

    Raises:
        InputError: positions in pixels, or no frame rate.
        OutputError: the file cannot be written.
    """
    if keypoints.unit != "m":
        raise InputError(f"a .trc holds metres, these keypoints are in {keypoints.unit}; scale them first")
    rate = keypoints.rate_hz if rate_hz is None else rate_hz
    if not rate > 0:
        raise InputError(
            f"a .trc needs a frame rate, got {rate:g} Hz from {keypoints.n} frames; give rate_hz"
        )
    position = keypoints.position
    if position.shape[-1] == 2:
        depth = np.where(np.isfinite(position).all(axis=-1, keepdims=True), 0.0, np.nan)
        position = np.concatenate([position, depth], axis=-1)
    T, K = position.shape[:2]
    names = [name.replace(" ", "_") for name in keypoints.skeleton.landmarks]  # OpenSim splits at blanks
    header = [
        f"PathFileType\t4\t(X/Y/Z)\t{Path(path).name}" + (f"\t{SYNTHETIC}" if synthetic else ""),
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{rate:.10g}\t{rate:.10g}\t{T}\t{K}\tm\t{rate:.10g}\t1\t{T}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(f"{axis}{k + 1}" for k in range(K) for axis in "XYZ"),
        "",
    ]
    table = np.hstack([keypoints.time_s[:, None], position.reshape(T, -1)])
    rows = [f"{i}\t{row_text(row)}" for i, row in enumerate(table, 1)]
    write_text(path, "\n".join([*header, *rows]) + "\n")


def read_trc(path: str | Path) -> Keypoints:
    """Markers of a .trc file, (T, K, 3) m in the file's own frame (OpenSim: X forward, Y up, Z right).

    Empty cells, NaN, and the triple 0 0 0 that motion capture programs write for a lost marker are not
    seen. Millimetres become metres. Marker names stay as they are; confidence is 1 where a marker was seen.
    Times printed with three decimals are put back on the header's data rate. The number of frames in the
    header is not checked: OpenSim's own files disagree with it.

    Raises:
        FileFormatError: the five header lines, the unit or the marker names are not those of a .trc, a row
            has the wrong number of cells or text in it, time does not increase (each with the row).
    """
    lines = read_text(path, fallback=WINDOWS).splitlines()
    if len(lines) < 5 or not lines[0].strip().lower().startswith("pathfiletype"):
        raise FileFormatError(path, "is no .trc: its first line does not begin with PathFileType", row=1)
    values = dict(zip(lines[1].split(), lines[2].split(), strict=False))
    scale = METRES.get(values.get("Units", "").lower())
    if scale is None:
        problem = f"unit is {values.get('Units')!r}, allowed are {', '.join(METRES)}"
        raise FileFormatError(path, problem, row=3)
    names = _trc_names(lines[3], values.get("NumMarkers", ""), path)
    columns = ["Frame#", "Time", *(f"{name} {axis}" for name in names for axis in "XYZ")]
    rows = [i for i in range(5, len(lines)) if lines[i].strip()]
    numbers = to_numbers(
        [_trc_cells(lines[i], len(columns)) for i in rows], columns, path, [i + 1 for i in rows]
    )
    increasing_time(numbers[:, 1], path, [i + 1 for i in rows])
    rate_hz = values.get("DataRate", "")
    time_s = numbers[:, 1]
    grid = on_grid(time_s, float(rate_hz)) if rows and rate_hz.replace(".", "", 1).isdecimal() else None
    position = numbers[:, 2:].reshape(len(rows), len(names), 3) * scale
    lost = ~np.isfinite(position).all(axis=-1) | (position == 0).all(axis=-1)
    position[lost] = np.nan
    return Keypoints(
        skeleton=skeleton_from(Path(path).stem, names),
        time_s=time_s if grid is None else grid,
        position=position,
        confidence=np.where(lost, np.nan, 1.0),
        unit="m",
    )


def _coupled(names: tuple[str, ...]) -> Array:
    """(J,) True for coordinates that stand in radians in every file."""
    return np.array([name.endswith(COUPLED) for name in names], dtype=bool)


def _trc_names(line: str, announced: str, path: str | Path) -> list[str]:
    """Marker names: between tabs (they may hold blanks), or else between any blanks."""
    for names in ([part.strip() for part in line.split("\t") if part.strip()], line.split()):
        if names[:2] == ["Frame#", "Time"] and announced.isdecimal() and len(names) - 2 == int(announced):
            doubled = sorted({name for name in names if names.count(name) > 1})
            if doubled:
                raise FileFormatError(path, f"marker {', '.join(doubled)} occurs twice", row=4)
            return names[2:]
    found = len(line.split()) - 2
    problem = f"names {max(found, 0)} markers after 'Frame#  Time', row 3 announces {announced or 'none'}"
    raise FileFormatError(path, problem, row=4)


def _trc_cells(line: str, width: int) -> list[str]:
    """Cells of a row: between tabs, where an empty cell is a lost marker, or else between any blanks."""
    cells = line.rstrip("\n").split("\t")
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) > 1 and 0 <= width - len(cells) <= 3:  # the last marker's blanks may be stripped
        return cells + [""] * (width - len(cells))
    return line.split()
