"""The table that says what is special about some recordings: person, way, options."""

from __future__ import annotations

import csv
import difflib
import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kinelab.errors import FileFormatError, InputError
from kinelab.pipeline.batch.doors import DOORS, FILES, OPTIONS, SKIP, door_of
from kinelab.pipeline.batch.recording import Recording, name_below

WHICH = "recording"
_SUBJECT: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "subject": ("id", str),
    "height_m": ("height_m", float),
    "mass_kg": ("mass_kg", float),
    "sex": ("sex", str),
    "affected_side": ("affected_side", str),
    "birth_year": ("birth_year", int),
}
_NUMBERS: Mapping[str, Callable[[str], Any]] = {
    "person": int, "detect_every": int, "min_strides": int, "slow_motion": float, "px_per_m": float,
    "cutoff_hz": float,
}  # fmt: skip
_YES_NO = frozenset(
    {"gait", "annotate", "no_sequence", "contact", "mirror", "quick", "write_c3d", "accept", "networks",
     "scale", "repair", "view"}
)  # fmt: skip
_NAME_OR_FILE = ("pose", "detector")
_ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_COLUMNS = (WHICH, "door", *_SUBJECT, *sorted({name for names in OPTIONS.values() for name in names}))
_GLOB = "*?["


@dataclass(frozen=True)
class Row:
    """What one row says of the recordings that `which` fits: a path below the folder, or a pattern.

    place: where the row stands, for messages.
    """

    which: str
    place: str
    door: str
    subject: Mapping[str, Any]
    options: Mapping[str, Any]

    @property
    def is_pattern(self) -> bool:
        """Whether it may fit several."""
        return any(letter in self.which for letter in _GLOB)


def read_table(path: Path) -> list[Row]:
    """The rows of a CSV with a column `recording` and others of person, door and options.

    Raises:
        FileFormatError: no such file, a column that is none, a value that cannot be read; with its row.
    """
    if not path.is_file():
        raise FileFormatError(path, "no such file; check the spelling")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(path, f"is not text in UTF-8 ({error})") from error
    lines = text.splitlines()
    if not lines:
        raise FileFormatError(path, "is empty")
    delimiter = max(",;\t", key=lines[0].count)
    table = csv.DictReader(lines, delimiter=delimiter)
    _check_columns(path, table.fieldnames or ())
    rows = []
    for cells in table:
        number = table.line_num
        if None in cells:
            raise FileFormatError(path, "has more cells than there are columns", row=number)
        said = {name: (value or "").strip() for name, value in cells.items() if name}
        if any(said.values()):
            rows.append(_row(said, path, number))
    return rows


def row_of_settings(settings: Sequence[str], folder: Path) -> Row:
    """NAME=VALUE settings of a command, as a row for all recordings; files lie below `folder`.

    Raises:
        InputError: not NAME=VALUE, an unknown name, or a value that cannot be read.
    """
    said = {}
    for one in settings:
        name, equals, value = one.partition("=")
        if not equals or name not in _COLUMNS[1:]:
            raise InputError(f"--set {one}: expected NAME=VALUE with a NAME of {', '.join(_COLUMNS[1:])}")
        said[name] = value
    try:
        return _parsed({WHICH: "*", **said}, folder, "--set")
    except ValueError as error:
        raise InputError(f"--set: {error}") from error


def told(recordings: Sequence[Recording], rows: Sequence[Row], root: Path) -> list[Recording]:
    """The recordings with what the rows say of them; those that are to be skipped are left out.

    Rows with a pattern count first, in their order, then those that name a recording; the later one counts.
    An option that a recording's way does not have is left aside, unless the row names that recording. A row
    may name a file or folder below `root` that was not taken for a recording.

    Raises:
        InputError: a row that fits nothing, or an option that the recording's way does not have.
    """
    root = root.resolve()
    base = root if root.is_dir() else root.parent
    by_path = {one.path.relative_to(base).as_posix(): one for one in recordings}
    patterns = [row for row in rows if row.is_pattern]
    named: dict[str, list[Row]] = {}
    for row in rows:
        if not row.is_pattern:
            inside = Path(row.which).as_posix()
            if inside not in by_path:
                by_path[inside] = _beside(row, inside, base, by_path)
            named.setdefault(inside, []).append(row)
    fits: set[str] = set()
    found = []
    for inside, one in sorted(by_path.items()):
        general = [row for row in patterns if _fits(inside, row.which)]
        fits.update(row.place for row in general)
        one = _with(one, [*general, *named.get(inside, ())])
        if one.door != SKIP:
            found.append(one)
    idle = next((row for row in patterns if row.place not in fits and row.which != "*"), None)
    if idle is not None:
        raise InputError(f"{idle.place}: no recording fits {idle.which!r}")
    return found


def _fits(inside: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(inside, pattern) or fnmatch.fnmatchcase(Path(inside).name, pattern)


def _beside(row: Row, inside: str, base: Path, known: Mapping[str, Recording]) -> Recording:
    path = base / inside
    if not path.exists() or not path.resolve().is_relative_to(base):
        like = difflib.get_close_matches(inside, known, 1)
        hint = f"; did you mean {like[0]}?" if like else f"; paths are from {base}"
        raise InputError(f"{row.place}: no recording {row.which}{hint}")
    return Recording(name_below(path, base), path, door_of(path))


def _with(recording: Recording, rows: Sequence[Row]) -> Recording:
    door = next((row.door for row in reversed(rows) if row.door), recording.door)
    subject, options = dict(recording.subject), dict(recording.options)
    for row in rows:
        subject |= row.subject
        for name, value in row.options.items():
            if door == SKIP or name in OPTIONS[door]:
                options[name] = value
            elif not row.is_pattern:
                ways = ", ".join(way for way, names in OPTIONS.items() if name in names)
                raise InputError(
                    f"{row.place}: {row.which} goes the way {door!r}, which has no {name}; it is of {ways}"
                )
    return replace(recording, door=door, subject=subject, options=options)


def _check_columns(path: Path, names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in _COLUMNS]
    if unknown:
        like = difflib.get_close_matches(unknown[0], _COLUMNS, 1)
        hint = f"; did you mean {like[0]}?" if like else ""
        raise FileFormatError(
            path, f"has a column {unknown[0]!r}{hint} (known: {', '.join(_COLUMNS)})", row=1
        )
    if WHICH not in names:
        raise FileFormatError(path, f"has no column {WHICH!r}, which says what each row is about", row=1)


def _row(said: Mapping[str, str], path: Path, number: int) -> Row:
    if not said[WHICH]:
        raise FileFormatError(path, f"the column {WHICH!r} is empty", row=number)
    try:
        return _parsed(said, path.parent, f"{path}, row {number}")
    except ValueError as error:
        raise FileFormatError(path, str(error), row=number) from error


def _parsed(said: Mapping[str, str], folder: Path, place: str) -> Row:
    door = said.get("door", "")
    if door and door not in DOORS:
        raise ValueError(f"door is {door!r}, expected one of {', '.join(DOORS)}")
    subject: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, text in said.items():
        if not text or name in (WHICH, "door"):
            continue
        if name in _SUBJECT:
            own, kind = _SUBJECT[name]
            subject[own] = _value(name, text, kind)
        elif name in FILES or (name in _NAME_OR_FILE and (folder / text).is_file()):
            options[name] = _file(name, text, folder)
        elif name in _YES_NO:
            options[name] = _answer(name, text)
        else:
            options[name] = _value(name, text, _NUMBERS.get(name, str))
    return Row(said[WHICH], place, door, subject, options)


def _value(name: str, text: str, kind: Callable[[str], Any]) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}, expected a number with a decimal point") from None


def _answer(name: str, text: str) -> bool:
    if text.lower() not in _ANSWERS:
        raise ValueError(f"{name} is {text!r}, expected yes or no")
    return _ANSWERS[text.lower()]


def _file(name: str, text: str, folder: Path) -> str:
    path = (folder / text).resolve()
    if not path.exists():
        raise ValueError(f"{name}: no such file {path}; paths are from {folder.resolve()}")
    return str(path)
