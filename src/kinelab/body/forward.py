"""Forward kinematics: where bodies, joint centres and markers are, from coordinates. Compiled numpy.

The independent twin of the torch `layer`: no common code but the model itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.frame_input import frame_input, over_frames
from kinelab.body.kernels import place, scale_lengths, set_coordinates, workspace
from kinelab.body.model import BodyModel
from kinelab.body.plan import Plan, compile_plan
from kinelab.core.checks import Array
from kinelab.core.compiled import compiled


@dataclass(frozen=True, eq=False)
class Placement:
    """Poses in ground of T frames: S bodies, J joints, M markers. One pose (C,) has no T.

    rotation (T, S, 3, 3) turns body vectors to ground, position_m (T, S, 3) of the body's origin,
    joint_centre_m (T, J, 3) the origin of the joint's frame on its child, marker_m (T, M, 3).
    """

    rotation: Array
    position_m: Array
    joint_centre_m: Array
    marker_m: Array


def forward(
    model: BodyModel,
    coordinates: ArrayLike,
    scales: ArrayLike | None = None,
    marker_shift_m: ArrayLike | None = None,
    threads: int = 1,
) -> Placement:
    """Place all bodies and markers at coordinates (T, C) or (C,), rad or m, in the model's order.

    scales (S, 3), or (T, S, 3) for each frame its own, multiply the model's lengths as `BodyModel.scaled`
    does; None is ones. marker_shift_m (M, 3), in the body's frame, is added to the markers after scaling.
    Values for dependent coordinates are ignored: couplers set them. Locked coordinates and ranges are not
    enforced. A coordinate that is NaN makes NaN of what it moves, in its frame only.

    Agrees with OpenSim 4.6 to rounding (the rules: `kinelab.body.model`; Seth et al., PLoS Comput Biol
    2018;14:e1006223). Couplers hold exactly here, where OpenSim's assembly meets them to its tolerance.

    Raises:
        InputError: a shape that does not fit the model, or a scale that is not positive.
    """
    given = frame_input(model, coordinates, scales, marker_shift_m)
    plan, frames, bodies = compile_plan(model), given.coordinates.shape[0], len(model.bodies)
    rotation, position_m = np.empty((frames, bodies, 3, 3)), np.empty((frames, bodies, 3))
    centre_m, marker_m = np.empty((frames, bodies, 3)), np.empty((frames, len(model.markers), 3))

    def work(start: int, stop: int) -> None:
        _place_frames(
            start, stop, plan, given.coordinates, given.scales, given.marker_shift_m,
            rotation, position_m, centre_m, marker_m,
        )  # fmt: skip

    over_frames(work, frames, threads)
    return Placement(*(given.shaped(one) for one in (rotation, position_m, centre_m, marker_m)))


def follow_couplers(model: BodyModel, coordinates: ArrayLike) -> Array:
    """The coordinates, (T, C) or (C,), with the dependent ones as their couplers set them.

    Raises:
        InputError: not as many columns as the model has coordinates.
    """
    given = frame_input(model, coordinates)
    followed = np.empty_like(given.coordinates)
    _follow_frames(compile_plan(model), given.coordinates, followed)
    return given.shaped(followed)


@compiled
def _place_frames(
    start: int, stop: int, plan: Plan, coordinates: Array, scales: Array, marker_shift_m: Array,
    rotation: Array, position_m: Array, centre_m: Array, marker_m: Array,
) -> None:  # fmt: skip
    work = workspace(plan)
    lengths_m = np.empty(plan.fixed_m.shape)
    for t in range(start, stop):
        if t == start or scales.shape[0] > 1:
            scale_lengths(plan, scales[t if scales.shape[0] > 1 else 0], marker_shift_m, lengths_m)
        place(plan, lengths_m, coordinates[t], work)
        for body in range(plan.joints.shape[0]):
            for i in range(3):
                position_m[t, body, i] = work.position[body, i]
                centre_m[t, body, i] = work.centre[body, i]
                for k in range(3):
                    rotation[t, body, i, k] = work.rotation[body, i, k]
        for m in range(plan.marker_body.shape[0]):
            for i in range(3):
                marker_m[t, m, i] = work.marker[m, i]


@compiled
def _follow_frames(plan: Plan, coordinates: Array, followed: Array) -> None:
    work = workspace(plan)
    for t in range(coordinates.shape[0]):
        set_coordinates(plan, coordinates[t], work)
        for c in range(followed.shape[1]):
            followed[t, c] = work.coordinate[c]
