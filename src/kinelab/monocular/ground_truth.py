"""Ground truth as Bittner et al. 2022 made it: virtual markers, a scaled model, inverse kinematics.

As there, what a segment's markers contradict is marked: where they are off by more than 2 cm on the mean, the
angles of its joints are not valid in that frame. (The paper says "squared error"; its numbers are lengths.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import uniform_tasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.model import BodyModel
from kinelab.core.checks import Array, BoolArray
from kinelab.errors import InputError
from kinelab.monocular.multistep import Scaling, Solver, measured_body
from kinelab.monocular.multistep_opensim import opensim_poses_of
from kinelab.monocular.smpl_sites import VIEW

MOST_ERROR_M = 0.02


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """model: the person's own body with the points where the person has them; scale (S, 3) over the own body.
    coordinates (T, C) rad and m; valid (T, C); error_m (T, K) of each point."""

    model: BodyModel
    scale: Array
    coordinates: Array
    valid: BoolArray
    error_m: Array


def ground_truth(
    names: tuple[str, ...],
    still_m: Array,
    point_m: Array,
    *,
    scaling: Scaling = "distances",
    solver: Solver = "kinelab",
    most_error_m: float = MOST_ERROR_M,
) -> GroundTruth:
    """The pose of every frame from points (T, K, 3) m in ground, of `multistep.point_body`.

    still_m (F, K, 3): the same of the person standing still or in a T-pose, which tells the lengths.

    Raises:
        InputError: as `measured_body`; most_error_m that is not positive. MissingExtraError: no opensim.
    """
    if not most_error_m > 0:
        raise InputError(f"most_error_m is {most_error_m}, expected a length above 0, such as {MOST_ERROR_M}")
    body = measured_body(names, still_m @ VIEW, scaling)
    if solver == "opensim":
        coordinates = opensim_poses_of(body.model, body.scale, names, point_m)
    else:
        coordinates = solve(
            body.model, names, point_m, uniform_tasks(names), IkSettings(threads=1)
        ).coordinates
    rows = [body.model.marker_index(name) for name in names]
    error_m = np.linalg.norm(forward(body.model, coordinates).marker_m[:, rows] - point_m, axis=2)
    valid = _valid(body.model, names, error_m, most_error_m) & np.isfinite(coordinates)
    return GroundTruth(body.model, body.scale, coordinates, valid, error_m)


def _valid(model: BodyModel, names: tuple[str, ...], error_m: Array, most_m: float) -> BoolArray:
    """(T, C): neither body of the coordinate's joint has markers that are off by more on the mean."""
    bodies = np.array([model.markers[model.marker_index(name)].body for name in names])
    off = {body: np.nanmean(error_m[:, bodies == body], axis=1) > most_m for body in np.unique(bodies)}
    valid = np.ones((len(error_m), len(model.coordinates)), np.bool_)
    for joint in model.joints:
        bad = off.get(joint.child, False) | off.get(joint.parent, np.zeros(len(error_m), np.bool_))
        for axis in joint.axes:
            for term in axis.terms:
                if term.coordinate is not None:
                    valid[bad, model.coordinate_index(term.coordinate)] = False
    return valid
