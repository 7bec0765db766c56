"""Where on the body things are, as fields over its vertices: what stays the same for everyone (made once on
the mean body), and where along limbs and trunk the vertices of one person lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from kinelab.body.own_body import own_body
from kinelab.core.checks import Array, BoolArray
from kinelab.virtual_lab.drawing.surface import FloatArray
from kinelab.virtual_lab.people.cloth import Index, neighbours, normals, spanned

if TYPE_CHECKING:
    from kinelab.virtual_lab.people.asset import BodyAsset

CLOTH_ROUNDS = 5  # of smoothing skin weights: cloth bends over a joint more softly than skin
NOISES = 6


@dataclass(frozen=True, eq=False)
class Fields:
    """What is alike for all bodies of an asset, over its vertices (V,).

    near: neighbours of each vertex (start, neighbour); binding: bodies and weights (V, 4) of cloth. arm, leg,
    foot, head: share of weight there; eye: on an eyeball. ahead, aside, above: place from the middle of the
    eyes, in eye distances (aside: away from the mid-plane); turn_deg: about the skull, 0 front to 180 back.
    hollow_m: how far a membrane would span it; noise (N, V): smooth, SD 1. clothed, trunk: vertices there.
    """

    near: tuple[Index, Index]
    binding: tuple[Index, FloatArray]
    arm: Array
    leg: Array
    foot: Array
    head: Array
    eye: BoolArray
    ahead: Array
    aside: Array
    above: Array
    turn_deg: Array
    hollow_m: Array
    noise: Array
    clothed: Index
    trunk: Index


@dataclass(frozen=True, eq=False)
class Lengths:
    """Where the vertices (V,) of one person lie along the limbs.

    reach_m along the arm from the shoulder (trunk: below 0); rise_m over the hips, below them minus the way
    along the leg; neck_m over the plane of the neck's root. reach, rise in shares of the limb: 1 elbow, 2
    wrist; 1 shoulders' level, -1 knee, -2 ankle. over_hip_m: straight up; ahead_m, height_m from the
    shoulders; side_m off the mid-plane; toward_toe_m ahead of the ankles. shoulder_m (3,) of the right side;
    trunk_m, upper_arm_m, thigh_m: lengths.
    """

    reach: Array
    reach_m: Array
    rise: Array
    rise_m: Array
    neck_m: Array
    over_hip_m: Array
    ahead_m: Array
    height_m: Array
    side_m: Array
    toward_toe_m: Array
    shoulder_m: Array
    trunk_m: float
    upper_arm_m: float
    thigh_m: float


@cache
def fields_of(asset: BodyAsset) -> Fields:
    """The fields of a body asset; takes about a second, once."""
    place = asset.template_m.astype(np.float64)
    near = neighbours(asset.face, len(place))
    share = _shares(asset)
    normal = normals(asset.template_m, asset.face)
    everywhere = np.arange(len(place), dtype=np.int32)
    hollow = spanned(asset.template_m, normal, *near, everywhere, 12)
    eye = asset.region["eyes"] > 0.5
    ahead, aside, above = _face_axes(place, eye)
    arm, head = _sum(share, "humerus", "ulna", "radius", "hand"), share[:, own_body().body_index("head")]
    leg = _sum(share, "femur", "tibia", "talus", "calcn", "toes")
    low = place[:, 1] > np.median(place[leg > 0.9, 1])
    return Fields(
        near=near,
        binding=_cloth_binding(share, near),
        arm=arm,
        leg=leg,
        foot=_sum(share, "talus", "calcn", "toes"),
        head=head,
        eye=eye,
        ahead=ahead,
        aside=aside,
        above=above,
        turn_deg=np.degrees(np.arctan2(aside, ahead + 1.2)),
        hollow_m=hollow.astype(np.float64),
        noise=_noise(near, len(place)),
        clothed=np.flatnonzero((head < 0.6) & (_sum(share, "hand") < 0.5)).astype(np.int32),
        trunk=np.flatnonzero((head < 0.2) & (arm < 0.3) & low).astype(np.int32),
    )


def lengths_of(centre_m: Mapping[str, Array], place_m: FloatArray, fields: Fields) -> Lengths:
    """Where the vertices place_m (V, 3) of one person's skin or cloth lie along limbs and trunk."""
    place = place_m.astype(np.float64)
    place[:, 2] = np.abs(place[:, 2])  # the right side's joints serve both
    centre = {name: centre_m[f"{name}_r"] for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")}
    reach, reach_m = _along(place, centre["shoulder"], centre["elbow"], centre["wrist"])
    on_trunk = fields.arm < 0.05
    hip = centre["hip"] * [0, 1, 1] + centre["knee"] * [1, 0, 0]
    down, down_m = _along(place, hip, centre["knee"], centre["ankle"])
    trunk_m = float(centre["shoulder"][1] - hip[1])
    up_m = place[:, 1] - hip[1]
    tilt = np.radians(24)
    root = centre_m["neck"] + np.array([0.0, 0.075 * trunk_m, 0.0])
    return Lengths(
        reach=np.where(on_trunk, np.minimum(reach, -0.05), reach),
        reach_m=np.where(on_trunk, np.minimum(reach_m, -0.015), reach_m),
        rise=np.where(up_m > 0, up_m / trunk_m, -np.maximum(down, 0)),
        rise_m=np.where(up_m > 0, up_m, -np.maximum(down_m, 0)),
        neck_m=(place - root) @ np.array([np.sin(tilt), np.cos(tilt), 0.0]),
        over_hip_m=up_m,
        ahead_m=place[:, 0] - centre["shoulder"][0],
        height_m=place[:, 1] - centre["shoulder"][1],
        side_m=place[:, 2],
        toward_toe_m=place[:, 0] - centre["ankle"][0],
        shoulder_m=centre["shoulder"],
        trunk_m=trunk_m,
        upper_arm_m=float(np.linalg.norm(centre["elbow"] - centre["shoulder"])),
        thigh_m=float(np.linalg.norm(centre["knee"] - hip)),
    )


def _along(place: Array, start: Array, middle: Array, end: Array) -> tuple[Array, Array]:
    """Share (0 start, 1 middle, 2 end, and on) and metres along a limb of two segments."""
    upper, lower = middle - start, end - middle
    lengths = np.linalg.norm(upper), np.linalg.norm(lower)
    first = (place - start) @ upper / lengths[0] ** 2
    second = (place - middle) @ lower / lengths[1] ** 2
    share = np.where(second > 0, 1 + second, np.minimum(first, 1))
    metres = np.where(share < 1, share * lengths[0], lengths[0] + (share - 1) * lengths[1])
    return share, metres


def _shares(asset: BodyAsset) -> Array:
    """Skin weights as a table (V, S)."""
    share = np.zeros((len(asset.template_m), len(own_body().bodies)))
    np.add.at(share, (np.arange(len(share))[:, None], asset.weight_body), asset.weight)
    return share


def _sum(share: Array, *bodies: str) -> Array:
    """Weight on bodies of both sides."""
    columns = [own_body().body_index(f"{b}_{side}") for b in bodies for side in "rl"]
    total: Array = share[:, columns].sum(1)
    return total


def _face_axes(place: Array, eye: BoolArray) -> tuple[Array, Array, Array]:
    right = place[eye & (place[:, 2] > 0)].mean(0)
    local = (place - right * [1, 1, 0]) / (2 * right[2])
    return local[:, 0], np.abs(local[:, 2]), local[:, 1]


def _cloth_binding(share: Array, near: tuple[Index, Index]) -> tuple[Index, FloatArray]:
    for _ in range(CLOTH_ROUNDS):
        share = 0.5 * share + 0.5 * _mean_of_neighbours(share, near)
    order = np.argsort(-share, axis=1, kind="stable")[:, :4]
    weight = np.take_along_axis(share, order, 1)
    return order.astype(np.int32), (weight / weight.sum(1, keepdims=True)).astype(np.float32)


def _mean_of_neighbours(values: Array, near: tuple[Index, Index]) -> Array:
    start, neighbour = near
    total = np.add.reduceat(values[neighbour], start[:-1], axis=0)
    mean: Array = total / np.diff(start)[:, None]
    return mean


def _noise(near: tuple[Index, Index], vertices: int) -> Array:
    values = np.random.default_rng(0).normal(size=(vertices, NOISES))
    for _ in range(12):
        values = _mean_of_neighbours(values, near)
    values -= values.mean(0)
    scaled: Array = (values / values.std(0)).T
    return scaled
