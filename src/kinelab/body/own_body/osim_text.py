"""Our own body as the text of an OpenSim 4 model file; the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.model import Marker
from kinelab.body.own_body.anthropometry import HEIGHT_M, MASS_KG
from kinelab.body.own_body.inertia import Lump, in_body, lumps
from kinelab.body.own_body.landmarks import bony_markers
from kinelab.body.own_body.points import MID_ASIS
from kinelab.body.own_body.shapes import shapes
from kinelab.body.own_body.tree import PELVIS, PELVIS_SHIFTS, Hinge, Turn, hinges, origin
from kinelab.core.checks import Array

_CREDITS = (
    f"kinelab full body: one man of {HEIGHT_M:g} m and {MASS_KG:g} kg made from published anthropometry by "
    "tools/build_body.py; no part is taken from another model. Apache-2.0, as kinelab."
)
_PUBLICATIONS = (
    "de Leva 1996 J Biomech 29:1223; Drillis & Contini 1966; Dumas et al. 2007 J Biomech 40:543; Harrington "
    "et al. 2007 J Biomech 40:595; Isman & Inman 1969 Bull Prosthet Res 10-11:97; Wu et al. 2002 J Biomech "
    "35:543, 2005 38:981; Grood & Suntay 1983 J Biomech Eng 105:136"
)
_BONE_COLOUR = "0.86 0.84 0.78"
# What the file keeps: micrometres, tenths of a milligram, nine digits of a direction.
_LENGTH, _MASS, _INERTIA, _DIRECTION = 6, 6, 9, 9


def _numbers(values: ArrayLike, digits: int) -> str:
    rounded = np.round(np.atleast_1d(np.asarray(values, dtype=np.float64)), digits) + 0.0  # -0 becomes 0
    return " ".join(f"{value:.{digits}f}".rstrip("0").rstrip(".") for value in rounded)


def _add(parent: ET.Element, tag: str, text: str | None = None, name: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, tag, {} if name is None else {"name": name})
    element.text = text
    return element


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _body(objects: ET.Element, name: str, lump: Lump, shape: tuple[Array, Array]) -> None:
    body = _add(objects, "Body", name=name)
    frame = _add(_add(body, "components"), "PhysicalOffsetFrame", name=f"{name}_shape")
    ellipsoid = _add(_add(frame, "attached_geometry"), "Ellipsoid", name=f"{name}_ellipsoid")
    _add(ellipsoid, "socket_frame", "..")
    _add(_add(ellipsoid, "Appearance"), "color", _BONE_COLOUR)
    _add(ellipsoid, "radii", _numbers(shape[1], _LENGTH))
    _add(frame, "socket_parent", "..")
    _add(frame, "translation", _numbers(shape[0] - origin(name), _LENGTH))
    _add(frame, "orientation", "0 0 0")
    _add(body, "mass", _numbers(lump.mass_kg, _MASS))
    _add(body, "mass_center", _numbers(lump.centre_m, _LENGTH))
    tensor = lump.inertia_kgm2
    six = [tensor[0, 0], tensor[1, 1], tensor[2, 2], tensor[0, 1], tensor[0, 2], tensor[1, 2]]
    _add(body, "inertia", _numbers(six, _INERTIA))


def _frame(frames: ET.Element, name: str, body: str, translation: ArrayLike) -> None:
    frame = _add(frames, "PhysicalOffsetFrame", name=name)
    _add(frame, "socket_parent", "/ground" if body == "ground" else f"/bodyset/{body}")
    _add(frame, "translation", _numbers(translation, _LENGTH))
    _add(frame, "orientation", "0 0 0")


def _coordinate(
    coordinates: ET.Element, name: str, limits: ArrayLike, default: float, *, clamped: bool, locked: bool
) -> None:
    coordinate = _add(coordinates, "Coordinate", name=name)
    _add(coordinate, "default_value", _numbers(default, _LENGTH))
    _add(coordinate, "default_speed_value", "0")
    _add(coordinate, "range", _numbers(limits, _DIRECTION))
    _add(coordinate, "clamped", _flag(clamped))
    _add(coordinate, "locked", _flag(locked))


def _transform_axis(spatial: ET.Element, name: str, direction: ArrayLike, coordinate: str | None) -> None:
    axis = _add(spatial, "TransformAxis", name=name)
    _add(axis, "coordinates", coordinate)
    _add(axis, "axis", _numbers(direction, _DIRECTION))
    if coordinate is None:
        _add(_add(axis, "Constant", name="function"), "value", "0")
    else:
        _add(_add(axis, "LinearFunction", name="function"), "coefficients", "1 0")


def _filled(turns: Iterable[Turn]) -> list[tuple[Array, str | None]]:
    """Three independent axes: those of the turns, then directions at right angles to them without motion."""
    axes: list[tuple[Array, str | None]] = [(np.array(turn.axis), turn.coordinate) for turn in turns]
    while len(axes) < 3:
        known = np.array([axis for axis, _ in axes])
        left_over = np.eye(3) - np.linalg.pinv(known) @ known
        pick = left_over[np.argmax(np.round(np.diag(left_over), 6))]
        axes.append((pick / np.linalg.norm(pick), None))
    return axes


def _joint(
    objects: ET.Element, hinge: Hinge, offsets: tuple[ArrayLike, ArrayLike], shifts: tuple[str | None, ...]
) -> None:
    """A CustomJoint; `offsets` of its parent and child frames, `shifts` the coordinates along X, Y, Z."""
    joint = _add(objects, "CustomJoint", name=hinge.name)
    parent, child = f"{hinge.parent}_offset", f"{hinge.child}_offset"
    _add(joint, "socket_parent_frame", parent)
    _add(joint, "socket_child_frame", child)
    coordinates = _add(joint, "coordinates")
    for turn in hinge.turns:
        limits = np.radians(turn.range_deg)
        _coordinate(coordinates, turn.coordinate, limits, 0.0, clamped=turn.clamped, locked=turn.locked)
    for name, limits_m in PELVIS_SHIFTS:
        if name in shifts:
            # The default pose stands on the floor.
            height = MID_ASIS[1] if name == "pelvis_ty" else 0.0
            _coordinate(coordinates, name, limits_m, height, clamped=False, locked=False)
    frames = _add(joint, "frames")
    _frame(frames, parent, hinge.parent, offsets[0])
    _frame(frames, child, hinge.child, offsets[1])
    spatial = _add(joint, "SpatialTransform")
    for i, (direction, coordinate) in enumerate(_filled(hinge.turns), start=1):
        _transform_axis(spatial, f"rotation{i}", direction, coordinate)
    for i, shift in enumerate(shifts, start=1):
        _transform_axis(spatial, f"translation{i}", np.eye(3)[i - 1], shift)


def _marker(objects: ET.Element, marker: Marker) -> None:
    element = _add(objects, "Marker", name=marker.name)
    _add(element, "socket_parent_frame", f"/bodyset/{marker.body}")
    _add(element, "location", _numbers(marker.offset_m, _LENGTH))
    _add(element, "fixed", _flag(marker.fixed))


def _objects(model: ET.Element, tag: str) -> ET.Element:
    return _add(_add(model, tag, name=tag.lower()), "objects")


def osim_text() -> str:
    """The model file: bodies in the order of the joints, CustomJoints, bony markers, one shape a body."""
    document = ET.Element("OpenSimDocument", {"Version": "40000"})
    model = _add(document, "Model", name="kinelab")
    for tag, text in (("credits", _CREDITS), ("publications", _PUBLICATIONS), ("length_units", "meters"),
                      ("force_units", "N"), ("gravity", "0 -9.80665 0")):  # fmt: skip
        _add(model, tag, text)
    tree = hinges()
    all_lumps, all_shapes = lumps(), shapes()
    bodies = _objects(model, "BodySet")
    for name in ("pelvis", *(hinge.child for hinge in tree)):
        _body(bodies, name, in_body(name, all_lumps[name]), all_shapes[name])
    joints = _objects(model, "JointSet")
    zero = np.zeros(3)
    root = Hinge("ground_pelvis", "ground", "pelvis", MID_ASIS, PELVIS)
    _joint(joints, root, (zero, zero), tuple(name for name, _ in PELVIS_SHIFTS))
    for hinge in tree:
        centre = np.array(hinge.centre)
        offsets = (centre - origin(hinge.parent), centre - origin(hinge.child))
        _joint(joints, hinge, offsets, (None, None, None))
    markers = _objects(model, "MarkerSet")
    for marker in bony_markers():
        _marker(markers, marker)
    ET.indent(document, "  ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(document, encoding="unicode") + "\n"
