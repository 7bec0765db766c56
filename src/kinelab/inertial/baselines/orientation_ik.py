"""Inverse kinematics on orientations with kinelab's own skeleton: angles that its joints allow."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from kinelab.body.inverse import IkSettings, solve
from kinelab.body.inverse_result import to_kinematics
from kinelab.body.model import BodyModel, Marker
from kinelab.body.own_body import own_body
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.subject import Subject
from kinelab.inertial.baselines.worn_coordinates import BODY_OF, of_the_worn, worn_on_legs
from kinelab.inertial.orientations import SegmentOrientations

NAME = "own-ik"
_POINT = 1e-9  # what is left of every length


def orientation_kinematics(
    orientations: SegmentOrientations,
    sd_deg: float = 2.0,
    subject: Subject | None = None,
    provenance: Provenance | None = None,
) -> Kinematics:
    """Coordinates of kinelab's body whose segments lie most as the given ones do, frame by frame.

    The cost is sum |R(q) - R_seen|^2 (Frobenius) = 8 sum sin^2(angle / 2) over the segments: OpenSim's sum of
    squared angles but for terms of fourth order. It is what `body.inverse` minimises for a body shrunk to one
    point, on which each segment carries three markers one metre out along its axes: same solver, same
    exactness. Ankle and subtalar joint turn about the body's own oblique axes, so that five of nine angles
    of a leg are told apart from the segments' (`ankle_angle` is the talocrural one). sd_deg: of an
    orientation about each axis, which gives each angle its sd. Where a segment is lost its
    joints are not valid.

    Raises:
        InputError: no segment of the legs or pelvis.
    """
    worn = worn_on_legs(orientations)
    model = _without_lengths()
    names = [f"{segment} {axis}" for segment in worn for axis in "XYZ"]
    columns = [orientations.of(segment).swapaxes(1, 2) for segment in worn]
    markers = tuple(
        Marker(f"{segment} {axis}", BODY_OF[segment], np.diag(row))
        for segment in worn
        for axis, row in zip("XYZ", np.eye(3), strict=True)
    )
    model = model.with_markers(markers)
    # A turn by d about an axis moves the two markers across it by d each, measured in one direction.
    settings = IkSettings(starts=0, marker_sd_m=float(np.radians(sd_deg)))
    result = solve(model, names, np.concatenate(columns, axis=1), settings=settings)
    found = to_kinematics(model, result, orientations.time, subject, provenance)
    return of_the_worn(found, orientations)


@cache
def _without_lengths() -> BodyModel:
    """The body as one point that cannot be moved, only turned."""
    body = own_body()
    still = tuple(
        replace(one, locked=True, default=0.0) if one.motion == "translational" else one
        for one in body.coordinates
    )
    shrunk = replace(body, coordinates=still).with_markers(())
    return shrunk.scaled(np.full((len(body.bodies), 3), _POINT))
