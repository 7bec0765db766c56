"""Acclaim ASF (skeleton) and AMC (motion), as the CMU motion capture database writes them.

ASF: bones with a direction, a length, the axes of their rotations and their degrees of freedom. AMC: frame
by frame, bone by bone, the values of these. The two belong together. An AMC has no frame rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.motion_table import WINDOWS
from kinelab.files.text_rows import read_text

ROOT = "root"
ROOT_DOF = ("tx", "ty", "tz", "rx", "ry", "rz")
INCH_M = 0.0254
_MAX_BONES = 1000


@dataclass(frozen=True, eq=False)
class AsfBone:
    """direction (3,) from its beginning to its end in the rest pose, length in the file's unit.

    axis_deg (3,) about X, Y, Z, applied in axis_order: the frame about whose axes `dof` (rx, ry, rz) turn.
    """

    name: str
    direction: Array
    length: float
    axis_deg: Array
    axis_order: str
    dof: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Asf:
    """A skeleton: bones, parents first, and the bone (or "root") that each hangs on.

    unit_m: metres of one unit of length. root_order: what the six numbers of the root are. root_axis: order
    of its rotations. root_position (3,) and root_orientation_deg (3,) of the rest pose.
    """

    bones: tuple[AsfBone, ...]
    parents: Mapping[str, str]
    unit_m: float
    degrees: bool
    root_order: tuple[str, ...]
    root_axis: str
    root_position: Array
    root_orientation_deg: Array

    @property
    def dof(self) -> dict[str, tuple[str, ...]]:
        """Bone (the root too) -> the names of its values in a frame; bones that cannot turn are left out."""
        return {ROOT: self.root_order} | {bone.name: bone.dof for bone in self.bones if bone.dof}


@dataclass(frozen=True, eq=False)
class Amc:
    """values: bone -> (T, its dof), rotations in degrees, the root's place in the skeleton's unit."""

    values: Mapping[str, Array]
    frames: int


@dataclass
class _Lines:
    """The lines of a file with something on them, each with its row; comments left out."""

    path: Path
    rows: list[tuple[int, list[str]]]

    def fault(self, problem: str, row: int) -> FileFormatError:
        return FileFormatError(self.path, problem, row=row)


def _lines(path: Path) -> _Lines:
    text = read_text(path, fallback=WINDOWS).splitlines()
    cut = ((i, line.split("#", 1)[0].split()) for i, line in enumerate(text, start=1))
    return _Lines(path, [(row, words) for row, words in cut if words])


def read_asf(path: str | Path) -> Asf:
    """Read an .asf skeleton.

    The unit of length is an inch divided by the number in `:units length` (CMU's rule: 0.45 there, so one
    unit is 56.4 mm; mocap.cs.cmu.edu, "Frequently asked questions").

    Raises:
        FileFormatError: not an ASF file, a section is missing, a bone without direction or length, a bone
            outside the hierarchy, named twice, or that changes its length; each with its row.
    """
    lines = _lines(Path(path))
    sections = _sections(lines)
    units = {words[0].lower(): (row, words) for row, words in sections.get(":units", [])}
    row, length = units.get("length", (1, ["length", "1.0"]))
    scale = _numbers(lines, row, length[1:], 1)[0]
    if not scale > 0:
        raise lines.fault(f"length unit is {scale:g}, expected a number above 0", row)
    degrees = units.get("angle", (1, ["angle", "deg"]))[1][-1].lower().startswith("deg")
    root = {words[0].lower(): (row, words[1:]) for row, words in sections.get(":root", [])}
    bones = tuple(_bones(lines, sections[":bonedata"], 1.0 if degrees else float(np.degrees(1.0))))
    parents, ordered = _hierarchy(lines, sections[":hierarchy"], bones)
    order_row, order = root.get("order", (1, list(ROOT_DOF)))
    root_order = tuple(word.lower() for word in order)
    if sorted(root_order) != sorted(ROOT_DOF):
        raise lines.fault(
            f"root order is {' '.join(order)}, expected TX TY TZ RX RY RZ in any order", order_row
        )
    axis_row, axis = root.get("axis", (1, ["XYZ"]))
    return Asf(
        bones=ordered,
        parents=MappingProxyType(parents),
        unit_m=INCH_M / scale,
        degrees=degrees,
        root_order=root_order,
        root_axis=_axis_order(lines, axis_row, axis[-1] if axis else ""),
        root_position=_three(lines, root, "position"),
        root_orientation_deg=_three(lines, root, "orientation") * (1.0 if degrees else np.degrees(1.0)),
    )


def read_amc(path: str | Path, asf: Asf) -> Amc:
    """Read an .amc motion of a skeleton.

    Raises:
        FileFormatError: not an AMC file, no frame, a frame number left out, a bone that the skeleton has not
            (the .asf of another person?), too few or many values, a frame without all bones; with the row.
    """
    lines = _lines(Path(path))
    dof = asf.dof
    table: dict[str, list[list[float]]] = {bone: [] for bone in dof}
    before: int | None = None
    row, degrees = 0, asf.degrees
    for row, words in lines.rows:
        if before is None and words[0].startswith(":"):
            degrees = degrees and words[0].upper() != ":RADIANS"
        elif len(words) == 1 and words[0].isdecimal():
            _check_frame(lines, table, before, int(words[0]), row)
            before = int(words[0])
        elif before is None:
            raise lines.fault(
                f"{words[0][:30]!r} before the first frame; expected ':FULLY-SPECIFIED', 1", row
            )
        else:
            _add(lines, table, words, dof, row)
    if before is None:
        raise FileFormatError(path, "holds no frame; expected lines with a frame's number, then its bones")
    _check_frame(lines, table, before, before + 1, row)
    to_deg = 1.0 if degrees else float(np.degrees(1.0))
    rotation = {
        bone: np.array([to_deg if n[0] == "r" else 1.0 for n in names]) for bone, names in dof.items()
    }
    values = {bone: np.array(table[bone]) * rotation[bone] for bone in dof}
    return Amc(MappingProxyType(values), len(table[ROOT]))


def _add(
    lines: _Lines,
    table: dict[str, list[list[float]]],
    words: list[str],
    dof: dict[str, tuple[str, ...]],
    row: int,
) -> None:
    bone = words[0]
    if bone not in dof:
        problem = f"bone {bone[:30]!r} does not turn in the skeleton; is the .asf that of another person?"
        raise lines.fault(problem, row)
    if len(words) - 1 != len(dof[bone]):
        problem = (
            f"{bone} has {len(words) - 1} values, the skeleton says {len(dof[bone])} ({' '.join(dof[bone])})"
        )
        raise lines.fault(problem, row)
    table[bone].append(_numbers(lines, row, words[1:], len(dof[bone])))


def _check_frame(
    lines: _Lines, table: dict[str, list[list[float]]], before: int | None, number: int, row: int
) -> None:
    """The frame before is whole, and the next follows it."""
    if before is None:
        return
    done = max(len(rows) for rows in table.values())
    short = [bone for bone, rows in table.items() if len(rows) < done]
    long = [bone for bone, rows in table.items() if len(rows) > len(table[ROOT])]
    if short or long or not done:
        problem = f"frame {before} lacks {', '.join(short) or 'its bones'}; the file may be cut off"
        raise lines.fault(problem, row)
    if number != before + 1:
        raise lines.fault(f"frame {number} follows frame {before}: frames are missing", row)


def _sections(lines: _Lines) -> dict[str, list[tuple[int, list[str]]]]:
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    here: list[tuple[int, list[str]]] | None = None
    for row, words in lines.rows:
        if words[0].startswith(":"):
            here = sections.setdefault(words[0].lower(), [])
        elif here is None:
            raise lines.fault(f"begins with {words[0][:30]!r}; an ASF file begins with ':version'", row)
        else:
            here.append((row, words))
    missing = [name for name in (":root", ":bonedata", ":hierarchy") if not sections.get(name)]
    if missing:
        raise FileFormatError(lines.path, f"has no {', '.join(missing)}; is it an ASF file, or cut off?")
    return sections


def _bones(lines: _Lines, rows: list[tuple[int, list[str]]], to_deg: float) -> Iterator[AsfBone]:
    names: set[str] = set()
    for begin, block in _blocks(lines, rows):
        parts = {words[0].lower(): (row, words[1:]) for row, words in block}
        missing = [key for key in ("name", "direction", "length") if key not in parts]
        if missing:
            raise lines.fault(f"a bone lacks {', '.join(missing)}", begin)
        name = " ".join(parts["name"][1])
        if name in names or name == ROOT or len(names) >= _MAX_BONES:
            raise lines.fault(f"bone {name} occurs twice", begin)
        names.add(name)
        direction = np.array(_numbers(lines, parts["direction"][0], parts["direction"][1], 3))
        length = _numbers(lines, parts["length"][0], parts["length"][1], 1)[0]
        axis_row, axis = parts.get("axis", (begin, ["0", "0", "0", "XYZ"]))
        dof_row, dof = parts.get("dof", (begin, []))
        turns = tuple(word.lower() for word in dof)
        if not set(turns) <= {"rx", "ry", "rz"} or len(set(turns)) < len(turns):
            raise lines.fault(f"dof of {name} are {' '.join(dof)}; read are rx, ry, rz, each once", dof_row)
        size = float(np.linalg.norm(direction))
        if not (length >= 0 and size > 0):
            raise lines.fault(f"bone {name} has length {length:g} and a direction of {size:g}", begin)
        angles = np.array(_numbers(lines, axis_row, axis[:3], 3)) * to_deg
        order = _axis_order(lines, axis_row, axis[3] if len(axis) > 3 else "XYZ")
        yield AsfBone(name, direction / size, length, angles, order, turns)


def _blocks(
    lines: _Lines, rows: list[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[tuple[int, list[str]]]]]:
    """What stands between begin and end, with the row of begin."""
    begin, block = 0, list[tuple[int, list[str]]]()
    for row, words in rows:
        key = words[0].lower()
        if key == "begin":
            if begin:
                raise lines.fault("'begin' before the 'end' of the one before", row)
            begin, block = row, []
        elif key == "end" and begin:
            yield begin, block
            begin = 0
        elif begin:
            block.append((row, words))
        else:
            raise lines.fault(f"{words[0]!r} outside begin ... end", row)
    if begin:
        raise lines.fault("'begin' without 'end'; the file is cut off", begin)


def _hierarchy(
    lines: _Lines, rows: list[tuple[int, list[str]]], bones: tuple[AsfBone, ...]
) -> tuple[dict[str, str], tuple[AsfBone, ...]]:
    """Parent of each bone, and the bones with parents first."""
    known = {bone.name: bone for bone in bones}
    parents: dict[str, str] = {}
    reached = [ROOT]
    for _, block in _blocks(lines, rows):
        for row, (parent, *children) in block:
            for child in children:
                unknown = [name for name in (parent, child) if name not in known and name != ROOT]
                if unknown:
                    raise lines.fault(f"{unknown[0]!r} in the hierarchy is no bone", row)
                if child in parents or parent not in reached:
                    problem = f"{child} hangs on {parent}, " + (
                        f"and on {parents[child]} before"
                        if child in parents
                        else "which comes later or never"
                    )
                    raise lines.fault(problem, row)
                parents[child] = parent
                reached.append(child)
    loose = sorted(set(known) - set(parents))
    if loose:
        raise FileFormatError(lines.path, f"bones {', '.join(loose)} are not in the hierarchy")
    return parents, tuple(known[name] for name in reached[1:])


def _three(lines: _Lines, root: dict[str, tuple[int, list[str]]], key: str) -> Array:
    row, words = root.get(key, (1, ["0", "0", "0"]))
    return np.array(_numbers(lines, row, words, 3))


def _axis_order(lines: _Lines, row: int, word: str) -> str:
    order = word.lower()
    if sorted(order) != ["x", "y", "z"]:
        raise lines.fault(f"axis order is {word!r}, expected XYZ in some order", row)
    return order


def _numbers(lines: _Lines, row: int, words: list[str], n: int) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise lines.fault(f"{' '.join(words)[:60]!r} are not {n} numbers", row) from None
    if len(values) != n or not np.isfinite(values).all():
        raise lines.fault(f"{' '.join(words)[:60]!r} are not {n} finite numbers", row)
    return values
