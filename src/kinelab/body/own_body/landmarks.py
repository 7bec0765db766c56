"""Markers of our own body: bony landmarks with Plug-in-Gait names, and the landmarks of the pose networks.

Points of the right side and mid-line in the standing body (`points`), metres: centres of 14 mm markers on the
skin. Those of the pelvis, knee and ankle are means of 18 runners (`anthropometry`); the others are own
readings of anatomical drawings, good to about 1 cm, with 8 mm for skin and marker over the elbow and wrist.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.body.model import Marker
from kinelab.body.own_body import anthropometry as a
from kinelab.body.own_body import points as p
from kinelab.body.own_body.tree import LEFT, RIGHT, mirrored_point, origin


@dataclass(frozen=True)
class Spot:
    """A point of a body (both without side where it has two); `bony`: felt through the skin."""

    name: str
    body: str
    point: p.Point
    meaning: str
    bony: bool = True


# Half breadth over the humeral epicondyles: 35 mm of bone (ANSUR 1988, from memory), skin and marker.
_HALF_ELBOW = 0.043


def _off(point: p.Point, x: float, y: float, z: float) -> p.Point:
    return (point[0] + x, point[1] + y, point[2] + z)


def _opposite(offset: p.Point) -> p.Point:
    return (-offset[0], -offset[1], -offset[2])


# Right side; the left one's names have L for R.
SIDED = (
    Spot("RASI", "pelvis", (p.MID_ASIS[0], p.MID_ASIS[1], a.ASIS_DISTANCE_M / 2),
         "anterior superior iliac spine"),
    Spot("RPSI", "pelvis", (p.MID_ASIS[0] - a.PELVIC_DEPTH_M, p.MID_ASIS[1], a.PSIS_DISTANCE_M / 2),
         "posterior superior iliac spine"),
    Spot("RGTR", "femur", _off(p.HIP, *a.TROCHANTER_FROM_HIP_M), "greater trochanter"),
    Spot("RTHI", "femur", _off(p.HIP, 0.010, -0.230, 0.085), "lateral thigh, half way", bony=False),
    Spot("RKNE", "femur", _off(p.KNEE, 0.0, 0.0, a.HALF_KNEE_M), "lateral femoral epicondyle"),
    Spot("RKNM", "femur", _off(p.KNEE, 0.0, 0.0, -a.HALF_KNEE_M), "medial femoral epicondyle"),
    Spot("RTTB", "tibia", _off(p.KNEE, *a.TUBEROSITY_FROM_KNEE_M), "tibial tuberosity"),
    Spot("RFIB", "tibia", _off(p.KNEE, *a.FIBULA_FROM_KNEE_M), "head of the fibula"),
    Spot("RTIB", "tibia", _off(p.KNEE, 0.000, -0.210, 0.055), "lateral shank, half way", bony=False),
    Spot("RANK", "tibia", _off(p.ANKLE, *a.MALLEOLUS_FROM_ANKLE_M), "lateral malleolus"),
    Spot("RANM", "tibia", _off(p.ANKLE, *_opposite(a.MALLEOLUS_FROM_ANKLE_M)), "medial malleolus"),
    Spot("RHEE", "calcn", _off(p.HEEL, 0.0, 0.040, 0.0), "back of the calcaneus"),
    Spot("RMT1", "calcn", _off(p.METATARSAL_1, 0.0, 0.003, 0.0), "head of metatarsal 1, medial"),
    Spot("RTOE", "calcn", _off(p.METATARSAL_1, 0.008, 0.020, 0.0443), "head of metatarsal 2, dorsal"),
    Spot("RMT5", "calcn", _off(p.METATARSAL_5, 0.0, 0.002, 0.0), "head of metatarsal 5, lateral"),
    Spot("RHLX", "toes", p.TOE_TIP, "tip of the big toe"),
    Spot("RSHO", "clavicle", _off(p.ACROMION, 0.0, 0.010, -0.010), "acromion, top of its edge"),
    Spot("RUPA", "humerus", _off(p.SHOULDER, 0.0, -0.150, 0.048), "lateral upper arm, half way", bony=False),
    Spot("RELB", "humerus", _off(p.ELBOW, 0.0, 0.0, _HALF_ELBOW), "lateral humeral epicondyle"),
    Spot("RELM", "humerus", _off(p.ELBOW, 0.0, 0.0, -_HALF_ELBOW), "medial humeral epicondyle"),
    Spot("RFRM", "ulna", _off(p.ELBOW, -0.030, -0.120, -0.010), "back of the forearm, ulna", bony=False),
    Spot("RWRA", "radius", _off(p.WRIST, 0.0, 0.0, 0.034), "radial styloid"),
    Spot("RWRB", "radius", _off(p.WRIST, -0.005, 0.003, -0.033), "ulnar styloid"),
    Spot("RFIN", "hand", _off(p.WRIST, -0.015, -0.086, 0.025), "head of metacarpal 2"),
    Spot("RHN5", "hand", _off(p.WRIST, -0.012, -0.076, -0.036), "head of metacarpal 5"),
    Spot("RFHD", "head", (p.TRAGION[0] + 0.075, 1.665, 0.060), "temple"),
    Spot("RBHD", "head", (p.TRAGION[0] - 0.085, 1.670, 0.050), "back of the head"),
)  # fmt: skip
MIDDLE = (
    Spot("SACR", "pelvis", (p.MID_ASIS[0] - a.PELVIC_DEPTH_M, p.MID_ASIS[1], 0.0),
         "sacrum, half way between the posterior superior iliac spines"),
    Spot("L3", "lumbar", (-0.100, p.L5S1[1] + 0.095, 0.0), "spinous process of L3"),
    Spot("C7", "torso", p.C7, "spinous process of C7"),
    Spot("T8", "torso", (-0.130, p.XIPHOID[1] + 0.012, 0.0), "spinous process of T8"),
    Spot("T10", "torso", (-0.125, p.XIPHOID[1] - 0.055, 0.0), "spinous process of T10"),
    Spot("CLAV", "torso", p.JUGULAR_NOTCH, "jugular notch (incisura jugularis, IJ)"),
    Spot("STRN", "torso", p.XIPHOID, "xiphoid process (PX)"),
    Spot("RBAK", "torso", (-0.115, 1.340, 0.080), "right scapula, middle", bony=False),
    Spot("HDTP", "head", p.VERTEX, "vertex, top of the head"),
)  # fmt: skip

# Landmarks of the pose networks (core/skeletons): joint centres, and what they see of foot and face.
KEYPOINTS_SIDED = (
    Spot("shoulder", "humerus", p.SHOULDER, "centre of the glenohumeral joint"),
    Spot("elbow", "humerus", p.ELBOW, "mid-point of the humeral epicondyles"),
    Spot("wrist", "radius", p.WRIST, "centre of the wrist"),
    Spot("hip", "femur", p.HIP, "centre of the hip joint"),
    Spot("knee", "femur", p.KNEE, "mid-point of the femoral epicondyles"),
    Spot("ankle", "tibia", p.ANKLE, "mid-point of the malleoli"),
    Spot("heel", "calcn", _off(p.HEEL, 0.0, 0.020, 0.0), "back of the heel"),
    Spot("big_toe", "toes", p.TOE_TIP, "tip of the big toe"),
    Spot("small_toe", "toes", _off(p.METATARSAL_5, 0.035, -0.006, -0.004), "tip of the fifth toe"),
    Spot("eye", "head", (p.TRAGION[0] + 0.080, a.EYE_LEVEL * p.H, 0.032), "eye"),
    Spot("eye_inner", "head", (p.TRAGION[0] + 0.082, a.EYE_LEVEL * p.H, 0.018), "inner corner of the eye"),
    Spot("eye_outer", "head", (p.TRAGION[0] + 0.072, a.EYE_LEVEL * p.H, 0.046), "outer corner of the eye"),
    Spot("mouth", "head", (p.TRAGION[0] + 0.092, 1.560, 0.025), "corner of the mouth"),
    Spot("ear", "head", p.TRAGION, "tragion"),
    Spot("index", "hand", _off(p.WRIST, 0.0, -0.086, 0.025), "first knuckle of the index finger"),
    Spot("pinky", "hand", _off(p.WRIST, 0.0, -0.076, -0.034), "first knuckle of the little finger"),
    Spot("thumb", "hand", _off(p.WRIST, 0.020, -0.080, 0.050), "knuckle of the thumb"),
)
KEYPOINTS_MIDDLE = (
    Spot("nose", "head", (p.TRAGION[0] + 0.120, 1.600, 0.0), "tip of the nose"),
    Spot("head", "head", p.VERTEX, "top of the head"),
    Spot("neck", "torso", p.C7T1, "base of the neck, C7/T1"),
    Spot("mid_hip", "pelvis", (p.HIP[0], p.HIP[1], 0.0), "mid-point of the hip centres"),
)

_ON_MIDLINE = frozenset({"pelvis", "lumbar", "torso", "head"})


def _marker(name: str, spot: Spot, side: str) -> Marker:
    body = spot.body if spot.body in _ON_MIDLINE else spot.body + side
    point = mirrored_point(spot.point) if side == LEFT else spot.point
    return Marker(name, body, np.diag(np.round(np.array(point) - origin(body), 6)), fixed=spot.bony)


def bony_markers() -> tuple[Marker, ...]:
    """The markers of the .osim: right side, left side, mid-line; `fixed` where the landmark is bony."""
    right = [_marker(spot.name, spot, RIGHT) for spot in SIDED]
    left = [_marker("L" + spot.name[1:], spot, LEFT) for spot in SIDED]
    return (*right, *left, *(_marker(spot.name, spot, "") for spot in MIDDLE))


def keypoint_markers() -> tuple[Marker, ...]:
    """Markers called as the landmarks of the pose networks (`left_knee`, `neck`, ...), on the same bodies.

    They cover every landmark of every set of core/skeletons. Hip and knee sit on the femur, shoulder and
    elbow on the humerus, so that the bone's length follows from its two ends.
    """
    sides = (("left_", LEFT), ("right_", RIGHT))
    sided = [_marker(prefix + spot.name, spot, side) for spot in KEYPOINTS_SIDED for prefix, side in sides]
    return (*(_marker(spot.name, spot, "") for spot in KEYPOINTS_MIDDLE), *sided)


def _meanings() -> dict[str, str]:
    words = {spot.name: spot.meaning for spot in MIDDLE}
    for spot in SIDED:
        words[spot.name] = f"right {spot.meaning}"
        words["L" + spot.name[1:]] = f"left {spot.meaning}"
    return words


# Marker of the own body -> its anatomical name.
LANDMARKS: dict[str, str] = _meanings()
