"""Postures that are not walking, so that a network does not only know perfect gait."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.motion import Motion, no_events
from kinelab.virtual_lab.solid_people.posture import COORDINATES, column, forward

# Ranges (deg) within which any combination still looks like a person; the rest stays near neutral.
_FREE_RANGE = {
    "pelvis_tilt": (-35, 15), "pelvis_list": (-8, 8),
    "hip_flexion": (-20, 95), "hip_adduction": (-30, 10), "hip_rotation": (-20, 20), "knee_angle": (0, 110),
    "ankle_angle": (-25, 20), "mtp_angle": (0, 20),
    "lumbar_extension": (-30, 15), "lumbar_bending": (-15, 15), "lumbar_rotation": (-25, 25),
    "arm_flex": (-40, 150), "arm_add": (-100, 0), "elbow_flex": (0, 130),
    "neck_flexion": (-25, 35), "neck_rotation": (-50, 50),
}  # fmt: skip


def posture(body: Body, angle_deg: Array, turn_deg: float = 0.0) -> Motion:
    """One instant of any posture, (J,) deg in the order of `COORDINATES`, its lowest point on the floor.

    turn_deg turns the whole person about the vertical (left positive), by its pelvis_rotation.
    """
    angles = np.array(angle_deg, dtype=float)[None]
    angles[:, column("pelvis_rotation")] += turn_deg
    sole = forward(body, angles, np.zeros((1, 3)))
    ends = [sole.landmarks_m()[0, :, 1].min(), sole.point("toes_r", (0, 0, 0))[0, 1]]
    ends.append(sole.point("toes_l", (0, 0, 0))[0, 1])
    return Motion(body, Timebase(1.0, 1), angles, np.array([[0.0, -min(ends), 0.0]]), no_events())


def standing(rng: np.random.Generator, body: Body) -> Motion:
    """Standing at ease: weight a little on one leg, arms hanging, crossed or on the hips."""
    angles = _small(rng)
    angles[column("pelvis_list")] = rng.normal(0, 2)
    for s in "rl":
        flexion = rng.uniform(0, 12)
        angles[column(f"hip_flexion_{s}")] = flexion
        angles[column(f"knee_angle_{s}")] = 2 * flexion * rng.uniform(0.5, 1.0)
        angles[column(f"ankle_angle_{s}")] = angles[column(f"knee_angle_{s}")] - flexion
        angles[column(f"hip_adduction_{s}")] = rng.uniform(-14, 2)
        angles[column(f"arm_add_{s}")] = rng.uniform(-25, -4)
        angles[column(f"elbow_flex_{s}")] = rng.uniform(3, 100) if rng.uniform() < 0.4 else rng.uniform(3, 25)
    return posture(body, angles, float(rng.uniform(-180, 180)))


def crouching(rng: np.random.Generator, body: Body) -> Motion:
    """On the way into or out of a chair or a squat, both legs nearly alike and feet flat."""
    angles = _small(rng)
    depth, lean = rng.uniform(0.1, 1.0), rng.uniform(15, 50)
    tilt = -lean * depth
    angles[column("pelvis_tilt")] = tilt
    angles[column("neck_flexion")] = tilt * rng.uniform(0.2, 0.8)
    for s in "rl":
        thigh, shank = 90 * depth + rng.normal(0, 3), -28 * depth + rng.normal(0, 3)
        angles[column(f"hip_flexion_{s}")] = thigh - tilt
        angles[column(f"knee_angle_{s}")] = thigh - shank
        angles[column(f"ankle_angle_{s}")] = -shank
        angles[column(f"hip_adduction_{s}")] = rng.uniform(-16, 0)
        angles[column(f"arm_flex_{s}")] = rng.uniform(-10, 90)
        angles[column(f"elbow_flex_{s}")] = rng.uniform(0, 100)
    return posture(body, angles, float(rng.uniform(-180, 180)))


def free_posture(rng: np.random.Generator, body: Body) -> Motion:
    """Any joint anywhere in its range (drawn towards the middle), facing anywhere."""
    angles = np.zeros(len(COORDINATES))
    for i, name in enumerate(COORDINATES):
        low, high = _FREE_RANGE.get(name.removesuffix("_r").removesuffix("_l"), (-5, 5))
        angles[i] = low + (high - low) * rng.beta(1.6, 1.6)
    return posture(body, angles, float(rng.uniform(-180, 180)))


def random_posture(rng: np.random.Generator, body: Body) -> Motion:
    """Standing, crouching or anything, one instant."""
    kind = rng.choice(3, p=[0.4, 0.25, 0.35])
    return (standing, crouching, free_posture)[kind](rng, body)


def _small(rng: np.random.Generator) -> Array:
    """A neutral posture with a little of everything."""
    angles: Array = rng.normal(0, 3, len(COORDINATES))
    for name in (
        "knee_angle_r",
        "knee_angle_l",
        "elbow_flex_r",
        "elbow_flex_l",
        "mtp_angle_r",
        "mtp_angle_l",
    ):
        angles[column(name)] = abs(angles[column(name)])
    return angles
