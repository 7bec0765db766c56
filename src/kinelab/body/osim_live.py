"""What OpenSim itself makes of coordinates: where it puts bodies and markers, pose by pose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kinelab.body.model import BodyModel
from kinelab.body.osim_frames import matrix, vector
from kinelab.body.osim_open import listed, opensim_package
from kinelab.core.checks import Array


@dataclass(frozen=True)
class Poses:
    """Where things are at T poses: rotation (T, S, 3, 3), position_m (T, S, 3), marker_m (T, M, 3)."""

    bodies: tuple[str, ...]
    markers: tuple[str, ...]
    rotation: Array
    position_m: Array
    marker_m: Array


def opensim_poses(source: Any, model: BodyModel, coordinates: Array) -> Poses:
    """What OpenSim makes of the coordinates (T, C) of its model `source`, which this unlocks and changes.

    `model` is what kinelab read from it: names, and the order of the couplers.
    """
    opensim = opensim_package("comparing with OpenSim")
    couplers = [(c, _constraint(source, c.name)) for c in model.couplers]
    state = _unbound(source)
    named = {c.getName(): c for c in listed(source.getCoordinateSet())}
    bodies, markers = list(source.getBodyList()), listed(source.getMarkerSet())
    rows = []
    for row in coordinates:
        values = dict(zip(model.coordinate_names, (float(v) for v in row), strict=True))
        for coupler, constraint in couplers:
            values[coupler.dependent] = _coupled(opensim, constraint, values)
        for name, value in values.items():
            named[name].setValue(state, value, False)
        source.realizePosition(state)
        frames = [body.getTransformInGround(state) for body in bodies]
        turns = [matrix(frame.R()) for frame in frames]
        places = [vector(frame.p()) for frame in frames]
        rows.append((turns, places, [vector(marker.getLocationInGround(state)) for marker in markers]))
    rotation, position_m, marker_m = (np.array(part) for part in zip(*rows, strict=True))
    return Poses(
        tuple(body.getName() for body in bodies),
        tuple(marker.getName() for marker in markers),
        rotation,
        position_m,
        marker_m.reshape(len(rows), -1, 3),
    )


def _unbound(source: Any) -> Any:
    """A state whose every coordinate can be set alone; no assembly, which costs OpenSim most of the time."""
    for coordinate in listed(source.updCoordinateSet()):
        coordinate.set_locked(False)
        coordinate.set_clamped(False)
        coordinate.set_prescribed(False)
    for constraint in listed(source.updConstraintSet()):
        constraint.set_isEnforced(False)
    return source.initSystem()


def _coupled(opensim: Any, constraint: Any, values: dict[str, float]) -> float:
    names = listed(constraint.getIndependentCoordinateNames())
    given = opensim.Vector(len(names), 0.0)
    for i, name in enumerate(names):
        given.set(i, values[name])
    scale = opensim.PropertyHelper.getValueDouble(constraint.getPropertyByName("scale_factor"), 0)
    return float(constraint.getFunction().calcValue(given) * scale)


def _constraint(source: Any, name: str) -> Any:
    opensim = opensim_package("comparing with OpenSim")
    return opensim.CoordinateCouplerConstraint.safeDownCast(source.getConstraintSet().get(name))
