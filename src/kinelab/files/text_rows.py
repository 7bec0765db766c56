"""Rows of numbers in text files: read, checked cell by cell, and told about by row and column."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError

EMPTY = frozenset(
    {"", "nan", "na", "n/a", "none", "null"}
)  # as pandas, R, MATLAB and OpenSim write "no value"
UNEVEN = 0.1  # of one interval: printed times are rounded, real gaps are larger
# Of cameras, marker systems and inertial sensors.
USUAL_HZ = (
    10.0, 12.5, 15.0, 20.0, 24.0, 25.0, 30.0, 40.0, 48.0, 50.0, 60.0, 64.0, 75.0, 80.0, 90.0, 100.0, 120.0,
    125.0, 128.0, 148.0, 150.0, 180.0, 200.0, 240.0, 250.0, 256.0, 300.0, 400.0, 500.0, 512.0, 1000.0,
)  # fmt: skip


def read_text(path: str | Path, *, fallback: str | None = None) -> str:
    """Whole text of a UTF-8 file, with or without a byte order mark.

    `fallback` is the encoding to try when it is not UTF-8; None refuses the file.

    Raises:
        FileFormatError: no such file, a folder, or not text.
    """
    path = Path(path)
    check_is_file(path)
    data = path.read_bytes()
    if b"\x00" in data[:4096]:
        raise FileFormatError(path, "is not text (it holds zero bytes); the suffix may be wrong")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if fallback is not None:
            return data.decode(fallback, errors="replace")
        row = data.count(b"\n", 0, error.start) + 1
        problem = "is not UTF-8 text; save it again as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
        raise FileFormatError(path, problem, row=row) from error


def check_is_file(path: Path) -> None:
    """Raise `FileFormatError` unless there is a file that can be read at `path`."""
    if path.is_dir():
        raise FileFormatError(path, "is a folder, expected a file")
    if not path.is_file():
        raise FileFormatError(path, "no such file; check the spelling and the folder")


def to_numbers(
    cells: Sequence[Sequence[str]], columns: Sequence[str], path: str | Path, rows: Sequence[int]
) -> Array:
    """Cells as numbers, (n, columns); an empty cell or NaN is NaN.

    `rows` (n,) are the rows in the file as an editor counts them, from 1: only for messages.

    Raises:
        FileFormatError: a row with more or fewer cells than `columns`, or a cell that is no number.
    """
    for row, line in zip(rows, cells, strict=True):
        if len(line) != len(columns):
            problem = (
                f"has {len(line)} values for {len(columns)} columns "
                f"({', '.join(columns[:3])} ...); the file may be cut off or a separator missing"
            )
            raise FileFormatError(path, problem, row=row)
    if not cells:
        return np.empty((0, len(columns)))
    filled = [["nan" if cell.strip().lower() in EMPTY else cell for cell in line] for line in cells]
    try:
        return np.array(filled, dtype=np.float64)
    except ValueError:
        raise _first_text(filled, columns, path, rows) from None


def _first_text(
    cells: Sequence[Sequence[str]], columns: Sequence[str], path: str | Path, rows: Sequence[int]
) -> FileFormatError:
    """The error for the first cell that is no number."""
    for row, line in zip(rows, cells, strict=True):
        for column, cell in zip(columns, line, strict=True):
            try:
                float(cell)
            except ValueError:
                hint = " (write the decimal point as '.')" if cell.replace(",", "", 1).isdecimal() else ""
                return FileFormatError(
                    path, f"column {column!r} holds {cell!r}, expected a number{hint}", row=row
                )
    raise AssertionError("a row of numbers was refused")  # numpy and float() read the same numbers


def increasing_time(time_s: Array, path: str | Path, rows: Sequence[int]) -> None:
    """Raise `FileFormatError` with the row where a time is missing or does not increase."""
    if not np.isfinite(time_s).all():
        raise FileFormatError(path, "the time is missing", row=rows[int(np.argmin(np.isfinite(time_s)))])
    back = np.flatnonzero(np.diff(time_s) <= 0)
    if back.size:
        at = int(back[0]) + 1
        problem = f"time does not increase ({time_s[at - 1]:g} s then {time_s[at]:g} s)"
        raise FileFormatError(path, problem, row=rows[at])


def uniform_time(time_s: Array, path: str | Path, rows: Sequence[int]) -> Timebase:
    """Timebase of printed times: uniform up to the rounding of the printed digits.

    Times printed with three decimals (0.017, 0.033, 0.050) give 60 Hz, not 60.0x: a whole number of hertz
    is taken when it explains every printed time.

    Raises:
        FileFormatError: fewer than two rows, time that does not increase, or a step that departs from the
            mean step by more than a tenth.
    """
    if time_s.size < 2:
        raise FileFormatError(
            path, f"holds {time_s.size} rows; at least 2 are needed to know the sampling rate"
        )
    increasing_time(time_s, path, rows)
    at = uneven_at(time_s)
    if at is not None:
        step = float(np.median(np.diff(time_s)))
        problem = (
            f"time is not uniform: {time_s[at - 1]:g} s then {time_s[at]:g} s where steps of {step:g} s "
            "are usual; rows may be missing: resample the file to a constant rate first"
        )
        raise FileFormatError(path, problem, row=rows[at])
    return even_time(time_s)


def uneven_at(time_s: Array) -> int | None:
    """Index of the first printed time after a step that is uneven beyond its digits' rounding, or None."""
    step = float(np.median(np.diff(time_s)))
    allowed_s = min(UNEVEN * step + _rounding_s(time_s), step / 2)
    uneven = np.flatnonzero(np.abs(np.diff(time_s) - step) > allowed_s)
    return int(uneven[0]) + 1 if uneven.size else None


def even_time(time_s: Array) -> Timebase:
    """Timebase of even printed times; a whole number of hertz where it explains every one of them.

    A few times printed with three decimals are explained by many (0, 0.017, 0.033 by 59 to 62): then the
    nearest of the rates at which devices record is taken.
    """
    first = float(time_s[0])
    mean_hz = (time_s.size - 1) / float(time_s[-1] - first)
    nearest = sorted(USUAL_HZ, key=lambda hz: abs(hz - mean_hz))
    likely = (hz for hz in (*nearest, float(round(mean_hz))) if on_grid(time_s, hz) is not None)
    return Timebase(next(likely, mean_hz), int(time_s.size), first)


def on_grid(time_s: Array, rate_hz: float) -> Array | None:
    """The unrounded times, (n,) s, where steps of 1 / rate_hz explain every printed time; else None."""
    if not rate_hz > 0:
        return None
    grid = time_s[0] + np.arange(time_s.size) / rate_hz
    return grid if np.abs(grid - time_s).max() <= _rounding_s(time_s) else None


def _rounding_s(time_s: Array) -> float:
    """Largest error of a difference of two printed times: many programs print three decimals."""
    printed_to_ms = np.allclose(time_s * 1000, np.round(time_s * 1000), rtol=0, atol=1e-6)
    return 1.01e-3 if printed_to_ms else 1e-6


def row_text(values: Array, separator: str = "\t") -> str:
    """Numbers (n,) as the shortest text that reads back as the same, NaN as NaN."""
    # One list and one pass over the text: a minute of markers is millions of numbers.
    return separator.join(map(repr, values.tolist())).replace("nan", "NaN")
