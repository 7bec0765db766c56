"""The table inside OpenSim's .mot and .sto files: named columns over time, as they stand in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.atomic import write_text
from kinelab.files.text_rows import read_text, row_text, to_numbers

WINDOWS = "cp1252"  # headers hold the path of the recording, with umlauts on older machines


@dataclass(frozen=True, eq=False)
class MotionTable:
    """time_s (T,) and values (T, N) in the file's own units; rotations in degrees when `in_degrees`.

    labels (N,) as they stand ('' for a column without one), names (N,) with the path of a state file cut away
    (/jointset/hip_r/hip_flexion_r/value is hip_flexion_r). rows (T,) and labels_row: lines of the file.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    time_s: Array
    values: Array
    in_degrees: bool
    rows: tuple[int, ...]
    labels_row: int


SYNTHETIC = "Synthetic: a computer made this; nobody was recorded."


def read_motion_table(path: str | Path) -> MotionTable:
    """Read a .mot or .sto file of OpenSim, or an old SIMM motion (no inDegrees line: degrees).

    Raises:
        FileFormatError: no header, columns and rows that disagree (with the row), text in a number's place.
    """
    lines = read_text(path, fallback=WINDOWS).splitlines()
    header, labels_at = _mot_header(lines, path)
    width = int(header["ncolumns"]) if header.get("ncolumns", "").isdecimal() else None
    labels, cells, rows = _mot_rows(lines, labels_at, width, path)
    if "nrows" in header and header["nrows"].isdecimal() and len(cells) < int(header["nrows"]):
        problem = f"holds {len(cells)} rows, its header announces {header['nrows']}; the file is cut off"
        raise FileFormatError(path, problem)
    values = to_numbers(cells, labels, path, rows)
    return MotionTable(
        labels=tuple(labels[1:]),
        names=tuple(_coordinate(label) for label in labels[1:]),
        time_s=values[:, 0],
        values=values[:, 1:],
        in_degrees=header.get("indegrees", "yes") != "no",
        rows=tuple(rows),
        labels_row=labels_at + 1,
    )


def write_motion_table(
    path: str | Path, time_s: Array, names: Sequence[str], values: Array, *, synthetic: bool = False
) -> None:
    """Write columns (T, N) as a .mot with rotations in degrees; every number reads back as it was.

    synthetic: the header says that nobody was recorded; OpenSim passes over it.

    Raises:
        OutputError: the file cannot be written.
    """
    table = np.hstack([time_s[:, None], values])
    told = f"{SYNTHETIC}\n" if synthetic else ""
    header = (
        f"Coordinates\nversion=1\nnRows={table.shape[0]}\nnColumns={table.shape[1]}\ninDegrees=yes\n\n"
        "Units are S.I. units (second, meters, Newtons, ...)\n"
        "If the header above contains a line with 'inDegrees', this indicates whether rotational "
        f"values are in degrees (yes) or radians (no).\n{told}\nendheader\n"
    )
    lines = ["\t".join(["time", *names]), *map(row_text, table)]
    write_text(path, header + "\n".join(lines) + "\n")


def _mot_header(lines: list[str], path: str | Path) -> tuple[dict[str, str], int]:
    """(header's key=value pairs in lower case, index of the line of labels)."""
    for at, line in enumerate(lines):
        if line.strip().lower() == "endheader":
            pairs = (part.split("=", 1) for part in lines[:at] if "=" in part)
            header = {key.strip().lower(): value.strip().lower() for key, value in pairs}
            while at + 1 < len(lines) and not lines[at + 1].strip():
                at += 1
            return header, at + 1
    raise FileFormatError(path, "has no line 'endheader': no OpenSim motion file, or cut off in its header")


def _mot_rows(
    lines: list[str], labels_at: int, width: int | None, path: str | Path
) -> tuple[list[str], list[list[str]], list[int]]:
    """Labels, cells of each row and the row numbers. Columns without a label are the last ones, named ''."""
    labels = lines[labels_at].split() if labels_at < len(lines) else []
    if not labels or labels[0].lower() != "time":
        found = labels[0] if labels else "nothing"
        problem = f"the first column is {found!r}, expected 'time' in the line after endheader"
        raise FileFormatError(path, problem, row=labels_at + 1)
    if width is not None and width > len(labels):
        labels += [""] * (
            width - len(labels)
        )  # OpenSim's own std_subject01_walk1_ik.mot has two such columns
    rows = [i for i in range(labels_at + 1, len(lines)) if lines[i].strip()]
    return labels, [lines[i].split() for i in rows], [i + 1 for i in rows]


def _coordinate(label: str) -> str:
    """Name of a coordinate from a column's label: states are named by their path in the model."""
    return label.removesuffix("/value").rsplit("/", 1)[-1]
