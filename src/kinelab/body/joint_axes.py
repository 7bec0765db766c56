"""Joint coordinate systems: three clinical rotations and three clinical translations of a joint.

Grood and Suntay (J Biomech Eng 1983;105:136) turn a joint about e1, fixed to the proximal body and pointing
to the right, then about the floating axis e2 = e3 x e1, then about e3, fixed to the distal body and pointing
up its long axis. That is the body-fixed Cardan sequence Z-X-Y of frames with X forward, Y up and Z to the
person's right, as ISB recommends (Wu et al., J Biomech 2002;35:543 and 2005;38:981). `anatomical_frames`
makes such frames; Z points to the right on the left side too (ISB mirrors the data of left arms instead: the
angles are the same).

Names and signs are those of OpenSim's Rajagopal2016 (docs/conventions.md): knee flexion counts positive,
adduction (ankle: inversion; wrist: ulnar deviation) and internal rotation (forearm: pronation) are positive
on both sides. ISB and Grood-Suntay differ: they count abduction of the knee and external rotation of some
joints positive. Where ISB names no sequence or another one this is said at `JOINTS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.geometry.rotations import GIMBAL_TOLERANCE, from_cardan, to_cardan

Side = Literal["right", "left"]


@dataclass(frozen=True)
class JointAxes:
    """How a joint's angles are counted: their names, the body-fixed sequence, and the signs on the right.

    `mirrored` joints have a side: a left one has the angles of its mirror image in the sagittal plane.
    """

    names: tuple[str, str, str]
    sequence: str
    sign: tuple[int, int, int]
    mirrored: bool = True


JOINTS: dict[str, JointAxes] = {
    # against ground, as OpenSim's pelvis_* (tilt backward positive)
    "pelvis": JointAxes(("pelvis_tilt", "pelvis_list", "pelvis_rotation"), "ZXY", (1, 1, 1), False),
    "hip": JointAxes(("hip_flexion", "hip_adduction", "hip_rotation"), "ZXY", (1, 1, 1)),
    "knee": JointAxes(("knee_angle", "knee_adduction", "knee_rotation"), "ZXY", (-1, 1, 1)),
    "ankle": JointAxes(("ankle_angle", "ankle_inversion", "ankle_rotation"), "ZXY", (1, 1, 1)),
    # thorax in pelvis: extension, bending to the right and turning to the left are positive
    "lumbar": JointAxes(("lumbar_extension", "lumbar_bending", "lumbar_rotation"), "ZXY", (1, 1, 1), False),
    # upper arm in thorax, OpenSim's order; singular with the arm raised sideways
    "shoulder": JointAxes(("arm_flex", "arm_add", "arm_rot"), "ZXY", (1, 1, 1)),
    # upper arm in thorax, ISB's order; singular with the arm hanging. ISB counts elevation negative
    "shoulder_isb": JointAxes(("arm_plane", "arm_elevation", "arm_axial"), "YXY", (1, -1, 1)),
    "elbow": JointAxes(("elbow_flex", "elbow_adduction", "pro_sup"), "ZXY", (1, 1, 1)),
    "wrist": JointAxes(("wrist_flex", "wrist_dev", "wrist_rotation"), "ZXY", (1, 1, 1)),
}


def joint_angles(
    parent_rotation: ArrayLike, child_rotation: ArrayLike, joint: str, side: Side | None = None
) -> Array:
    """The three angles of a joint, (..., 3) rad, in the order of `JOINTS[joint].names`.

    parent_rotation and child_rotation (..., 3, 3) turn vectors of the anatomical frames to ground; shapes are
    broadcast (the pelvis' parent is ground: `numpy.eye(3)`). NaN where either is NaN. Zero is where the two
    frames are parallel. The middle angle is in [-pi/2, pi/2] (elevation of `shoulder_isb`: [0, pi]), the
    outer ones in (-pi, pi]; in gimbal lock the third is zero (`geometry.rotations`).

    Raises:
        InputError: an unknown joint; a side missing, or given to a joint in the middle.
    """
    axes = _axes(joint, side)
    parent, child = _rotations(parent_rotation, child_rotation)
    relative = _mirror(np.swapaxes(parent, -1, -2) @ child, side)
    angle = to_cardan(relative, axes.sequence)
    if axes.sequence == "YXY" and axes.sign[1] < 0:
        # the same rotation with the middle angle negative: an arm raised, not one lowered through the body
        turned = _wrapped(angle + np.pi)
        turned[..., 1] = -angle[..., 1]
        angle = np.where(angle[..., 1:2] > GIMBAL_TOLERANCE, turned, angle)
    return np.asarray(angle * axes.sign)


def joint_rotation(angle_rad: ArrayLike, joint: str, side: Side | None = None) -> Array:
    """Rotation child to parent, (..., 3, 3), of the angles (..., 3) rad that `joint_angles` gives.

    Raises:
        InputError: as `joint_angles`, or the angles are not (..., 3).
    """
    axes = _axes(joint, side)
    angle = np.asarray(angle_rad, dtype=np.float64)
    if angle.shape[-1:] != (3,):
        raise InputError(f"angles of shape {angle.shape}; expected (..., 3): {', '.join(axes.names)}")
    return _mirror(from_cardan(angle * axes.sign, axes.sequence), side)


def joint_translations(
    parent_rotation: ArrayLike,
    child_rotation: ArrayLike,
    offset_m: ArrayLike,
    joint: str,
    side: Side | None = None,
) -> Array:
    """Clinical translations of a joint, (..., 3) m: lateral, anterior, distraction of the child positive.

    offset_m (..., 3), in ground, goes from the parent's reference point to the child's (of the knee: from the
    middle of the epicondyles to the same point as the shank carried it from the static pose). They are
    offset . e1 (e1 turned outward on the left), offset . e2 and -offset . e3, after Grood and Suntay 1983. e1
    and e3 are not at right angles in adduction, so the three are no Cartesian coordinates; `joint_offset`
    undoes them. NaN where e1 and e3 are parallel.

    Raises:
        InputError: as `joint_angles`, or a joint whose sequence has no such axes (shoulder_isb).
    """
    axes = _clinical_axes(parent_rotation, child_rotation, joint, side)
    return np.asarray(np.einsum("...ki,...i->...k", axes, np.asarray(offset_m, dtype=np.float64)))


def joint_offset(
    parent_rotation: ArrayLike,
    child_rotation: ArrayLike,
    translation_m: ArrayLike,
    joint: str,
    side: Side | None = None,
) -> Array:
    """Offset in ground, (..., 3) m, that has these clinical translations; undoes `joint_translations`.

    Raises:
        InputError: as `joint_translations`.
    """
    axes = _clinical_axes(parent_rotation, child_rotation, joint, side)
    translation = np.asarray(translation_m, dtype=np.float64)
    return np.asarray(np.linalg.solve(axes, translation[..., None])[..., 0])


def _clinical_axes(
    parent_rotation: ArrayLike, child_rotation: ArrayLike, joint: str, side: Side | None
) -> Array:
    """e1, e2 and -e3 in ground as rows, (..., 3, 3), e1 pointing lateral."""
    if _axes(joint, side).sequence != "ZXY":
        raise InputError(f"{joint} has no clinical translations; its axes are not those of Grood and Suntay")
    parent, child = _rotations(parent_rotation, child_rotation)
    first, third = np.broadcast_arrays(parent[..., :, 2], child[..., :, 1])
    floating = np.cross(third, first)
    length = np.linalg.norm(floating, axis=-1, keepdims=True)
    floating = floating / np.where(length > GIMBAL_TOLERANCE, length, np.nan)
    return np.stack([-first if side == "left" else first, floating, -third], axis=-2)


def _axes(joint: str, side: Side | None) -> JointAxes:
    if joint not in JOINTS:
        raise InputError(f"no joint {joint!r}; there are {', '.join(JOINTS)}")
    axes = JOINTS[joint]
    if axes.mirrored and side not in ("right", "left"):
        raise InputError(f"{joint} is there twice: side is {side!r}, allowed are 'right' and 'left'")
    if not axes.mirrored and side is not None:
        raise InputError(f"{joint} is in the middle of the body and has no side; found side {side!r}")
    return axes


def _rotations(*rotations: ArrayLike) -> list[Array]:
    found = [np.asarray(rotation, dtype=np.float64) for rotation in rotations]
    for rotation in found:
        if rotation.shape[-2:] != (3, 3):
            raise InputError(f"rotations of shape {rotation.shape}; expected (..., 3, 3), frame to ground")
    return found


def _mirror(rotation: Array, side: Side | None) -> Array:
    """On the left the rotation's mirror image in the sagittal (X-Y) plane; itself elsewhere."""
    if side != "left":
        return rotation
    flip = np.array([1.0, 1.0, -1.0])
    return np.asarray(rotation * flip[:, None] * flip)


def _wrapped(angle_rad: Array) -> Array:
    """The same angles in (-pi, pi]."""
    return np.pi - np.mod(np.pi - angle_rad, 2 * np.pi)
