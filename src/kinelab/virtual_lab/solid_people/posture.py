"""Forward kinematics of the virtual person: joint angles in, segment frames and landmarks out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.skeletons import GAIT_20
from kinelab.virtual_lab.solid_people import bodies
from kinelab.virtual_lab.solid_people.bodies import Body

_LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "mtp_angle")
_ARM = ("arm_flex", "arm_add", "elbow_flex")

# OpenSim's names, axes and signs (Rajagopal2016); the neck is ours.
COORDINATES: tuple[str, ...] = (
    "pelvis_tilt", "pelvis_list", "pelvis_rotation",
    *(f"{name}_r" for name in _LEG), *(f"{name}_l" for name in _LEG),
    "lumbar_extension", "lumbar_bending", "lumbar_rotation",
    *(f"{name}_r" for name in _ARM), *(f"{name}_l" for name in _ARM),
    "neck_flexion", "neck_rotation",
)  # fmt: skip

_SIDE_SEGMENTS = ("thigh", "shank", "foot", "toes", "upper_arm", "forearm")
SEGMENTS: tuple[str, ...] = (
    "pelvis", "torso", "head",
    *(f"{name}_r" for name in _SIDE_SEGMENTS), *(f"{name}_l" for name in _SIDE_SEGMENTS),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class PosedBody:
    """Where a body's segments are at T times.

    rotation (T, S, 3, 3) segment to ground and origin_m (T, S, 3), S as in `SEGMENTS`. In the neutral
    posture every segment has X forward, Y up and Z to the right. Origins: pelvis and torso at mid-hip, head
    at the neck, thigh at the hip, shank at the knee, foot at the ankle, toes at the ball of the foot.
    """

    body: Body
    rotation: Array
    origin_m: Array

    def point(self, segment: str, local_m: tuple[float, float, float]) -> Array:
        """A point fixed to a segment, in the ground frame, (T, 3) m."""
        s = SEGMENTS.index(segment)
        point: Array = self.origin_m[:, s] + self.rotation[:, s] @ np.array(local_m)
        return point

    def landmarks_m(self) -> Array:
        """The landmarks of `GAIT_20` in the ground frame, (T, 20, 3) m: joint centres, sole and head."""
        places = landmark_places(self.body)
        return np.stack([self.point(*places[name]) for name in GAIT_20.landmarks], axis=1)


def column(name: str) -> int:
    """Column of a coordinate in an angle array (T, J)."""
    return COORDINATES.index(name)


def landmark_places(body: Body) -> dict[str, tuple[str, tuple[float, float, float]]]:
    """Segment and local position (m) of each landmark of `GAIT_20`.

    Heel and big toe lie on the sole: its rear edge and the tip of the toes, what touches the floor first
    and last. Nose, head (top) and neck follow the head; shoulders sit on the trunk's axis line.
    """
    height = body.height_m
    places: dict[str, tuple[str, tuple[float, float, float]]] = {
        "nose": ("head", (0.062 * height, 0.078 * height, 0.0)),
        "head": ("head", (0.0, bodies.NECK_TO_HEAD_TOP * height, 0.0)),
        "neck": ("head", (0.0, 0.0, 0.0)),
        "mid_hip": ("pelvis", (0.0, 0.0, 0.0)),
    }
    for side in ("right", "left"):
        s = side[0]
        places |= {
            f"{side}_shoulder": (f"upper_arm_{s}", (0.0, 0.0, 0.0)),
            f"{side}_elbow": (f"forearm_{s}", (0.0, 0.0, 0.0)),
            f"{side}_wrist": (f"forearm_{s}", (0.0, -bodies.FOREARM * height * body.arm_scale, 0.0)),
            f"{side}_hip": (f"thigh_{s}", (0.0, 0.0, 0.0)),
            f"{side}_knee": (f"shank_{s}", (0.0, 0.0, 0.0)),
            f"{side}_ankle": (f"foot_{s}", (0.0, 0.0, 0.0)),
            f"{side}_heel": (f"foot_{s}", (-body.ankle_ahead_m, -body.ankle_height_m, 0.0)),
            f"{side}_big_toe": (f"toes_{s}", (body.toes_m, 0.0, 0.0)),
        }
    return places


def forward(body: Body, angle_deg: Array, pelvis_position_m: Array) -> PosedBody:
    """Segment frames from joint angles.

    angle_deg (T, J) in the order of `COORDINATES`, pelvis_position_m (T, 3) of the mid-hip. Rotations are
    body-fixed in OpenSim's order: pelvis tilt, list, rotation and hip flexion, adduction, rotation about
    Z, X, Y; the left side mirrors X and Y. Knee, ankle, toes and elbow are hinges about Z. We differ from
    OpenSim in three simplifications that keep angles exactly visible: the lumbar joint sits at mid-hip, the
    knee's centre does not slide, and there is no subtalar joint.
    """
    a = {name: np.radians(angle_deg[:, i]) for i, name in enumerate(COORDINATES)}
    height = body.height_m
    pelvis = rotation_zxy(a["pelvis_tilt"], a["pelvis_list"], a["pelvis_rotation"])
    lumbar = rotation_zxy(a["lumbar_extension"], a["lumbar_bending"], a["lumbar_rotation"])
    torso = pelvis @ lumbar
    zero = np.zeros(len(angle_deg))
    head = torso @ rotation_zxy(-a["neck_flexion"], zero, a["neck_rotation"])
    neck_m = pelvis_position_m + torso @ np.array([0.0, bodies.HIP_TO_NECK * height, 0.0])
    rotations = [pelvis, torso, head]
    origins = [pelvis_position_m, pelvis_position_m, neck_m]
    for s in ("r", "l"):
        leg = _leg(body, a, s, pelvis, pelvis_position_m)
        arm = _arm(body, a, s, torso, pelvis_position_m)
        for rotation, origin in (*leg, *arm):
            rotations.append(rotation)
            origins.append(origin)
    return PosedBody(body, np.stack(rotations, axis=1), np.stack(origins, axis=1))


def _leg(
    body: Body, a: dict[str, Array], s: str, pelvis: Array, mid_hip_m: Array
) -> list[tuple[Array, Array]]:
    sign = 1.0 if s == "r" else -1.0
    hip = mid_hip_m + pelvis @ np.array([0.0, 0.0, sign * body.hip_half_width_m])
    thigh = pelvis @ rotation_zxy(
        a[f"hip_flexion_{s}"], sign * a[f"hip_adduction_{s}"], sign * a[f"hip_rotation_{s}"]
    )
    shank = thigh @ rotation_z(-a[f"knee_angle_{s}"])
    foot = shank @ rotation_z(a[f"ankle_angle_{s}"])
    toes = foot @ rotation_z(a[f"mtp_angle_{s}"])
    knee = hip + thigh @ np.array([0.0, -body.thigh_m, 0.0])
    ankle = knee + shank @ np.array([0.0, -body.shank_m, 0.0])
    ball = ankle + foot @ np.array([body.ball_ahead_m - body.ankle_ahead_m, -body.ankle_height_m, 0.0])
    return [(thigh, hip), (shank, knee), (foot, ankle), (toes, ball)]


def _arm(
    body: Body, a: dict[str, Array], s: str, torso: Array, mid_hip_m: Array
) -> list[tuple[Array, Array]]:
    sign = 1.0 if s == "r" else -1.0
    height = body.height_m
    half_width = sign * bodies.SHOULDER_HALF_WIDTH * height * body.width_scale
    shoulder = mid_hip_m + torso @ np.array([0.0, bodies.HIP_TO_SHOULDER * height, half_width])
    flexion, adduction = a[f"arm_flex_{s}"], sign * a[f"arm_add_{s}"]
    upper = torso @ rotation_zxy(flexion, adduction, np.zeros_like(flexion))
    forearm = upper @ rotation_z(a[f"elbow_flex_{s}"])
    elbow = shoulder + upper @ np.array([0.0, -bodies.UPPER_ARM * height * body.arm_scale, 0.0])
    return [(upper, shoulder), (forearm, elbow)]


def rotation_z(angle: Array) -> Array:
    """Rotation about Z, (T,) rad to (T, 3, 3)."""
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.zeros((*angle.shape, 3, 3))
    matrix[..., 0, 0] = matrix[..., 1, 1] = cosine
    matrix[..., 0, 1], matrix[..., 1, 0] = -sine, sine
    matrix[..., 2, 2] = 1.0
    return matrix


def rotation_zxy(z: Array, x: Array, y: Array) -> Array:
    """Body-fixed rotations about Z, then X, then Y, (T,) rad to (T, 3, 3): Rz Rx Ry."""
    cz, sz, cx, sx, cy, sy = np.cos(z), np.sin(z), np.cos(x), np.sin(x), np.cos(y), np.sin(y)
    rows = [
        [cz * cy - sz * sx * sy, -sz * cx, cz * sy + sz * sx * cy],
        [sz * cy + cz * sx * sy, cz * cx, sz * sy - cz * sx * cy],
        [-cx * sy, sx, cx * cy],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def angles_zxy(rotation: Array) -> tuple[Array, Array, Array]:
    """The three angles of `rotation_zxy`, each (T,) rad; the middle one within +-90 deg."""
    z = np.arctan2(-rotation[..., 0, 1], rotation[..., 1, 1])
    x = np.arcsin(np.clip(rotation[..., 2, 1], -1, 1))
    y = np.arctan2(-rotation[..., 2, 0], rotation[..., 2, 2])
    return z, x, y
