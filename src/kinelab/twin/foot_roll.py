"""The roll of a foot over heel and toes: longer steps need more of it, shorter ones less."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.twin.feet import SOLE_POINTS

_HEEL_SHARE = 0.5
_HEEL, _JOINT, _TOE = (SOLE_POINTS.index(name) for name in ("heel", "toe_joint", "toe"))


def rolled(sole_m: Array, level_m: Array, factor: float) -> Array:
    """The points (T, P, 3) m of one sole whose pitch against standing flat is multiplied by `factor`; what
    the heel's rise changes by is halved.

    A foot whose toes are up turns about its heel, one whose heel is up about the joint of the toes, which
    stay as they are: what bears keeps its place. sole_m begins with `SOLE_POINTS`; what follows turns with
    the heel. level_m: height of each point when the foot stands. Legs that swing as a compass have feet
    whose pitch at contact and at toe-off grows with the angle between the legs, so with the step. Own choice:
    in proportion at contact, half of it for the heel's rise, of three that were tried on three virtual
    walkers at two speeds each (0, a half, 1: range of the hip off by 2.9, 3.7, 6.8 deg, curve of the knee by
    4.8, 3.4, 3.6 deg, of the ankle by 2.5, 2.9, 4.8 deg).
    """
    ahead = sole_m[:, _JOINT] - sole_m[:, _HEEL]
    flat = ahead * np.array([1.0, 0.0, 1.0])
    length = np.linalg.norm(flat, axis=1)
    usual = np.arcsin((level_m[_JOINT] - level_m[_HEEL]) / np.linalg.norm(ahead, axis=1).mean())
    pitch = np.arctan2(ahead[:, 1], length) - usual
    direction = flat / np.maximum(length, 1e-9)[:, None]
    toes_up = (pitch > 0)[:, None]
    pivot = np.where(toes_up, sole_m[:, _HEEL], sole_m[:, _JOINT])
    # In the foot's own upright plane: along it, up, and across, which does not change.
    from_pivot = sole_m - pivot[:, None]
    along = np.einsum("tpi,ti->tp", from_pivot, direction)
    up = from_pivot[..., 1]
    turn = ((factor - 1) * np.where(pitch > 0, 1.0, _HEEL_SHARE) * pitch)[:, None]
    more_along = (np.cos(turn) - 1) * along - np.sin(turn) * up
    more_up = np.sin(turn) * along + (np.cos(turn) - 1) * up
    stays = np.zeros(along.shape, bool)
    stays[:, _TOE] = ~toes_up[:, 0]
    more_along, more_up = np.where(stays, 0.0, more_along), np.where(stays, 0.0, more_up)
    found = sole_m + more_along[..., None] * direction[:, None]
    found[..., 1] += more_up
    return np.asarray(found)
