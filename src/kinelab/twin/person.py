"""The person a twin is made of: their scaled model and how they moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinelab.body.forward import follow_couplers, forward
from kinelab.body.inverse_result import PELVIS
from kinelab.body.model import GROUND, BodyModel
from kinelab.core.checks import Array
from kinelab.core.kinematics import Kinematics
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.gait.progress import belt_speed_mps
from kinelab.gait.walking_way import walking_way
from kinelab.signals.runs import true_runs
from kinelab.twin.feet import landmarks_of, with_foot_points

_LEAST_S = 0.8  # not one stride is shorter
_TURN_DEG = 20.0  # a way that turns by less is straight, as in `walking_way`


@dataclass(frozen=True, eq=False)
class TwinPerson:
    """model: scaled, with the points of `feet`; kinematics: as measured; coordinates (T, C) rad or m of the
    model at their times, over the ground. way (2,): X and Z of the direction of walking, length 1. turn_deg:
    by how much the way turns. notes: what was done, in words."""

    model: BodyModel
    kinematics: Kinematics
    coordinates: Array
    way: Array
    turn_deg: float
    notes: tuple[str, ...] = ()

    @property
    def time(self) -> Timebase:
        """Times of the frames."""
        return self.kinematics.time

    @property
    def pelvis_columns(self) -> list[int]:
        """Columns of pelvis_tx, _ty, _tz."""
        return [self.model.coordinate_index(name) for name in PELVIS]


def make_person(model: BodyModel, kinematics: Kinematics) -> TwinPerson:
    """A scaled model in the poses of a recording, taken off a treadmill's belt.

    Angles that the kinematics lack have the model's default; short gaps of others than the legs are drawn
    straight. Frames before and after the longest part in which pelvis and legs are known are left out.

    Raises:
        InputError: no place of the pelvis, a model without the bodies or coordinates that walk, no angles of
            this model, or less than 0.8 s in which the legs are known.
        GaitError: nothing tells where the person faces.
    """
    if kinematics.pelvis_position_m is None:
        raise InputError(
            "these angles do not say where the pelvis is (worn sensors, or a camera's plane): feet cannot be"
            " put on the ground, so speed and step length cannot be altered; a limited knee and a dropped"
            " foot can"
        )
    lacking = [name for name in PELVIS if name not in model.coordinate_names]
    if lacking:
        raise InputError(f"model {model.name} has no coordinate {', '.join(lacking)}: it cannot walk about")
    marked = with_foot_points(model)
    known = [name for name in kinematics.names if name in model.coordinate_names]
    if not any(name.startswith("knee_angle") for name in known):
        raise InputError(
            f"the angles are not those of model {model.name}: of {', '.join(kinematics.names[:6])} ... it has"
            f" {', '.join(known) or 'none'}; is the model of another run?"
        )
    coordinates, kept = _poses(marked, kinematics)
    part = cut_out(kinematics, kept)
    notes = []
    if part.time.n < kinematics.time.n:
        where = f"{part.time.start_s:.2f} to {part.time.start_s + part.time.duration_s:.2f} s"
        notes.append(f"only {where} is used: elsewhere pelvis or legs are not known")
    points = landmarks_of(marked, coordinates, part.time)
    way = walking_way(points)
    facing = way.facing.mean(axis=0)
    facing /= np.linalg.norm(facing)
    belt = belt_speed_mps(way.plane)
    if belt > 0:
        gone = belt * (part.time.time_s - part.time.start_s)
        coordinates[:, marked.coordinate_index("pelvis_tx")] += gone * facing[0]
        coordinates[:, marked.coordinate_index("pelvis_tz")] += gone * facing[1]
        notes.append(f"taken off a treadmill's belt of {belt:.2f} m/s: person and twin walk over the ground")
    return TwinPerson(marked, part, coordinates, facing, way.turn_deg, tuple(notes))


def require_straight(person: TwinPerson) -> None:
    """A way along which steps can be made longer.

    Raises:
        InputError: it turns by more than 20 deg.
    """
    if person.turn_deg > _TURN_DEG:
        raise InputError(
            f"the way turns by {person.turn_deg:.0f} deg: speed and step length can be altered on a straight"
            f" way only (up to {_TURN_DEG:.0f} deg); cut the recording to its straight part"
        )


def kinematics_of(
    person: TwinPerson, coordinates: Array, time: Timebase, own_s: Array, steps: Sequence[str]
) -> Kinematics:
    """Coordinates (T, C) as `Kinematics` with the person's angles; marked as synthetic for ever.

    own_s (T,): the person's own times that these samples stand for: what was a guess there is one here. The
    standard deviation of an altered angle is not known: NaN.
    """
    model, own = person.model, person.kinematics
    columns = [model.coordinate_index(n) if n in model.coordinate_names else -1 for n in own.names]
    angle_deg = np.rad2deg(coordinates[:, columns])
    nearest = np.clip(np.rint((own_s - own.time.start_s) * own.time.rate_hz).astype(int), 0, own.time.n - 1)
    foreign = [j for j, column in enumerate(columns) if column < 0]
    angle_deg[:, foreign] = own.angle_deg[nearest][:, foreign]
    root = model.body_index(next(joint.child for joint in model.joints if joint.parent == GROUND))
    provenance = replace(own.provenance, synthetic=True, steps=(*own.provenance.steps, *steps))
    return Kinematics(
        names=own.names,
        time=time,
        angle_deg=angle_deg,
        sd_deg=np.full_like(angle_deg, np.nan),
        valid=own.valid[nearest],
        subject=own.subject,
        provenance=provenance,
        pelvis_rotation=forward(model, coordinates).rotation[:, root],
        pelvis_position_m=coordinates[:, person.pelvis_columns],
    )


def cut_out(kinematics: Kinematics, frames: slice) -> Kinematics:
    """Consecutive frames of a recording; their times stay."""
    start, stop, _ = frames.indices(kinematics.time.n)
    time = kinematics.time
    if (start, stop) == (0, time.n):
        return kinematics
    rotation, position = kinematics.pelvis_rotation, kinematics.pelvis_position_m
    return replace(
        kinematics,
        time=Timebase(time.rate_hz, stop - start, float(time.time_s[start])),
        angle_deg=kinematics.angle_deg[frames],
        sd_deg=kinematics.sd_deg[frames],
        valid=kinematics.valid[frames],
        pelvis_rotation=None if rotation is None else rotation[frames],
        pelvis_position_m=None if position is None else position[frames],
    )


def _poses(model: BodyModel, kinematics: Kinematics) -> tuple[Array, slice]:
    """Coordinates (n, C) of the longest part in which pelvis and legs are known, and where it is."""
    assert kinematics.pelvis_position_m is not None
    coordinates = np.tile(model.default_coordinates, (kinematics.time.n, 1))
    for name in kinematics.names:
        if name in model.coordinate_names:
            coordinates[:, model.coordinate_index(name)] = np.deg2rad(kinematics.of(name))
    for axis, name in enumerate(PELVIS):
        coordinates[:, model.coordinate_index(name)] = kinematics.pelvis_position_m[:, axis]
    needed = [
        i for i, name in enumerate(model.coordinate_names)
        if name.startswith(("pelvis", "hip_", "knee_", "ankle_")) and name not in model.dependent
    ]  # fmt: skip
    runs = true_runs(np.logical_and.reduce(np.isfinite(coordinates[:, needed]), axis=1))
    start, stop = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    if stop - start < _LEAST_S * kinematics.time.rate_hz:
        raise InputError(
            f"pelvis and legs are known together for {(stop - start) / kinematics.time.rate_hz:.2f} s on end;"
            f" a twin needs {_LEAST_S:g} s or more, better some strides"
        )
    part = coordinates[start:stop].copy()
    frames = np.arange(stop - start)
    for column in range(part.shape[1]):
        seen = np.isfinite(part[:, column])
        if not seen.any():
            part[:, column] = model.default_coordinates[column]
        elif not seen.all():
            part[:, column] = np.interp(frames, frames[seen], part[seen, column])
    return follow_couplers(model, part), slice(start, stop)
