"""Where the joints of our own body are when it stands upright, in metres.

Frame of the standing body: X forward, Y up from the floor, Z right, X = 0 below the hip centres. Right side
and mid-line; the left side is the mirror image.

The neutral pose has every angle zero: long bones vertical, feet straight ahead and flat, arms hanging with
the palms forward, the plane of ASIS and PSIS horizontal (ISB: Wu et al. 2002). A person at ease tilts the
pelvis forward by about 10 degrees more.
"""

from __future__ import annotations

import numpy as np

from kinelab.body.own_body import anthropometry as a
from kinelab.core.checks import Array

Point = tuple[float, float, float]

H = a.HEIGHT_M


def _mm(share: tuple[float, float], length_m: float) -> float:
    """A regression of Harrington's, in metres."""
    return share[0] * length_m + share[1] / 1000


HIP_OUT_M = _mm(a.HARRINGTON_OUT, a.ASIS_DISTANCE_M)
MID_ASIS: Point = (
    _mm(a.HARRINGTON_BACK, a.PELVIC_DEPTH_M),
    a.HIP_LEVEL * H + _mm(a.HARRINGTON_DOWN, a.ASIS_DISTANCE_M),
    0.0,
)
HIP: Point = (0.0, a.HIP_LEVEL * H, HIP_OUT_M)
KNEE: Point = (0.0, a.KNEE_LEVEL * H, HIP_OUT_M)
ANKLE: Point = (0.0, a.ANKLE_LEVEL * H, HIP_OUT_M)

# The foot: ankle a quarter of its length in front of the heel's back; heads of metatarsals 1 and 5 at 0.72
# and 0.63 of the length (ball of the foot, ANSUR 1988, from memory). The line from the heel to the second toe
# passes below the ankle (as in Fukuchi's runners) and leaves 0.46 of the breadth on the inner side.
FOOT_M = a.FOOT_LENGTH * H
HEEL: Point = (-0.25 * FOOT_M, 0.0, HIP_OUT_M)
METATARSAL_1: Point = (0.47 * FOOT_M, 0.022, HIP_OUT_M - 0.46 * a.FOOT_BREADTH * H)
METATARSAL_5: Point = (0.38 * FOOT_M, 0.018, HIP_OUT_M + 0.54 * a.FOOT_BREADTH * H)
TOE_TIP: Point = (0.75 * FOOT_M, 0.015, HIP_OUT_M - 0.33 * a.FOOT_BREADTH * H)
MTP: Point = tuple(0.5 * (np.array(METATARSAL_1) + METATARSAL_5))
# The subtalar axis passes 12 mm below the ankle's centre and out of the heel's back (Isman & Inman 1969, from
# memory); its joint centre is put 45 mm behind the ankle, in the calcaneus.
SUBTALAR_BELOW_ANKLE_M = 0.012
SUBTALAR_BEHIND_ANKLE_M = 0.045

L5S1: Point = (
    MID_ASIS[0] - a.L5S1_BACK * a.ASIS_DISTANCE_M,
    MID_ASIS[1] + a.L5S1_UP * a.ASIS_DISTANCE_M,
    0.0,
)
# T12/L1: 0.18 m above L5/S1 (lumbar spine's height, five vertebrae and discs of some 27 and 10 mm, less its
# curve: own choice) and behind it by the kyphosis.
T12L1: Point = (-0.035, L5S1[1] + 0.18, 0.0)
C7: Point = (-0.0885, H - a.of_de_leva(a.VERTEX_TO_C7_M), 0.0)
JUGULAR_NOTCH: Point = (0.0265, C7[1] - a.of_de_leva(a.C7_TO_JUGULAR_NOTCH_M), 0.0)
XIPHOID: Point = (0.090, JUGULAR_NOTCH[1] - a.of_de_leva(a.JUGULAR_NOTCH_TO_XIPHOID_M), 0.0)
# Ear: 50 degrees above the horizontal through C7 (craniovertebral angle of upright adults, from memory),
# 130 mm below the vertex, 145 mm from the other (ANSUR 1988 men, from memory).
TRAGION: Point = (0.008, H - 0.130, 0.0725)
VERTEX: Point = (0.008, H, 0.0)


def _c7t1() -> Point:
    """Centre of C7/T1 after Dumas: from C7 towards the jugular notch, turned up in the sagittal plane."""
    along = np.array(JUGULAR_NOTCH[:2]) - C7[:2]
    turn = np.radians(a.C7T1_UP_DEG)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ along
    x, y = np.array(C7[:2]) + a.C7T1_SHARE * turned
    return (float(x), float(y), 0.0)


C7T1: Point = _c7t1()

# Shoulder: biacromial breadth 0.397 m of ANSUR 1988 men of 1.756 m (from memory); the joint's centre 2 cm
# inside the acromion's edge, as high as de Leva's upper arm puts it above the elbow.
ACROMION: Point = (-0.025, a.SHOULDER_LEVEL * H, 0.113 * H)
ELBOW_LEVEL_M = (a.SHOULDER_LEVEL - a.ACROMION_TO_ELBOW) * H
SHOULDER: Point = (-0.015, ELBOW_LEVEL_M + a.of_de_leva(a.DE_LEVA["upper_arm"].length_m), 0.102 * H)
STERNOCLAVICULAR: Point = (0.012, JUGULAR_NOTCH[1] - 0.004, 0.022)
ELBOW: Point = (SHOULDER[0], ELBOW_LEVEL_M, SHOULDER[2])
WRIST: Point = (ELBOW[0], ELBOW[1] - a.of_de_leva(a.DE_LEVA["forearm"].length_m), ELBOW[2])
# Pronation turns the radius about the line from the capitulum to the head of the ulna (Fick; own distances).
CAPITULUM: Point = (ELBOW[0], ELBOW[1], ELBOW[2] + 0.018)
ULNAR_HEAD: Point = (WRIST[0], WRIST[1] + 0.005, WRIST[2] - 0.022)
FINGERTIP: Point = (WRIST[0], WRIST[1] - a.of_de_leva(a.DE_LEVA["hand"].length_m), WRIST[2])


def ankle_axis() -> Array:
    """Talocrural axis of the right foot, unit vector to the right: outwards, down and back."""
    down = np.cos(np.radians(a.ANKLE_TO_SHANK_DEG))
    back = np.cos(np.radians(a.ANKLE_TO_FOOT_DEG))
    return np.array([-back, -down, np.sqrt(1 - down**2 - back**2)])


def subtalar_axis() -> Array:
    """Subtalar axis of the right foot, unit vector: forward, up and inwards."""
    up, inward = np.radians(a.SUBTALAR_UP_DEG), np.radians(a.SUBTALAR_INWARD_DEG)
    return np.array([np.cos(up) * np.cos(inward), np.sin(up), -np.cos(up) * np.sin(inward)])


def subtalar_centre() -> Array:
    """A point of the subtalar axis of the right foot in the calcaneus, (3,) m."""
    axis = subtalar_axis()
    below_ankle = np.array(ANKLE) - (0.0, SUBTALAR_BELOW_ANKLE_M, 0.0)
    return np.asarray(below_ankle - axis * SUBTALAR_BEHIND_ANKLE_M / axis[0])


def toe_axis() -> Array:
    """Axis of the toes of the right foot: through the heads of metatarsals 1 and 5, level, to the left."""
    across = np.array(METATARSAL_1) - METATARSAL_5
    across[1] = 0.0
    return np.asarray(across / np.linalg.norm(across))


def pronation_axis() -> Array:
    """Axis of pronation of the right forearm, unit vector upwards."""
    axis = np.array(CAPITULUM) - ULNAR_HEAD
    return np.asarray(axis / np.linalg.norm(axis))


# Origin of each body's frame in the standing body; right side and mid-line. All frames are parallel to it.
ORIGIN: dict[str, Point] = {
    "pelvis": MID_ASIS,
    "femur": HIP,
    "tibia": KNEE,
    "talus": ANKLE,
    "calcn": HEEL,
    "toes": MTP,
    "lumbar": L5S1,
    "torso": T12L1,
    "head": C7T1,
    "clavicle": STERNOCLAVICULAR,
    "humerus": SHOULDER,
    "ulna": ELBOW,
    "radius": CAPITULUM,
    "hand": WRIST,
}
