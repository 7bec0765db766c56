"""A foreign skeleton's motion on a person of our own: every segment turned as the source's, at own lengths.

The source's segments are laid along the own body's by the rest pose (`rest_pose`); from then on each segment
of the person has an orientation to reach in every frame. Three points about each segment are asked to be
where that orientation puts them, and our own inverse kinematics finds the pose that the person's joints
allow, within their ranges. Where a segment is does not count, only how it is turned, so that a difference of
build does not bend joints; a movement that the own body can make comes back as it was. The way of the pelvis
is scaled by the length of the legs (as Hof 1996, Gait Posture 4:222, scales lengths of gait; from memory).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from kinelab.body.forward import forward
from kinelab.body.ik_setup import IkTasks, uniform_tasks
from kinelab.body.inverse import IkSettings, solve
from kinelab.body.model import BodyModel, Marker
from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.asf_amc import INCH_M
from kinelab.virtual_lab.motion.finishing import Finish, finished, relaxed
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.rest_pose import SEGMENTS, find_rest_pose
from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip
from kinelab.virtual_lab.motion.skeleton_roles import find_roles

AT_EASE_TILT_DEG = -10.0  # of the ISB pelvis in a person who stands (docs/models/own_body.md)
_UNITS_M = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": INCH_M, "CMU's unit": INCH_M / 0.45}
_USUAL_LEG_M = 0.85  # thigh and shank of an adult
_PASSES = 2  # from the second on it is known where the joints came to lie

# How far the three points lie from a segment's joint, along X, Y, Z of the hanging segment: so far that where
# the joint lies hardly counts. Those beside the long axis tell the twist: little in the arm, where programs
# share it out between bones as they like.
_LEVER_M = {"humerus": (0.5, 2.0, 0.5), "ulna": (0.3, 2.0, 0.3)}
_PLAIN_LEVER_M = (1.0, 2.0, 1.0)

# Segment -> the one that it hangs on, and the joint between them.
_HANGS = {
    "pelvis": ("", "ground_pelvis"), "torso": ("pelvis", "back"), "head": ("torso", "neck"),
    "femur": ("pelvis", "hip"), "tibia": ("femur", "knee"), "calcn": ("tibia", "ankle"),
    "toes": ("calcn", "mtp"), "humerus": ("torso", "acromial"), "ulna": ("humerus", "elbow"),
    "hand": ("ulna", "wrist"),
}  # fmt: skip
# Coordinates that a segment's orientation tells, given the segment before.
_TELLS = {
    "torso": ("lumbar_extension", "lumbar_bending", "lumbar_rotation"),
    "head": ("neck_extension", "neck_bending", "neck_rotation"),
    "femur": ("hip_flexion", "hip_adduction", "hip_rotation"),
    "tibia": ("knee_angle",),
    "calcn": ("ankle_angle", "subtalar_angle"),
    "toes": ("mtp_angle",),
    "humerus": ("arm_flex", "arm_add", "arm_rot"),
    "ulna": ("elbow_flex",),
    "hand": ("pro_sup", "wrist_flex", "wrist_dev"),
}


def retarget(
    clip: SkeletonClip,
    mover: Mover,
    finish: Finish | None = None,
    *,
    names: Mapping[str, str] | None = None,
    pelvis_tilt_deg: float = AT_EASE_TILT_DEG,
    vertical: str | None = None,
) -> Movement:
    """A clip as a movement of a person: heading +X from x = z = 0, soles on the floor.

    names: role -> joint, where a joint's name is not understood (`skeleton_roles`). pelvis_tilt_deg: of the
    skeleton's rest pose. vertical: the file's axis that points up ("+y", "+z"); None finds it.

    Raises:
        InputError: a joint of the legs is not found, left and right are exchanged, an axis or role that is
            none.
    """
    finish = finish or Finish()
    roles = find_roles(clip, names)
    leg = _leg_length(clip, roles)
    ratio = leg_length_m(mover.model) / leg
    rest = find_rest_pose(clip, roles, mover, pelvis_tilt_deg=pelvis_tilt_deg, vertical=vertical)
    turned = {}
    for body, at_rest in rest.turned.items():
        joint = roles[SEGMENTS[body]]
        since = clip.rotation[:, joint] @ rest.reference[joint].T
        turned[body] = rest.from_motion @ since @ rest.from_rest.T @ at_rest
    hips = 0.5 * (clip.position[:, roles["thigh_r"]] + clip.position[:, roles["thigh_l"]])
    hips_m = ratio * hips @ rest.from_motion.T
    coordinates = _coordinates(mover, turned, hips_m)
    told = frozenset(name + _side(body) for body in turned for name in _TELLS.get(_part(body), ()))
    unit_m, how = _unit(clip, leg)
    size = (
        f"thigh and shank are {leg:.4g} units long, {leg * unit_m:.3f} m ({how}); ways are scaled by"
        f" {ratio / unit_m:.3f} to the person's legs"
    )
    notes = (*clip.notes, size, *rest.notes, *_missing(turned))
    return finished(
        clip.name, mover, Timebase(clip.rate_hz, len(hips_m)), relaxed(mover, coordinates, told), finish,
        {"source": clip.name, "leg_ratio": ratio / unit_m}, notes,
    )  # fmt: skip


def _part(body: str) -> str:
    return body.removesuffix("_r").removesuffix("_l")


def _side(body: str) -> str:
    return body[len(_part(body)) :]


def leg_length_m(model: BodyModel) -> float:
    """Thigh and shank of a person, m: from hip to knee to ankle on the right."""
    centre = forward(model, model.default_coordinates).joint_centre_m
    joints = [centre[model.joint_names.index(f"{joint}_r")] for joint in ("hip", "knee", "ankle")]
    return float(sum(np.linalg.norm(b - a) for a, b in pairwise(joints)))


def _leg_length(clip: SkeletonClip, roles: dict[str, int]) -> float:
    """The same of the skeleton, mean of both legs over the motion, in the file's unit."""
    legs = []
    for side in "rl":
        joints = [clip.position[:, roles[f"{role}_{side}"]] for role in ("thigh", "shank", "foot")]
        legs.append(sum(np.linalg.norm(b - a, axis=1).mean() for a, b in pairwise(joints)))
    leg = float(np.mean(legs))
    if not leg > 0:
        raise InputError(f"{clip.name}: the legs have no length; are all OFFSETs zero?")
    return leg


def _coordinates(mover: Mover, turned: dict[str, Array], hips_m: Array) -> Array:
    """(T, C) the person's coordinates whose segments are turned most like these."""
    model = mover.model
    standing = forward(model, mover.standing)
    joint = {body: standing.joint_centre_m[model.joint_names.index(_joint(body))] for body in turned}
    anchor = {body: joint[body] - standing.position_m[model.body_index(body)] for body in turned}
    hips = [standing.joint_centre_m[model.joint_names.index(f"hip_{side}")] for side in "rl"]
    joint["pelvis"] = 0.5 * (hips[0] + hips[1])
    anchor["pelvis"] = joint["pelvis"] - standing.position_m[model.body_index("pelvis")]
    placed = {"pelvis": hips_m}
    for body in turned:
        if body != "pelvis":
            parent = next(one for one in _parents(body) if one in placed)
            placed[body] = placed[parent] + turned[parent] @ (joint[body] - joint[parent])
    solver, tasks = _with_points(model, anchor)
    for _ in range(_PASSES):
        wanted = [placed[body][:, None] + _points(rotation, body) for body, rotation in turned.items()]
        points = np.concatenate(wanted, axis=1)
        pose = solve(solver, solver.marker_names, points, tasks, IkSettings(starts=1, threads=2)).coordinates
        now = forward(solver, pose, threads=2)
        # Where the segments came to lie: from here on only how they are turned counts, and the pelvis' place.
        for body in turned:
            if body != "pelvis":
                at = model.body_index(body)
                placed[body] = now.position_m[:, at] + now.rotation[:, at] @ anchor[body]
    return np.array(pose)


def _joint(body: str) -> str:
    """The joint where a segment hangs on the one before."""
    return _HANGS[_part(body)][1] + _side(body)


def _parents(body: str) -> tuple[str, ...]:
    """The segment that it hangs on, and what stands for it where the skeleton has none."""
    parent = _HANGS[_part(body)][0]
    return (parent + _side(body), parent, "torso", "pelvis")


def _points(rotation: Array, body: str) -> Array:
    """(..., 4, 3) a segment's joint and three points about it, from the joint."""
    levers = np.array([_LEVER_M.get(_part(body), _PLAIN_LEVER_M)]).T
    ends = levers * np.swapaxes(rotation, -1, -2)
    return np.concatenate([np.zeros_like(ends[..., :1, :]), ends], axis=-2)


def _with_points(model: BodyModel, anchor: dict[str, Array]) -> tuple[BodyModel, IkTasks]:
    markers = [
        Marker(f"{body}:{k}", body, np.diag(at + point))
        for body, at in anchor.items()
        for k, point in enumerate(_points(np.eye(3), body))
    ]
    return model.with_markers(markers), uniform_tasks(marker.name for marker in markers)


def _missing(turned: dict[str, Array]) -> tuple[str, ...]:
    missing = [body for body in SEGMENTS if body not in turned]
    return (f"the skeleton has no {', '.join(missing)}; these hang at ease",) if missing else ()


def _unit(clip: SkeletonClip, leg: float) -> tuple[float, str]:
    """Metres of the file's unit, and how that is known: it only serves to tell the size of the source."""
    if clip.unit_m is not None:
        return clip.unit_m, "the file says so"
    name = min(_UNITS_M, key=lambda unit: abs(np.log(leg * _UNITS_M[unit] / _USUAL_LEG_M)))
    return _UNITS_M[name], f"taken as {name}, by the length of the legs"
