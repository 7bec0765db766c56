"""Reads OpenSim models (.osim, any version that the opensim package opens) into plain data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kinelab.body.model import Body, BodyModel, Coordinate, Joint, Marker, Motion
from kinelab.body.osim_constraints import couplers_of, following_lengths
from kinelab.body.osim_frames import frame_of, vector
from kinelab.body.osim_joints import joints_of
from kinelab.body.osim_open import listed, open_model_file
from kinelab.body.osim_tree import tree_order
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError

_MOTIONS: dict[int, Motion] = {1: "rotational", 2: "translational", 3: "coupled"}


def read_osim(path: str | Path) -> BodyModel:
    """The skeleton of a model: bodies, joints, coordinates, couplers, markers.

    Muscles, contact, controllers and meshes are left out; `notes` say what was. Joints and couplers are put
    in an order to evaluate them in, bodies and coordinates keep the file's.

    Raises:
        FileFormatError: no model, or one with a joint, function or constraint that is not supported.
        MissingExtraError: opensim is not installed.
    """
    return model_of(open_model_file(path), path)


def model_of(model: Any, path: str | Path) -> BodyModel:
    """The same of an `opensim.Model` that is open already; `path` is for the errors."""
    try:
        return _body_model(model)
    except InputError as error:
        raise FileFormatError(path, str(error)) from error


def _body_model(model: Any) -> BodyModel:
    joints: list[Joint] = []
    inner: list[Body] = []
    for joint in list(model.getJointList()):  # left half way, this iterator warns
        parts, between = joints_of(joint)
        joints.extend(parts)
        inner.extend(between)
    ordered, turned = tree_order(joints)
    couplers, notes = couplers_of(model)
    found = listed(model.getCoordinateSet())
    told = tuple(_coordinate(coordinate) for coordinate in found)
    return BodyModel(
        name=model.getName(),
        bodies=(*(_body(body) for body in model.getBodyList()), *inner, *turned),
        joints=following_lengths(ordered, couplers, told),
        coordinates=told,
        couplers=couplers,
        markers=markers_of(model.getMarkerSet()),
        notes=(*notes, *_prescribed(found), *_left_out(model)),
    )


def markers_of(markers: Any) -> tuple[Marker, ...]:
    """The markers of an `opensim.MarkerSet` whose frames are known."""
    return tuple(_marker(marker) for marker in listed(markers))


def _marker(marker: Any) -> Marker:
    body, frame = frame_of(marker.getParentFrame())
    location_m = np.diag(vector(marker.get_location()))
    offset = frame.translation_by_scale + frame.rotation @ location_m
    return Marker(marker.getName(), body, offset, fixed=marker.get_fixed())


def _body(body: Any) -> Body:
    return Body(body.getName(), body.getMass(), vector(body.getMassCenter()), _matrix(body.getInertia()))


def _matrix(inertia: Any) -> Array:
    xx, yy, zz = vector(inertia.getMoments())
    xy, xz, yz = vector(inertia.getProducts())
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def _coordinate(coordinate: Any) -> Coordinate:
    motion = _MOTIONS.get(coordinate.getMotionType(), "coupled")
    return Coordinate(
        name=coordinate.getName(),
        motion=motion,
        default=coordinate.getDefaultValue(),
        range=(coordinate.getRangeMin(), coordinate.getRangeMax()),
        clamped=coordinate.getDefaultClamped(),
        locked=coordinate.getDefaultLocked(),
    )


def _prescribed(coordinates: list[Any]) -> tuple[str, ...]:
    names = [coordinate.getName() for coordinate in coordinates if coordinate.getDefaultIsPrescribed()]
    return tuple(f"coordinate {name} is prescribed in time; here it is free" for name in names)


def _left_out(model: Any) -> tuple[str, ...]:
    sets = {
        "forces (muscles, ligaments, actuators)": model.getForceSet(),
        "contact geometries": model.getContactGeometrySet(),
        "controllers": model.getControllerSet(),
        "probes": model.getProbeSet(),
    }
    counts = {what: found.getSize() for what, found in sets.items()}
    return tuple(f"left out: {count} {what}" for what, count in counts.items() if count)
