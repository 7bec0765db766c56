"""A movement from an OpenSim motion file (.mot, .sto): coordinates as they stand, on a person of our own.

The own body's coordinates have the names and signs of Rajagopal2016, and so have those of OpenCap and of the
full bodies of Hamner and Lai: they are taken as they are. gait2392 and gait2354 count knee flexion negative;
that is seen from the values and turned. Nothing else is mapped: a column that the own body has not is told.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.motion_file import read_coordinates
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError
from kinelab.files.motion_table import read_motion_table
from kinelab.files.text_rows import uniform_time
from kinelab.virtual_lab.motion.finishing import Finish, at_rate, finished, relaxed
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover

_KNEES = ("knee_angle_r", "knee_angle_l")
_SHIFTS = ("pelvis_tx", "pelvis_ty", "pelvis_tz")
_LOWEST_M = 0.1  # of a pelvis over the floor, where the file has the floor at y = 0
_STRAIGHT_RAD = np.radians(10)


def movement_from_mot(
    path: str | Path, mover: Mover, finish: Finish | None = None, *, as_filed: bool = False
) -> Movement:
    """The coordinates of a motion file on a person.

    as_filed: all stays as it stands, exactly, but for the rate: for a file of this person. Else the way of
    the pelvis is scaled to the person's legs, as its height over the floor tells, and the soles are put on
    the floor. Coordinates that the file lacks hang at ease.

    Raises:
        FileFormatError: see `read_motion_table`; no leg's coordinate in it, time not uniform, NaN (each with
            the row), angles of more than a whole turn (degrees that are called radians).
    """
    path, finish = Path(path), finish or Finish()
    table = read_motion_table(path)
    time = uniform_time(table.time_s, path, table.rows)
    _, found = read_coordinates(mover.model, path)
    told = frozenset(name for name in mover.model.coordinate_names if name in table.names)
    if not {name for name in told if name.startswith(("hip", "knee", "ankle"))}:
        raise FileFormatError(
            path, f"holds no coordinate of a leg; its columns are {', '.join(table.names[:8])}"
        )
    columns = [mover.column(name) for name in told]
    bad = np.argwhere(~np.isfinite(found[:, sorted(columns)]))
    if bad.size:
        name = mover.model.coordinate_names[sorted(columns)[bad[0, 1]]]
        raise FileFormatError(path, f"{name} has no value", row=table.rows[int(bad[0, 0])])
    _check_range(mover, found, table.in_degrees, path)
    coordinates, notes = _whole(mover, found, told)
    foreign = [name for name in table.names if name and name not in told]
    if foreign:
        notes += (f"columns that the own body has not, left out: {', '.join(foreign)}",)
    labels = {"source": path.name}
    if as_filed:
        time, coordinates, rate_notes = at_rate(time, coordinates, finish.rate_hz)
        return Movement(path.name, mover, time, coordinates, labels=labels, notes=notes + rate_notes)
    ratio = leg_ratio_of(mover, coordinates) if "pelvis_ty" in told else 1.0
    coordinates[:, [mover.column(name) for name in _SHIFTS]] *= ratio
    notes += (f"the way of the pelvis is scaled by {ratio:.3f} to the person's legs",) if ratio != 1 else ()
    return finished(path.name, mover, time, coordinates, finish, {**labels, "leg_ratio": ratio}, notes)


def leg_ratio_of(mover: Mover, coordinates: Array) -> float:
    """The person's pelvis height with these angles over that in the coordinates; 1 where it is not plausible.

    Height of the pelvis over the lowest sole against the file's over its floor, y = 0: in flights and with
    both feet lifted it is too low, so the upper fifth counts.
    """
    height = coordinates[:, mover.column("pelvis_ty")]
    if np.median(height) < _LOWEST_M:
        return 1.0
    lowest = forward(mover.model, coordinates, threads=2).marker_m[..., 1].min(axis=1)
    ratio = float(np.percentile((height - lowest) / np.maximum(height, _LOWEST_M), 80))
    return ratio if 0.4 < ratio < 2.5 else 1.0


def _whole(mover: Mover, found: Array, told: frozenset[str]) -> tuple[Array, tuple[str, ...]]:
    """All coordinates (T, C), knees counted positive in flexion, those not told at ease."""
    notes: tuple[str, ...] = ()
    coordinates = np.where(np.isfinite(found), found, mover.standing)
    knees = [mover.column(name) for name in _KNEES if name in told]
    bend = coordinates[:, knees]
    if bend.size and np.median(bend) < 0 and bend.max() < 2 * _STRAIGHT_RAD and bend.min() < -_STRAIGHT_RAD:
        coordinates[:, knees] *= -1
        notes += ("knee flexion is negative in the file, as in gait2392; its sign was changed",)
    missing = [
        one.name
        for one in mover.model.coordinates
        if one.name not in told and not one.locked and not one.name.startswith("pelvis")
    ]
    if missing:
        notes += (f"not in the file, at ease: {', '.join(missing)}",)
    return relaxed(mover, coordinates, told), notes


def _check_range(mover: Mover, found: Array, in_degrees: bool, path: Path) -> None:
    """Refuse what cannot be angles in the unit that the header says."""
    turns = [c for c, one in enumerate(mover.model.coordinates) if one.motion == "rotational"]
    turns = [c for c in turns if "pelvis" not in mover.model.coordinates[c].name]
    widest = float(np.nanmax(np.abs(np.degrees(found[:, turns]))))
    if widest > 400:
        unit = "degrees" if in_degrees else "radians; its header says inDegrees=no, is it wrong?"
        raise FileFormatError(path, f"a joint turns by {widest:.0f} deg when read as {unit}")
