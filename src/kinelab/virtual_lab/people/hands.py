"""Hands at rest: the mesh's fingers are straight and spread; people's hang half bent and close together.

Only what is drawn changes. The hand stays one rigid body, and knuckles, wrist and thumb, where markers and
landmarks sit, stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from kinelab.core.checks import Array, BoolArray, IntArray
from kinelab.virtual_lab.people.asset import BodyAsset, FloatArray

# The right palm on the mean body: ways to the fingertips and to the little finger's side.
_ALONG, _ACROSS = np.array([0.679, -0.635, 0.369]), np.array([-0.725, -0.501, 0.472])
# Of index, middle, ring and little finger on the mean body, m from the middle of the palm: where a finger
# ends across the palm, how far along lie its knuckle and its tip.
_EDGE_M = (-0.024, 0.009, 0.036, 1.0)
_KNUCKLE_M = (0.044, 0.048, 0.044, 0.036)
_TIP_M = (0.119, 0.134, 0.126, 0.092)
_JOINTS = (0.0, 0.46, 0.74)  # shares of the way from the knuckle to the tip
# Bent so far at the three joints (a hand at rest; own choice), and turned so far towards the middle finger.
_BENT_DEG = ((16.0, 26.0, 14.0), (22.0, 30.0, 16.0), (26.0, 33.0, 18.0), (27.0, 35.0, 18.0))
_CLOSED_DEG = (6.0, 0.0, -5.0, -10.0)
_SOFT_M = 0.014  # of a finger's length over which a joint bends


@dataclass(frozen=True, eq=False)
class _Fingers:
    """palm: rows of vertices of the right palm; rows (N,) of its four fingers (not the thumb), number (N,) of
    the finger, far_m (N,) how far along each lies on the mean body.

    whole, base, tip (4, N): shares of the vertices in the middle of a finger and of its ends, which lie at
    base_m, tip_m (4,); joint_m (4, 3): where joints lie; bent (N, 3), closed (N,): turns about them.
    """

    palm: IntArray
    rows: IntArray
    number: IntArray
    whole: Array
    base: Array
    tip: Array
    base_m: Array
    tip_m: Array
    joint_m: Array
    bent: Array
    closed: Array


def relaxed(asset: BodyAsset, vertex_m: FloatArray) -> FloatArray:
    """The vertices (V, 3) m of a person in the mesh's stance with both hands relaxed."""
    fingers = _fingers(asset)
    place = vertex_m[fingers.rows].astype(np.float64)
    middles = fingers.whole @ place
    along = _unit(middles.mean(axis=0) - vertex_m[fingers.palm].mean(axis=0))
    across = middles[3] - middles[0]
    across = _unit(across - (across @ along) * along)
    inwards = np.cross(along, across)
    base, tip = fingers.base @ place, fingers.tip @ place
    per_m = (tip - base) / (fingers.tip_m - fingers.base_m)[:, None]
    centre = base[:, None] + (fingers.joint_m - fingers.base_m[:, None])[..., None] * per_m[:, None]
    for joint in (2, 1, 0):
        place = _turned(place, centre[fingers.number, joint], along, inwards, fingers.bent[:, joint])
    place = _turned(place, centre[fingers.number, 0], along, across, fingers.closed)
    out = vertex_m.copy()
    out[fingers.rows] = place
    out[asset.mirror[fingers.rows]] = place * [1, 1, -1]
    return out


def _turned(place: Array, centre: Array, first: Array, second: Array, angle_rad: Array) -> Array:
    """Places (N, 3) turned by angles (N,) about centres (N, 3), from the direction `first` to `second`."""
    off = place - centre
    a, b = off @ first, off @ second
    c, s = np.cos(angle_rad) - 1, np.sin(angle_rad)
    return np.asarray(place + np.outer(a * c - b * s, first) + np.outer(a * s + b * c, second))


@cache
def _fingers(asset: BodyAsset) -> _Fingers:
    place = asset.template_m.astype(np.float64)
    right = np.zeros(len(place), bool)
    right[asset.midline : asset.half] = True
    palm = np.flatnonzero(right & (asset.region["hand"] > 0))
    rows = np.flatnonzero(right & (asset.region["fingers"] > 0))
    off = place[rows] - place[palm].mean(axis=0)
    far_m, aside_m = off @ _ALONG, off @ _ACROSS
    kept = (far_m > 0.036) & (aside_m > -0.056)  # all but the thumb
    rows, far_m, aside_m = rows[kept], far_m[kept], aside_m[kept]
    number = np.searchsorted(_EDGE_M, aside_m)
    length_m = np.subtract(_TIP_M, _KNUCKLE_M)
    share = (far_m - np.take(_KNUCKLE_M, number)) / length_m[number]
    joint_m = np.array(_KNUCKLE_M)[:, None] + length_m[:, None] * _JOINTS
    mine = number == np.arange(4)[:, None]
    whole, base, tip = (_means(mine & which) for which in (share > -9, share < 0.2, share > 0.8))
    turned = _smooth((far_m[:, None] - joint_m[number]) / _SOFT_M + 0.5)
    return _Fingers(
        palm, rows, number, whole, base, tip, base @ far_m, tip @ far_m, joint_m,
        np.radians(_BENT_DEG)[number] * turned, np.radians(_CLOSED_DEG)[number] * turned[:, 0],
    )  # fmt: skip


def _means(which: BoolArray) -> Array:
    """Rows of shares that take the mean of what is marked in each row."""
    return np.asarray(which / which.sum(axis=1, keepdims=True))


def _smooth(t: Array) -> Array:
    t = np.clip(t, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector), np.float64)
