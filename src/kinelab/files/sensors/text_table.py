"""Columns of numbers in text as sensors' programs write it: any separator, a header below other lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.motion_table import WINDOWS
from kinelab.files.text_rows import read_text, to_numbers

SEPARATORS = ("\t", ";", ",")
AXES = "XYZ"


@dataclass(eq=False)
class TextTable:
    """Columns by name; numbers are made when they are asked for, of those columns alone.

    rows: the line of each row in the file, from 1. notes: what was odd about the file.
    """

    path: Path
    columns: tuple[str, ...]
    cells: list[list[str]]
    rows: list[int]
    notes: list[str] = field(default_factory=list)

    def numbers(self, names: Sequence[str]) -> Array:
        """(n, names) values; an empty cell is NaN.

        Raises:
            FileFormatError: no such column, or text where a number should be (with the row).
        """
        missing = [name for name in names if name not in self.columns]
        if missing:
            there = ", ".join(self.columns[:12])
            raise FileFormatError(
                self.path, f"has no column {', '.join(map(repr, missing))}; there are {there}"
            )
        at = [self.columns.index(name) for name in names]
        picked = [[line[i] for i in at] for line in self.cells]
        return to_numbers(picked, names, self.path, self.rows)

    def triad(self, pattern: str) -> Array | None:
        """(n, 3) of the columns that `pattern` gives with X, Y, Z for its {}; None if they are not there."""
        names = [pattern.format(axis) for axis in AXES]
        return self.numbers(names) if set(names) <= set(self.columns) else None

    def has(self, *names: str) -> bool:
        """Whether all these columns are there."""
        return set(names) <= set(self.columns)


def read_lines(path: Path) -> list[str]:
    """Lines of a text file, in UTF-8 or as older Windows programs wrote it.

    Raises:
        FileFormatError: no such file, or not text.
    """
    return read_text(path, fallback=WINDOWS).splitlines()


def separator_of(header: str) -> str:
    """The separator that splits a header into most parts."""
    return max(SEPARATORS, key=header.count)


def split_table(
    lines: Sequence[str], header_at: int, path: Path, *, separator: str | None = None, skip: int = 0
) -> TextTable:
    """The table whose names stand in line `header_at`, from 0; `skip` lines below it are no numbers.

    A last row that breaks off is left out and noted: a recorder was switched off. Decimal commas are read
    where another separator leaves them free.

    Raises:
        FileFormatError: a name twice, no row, or a row of another length than the header.
    """
    separator = separator or separator_of(lines[header_at])
    columns = tuple(cell.strip().strip('"') for cell in lines[header_at].split(separator))
    while columns and not columns[-1]:
        columns = columns[:-1]  # a separator at the end of each line
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    if doubled:
        raise FileFormatError(path, f"column {', '.join(doubled)} occurs more than once", row=header_at + 1)
    rows = [i for i in range(header_at + 1 + skip, len(lines)) if lines[i].strip(f"{separator} ")]
    cells = [lines[i].split(separator) for i in rows]
    notes = []
    if cells and len(cells[-1]) < len(columns) and len(cells) > 1:
        notes.append(f"the last line ({rows[-1] + 1}) breaks off and was left out")
        del cells[-1], rows[-1]
    for at, line in zip(rows, cells, strict=True):
        if len(line) < len(columns) or any(cell.strip() for cell in line[len(columns) :]):
            problem = f"has {len(line)} values for {len(columns)} columns; a separator may be missing"
            raise FileFormatError(path, problem, row=at + 1)
    if not cells:
        raise FileFormatError(path, "has a header but no row of numbers below it", row=header_at + 1)
    if separator != "," and any("," in lines[i] for i in rows):
        cells = [[cell.replace(",", ".") for cell in line] for line in cells]
        notes.append("decimal commas")
    return TextTable(path, columns, cells, [i + 1 for i in rows], notes)


def quaternion_matrices(scalar_first: Array) -> Array:
    """Rotations (T, 3, 3) of quaternions (T, 4), scalar first; NaN where one is missing or has no length."""
    from scipy.spatial.transform import Rotation

    length = np.linalg.norm(scalar_first, axis=1)
    good = np.isfinite(length) & (length > 0.5)
    matrices = np.full((len(scalar_first), 3, 3), np.nan)
    if good.any():
        matrices[good] = Rotation.from_quat(scalar_first[good], scalar_first=True).as_matrix()
    return matrices
