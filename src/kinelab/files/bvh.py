"""BVH (Biovision Hierarchy): a skeleton of offsets and its motion, as animation programs write it.

The format has no standard, no unit and no fixed axis that points up; what is read here are the file's own
numbers. Read: any order of channels, in any case of letters, position channels on any joint, a whole skeleton
on one line, blanks in names, files of older Windows programs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.motion_table import WINDOWS
from kinelab.files.text_rows import read_text, to_numbers

CHANNELS = tuple(f"{axis}{kind}" for kind in ("position", "rotation") for axis in "xyz")
END = "_end"
_JOINTS = ("ROOT", "JOINT", "END")
_KEYWORDS = (*_JOINTS, "OFFSET", "CHANNELS")


@dataclass(frozen=True, eq=False)
class Bvh:
    """J joints, parents first, and their motion over T frames.

    parents (J,): -1 is the root. offset (J, 3) from the parent's joint in the rest pose, in the file's unit.
    channels (J,): of each joint, in order. values (T, N): deg and the file's unit, the channels
    of all joints one after another. An end site is a joint without channels, its parent's name and "_end".
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offset: Array
    channels: tuple[tuple[str, ...], ...]
    rate_hz: float
    values: Array


def read_bvh(path: str | Path) -> Bvh:
    """Read a .bvh file.

    Raises:
        FileFormatError: not a BVH file, a skeleton that is not closed or names a joint twice, frames with
            more or fewer numbers than channels, fewer frames than announced; each with its row.
    """
    path = Path(path)
    lines = read_text(path, fallback=WINDOWS).splitlines()
    motion_at = next((i for i, line in enumerate(lines) if line.strip().upper() == "MOTION"), None)
    _check_start(lines, path)
    if motion_at is None:
        raise FileFormatError(path, "has no line 'MOTION': it holds a skeleton only, or is cut off")
    skeleton = _skeleton(lines[:motion_at], path)
    rate_hz, count, first = _motion_header(lines, motion_at + 1, path)
    each = zip(skeleton.names, skeleton.channels, strict=True)
    columns = [f"{name} {channel}" for name, channels in each for channel in channels]
    if not columns:
        raise FileFormatError(path, "no joint has a channel: nothing moves")
    values = _frames(lines, first, count, columns, path)
    return Bvh(
        tuple(skeleton.names), tuple(skeleton.parents), np.array(skeleton.offsets), tuple(skeleton.channels),
        rate_hz, values,
    )  # fmt: skip


def _check_start(lines: list[str], path: Path) -> None:
    row, start = next(((i + 1, line.strip()) for i, line in enumerate(lines) if line.strip()), (1, ""))
    if start.upper().startswith("HIERARCHY"):
        return
    if not start:
        raise FileFormatError(path, "is empty")
    web = start.lower().startswith(("<!doctype", "<html", "<?xml"))
    likely = "; a web page was saved in the file's place" if web else ""
    raise FileFormatError(path, f"begins with {start[:30]!r}, a BVH file with HIERARCHY{likely}", row=row)


class _Skeleton:
    """The joints as they are read, one word after another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: list[str] = []
        self.parents: list[int] = []
        self.offsets: list[list[float]] = []
        self.channels: list[tuple[str, ...]] = []
        self.open: list[int] = []

    def begin(self, words: list[str], row: int) -> None:
        """ROOT, JOINT or End Site with its name, at the brace that opens it."""
        key = words[0].upper()
        if (key == "ROOT") == bool(self.open):
            raise FileFormatError(self.path, f"{key} at the wrong depth: is a brace missing?", row=row)
        if key == "ROOT" and self.names:
            raise FileFormatError(self.path, "holds a second ROOT; one person a file is read", row=row)
        name = self.names[self.open[-1]] + END if key == "END" else "_".join(words[1:])
        if key == "END" and name in self.names:  # several end sites of one joint
            twins = sum(one == name or one.startswith(f"{name}.") for one in self.names)
            name = f"{name}.{twins + 1}"
        if not name or name in self.names:
            problem = f"joint {name} occurs twice" if name else f"{key} without a name"
            raise FileFormatError(self.path, problem, row=row)
        self.parents.append(self.open[-1] if self.open else -1)
        self.open.append(len(self.names))
        self.names.append(name)
        self.offsets.append([])
        self.channels.append(())

    def end(self, row: int) -> None:
        at = self.open.pop() if self.open else None
        if at is None or not self.offsets[at]:
            problem = "'}' without '{'" if at is None else f"joint {self.names[at]} has no OFFSET"
            raise FileFormatError(self.path, problem, row=row)

    def offset(self, words: list[str], row: int) -> None:
        numbers: Array = to_numbers([words], ["OFFSET X", "Y", "Z"], self.path, [row])[0]
        if not np.isfinite(numbers).all() or not self.open:
            raise FileFormatError(self.path, "an OFFSET that is no number, or of no joint", row=row)
        self.offsets[self.open[-1]] = numbers.tolist()

    def channel(self, words: list[str], row: int) -> None:
        found = tuple(word.lower() for word in words[1:])
        if not words or words[0] != str(len(found)) or not self.open:
            announced = words[0] if words else "none"
            raise FileFormatError(self.path, f"CHANNELS announces {announced}, names {len(found)}", row=row)
        if not set(found) <= set(CHANNELS) or len(set(found)) < len(found):
            problem = f"channels are {' '.join(found)}; allowed, each once, are {', '.join(CHANNELS)}"
            raise FileFormatError(self.path, problem, row=row)
        self.channels[self.open[-1]] = found


def _skeleton(lines: list[str], path: Path) -> _Skeleton:
    """The joints, whatever stands on one line and what on the next."""
    skeleton = _Skeleton(path)
    row = 0
    for row, words in _statements(lines, path):
        key, rest = words[0].upper(), words[1:]
        if key == "}":
            skeleton.end(row)
        elif key == "OFFSET":
            skeleton.offset(rest, row)
        elif key == "CHANNELS":
            skeleton.channel(rest, row)
        else:
            skeleton.begin(words, row)
    if skeleton.open or not skeleton.names:
        left = f"joint {skeleton.names[skeleton.open[-1]]}" if skeleton.open else "the skeleton"
        raise FileFormatError(path, f"{left} is not closed by '}}' before MOTION", row=row or None)
    return skeleton


def _statements(lines: list[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Row and words of each statement. A joint's name may hold blanks: it goes on to the brace."""
    held: list[str] = []
    begun = 0
    for row, line in enumerate(lines, start=1):
        for word in line.replace("{", " { ").replace("}", " } ").split():
            key = word.upper()
            if key in ("HIERARCHY", "{", "}", *_KEYWORDS):
                opened = bool(held) and held[0].upper() in _JOINTS
                if opened and key != "{":
                    raise FileFormatError(path, f"{word!r} after {' '.join(held)[:40]!r}", row=row)
                if held:
                    yield begun, held
                if key == "{" and not opened:
                    raise FileFormatError(path, "'{' without a joint before it", row=row)
                held, begun = ([word], row) if key in _KEYWORDS else ([], row)
                if key == "}":
                    yield row, [word]
            elif held:
                held.append(word)
            else:
                problem = f"{word[:30]!r} in the skeleton; expected one of {', '.join(_KEYWORDS)}, braces"
                raise FileFormatError(path, problem, row=row)
    if held:
        yield begun, held


def _motion_header(lines: list[str], at: int, path: Path) -> tuple[float, int, int]:
    """Rate, number of frames, index of the first frame's line."""
    found: dict[str, str] = {}
    while at < len(lines) and len(found) < 2:
        key, colon, value = lines[at].partition(":")
        if colon:
            found[" ".join(key.lower().split())] = value.strip()
        elif key.strip():
            break
        at += 1
    try:
        count, printed = int(found["frames"]), found["frame time"]
        step_s = float(printed)
    except (KeyError, ValueError):
        problem = f"after MOTION come {found or 'no'} lines; expected 'Frames: n' and 'Frame Time: seconds'"
        raise FileFormatError(path, problem, row=at + 1) from None
    if not (1e-4 <= step_s <= 10):
        problem = f"Frame Time is {step_s:g} s; expected 0.0001 to 10 (is it a rate? write 1 / rate)"
        raise FileFormatError(path, problem, row=at)
    if count < 1:
        raise FileFormatError(path, f"announces {count} frames: there is no motion in it", row=at)
    return _rate_hz(printed), count, at


def _rate_hz(printed: str) -> float:
    """1 / step, or the whole rate beside it where that explains every printed digit.

    0.008333 is 120 Hz, but 0.033367 is television's 29.97 Hz.
    """
    step = Decimal(printed)
    rate_hz, whole_hz = 1 / step, round(1 / step)
    near = abs(rate_hz - whole_hz) < whole_hz * Decimal("0.002")
    last_digit = Decimal(1).scaleb(int(step.as_tuple().exponent))
    return float(whole_hz if near and abs(1 / Decimal(whole_hz) - step) < last_digit else rate_hz)


def _frames(lines: list[str], first: int, count: int, columns: list[str], path: Path) -> Array:
    rows = [i for i in range(first, len(lines)) if lines[i].strip()]
    if len(rows) != count:
        problem = f"holds {len(rows)} frames, announces {count}"
        likely = "; the file is cut off" if len(rows) < count else "; rows were added or the header changed"
        raise FileFormatError(path, problem + likely, row=rows[-1] + 1 if rows else first)
    numbers = [i + 1 for i in rows]
    values = to_numbers([lines[i].split() for i in rows], columns, path, numbers)
    bad = np.argwhere(~np.isfinite(values))
    if bad.size:
        t, c = bad[0]
        raise FileFormatError(path, f"{columns[c]} is {values[t, c]}, expected a number", row=numbers[t])
    return values
