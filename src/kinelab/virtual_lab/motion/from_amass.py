"""A movement from an AMASS-style .npz: rotations of the SMPL family's joints.

The body models themselves are not free to ship and are not needed: rotations are all that `retarget` asks
for, besides the way the bones point in the rest pose. That is a T with the palms down, rounded here to 1 cm
from public simulation models of SMPL's mean body. The person's shape (betas) is not used.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.files.amass import BODY_JOINTS, AmassMotion, read_amass
from kinelab.virtual_lab.motion.finishing import Finish
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.motion.retarget import AT_EASE_TILT_DEG, retarget
from kinelab.virtual_lab.motion.skeleton_clip import SkeletonClip, chain, summed

PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
# X to the person's left, Y up, Z forward, m; mean of both sides.
_LEFT_OFFSETS = {
    "hip": (0.07, -0.09, 0.00), "knee": (0.04, -0.38, -0.01), "ankle": (-0.01, -0.40, -0.04),
    "foot": (0.03, -0.05, 0.12), "collar": (0.08, 0.12, -0.04), "shoulder": (0.09, 0.03, -0.01),
    "elbow": (0.26, -0.01, -0.02), "wrist": (0.25, 0.01, 0.00),
}  # fmt: skip
_MIDDLE_OFFSETS = {
    "pelvis": (0.0, 0.0, 0.0), "spine1": (0.0, 0.11, -0.03), "spine2": (0.0, 0.14, 0.0),
    "spine3": (0.0, 0.05, 0.03), "neck": (0.0, 0.21, -0.04), "head": (0.0, 0.07, 0.05),
}  # fmt: skip
_ROLES = {"chest": "spine3", "head": "head"} | {
    f"{role}_{side}": f"{word}_{joint}"
    for side, word in (("r", "right"), ("l", "left"))
    for role, joint in (
        ("thigh", "hip"), ("shank", "knee"), ("foot", "ankle"), ("toes", "foot"),
        ("upper_arm", "shoulder"), ("forearm", "elbow"), ("hand", "wrist"),
    )
}  # fmt: skip


def movement_from_amass(
    path: str | Path,
    mover: Mover,
    finish: Finish | None = None,
    *,
    pelvis_tilt_deg: float = AT_EASE_TILT_DEG,
    vertical: str | None = None,
) -> Movement:
    """An AMASS-style motion on a person; the archive has Z up, other files may not: see `retarget`.

    Raises:
        FileFormatError: see `read_amass`.
    """
    clip = clip_of_amass(Path(path).name, read_amass(path))
    return retarget(clip, mover, finish, names=_ROLES, pelvis_tilt_deg=pelvis_tilt_deg, vertical=vertical)


def clip_of_amass(name: str, motion: AmassMotion) -> SkeletonClip:
    """The joints of a mean body in motion."""
    offset = np.array([_rest_offset(joint) for joint in BODY_JOINTS])
    T, J = motion.rotation_vector.shape[:2]
    rotation = Rotation.from_rotvec(motion.rotation_vector.reshape(-1, 3)).as_matrix().reshape(T, J, 3, 3)
    moving = np.repeat(offset[None], T, axis=0)
    moving[:, 0] = motion.position_m
    turned, placed = chain(PARENTS, rotation, moving)
    rest = summed(PARENTS, offset)
    note = (
        f"{motion.model} motion on a mean body: the person's own shape (betas), hands and face are not used"
    )
    return SkeletonClip(name, BODY_JOINTS, PARENTS, rest, turned, placed, motion.rate_hz, 1.0, notes=(note,))


def _rest_offset(joint: str) -> tuple[float, float, float]:
    side, _, part = joint.rpartition("_")
    if not side:
        return _MIDDLE_OFFSETS[joint]
    x, y, z = _LEFT_OFFSETS[part]
    return (x if side == "left" else -x), y, z
