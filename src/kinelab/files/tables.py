"""CSV with the unit in every column's name: `time_s`, `knee_angle_r_deg`, `left_hip_x_px`."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.errors import FileFormatError
from kinelab.files.atomic import write_text
from kinelab.files.landmark_names import skeleton_from
from kinelab.files.text_rows import increasing_time, read_text, to_numbers, uniform_time

if TYPE_CHECKING:
    import pandas as pd

SYNTHETIC = "synthetic"  # column of tables that rest on virtual people
_POSITION = re.compile(r"(?P<landmark>.+)_(?P<axis>[xyz])_(?P<unit>px|m)$")


def write_csv(frame: pd.DataFrame, path: str | Path, *, synthetic: bool = False) -> None:
    """Write a table as UTF-8 CSV, whole or not at all; NaN is an empty cell, numbers keep all digits.

    synthetic: a last column of that name holds 1 in every row, for nobody was recorded. A comment line would
    be lost on most readers, and break some.

    Raises:
        OutputError: the file cannot be written.
    """
    if synthetic:
        frame = frame.assign(**{SYNTHETIC: 1})
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))


def read_kinematics_csv(path: str | Path) -> Kinematics:
    """Angles from a CSV with `time_s` and one `<name>_deg` column an angle; an empty cell is not valid.

    Standard deviations, subject and provenance are not in a CSV: they come back as not known, save that the
    angles are of a virtual person (column `synthetic`).

    Raises:
        FileFormatError: with row and column: no `time_s`, a column of another unit, text for a number, rows
            of another length, time that is not uniform.
    """
    columns, values, rows = read_csv(path)
    angles = [c for c in columns if c.endswith("_deg")]
    other = [c for c in columns if c not in {"time_s", SYNTHETIC, *angles}]
    if other or not angles:
        named = f"column {other[0]!r} is not in degrees" if other else "there is no angle"
        raise FileFormatError(path, f"{named}; expected time_s and columns such as knee_angle_r_deg", row=1)
    angle = values[:, [columns.index(c) for c in angles]]
    return Kinematics(
        names=tuple(c.removesuffix("_deg") for c in angles),
        time=uniform_time(values[:, columns.index("time_s")], path, rows),
        angle_deg=angle,
        sd_deg=np.full(angle.shape, np.nan),
        valid=np.isfinite(angle),
        provenance=Provenance(
            synthetic=SYNTHETIC in columns and bool(values[:, columns.index(SYNTHETIC)].any())
        ),
    )


def keypoints_to_frame(keypoints: Keypoints) -> pd.DataFrame:
    """One row a frame: `time_s`, then `<landmark>_x_px`, `_y_px` (`_z_m`), `_confidence`, and `_sd_px`."""
    import pandas as pd

    table: dict[str, Array] = {"time_s": keypoints.time_s}
    unit = keypoints.unit
    for k, landmark in enumerate(keypoints.skeleton.landmarks):
        for d in range(keypoints.position.shape[-1]):
            table[f"{landmark}_{'xyz'[d]}_{unit}"] = keypoints.position[:, k, d]
        table[f"{landmark}_confidence"] = keypoints.confidence[:, k]
        if keypoints.sd is not None:
            table[f"{landmark}_sd_{unit}"] = keypoints.sd[:, k]
    return pd.DataFrame(table)


def read_keypoints_csv(path: str | Path) -> Keypoints:
    """Landmarks from a CSV as `keypoints_to_frame` lays it out; an empty cell is not seen.

    Columns of confidence and standard deviation may be missing: confidence is then 1 where a position stands.

    Raises:
        FileFormatError: with row and column: no `time_s`, no positions, two units, a landmark with one axis
            missing, a column that is none of these, text for a number, rows of another length.
    """
    columns, values, rows = read_csv(path)
    found = {c: m for c in columns if (m := _POSITION.match(c)) and not c.endswith(("_sd_px", "_sd_m"))}
    landmarks = list(dict.fromkeys(m["landmark"] for m in found.values()))
    units: list[Any] = sorted({m["unit"] for m in found.values()})
    if len(units) != 1:
        what = "positions in px and in m" if units else "no positions"
        raise FileFormatError(
            path, f"holds {what}; expected columns such as left_hip_x_px, left_hip_y_px", row=1
        )
    unit = units[0]
    axes = sorted({m["axis"] for m in found.values()})
    wanted = [f"{name}_{axis}_{unit}" for name in landmarks for axis in axes]
    extra = [f"{name}_{what}" for what in ("confidence", f"sd_{unit}") for name in landmarks]
    missing = sorted(set(wanted) - set(columns))
    unknown = [c for c in columns if c not in {"time_s", SYNTHETIC, *wanted, *extra}]
    if missing or unknown or axes[:2] != ["x", "y"]:
        problem = (
            f"column {missing[0]!r} is missing" if missing else f"column {(unknown or axes)[0]!r} is unknown"
        )
        raise FileFormatError(path, f"{problem}; each landmark needs x and y (and z)", row=1)
    time_s = values[:, columns.index("time_s")]
    increasing_time(time_s, path, rows)
    position = np.stack([values[:, columns.index(c)] for c in wanted], axis=1)
    position = position.reshape(len(rows), len(landmarks), len(axes))
    seen = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    confidence = _per_landmark(columns, values, extra[: len(landmarks)])
    return Keypoints(
        skeleton=skeleton_from(Path(path).stem, landmarks),
        time_s=time_s,
        position=position,
        confidence=seen if confidence is None else _shares(confidence, landmarks, path, rows),
        unit=unit,
        sd=_per_landmark(columns, values, extra[len(landmarks) :]),
    )


def read_csv(path: str | Path) -> tuple[list[str], Array, list[int]]:
    """(columns, values (n, columns), row of each in the file) of a CSV of numbers with a `time_s` column.

    Raises:
        FileFormatError: no header, another separator, doubled columns, no `time_s`, ragged rows, text.
    """
    lines = read_text(path).splitlines()
    filled = [(i, line) for i, line in enumerate(lines, 1) if line.strip(" ,\t")]
    if not filled:
        raise FileFormatError(path, "is empty; expected a header and rows of numbers")
    columns = [c.strip() for c in next(csv.reader([filled[0][1]]))]
    if "time_s" not in columns:
        hint = (
            "columns are to be separated by ','"
            if len(columns) == 1
            else f"there are {', '.join(columns[:5])}"
        )
        raise FileFormatError(path, f"has no column time_s (times in seconds); {hint}", row=filled[0][0])
    doubled = sorted({c for c in columns if columns.count(c) > 1})
    if doubled:
        raise FileFormatError(path, f"column {', '.join(doubled)} occurs twice", row=filled[0][0])
    rows = [i for i, _ in filled[1:]]
    return columns, to_numbers(list(csv.reader(line for _, line in filled[1:])), columns, path, rows), rows


def _per_landmark(columns: list[str], values: Array, wanted: list[str]) -> Array | None:
    """(T, K) of one column a landmark, NaN where a landmark has none; None where no landmark has."""
    if not set(wanted) & set(columns):
        return None
    empty = np.full(len(values), np.nan)
    return np.stack([values[:, columns.index(c)] if c in columns else empty for c in wanted], axis=1)


def _shares(confidence: Array, landmarks: list[str], path: str | Path, rows: list[int]) -> Array:
    """The confidence, checked to lie within 0 to 1."""
    outside = np.argwhere((confidence < 0) | (confidence > 1))
    if outside.size:
        i, k = outside[0]
        problem = (
            f"column '{landmarks[k]}_confidence' holds {confidence[i, k]:g}, expected 0 to 1 (not per cent)"
        )
        raise FileFormatError(path, problem, row=rows[i])
    return confidence
