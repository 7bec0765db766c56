"""The laboratory's own gait measures in a C3D file (group ANALYSIS), as Vicon's software writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kinelab.core.events import Side
from kinelab.files.c3d import opened, parameter_list

_SIDES: dict[str, Side] = {"left": "left", "right": "right"}


@dataclass(frozen=True)
class C3dMeasure:
    """One value of the laboratory: `name` and `unit` as they stand in the file."""

    side: Side
    name: str
    value: float
    unit: str


def read_c3d_measures(path: str | Path) -> tuple[C3dMeasure, ...]:
    """The left and right measures of a C3D file; empty where it holds none.

    Raises:
        FileFormatError: no C3D, damaged or cut off.
    """
    group = opened(path)["parameters"].get("ANALYSIS", {})
    columns = [parameter_list(group, name) for name in ("CONTEXTS", "NAMES", "VALUES", "UNITS")]
    found = []
    for context, name, value, unit in zip(*columns, strict=False):
        side = _SIDES.get(str(context).strip().lower())
        if side is not None:
            found.append(C3dMeasure(side, str(name).strip(), float(value), str(unit).strip()))
    return tuple(found)
