"""Virtual markers on the vertices of an SMPL body: a table that the user can look at, and replace.

Bittner et al. 2022 picked vertices by hand; their table is for another marker set. Here the own body is put
into the model's T-pose by its joint centres, and each marker goes to the nearest vertex that its segment
carries. Nobody has checked the table on the published SMPL models, which may not be given away; it was
checked on a body of ours in the same format. Where a marker sits by a centimetre matters little: the
person's own model takes it where it is (`multistep.measured_body`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.core.checks import Array, IntArray
from kinelab.errors import FileFormatError
from kinelab.files.amass import BODY_JOINTS
from kinelab.files.atomic import write_text
from kinelab.monocular.multistep import measured_body, point_body
from kinelab.monocular.smpl import SmplModel

SMPL_TO_GROUND = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""Turns a vector of the model's T-pose (x left, y up, z forward) to ground (X forward, Y up, Z right)."""
VIEW = np.diag([1.0, -1.0, -1.0])
"""Turns ground to the axes that `measured_body` asks for (y down, z away)."""
_CENTRES = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
JOINT_OF = {f"{side}_{name}": f"{side}_{name}" for side in ("left", "right") for name in _CENTRES}
# Of SMPL-H's 52 joints.
_FINGERS = {"left_index": 22, "left_pinky": 28, "right_index": 37, "right_pinky": 43}
_SMPL_H = 52
# What joint centres do not tell of who stands in a T: straight limbs, turned as the model's; palms down.
_T_STRAIGHT = (
    "arm_rot", "wrist_flex", "wrist_dev", "elbow_flex", "hip_rotation", "knee_angle", "ankle_angle",
    "subtalar_angle",
)  # fmt: skip
_T_POSE: dict[str, float] = {f"{name}_{side}": 0.0 for side in "rl" for name in _T_STRAIGHT}
_T_POSE |= dict.fromkeys(("pro_sup_r", "pro_sup_l"), np.pi / 2)
_T_WEIGHT = 1e-3
# Joints whose skin may carry a marker of a body.
_SKIN_OF: Mapping[str, tuple[str, ...]] = {
    "pelvis": ("pelvis", "spine1", "{}_hip"), "lumbar": ("spine1", "spine2", "pelvis"),
    "torso": ("spine2", "spine3", "neck", "left_collar", "right_collar"), "head": ("head", "neck"),
    "femur": ("{}_hip", "pelvis", "{}_knee"), "tibia": ("{}_knee", "{}_ankle"),
    "talus": ("{}_ankle",), "calcn": ("{}_ankle", "{}_foot"), "toes": ("{}_foot",),
    "clavicle": ("{}_collar", "{}_shoulder", "spine3"), "humerus": ("{}_shoulder", "{}_elbow"),
    "ulna": ("{}_elbow", "{}_wrist"), "radius": ("{}_elbow", "{}_wrist"), "hand": ("{}_wrist",),
}  # fmt: skip


def find_sites(model: SmplModel) -> dict[str, int]:
    """The vertex of each point of `point_body` that lies on skin, by its name."""
    rest, joint = model.rest_m(np.zeros(0))
    vertex_m, joint_m = rest @ SMPL_TO_GROUND.T, joint @ SMPL_TO_GROUND.T
    rows = {name: BODY_JOINTS.index(of) for name, of in JOINT_OF.items()}
    if len(model.parent) == _SMPL_H:
        rows |= _FINGERS
    names, at = tuple(rows), joint_m[None, list(rows.values())]
    whole, scale = point_body(), measured_body(names, at @ VIEW).scale
    tasks = IkTasks(dict.fromkeys(names, 1.0), dict.fromkeys(_T_POSE, _T_WEIGHT), _T_POSE)
    posed = solve(whole.scaled(scale), names, at, tasks, IkSettings(threads=1)).coordinates
    wanted_m = forward(whole, posed[0], scale).marker_m
    table = {}
    for marker, point in zip(whole.markers, wanted_m, strict=True):
        if marker.name not in JOINT_OF and marker.name not in ("mid_hip", "neck"):
            own = np.flatnonzero(_carries(model, marker.body))
            table[marker.name] = int(own[np.linalg.norm(vertex_m[own] - point, axis=1).argmin()])
    return table


def _carries(model: SmplModel, body: str) -> Array:
    """(V,) vertices that follow the body's joints most; fingers are of the hand."""
    side = {"_r": "right", "_l": "left"}.get(body[-2:], "")
    base = body[:-2] if side else body
    names = [name.format(side) for name in _SKIN_OF[base]]
    rows = [BODY_JOINTS.index(name) for name in names if name in BODY_JOINTS]
    rows += (
        [] if side else [BODY_JOINTS.index(name) for name in ("left_hip", "right_hip") if base == "pelvis"]
    )
    if base == "hand":
        rows += [j for j in range(len(BODY_JOINTS), len(model.parent)) if _chain(model, j) & set(rows)]
    return np.asarray(np.isin(model.dominant, rows))


def _chain(model: SmplModel, joint: int) -> set[int]:
    found = set()
    while joint >= 0:
        found.add(joint)
        joint = int(model.parent[joint])
    return found


def write_sites(table: Mapping[str, int], path: Path) -> None:
    """Write a table as JSON, to be looked at and changed."""
    write_text(path, json.dumps({"vertex_of_marker": dict(table)}, indent=1) + "\n")


def read_sites(path: Path, model: SmplModel) -> dict[str, int]:
    """A table for this model.

    Raises:
        FileFormatError: not JSON, unknown markers, too few, or vertices that the model has not.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))["vertex_of_marker"]
        table = {str(name): int(vertex) for name, vertex in held.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(
            path, f'is no table of markers ({error}); expected {{"vertex_of_marker": ...}}'
        ) from error
    unknown = sorted(set(table) - set(point_body().marker_names))
    if unknown:
        raise FileFormatError(path, f"the own body has no marker {', '.join(unknown)}")
    beyond = [f"{name} {vertex}" for name, vertex in table.items() if not 0 <= vertex < len(model.template_m)]
    if beyond:
        raise FileFormatError(
            path, f"the model has {len(model.template_m)} vertices, not {', '.join(beyond)}"
        )
    if not table:
        raise FileFormatError(path, "names no marker")
    return table


def points_m(
    model: SmplModel, table: Mapping[str, int], betas: Array, rotation_vector: Array, position_m: Array
) -> tuple[tuple[str, ...], Array]:
    """Names and places (T, K, 3) m of the markers, then the joint centres, in the motion's axes."""
    names: tuple[str, ...] = tuple(table)
    vertices: IntArray = np.array(list(table.values()), np.int64)
    skin, joint = model.posed_m(betas, rotation_vector, position_m, vertices)
    rows = [BODY_JOINTS.index(of) for of in JOINT_OF.values()]
    return (*names, *JOINT_OF), np.concatenate([skin, joint[:, rows]], axis=1)
