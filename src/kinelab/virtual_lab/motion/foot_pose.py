"""Where a foot is and how it rolls: over the heel, flat, over the toes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.virtual_lab.motion.mover import SOLE_NAMES, Mover

_TOES_LIFT_M = 0.03


@dataclass(frozen=True, eq=False)
class FootTrack:
    """A foot over T times, each (T,).

    x_m, z_m: the floor under the ankle when the foot is flat; turn_rad about the vertical (left positive);
    lift_m over the floor; pitch_rad, toes up positive; pivot, what it rolls over: 0 the heel, 1 the toes;
    floor_m: height of what it stands on or goes to (a step, a box; None = the floor).
    """

    x_m: Array
    z_m: Array
    turn_rad: Array
    lift_m: Array
    pitch_rad: Array
    pivot: Array
    floor_m: Array | None = None

    @property
    def air_m(self) -> Array:
        """Height over what it stands on or goes to, (T,) m."""
        return self.lift_m if self.floor_m is None else np.maximum(self.lift_m - self.floor_m, 0.0)


@dataclass(frozen=True, eq=False)
class FootShape:
    """A person's foot, flat, from the floor under its ankle, each (3,) m: calcaneus' frame, heel's bearing
    point, toes' joint; toe_axis (3,) is the direction about which the heel rises."""

    calcn_m: Array
    heel_m: Array
    toes_m: Array
    toe_axis: Array


@lru_cache(maxsize=16)
def foot_shape(mover: Mover, side: str) -> FootShape:
    """The foot of one side ("r" or "l")."""
    model = mover.model
    standing = forward(model, mover.standing)
    under = standing.joint_centre_m[model.joint_names.index(f"ankle_{side}")] * np.array([1.0, 0.0, 1.0])
    joint = model.joints[model.joint_names.index(f"mtp_{side}")]
    axis = next(a.direction for a in joint.rotations if any(t.coordinate for t in a.terms))
    return FootShape(
        calcn_m=standing.position_m[model.body_index(f"calcn_{side}")] - under,
        heel_m=standing.marker_m[SOLE_NAMES.index(f"sole_heel_{side}")] - under,
        toes_m=standing.joint_centre_m[model.joint_names.index(f"mtp_{side}")] - under,
        toe_axis=-axis,
    )


def foot_pose(shape: FootShape, track: FootTrack, ready: bool = False) -> tuple[Array, Array, Array]:
    """Rotation (T, 3, 3) and position (T, 3) m of the calcaneus, and the toes' angle (T,) rad.

    With the toes up the foot rolls over the heel's bearing point; with the heel up it turns about the axis of
    the toes, which stay flat on the floor. So no bearing point goes under the floor at any pitch, heel and
    toes do not slide. In the air the toes come back in line, unless they are `ready`: bent as they will lie
    on the floor.
    """
    pivot = track.pivot[:, None]
    about = (1 - pivot) * np.array([0.0, 0.0, 1.0]) + pivot * shape.toe_axis
    about /= np.linalg.norm(about, axis=1, keepdims=True)
    turn = turns(np.broadcast_to([0.0, 1.0, 0.0], about.shape), track.turn_rad)
    pitch = turns(about, track.pitch_rad)
    arm = (1 - pivot) * shape.heel_m + pivot * shape.toes_m
    local = arm + np.einsum("tij,tj->ti", pitch, shape.calcn_m - arm)
    position = np.stack([track.x_m, track.lift_m, track.z_m], axis=1) + np.einsum("tij,tj->ti", turn, local)
    toes = np.minimum(track.pitch_rad, 0) * pivot[:, 0]
    if not ready:
        toes = toes * np.exp(-((track.air_m / _TOES_LIFT_M) ** 2))
    return turn @ pitch, position, toes


def turns(axis: Array, angle: Array) -> Array:
    """Rotation matrices (T, 3, 3) about unit axes (T, 3) by angles (T,) rad (Rodrigues)."""
    x, y, z = axis.T
    zero = np.zeros_like(x)
    skew = np.moveaxis(np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]), 2, 0)
    sine, rest = np.sin(angle)[:, None, None], 1 - np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + sine * skew + rest * (skew @ skew))
