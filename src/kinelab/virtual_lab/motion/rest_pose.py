"""How the own body stands in a foreign skeleton's rest pose: the constant between the two.

Zero rotations mean another posture in every program: arms out (T), arms down, or, in some files, limbs that
all point along one axis, which is no posture at all. The rest pose is taken as a person at ease who stands on
flat feet, with arms in any place; each segment of the own body is laid along the bone that it stands for,
its front turned the way the joint can only bend. A rest pose that is no standing person is replaced by the
frame of the motion that comes nearest to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kinelab.body.forward import forward
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.geometry.rotations import from_cardan
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip
from kinelab.virtual_lab.motion.skeleton_roles import SIDED

FORWARD, UP, RIGHT = np.eye(3)
_BENT = np.sin(np.radians(15))  # below it the bend of a limb does not tell where its hinge lies
_HANGING = 0.95  # cosine from which on a direction does not tell a turn about the other
_UPRIGHT = np.cos(np.radians(40))  # legs of a standing rest pose lie within this of the vertical

_LEG, _ARM = ("thigh", "shank", "foot"), ("upper_arm", "forearm", "hand")
_JOINTS = ("hip", "knee", "ankle", "mtp", "acromial", "elbow", "wrist")

# Body of the model -> the role of the joint that its foreign bone begins at.
SEGMENTS: dict[str, str] = {"pelvis": "pelvis", "torso": "chest", "head": "head"} | {
    f"{body}_{side}": f"{role}_{side}"
    for side in "rl"
    for body, role in (
        ("femur", "thigh"), ("tibia", "shank"), ("calcn", "foot"), ("toes", "toes"),
        ("humerus", "upper_arm"), ("ulna", "forearm"), ("hand", "hand"),
    )
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class RestPose:
    """turned (body -> (3, 3)): the own body's segments as the reference pose has them, in ground axes.

    reference (J, 3, 3): the clip's rotations in that pose (ones in the rest pose). from_rest, from_motion
    (3, 3): from the axes of the rest pose and of the motion to ground's, up to a turn about the vertical.
    """

    turned: dict[str, Array]
    reference: Array
    from_rest: Array
    from_motion: Array
    notes: tuple[str, ...]


def find_rest_pose(
    clip: SkeletonClip,
    roles: dict[str, int],
    mover: Mover,
    *,
    pelvis_tilt_deg: float,
    vertical: str | None = None,
) -> RestPose:
    """The reference pose of a clip and how the mover's body stands in it.

    pelvis_tilt_deg: of the own body's pelvis in the rest pose. vertical: the motion's axis that points up
    ("+y", "-z", ...); None finds it from where the trunk points most of the time.

    Raises:
        InputError: toes that point backwards (left and right exchanged, or a mirrored file); an axis that
            is none.
    """
    notes: list[str] = []
    motion_up = _axis(vertical) if vertical else _nearest_axis(_trunk(clip.position, roles))
    standing, rest_up = clip.rest, _nearest_axis(_trunk(clip.rest[None], roles))
    reference = np.broadcast_to(np.eye(3), (len(clip.joints), 3, 3))
    if not _is_standing(clip.rest, roles, rest_up):
        frame = _most_upright(clip.position, roles, motion_up)
        standing, rest_up, reference = clip.position[frame], motion_up, clip.rotation[frame]
        notes.append(
            f"the skeleton's rest pose is not a standing person; frame {frame} of the motion, the most"
            " upright, was taken as one: angles may be off by as much as the person was bent there"
        )
    from_rest = _to_ground(standing, roles, rest_up)
    placed = (standing - standing[roles["pelvis"]]) @ from_rest.T
    _check_toes(clip, placed, roles)
    turned = {
        body: _segment(body, placed, roles, mover, pelvis_tilt_deg, flat_feet=clip.flat_feet)
        for body, role in SEGMENTS.items()
        if role in roles
    }
    # Any turn about the vertical will do for the motion: `finishing.headed` finds the heading.
    across = np.abs(np.roll(motion_up, 1))
    from_motion = np.stack([np.cross(motion_up, across), motion_up, across])
    return RestPose(turned, np.asarray(reference), from_rest, from_motion, tuple(notes))


def _trunk(position: Array, roles: dict[str, int]) -> Array:
    """Mean direction from the hips to the shoulders (head, or from the feet where there are none), (3,)."""
    hips = 0.5 * (position[:, roles["thigh_r"]] + position[:, roles["thigh_l"]])
    if {"upper_arm_r", "upper_arm_l"} <= set(roles):
        above = 0.5 * (position[:, roles["upper_arm_r"]] + position[:, roles["upper_arm_l"]])
    elif "head" in roles:
        above = position[:, roles["head"]]
    else:
        above, hips = hips, 0.5 * (position[:, roles["foot_r"]] + position[:, roles["foot_l"]])
    return np.asarray(_unit(above - hips).mean(axis=0))


def _nearest_axis(direction: Array) -> Array:
    axis = np.zeros(3)
    at = int(np.argmax(np.abs(direction)))
    axis[at] = np.sign(direction[at]) or 1.0
    return axis


def _axis(name: str) -> Array:
    if name.lower() not in {f"{sign}{axis}" for sign in "+-" for axis in "xyz"}:
        raise InputError(f"vertical is {name!r}, allowed are +x, -x, +y, -y, +z, -z")
    axis = np.zeros(3)
    axis["xyz".index(name[1].lower())] = 1.0 if name[0] == "+" else -1.0
    return axis


def _is_standing(position: Array, roles: dict[str, int], up: Array) -> bool:
    """Whether thighs and shanks hang down, the right ones to the same side as the left ones."""
    return bool(_leg_uprightness(position[None], roles, up)[0] > _UPRIGHT)


def _leg_uprightness(position: Array, roles: dict[str, int], up: Array) -> Array:
    """(T,) the least cosine between a leg's segment and the way down."""
    bones = [
        (f"{a}_{side}", f"{b}_{side}") for side in "rl" for a, b in (("thigh", "shank"), ("shank", "foot"))
    ]
    along = [_unit(position[:, roles[b]] - position[:, roles[a]]) @ -up for a, b in bones]
    return np.asarray(np.min(along, axis=0))


def _most_upright(position: Array, roles: dict[str, int], up: Array) -> int:
    return int(np.argmax(_leg_uprightness(position, roles, up)))


def _to_ground(position: Array, roles: dict[str, int], up: Array) -> Array:
    """(3, 3) from axes with this way up to ground's, the person's right at +Z."""
    right = position[roles["thigh_r"]] - position[roles["thigh_l"]]
    right = _unit(right - (right @ up) * up)
    return np.stack([np.cross(up, right), up, right])


def _check_toes(clip: SkeletonClip, placed: Array, roles: dict[str, int]) -> None:
    ahead = []
    for side in "rl":
        toe = roles.get(f"toes_{side}", roles.get(f"toes_end_{side}"))
        if toe is not None:
            ahead.append(_unit(placed[toe] - placed[roles[f"foot_{side}"]])[0])
    if ahead and max(ahead) < -0.3:
        raise InputError(
            f"{clip.name}: the toes point backwards when right and left are as named; the names are exchanged"
            " or the file is a mirror image"
        )


def _segment(
    body: str, placed: Array, roles: dict[str, int], mover: Mover, pelvis_tilt_deg: float, *, flat_feet: bool
) -> Array:
    """(3, 3) turn of the own body's segment, upright in its neutral pose, into the reference pose."""
    part, side = body.removesuffix("_r").removesuffix("_l"), body[-1]
    if part == "pelvis":
        return from_cardan([np.radians(pelvis_tilt_deg), 0.0, 0.0], "ZXY")
    if part in ("torso", "head"):
        return np.eye(3)
    points = {role: placed[roles[f"{role}_{side}"]] for role in SIDED if f"{role}_{side}" in roles}
    pronation_rad = _pronation(points, side)
    own = _own_points(mover, side, pronation_rad)
    if part in ("femur", "humerus", "tibia", "ulna"):
        limb = _LEG if part in ("femur", "tibia") else _ARM
        at = 0 if part in ("femur", "humerus") else 1
        if limb[at + 1] not in points:  # nothing tells where the bone points
            return np.eye(3)
        along, own_along = (one[limb[at + 1]] - one[limb[at]] for one in (points, own))
        return _frame(along, _front(limb, points, along)) @ _frame(own_along, FORWARD).T
    if part == "hand":
        return _hand(points, side)
    return _foot(part, own, points, -UP if flat_feet else points["foot"] - points["shank"])


def _front(limb: tuple[str, str, str], points: dict[str, Array], along: Array) -> Array:
    """The side of a limb's segment that looks to the front in the neutral pose, (3,).

    A limb that is bent shows its hinge; else it is taken to look forward, a knee as an elbow's crease.
    """
    if all(role in points for role in limb):
        upper, lower = (_unit(points[b] - points[a]) for a, b in pairwise(limb))
        hinge = np.cross(upper, lower) * (-1 if limb == _LEG else 1)  # knees bend the other way
        if np.linalg.norm(hinge) > _BENT:
            return np.asarray(np.cross(-along, hinge))
    return FORWARD if abs(_unit(along) @ FORWARD) < 0.9 else UP


def _pronation(points: dict[str, Array], side: str) -> float:
    """Pronation of the forearm in the reference pose, rad: a quarter turn where no thumb tells it."""
    if not {"forearm", "hand", "thumb"} <= set(points):
        return float(np.pi / 2)
    along = points["hand"] - points["forearm"]
    forearm = _frame(along, _front(_ARM, points, along))
    ahead, _, right = forearm.T @ (points["thumb"] - points["hand"])
    return float(np.arctan2(ahead, right if side == "r" else -right))


def _foot(part: str, own: dict[str, Array], points: dict[str, Array], down: Array) -> Array:
    """With the sole square to `down` (3,), turned about it as ankle and toes lie."""
    known = [role for role in ("foot", "toes", "toes_end") if role in points]
    if known[-1] == "toes_end" and "toes" in known and np.allclose(points["toes"], points["toes_end"]):
        known.pop()  # some programs write an end without a length
    if len(known) < 2:
        return np.eye(3)
    start, end = known[:2] if part == "calcn" or len(known) < 3 else known[1:]
    ahead = points[end] - points[start]
    if abs(_unit(ahead) @ _unit(down)) > _HANGING:
        return np.eye(3)
    return _frame(down, ahead) @ _frame(-UP, own[end] - own[start]).T


def _hand(points: dict[str, Array], side: str) -> Array:
    """Along the fingers, the thumb where it is or else in front: palms down in a T, at the thighs at ease."""
    far = "hand_end" in points and not np.allclose(points["hand"], points["hand_end"])
    start, end = ("hand", "hand_end") if far else ("forearm", "hand")
    if start not in points:
        return np.eye(3)
    along = points[end] - points[start]
    thumb = points["thumb"] - points["hand"] if "thumb" in points else FORWARD
    if abs(_unit(along) @ _unit(thumb)) > _HANGING:
        thumb = UP
    return _frame(along, thumb) @ _frame(-UP, RIGHT if side == "r" else -RIGHT).T


def _own_points(mover: Mover, side: str, pronation_rad: float) -> dict[str, Array]:
    """Joints of the standing mover's side by the role of the bone that begins there.

    The wrist goes round the ulna with pronation, so that the line from the elbow depends on it.
    """
    model, pose = mover.model, np.array(mover.standing)
    pose[mover.column(f"pro_sup_{side}")] = pronation_rad
    placed = forward(model, pose)
    points = {
        role: placed.joint_centre_m[model.joint_names.index(f"{joint}_{side}")]
        for role, joint in zip((*_LEG, "toes", *_ARM), _JOINTS, strict=True)
    }
    points["toes_end"] = placed.marker_m[model.marker_index(f"sole_toe_{side}")]
    return points


def _frame(down: Array, front: Array) -> Array:
    """(3, 3) columns X, Y, Z of a segment that hangs along `down` and whose front looks to `front`."""
    y = -_unit(down)
    x = _unit(front - (front @ y) * y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def _unit(vectors: Array) -> Array:
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(size > 0, size, 1.0))
