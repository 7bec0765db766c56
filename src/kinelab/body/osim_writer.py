"""Writes a scaled .osim: muscles, wraps, masses and all, by OpenSim's own scaling of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.model import GROUND, Marker
from kinelab.body.osim_digits import restore_digits
from kinelab.body.osim_frames import vector
from kinelab.body.osim_functions import is_free
from kinelab.body.osim_joints import joints_of
from kinelab.body.osim_open import listed, open_model_file, opensim_package, require_runnable, said
from kinelab.core.checks import Array
from kinelab.errors import FileFormatError, InputError, OutputError
from kinelab.files.atomic import atomic_path

_TRANSLATIONAL = 2  # of opensim.Coordinate's motion types


def write_scaled_osim(
    source: str | Path,
    factors: Mapping[str, ArrayLike],
    path: str | Path,
    *,
    mass_kg: float | None = None,
    preserve_mass_distribution: bool = True,
    markers: Sequence[Marker] | None = None,
) -> None:
    """Scale the model in the file `source` and write it; read again, it is what `BodyModel.scaled` gives.

    factors are (3,) by body, a body without any keeps its size. mass_kg is the mass of the whole body
    afterwards (None: as it was); preserve_mass_distribution keeps each segment's share of it, else the shares
    follow the volumes. markers, in metres on the scaled bodies, replace the model's own.

    Where OpenSim's scaling would change a model even by factors of one (oblique translations), or gives up
    (a coupled translation of a body with three different factors), the file follows `BodyModel.scaled`.

    Raises:
        FileFormatError: the source cannot be read, or OpenSim cannot scale it.
        InputError: factors of no body or not positive, a mass likewise, a marker on no body.
        OutputError: the file cannot be written.
    """
    opensim = opensim_package("writing scaled .osim models")
    model = open_model_file(source)
    require_runnable(model, source)
    named = _checked(model, factors)
    if mass_kg is not None and not 0 < mass_kg < np.inf:
        raise InputError(f"a mass of {mass_kg} kg; expected a finite number above zero")
    try:
        _scale(opensim, model, named, -1.0 if mass_kg is None else mass_kg, preserve_mass_distribution)
    except RuntimeError as error:
        raise FileFormatError(source, f"OpenSim cannot scale this model: {said(error)}") from error
    if markers is not None:
        _replace_markers(opensim, model, markers)
    with atomic_path(path) as temporary:
        if not model.printToXML(str(temporary)):
            raise OutputError(f"cannot write {path}: OpenSim could not; is the folder writable?")
        restore_digits(opensim, model, temporary)


def _checked(model: Any, factors: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """Factors of all bodies and of ground, ones where none are given.

    Without any for a thorax, or where that is ground, OpenSim would forget the scapula's axis of winging.
    """
    bodies = [body.getName() for body in model.getBodyList()]
    named = {name: np.asarray(values, dtype=np.float64) for name, values in factors.items()}
    for name, values in named.items():
        if name not in bodies:
            raise InputError(f"scale factors for {name}, no body of the model; there are {', '.join(bodies)}")
        if values.shape != (3,) or not (np.isfinite(values) & (values > 0)).all():
            raise InputError(f"scale factors {values.tolist()} for {name}; expected three above zero")
    return {name: np.ones(3) for name in (GROUND, *bodies)} | named


def _scale(opensim: Any, model: Any, factors: dict[str, Array], mass_kg: float, preserve: bool) -> None:
    scales = opensim.ScaleSet()
    for name, values in factors.items():
        scale = opensim.Scale()
        scale.setSegmentName(name)
        scale.setScaleFactors(opensim.Vec3(*(float(value) for value in values)))
        scale.setApply(True)
        scales.cloneAndAppend(scale)
    state = model.initSystem()
    oblique = _oblique_axes(opensim, model)
    led = _hidden_couplers(opensim, model, factors)
    model.scale(state, scales, preserve, mass_kg)
    for axis, too_much in oblique:
        multiplier = opensim.MultiplierFunction.safeDownCast(axis.updFunction())
        multiplier.setScale(multiplier.getScale() / too_much)
    for coupler, dependent, factor in led:
        coupler.setDependentCoordinateName(dependent)
        scale_factor = coupler.updPropertyByName("scale_factor")
        get, put = opensim.PropertyHelper.getValueDouble, opensim.PropertyHelper.setValueDouble
        put(get(scale_factor, 0) * factor, scale_factor, 0)


def _oblique_axes(opensim: Any, model: Any) -> list[tuple[Any, float]]:
    """Translation axes that OpenSim would change by factors of one, and by how much."""
    found = []
    for joint in listed(model.updJointSet()):
        custom = opensim.CustomJoint.safeDownCast(joint)
        for k in (1, 2, 3) if custom is not None else ():
            axis = getattr(custom.updSpatialTransform(), f"upd_translation{k}")()
            weight = float(np.abs(vector(axis.getAxis())).sum())
            if weight != 1.0 and not is_free(axis.getFunction()):
                found.append((axis, weight))
    return found


def _hidden_couplers(opensim: Any, model: Any, factors: dict[str, Array]) -> list[tuple[Any, str, float]]:
    """Couplers of a translation, each with what it sets and is to be multiplied by.

    OpenSim's scaling gives up at these where the three factors differ, so they are made to set a rotation,
    which it leaves alone, until it is done.
    """
    coordinates = listed(model.getCoordinateSet())
    other = next((c.getName() for c in coordinates if c.getMotionType() != _TRANSLATIONAL), None)
    found = []
    lengths = {c.getName(): c for c in coordinates if c.getMotionType() == _TRANSLATIONAL}
    for constraint in listed(model.updConstraintSet()):
        coupler = opensim.CoordinateCouplerConstraint.safeDownCast(constraint)
        dependent = coupler.getDependentCoordinateName() if coupler is not None else ""
        if other is not None and dependent in lengths:
            found.append((coupler, dependent, _led_factor(lengths[dependent].getJoint(), dependent, factors)))
            coupler.setDependentCoordinateName(other)
    return found


def _led_factor(joint: Any, coordinate: str, factors: dict[str, Array]) -> float:
    """Factor of a translation that follows a coupler; one where its axis is scaled already."""
    (hung, *_), _ = joints_of(joint)
    s = factors[hung.parent]
    for axis in hung.translations:
        if any(term.coordinate == coordinate for term in axis.terms) and not axis.scale_by.any():
            return float(np.abs(axis.direction) @ s / np.abs(axis.direction).sum())
    return 1.0


def _replace_markers(opensim: Any, model: Any, markers: Sequence[Marker]) -> None:
    frames = {body.getName(): body.getAbsolutePathString() for body in model.getBodyList()}
    frames[GROUND] = f"/{GROUND}"
    listed = model.updMarkerSet()
    listed.clearAndDestroy()
    for marker in markers:
        if marker.body not in frames:
            bodies = ", ".join(frames)
            raise InputError(f"marker {marker.name} is on {marker.body}; the model has {bodies}")
        made = opensim.Marker()
        made.setName(marker.name)
        made.setParentFrameName(frames[marker.body])
        made.set_location(opensim.Vec3(*(float(value) for value in marker.offset_m)))
        made.set_fixed(marker.fixed)
        listed.cloneAndAppend(made)
    model.finalizeConnections()
