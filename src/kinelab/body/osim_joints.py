"""OpenSim's joints become the canonical joint of `model`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import pi
from typing import Any

import numpy as np

from kinelab.body.functions import linear
from kinelab.body.model import Axis, Body, Frame, Joint, Term
from kinelab.body.osim_frames import chained, frame_of, vector
from kinelab.body.osim_functions import is_free, terms_of
from kinelab.body.osim_open import listed, opensim_package
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.geometry.rotations import from_cardan

Axes = tuple[Axis, Axis, Axis]

# What the coordinates of each plain joint turn about and move along, in their order.
_PLAIN = {
    "WeldJoint": ("", ""),
    "PinJoint": ("z", ""),
    "SliderJoint": ("", "x"),
    "UniversalJoint": ("xy", ""),
    "BallJoint": ("xyz", ""),
    "GimbalJoint": ("xyz", ""),
    "FreeJoint": ("xyz", "xyz"),
    "PlanarJoint": ("z", "xy"),
    "EllipsoidJoint": ("xyz", ""),
}
_UNIT = {"x": np.array([1.0, 0.0, 0.0]), "y": np.array([0.0, 1.0, 0.0]), "z": np.array([0.0, 0.0, 1.0])}
_MOTIONLESS: Axes = (Axis(_UNIT["x"]), Axis(_UNIT["y"]), Axis(_UNIT["z"]))


def joints_of(joint: Any) -> tuple[tuple[Joint, ...], tuple[Body, ...]]:
    """One `opensim.Joint` as joints, parent first, and the bodies between them (mostly one joint, no body).

    Raises:
        InputError: a joint, or a function in it, that the canonical joint cannot tell.
    """
    kind = joint.getConcreteClassName()
    names = [joint.get_coordinates(i).getName() for i in range(joint.numCoordinates())]
    try:
        parent, parent_frame = frame_of(joint.getParentFrame())
        child, child_frame = frame_of(joint.getChildFrame())
        hung = Joint(
            joint.getName(), kind, parent, child, parent_frame, child_frame, _MOTIONLESS, _MOTIONLESS
        )
        return _moving(joint, hung, names)
    except InputError as error:
        raise InputError(f"{kind} {joint.getName()}: {error}") from error


def _moving(joint: Any, hung: Joint, names: Sequence[str]) -> tuple[tuple[Joint, ...], tuple[Body, ...]]:
    """The joint with what its class makes of its coordinates."""
    opensim = opensim_package("reading .osim models")
    if hung.kind == "CustomJoint":
        transform = opensim.CustomJoint.safeDownCast(joint).getSpatialTransform()
        rotations, translations = _custom_axes(transform)
        return (replace(hung, rotations=rotations, translations=translations),), ()
    if hung.kind == "ScapulothoracicJoint":
        return _scapulothoracic(opensim.ScapulothoracicJoint.safeDownCast(joint), hung, names)
    if hung.kind not in _PLAIN:
        allowed = ", ".join(("CustomJoint", "ScapulothoracicJoint", *_PLAIN))
        raise InputError(f"this class of joint is not supported; replace it by one of {allowed}")
    turning, moving = _PLAIN[hung.kind]
    plain = replace(
        hung,
        rotations=_plain_axes(turning, names[: len(turning)]),
        translations=_plain_axes(moving, names[len(turning) :]),
    )
    if hung.kind == "EllipsoidJoint":
        radii_m = _radii(opensim.EllipsoidJoint.safeDownCast(joint).get_radii_x_y_z())
        plain = replace(plain, radii_by_scale=np.diag(radii_m))
    return (plain,), ()


def _radii(values: Any) -> Array:
    radii_m = vector(values)
    if not (radii_m > 0).all():  # NaN where the file has none
        raise InputError(f"radii of the ellipsoid are {radii_m.tolist()}; expected three above zero")
    return radii_m


def _plain_axes(letters: str, names: Sequence[str]) -> Axes:
    moved = [Axis(_UNIT[k], (Term(name, linear()),)) for k, name in zip(letters, names, strict=True)]
    first, second, third = moved + [Axis(_UNIT[k]) for k in "xyz" if k not in letters]
    return first, second, third


def _custom_axes(transform: Any) -> tuple[Axes, Axes]:
    axes = [_custom_axis(getattr(transform, f"get_rotation{k}")()) for k in (1, 2, 3)]
    moves = [_custom_axis(getattr(transform, f"get_translation{k}")(), length=True) for k in (1, 2, 3)]
    return (axes[0], axes[1], axes[2]), (moves[0], moves[1], moves[2])


def _custom_axis(axis: Any, *, length: bool = False) -> Axis:
    """One `opensim.TransformAxis`; where it is a length, how OpenSim scales it.

    OpenSim multiplies the function by the sum of the factors weighted with the axis' components, unless the
    function is x itself (a degree of freedom). On an axis that points along x, y or z, that is the factor of
    this direction. On an oblique one the weights do not sum to one, so that OpenSim changes a model even by
    factors of one; here they are divided by their sum. (An axis without a function has been given x, or zero,
    by OpenSim when it opened the file.)
    """
    raw = vector(axis.getAxis())
    unit = raw / np.linalg.norm(raw)  # OpenSim itself refuses axes that are zero or collinear
    terms = terms_of(axis.getFunction(), listed(axis.getCoordinateNamesInArray()))
    if not length or is_free(axis.getFunction()):
        return Axis(unit, terms)
    return Axis(unit, terms, 0.0, np.abs(raw) / np.abs(raw).sum())


def _scapulothoracic(
    joint: Any, hung: Joint, names: Sequence[str]
) -> tuple[tuple[Joint, ...], tuple[Body, ...]]:
    """An ellipsoid joint from the thorax to a massless body, and on it a pin, the axis of winging.

    After Seth et al., PLoS ONE 2016;11:e0141028: over the ellipsoid, whose frame is turned by 90 degrees
    about z so that x is abduction and y elevation, to a massless body, and from there about the axis of
    winging. Scaling stretches the ellipsoid with the thorax, and the place of the winging axis with the
    scapula (OpenSim forgets the latter where the thorax is ground itself).
    """
    turned = Frame(_about_z(pi / 2), np.zeros((3, 3)))
    x, y, z = _radii(joint.get_thoracic_ellipsoid_radii_x_y_z())
    slid = Body(f"{hung.name}_ellipsoid", scaled_as=hung.child)
    ellipsoid = replace(
        hung,
        name=slid.name,
        child=slid.name,
        parent_frame=chained(hung.parent_frame, turned),
        child_frame=turned,
        rotations=_plain_axes("xyz", names[:3]),
        radii_by_scale=np.array([[0.0, y, 0.0], [x, 0.0, 0.0], [0.0, 0.0, z]]),
    )
    origin = Frame(np.eye(3), np.diag([*(joint.get_scapula_winging_axis_origin(i) for i in (0, 1)), 0.0]))
    axis = _about_z(joint.get_scapula_winging_axis_direction())[:, 1]
    pin = replace(
        hung,
        parent=slid.name,
        parent_frame=origin,
        child_frame=chained(hung.child_frame, origin),
        rotations=(Axis(axis, (Term(names[3], linear()),)), *_MOTIONLESS[1:]),
    )
    return (ellipsoid, pin), (slid,)


def _about_z(angle_rad: float) -> Array:
    """Rotation (3, 3) about z."""
    return from_cardan([0.0, 0.0, angle_rad], "XYZ")
