"""Anatomical frames of body segments from landmarks on the bones, as ISB recommends.

All frames have X forward, Y up (along the segment to its proximal end) and Z to the person's right, on both
sides. Landmarks are (..., 3) m in ground: one posture or a series; NaN gives NaN. Sources: Wu et al., J
Biomech 2002;35:543 (pelvis, thigh, shank, foot) and 2005;38:981 (thorax, arm); each function says where we
differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kinelab.body.hip_centre import HipMethod, hip_centre
from kinelab.body.joint_axes import Side
from kinelab.core.checks import Array, read_only
from kinelab.errors import InputError

SHORTEST_M = 1e-4
"""Landmarks closer than this give no direction."""

UP = (0.0, 1.0, 0.0)


@dataclass(frozen=True, eq=False)
class Pose:
    """Where a segment's frame is: rotation (..., 3, 3) frame to ground, position_m (..., 3) of its origin."""

    rotation: Array
    position_m: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotation", read_only(self.rotation))
        object.__setattr__(self, "position_m", read_only(self.position_m))
        shape = self.rotation.shape
        if shape[-2:] != (3, 3) or self.position_m.shape != shape[:-1]:
            raise InputError(
                f"Pose: rotation {shape}, position {self.position_m.shape}; expected (..., 3, 3), (..., 3)"
            )

    def to_ground(self, local_m: ArrayLike) -> Array:
        """Points (..., 3) m of the segment's frame, in ground."""
        local = np.asarray(local_m, dtype=np.float64)
        return np.asarray(np.einsum("...ij,...j->...i", self.rotation, local) + self.position_m)

    def to_local(self, ground_m: ArrayLike) -> Array:
        """Points (..., 3) m of ground, in the segment's frame."""
        away = np.asarray(ground_m, dtype=np.float64) - self.position_m
        return np.asarray(np.einsum("...ji,...j->...i", self.rotation, away))


def pelvis_frame(asis_r: Array, asis_l: Array, psis_r: Array, psis_l: Array) -> Pose:
    """Z along the ASIS to the right, X forward in the plane of the ASIS and the middle of the PSIS.

    The origin is the middle of the ASIS, where the hip regressions start; ISB's is a hip centre, which turns
    no angle. Upright standing shows about 10 deg of forward tilt, as OpenSim's pelvis does.
    """
    middle = (asis_r + asis_l) / 2
    return _frame(middle, z=asis_r - asis_l, x=middle - (psis_r + psis_l) / 2, exact="z")


def thigh_frame(hip: Array, knee_lateral: Array, knee_medial: Array, side: Side) -> Pose:
    """Y from the middle of the epicondyles to the hip centre, Z right in the plane with both."""
    knee = (knee_lateral + knee_medial) / 2
    return _frame(hip, y=hip - knee, z=_rightward(knee_lateral - knee_medial, side), exact="y")


def shank_frame(
    knee_lateral: Array,
    knee_medial: Array,
    ankle_lateral: Array,
    ankle_medial: Array,
    side: Side,
    plane: Literal["malleoli", "epicondyles"] = "malleoli",
) -> Pose:
    """Y from the middle of the malleoli to that of the knee, Z to the right; origin between the malleoli.

    `plane` says what fixes the turn about Y. "malleoli": Z in the plane with the malleoli, ISB's torsional
    plane; the tibia's outward torsion (about 20 deg) then stands in the knee's rotation.
    "epicondyles": Z in the plane with the epicondyles, so that the knee's rotation is near zero upright, as
    Grood and Suntay's plateau axis has it.

    Where we differ: ISB keeps Z on the malleoli and tilts Y; here Y is on the long axis, as at the thigh and
    in Grood and Suntay (1983), because the knee turns about it. The knee's middle is that of the epicondyles
    (ISB: of the tibial condyles, which skin markers rarely mark).
    """
    knee, ankle = (knee_lateral + knee_medial) / 2, (ankle_lateral + ankle_medial) / 2
    across = ankle_lateral - ankle_medial if plane == "malleoli" else knee_lateral - knee_medial
    return _frame(ankle, y=knee - ankle, z=_rightward(across, side), exact="y")


def foot_frame(heel: Array, mt1: Array, mt5: Array, side: Side, flat_up: ArrayLike | None = None) -> Pose:
    """X from the heel to the middle of metatarsal heads 1 and 5, Z to the right; origin at the heel.

    In a standing trial give `flat_up`, the upward direction (3,): X is then laid level and Y upright, the
    neutral foot of ISB (whose Y is the shank's axis in that posture), and 0 deg dorsiflexion is a
    flat foot under an upright shank. Without it X and Z lie in the plane of the three markers, whose heights
    above the sole then enter the angle.
    """
    forward = (mt1 + mt5) / 2 - heel
    if flat_up is None:
        return _frame(heel, x=forward, z=_rightward(mt5 - mt1, side), exact="x")
    return _frame(heel, x=forward, y=np.broadcast_to(np.asarray(flat_up, float), heel.shape), exact="y")


def thorax_frame(jugular_notch: Array, xiphoid: Array, c7: Array, t8: Array) -> Pose:
    """Y from the middle of xiphoid and T8 to that of notch and C7, Z right, normal to their plane."""
    upper, lower = (jugular_notch + c7) / 2, (xiphoid + t8) / 2
    return _frame(jugular_notch, y=upper - lower, x=jugular_notch - c7, exact="y")


def upper_arm_frame(shoulder: Array, elbow_lateral: Array, elbow_medial: Array, side: Side) -> Pose:
    """Y from the middle of the epicondyles to the shoulder's centre, Z right in the plane with both."""
    elbow = (elbow_lateral + elbow_medial) / 2
    return _frame(shoulder, y=shoulder - elbow, z=_rightward(elbow_lateral - elbow_medial, side), exact="y")


def forearm_frame(
    elbow_lateral: Array, elbow_medial: Array, wrist_radial: Array, wrist_ulnar: Array, side: Side
) -> Pose:
    """Y from the ulnar styloid to the middle of the epicondyles, Z in the plane with the styloids.

    Z points to the right when the palm faces forward, ISB's zero of pronation.
    """
    elbow = (elbow_lateral + elbow_medial) / 2
    across = _rightward(wrist_radial - wrist_ulnar, side)
    return _frame(wrist_ulnar, y=elbow - wrist_ulnar, z=across, exact="y")


def hand_frame(
    wrist_radial: Array, wrist_ulnar: Array, knuckle_2: Array, knuckle_5: Array, side: Side
) -> Pose:
    """Y from the middle of the knuckles to that of the styloids, Z in the plane with the knuckles.

    Where we differ: ISB takes the ends of the third metacarpal, which skin markers do not
    reach; knuckles are the heads of the second and the fifth.
    """
    wrist, knuckles = (wrist_radial + wrist_ulnar) / 2, (knuckle_2 + knuckle_5) / 2
    return _frame(wrist, y=wrist - knuckles, z=_rightward(knuckle_2 - knuckle_5, side), exact="y")


LEG_LANDMARKS = ("knee_lateral", "knee_medial", "ankle_lateral", "ankle_medial", "heel", "mt1", "mt5")
PELVIS_LANDMARKS = ("right_asis", "left_asis", "right_psis", "left_psis")


def leg_frames(
    landmarks: Mapping[str, ArrayLike],
    *,
    hip: HipMethod = "harrington",
    shank_plane: Literal["malleoli", "epicondyles"] = "malleoli",
    up: ArrayLike = UP,
) -> dict[str, Pose]:
    """Frames of pelvis and legs in one standing posture: pelvis, thigh_r, shank_r, foot_r, thigh_l ...

    landmarks (3,) m in ground by name: `PELVIS_LANDMARKS`, and `LEG_LANDMARKS` with right_ and left_ before;
    right_hip and left_hip, if there, are the hip centres (found by `sphere_centre`, for instance), else the
    regression `hip` gives them.

    Raises:
        InputError: a landmark is missing or NaN (all are named), landmarks that fix no frame, millimetres.
    """
    needed = [*PELVIS_LANDMARKS, *(f"{side}_{name}" for side in ("right", "left") for name in LEG_LANDMARKS)]
    at = {name: np.asarray(value, dtype=np.float64) for name, value in landmarks.items()}
    missing = [name for name in needed if name not in at or not np.isfinite(at[name]).all()]
    if missing:
        raise InputError(
            f"anatomical landmarks missing in the standing trial: {', '.join(missing)}; "
            f"found {', '.join(sorted(at)) or 'none'}"
        )
    asis_r, asis_l, psis_r, psis_l = (at[name] for name in PELVIS_LANDMARKS)
    pelvis = pelvis_frame(asis_r, asis_l, psis_r, psis_l)
    frames = {"pelvis": pelvis}
    sides: tuple[tuple[Side, str], ...] = (("right", "r"), ("left", "l"))
    for side, letter in sides:
        kl, km, al, am, heel, mt1, mt5 = (at[f"{side}_{name}"] for name in LEG_LANDMARKS)
        centre = at.get(f"{side}_hip")
        if centre is None:
            centre = pelvis.to_ground(hip_centre(asis_r, asis_l, psis_r, psis_l, side, hip))
        frames[f"thigh_{letter}"] = thigh_frame(centre, kl, km, side)
        frames[f"shank_{letter}"] = shank_frame(kl, km, al, am, side, shank_plane)
        frames[f"foot_{letter}"] = foot_frame(heel, mt1, mt5, side, up)
    flat = [name for name, pose in frames.items() if not np.isfinite(pose.rotation).all()]
    if flat:
        raise InputError(f"the landmarks of {', '.join(flat)} lie on one line or coincide: no frame")
    return frames


def _rightward(outward: Array, side: Side) -> Array:
    """A vector that points outward (lateral), turned to the person's right."""
    if side not in ("right", "left"):
        raise InputError(f"side is {side!r}, allowed are 'right' and 'left'")
    return outward if side == "right" else -outward


def _frame(
    origin: Array,
    *,
    exact: Literal["x", "y", "z"],
    x: Array | None = None,
    y: Array | None = None,
    z: Array | None = None,
) -> Pose:
    """The right-handed frame with one axis exactly as given and another as near as it can be."""
    given = {name: axis for name, axis in (("x", x), ("y", y), ("z", z)) if axis is not None}
    (other,) = given.keys() - {exact}
    first = _unit(given[exact])
    third = "xyz".replace(exact, "").replace(other, "")
    ahead = "xyz".index(other) == ("xyz".index(exact) + 1) % 3
    normal = _unit(np.cross(first, given[other]) if ahead else np.cross(given[other], first))
    last = np.cross(normal, first) if ahead else np.cross(first, normal)
    axes = {exact: first, third: normal, other: last}
    return Pose(np.stack([axes["x"], axes["y"], axes["z"]], axis=-1), origin)


def _unit(vector: Array) -> Array:
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return np.asarray(vector / np.where(length > SHORTEST_M, length, np.nan))
