"""Segment motion from joint angles, by the forward kinematics of a skeletal model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.forward import forward
from kinelab.body.model import BodyModel
from kinelab.body.motion_file import read_coordinates
from kinelab.core.checks import Array
from kinelab.core.kinematics import Kinematics
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.inertial.motions.from_markers import SEGMENTS
from kinelab.inertial.motions.virtual_people import BODY_OF
from kinelab.inertial.segment_motion import Activity, SegmentMotion
from kinelab.signals.resampling import resample, uniform_timebase

_LONGEST_GAP_S = 0.1


def motion_from_coordinates(
    model: BodyModel,
    coordinates: ArrayLike,
    time: Timebase,
    trial: tuple[str, str, Activity],
    sensor_m: Mapping[str, ArrayLike] | None = None,
) -> SegmentMotion:
    """How pelvis, thighs, shanks and feet of a model move, with a sensor on each.

    coordinates (T, C) rad or m in the model's order, NaN = not known: what hangs on it is NaN. trial: person,
    trial and activity. sensor_m: places (3,) m by segment in the frame of its body; the centre of mass where
    nothing is said. The anatomical frames are the model's body frames, as in OpenSim's gait models parallel
    to ground in the neutral pose; sensor axes are the same.

    Raises:
        InputError: shapes that do not fit, a model without legs, or a place for a segment that is not there.
    """
    values = np.asarray(coordinates, dtype=np.float64)
    if values.shape != (time.n, len(model.coordinates)):
        raise InputError(
            f"coordinates of shape {values.shape}; {time.n} times of model {model.name} are "
            f"({time.n}, {len(model.coordinates)})"
        )
    bodies = {body.name: body for body in model.bodies}
    lacking = [BODY_OF[segment] for segment in SEGMENTS if BODY_OF[segment] not in bodies]
    unknown = sorted(set(sensor_m or {}) - set(SEGMENTS))
    if lacking or unknown:
        what = f"has no body {', '.join(lacking)}" if lacking else f"has no segment {', '.join(unknown)}"
        raise InputError(f"model {model.name} {what}; segments are {', '.join(SEGMENTS)}")
    placed = forward(model.with_markers(()), values)
    rows = [model.body_index(BODY_OF[segment]) for segment in SEGMENTS]
    rotation = placed.rotation[:, rows]
    places = [
        np.asarray((sensor_m or {}).get(segment, bodies[BODY_OF[segment]].centre_of_mass_m), np.float64)
        for segment in SEGMENTS
    ]
    position: Array = placed.position_m[:, rows] + np.einsum("tsij,sj->tsi", rotation, np.array(places))
    person, name, activity = trial
    return SegmentMotion(person, name, activity, SEGMENTS, time, rotation, rotation, position)


def motion_from_mot(
    model: BodyModel,
    path: str | Path,
    trial: tuple[str, str, Activity],
    sensor_m: Mapping[str, ArrayLike] | None = None,
) -> SegmentMotion:
    """The same from a .mot or .sto of the model; coordinates that it does not have stay at their default.

    Raises:
        FileFormatError: no such motion file, or not one coordinate of the model is in it.
        InputError: as `motion_from_coordinates`.
    """
    time_s, found = read_coordinates(model, path)
    time = uniform_timebase(time_s)
    even = resample(time_s, found, time, _LONGEST_GAP_S)
    absent = np.isnan(found).all(axis=0)
    even[:, absent] = model.default_coordinates[absent]
    return motion_from_coordinates(model, even, time, trial, sensor_m)


def motion_from_kinematics(
    kinematics: Kinematics,
    model: BodyModel,
    activity: Activity,
    sensor_m: Mapping[str, ArrayLike] | None = None,
) -> SegmentMotion:
    """The same from angles that carry the model's names (`hip_flexion_r` ...); guessed ones count as NaN.

    Angles that are not given stay at their default, the pelvis' place too, unless pelvis_position_m has it.
    The pelvis' rotation comes from its three angles.

    Raises:
        InputError: not one angle of the model, or as `motion_from_coordinates`.
    """
    shared = [name for name in kinematics.names if name in model.coordinate_names]
    if not shared:
        raise InputError(
            f"none of the angles {', '.join(kinematics.names)} is a coordinate of model {model.name}"
        )
    coordinates = np.tile(model.default_coordinates, (kinematics.time.n, 1))
    for name in shared:
        column = kinematics.column(name)
        known = np.where(kinematics.valid[:, column], kinematics.angle_deg[:, column], np.nan)
        coordinates[:, model.coordinate_index(name)] = np.radians(known)
    if kinematics.pelvis_position_m is not None:
        for axis, name in enumerate(("pelvis_tx", "pelvis_ty", "pelvis_tz")):
            coordinates[:, model.coordinate_index(name)] = kinematics.pelvis_position_m[:, axis]
    trial = (kinematics.subject.id, "angles", activity)
    made = motion_from_coordinates(model, coordinates, kinematics.time, trial, sensor_m)
    return replace(made, synthetic=kinematics.provenance.synthetic)
