"""How a person stands and holds the arms when nothing is asked of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from kinelab.body.forward import forward
from kinelab.virtual_lab.motion.mover import Mover


def hanging_arm_deg(mover: Mover) -> float:
    """Adduction at which an arm hangs free of the hips, degrees: -(0.545 BMI - 2).

    Measured on 60 of our meshes, palms to the thighs; men need 3 degrees less, women 3 more, and a mover does
    not know which it is.
    """
    return 2.0 - 0.545 * mover.mass_kg / mover.height_m**2


def draw_ease(rng: np.random.Generator, mover: Mover) -> dict[str, float]:
    """Angles in degrees of pelvis, trunk, head and arms of someone who stands at ease.

    The pelvis is tilted forward by 10 degrees or so (docs/models/own_body.md) and the trunk stays upright
    over it; arms hang a little away from the body with the palms to the thighs.
    """
    tilt = float(rng.normal(-9, 3))
    lean = float(rng.normal(-2, 2))
    values = {
        "pelvis_tilt": tilt,
        "pelvis_list": float(rng.normal(0, 0.8)),
        "pelvis_rotation": float(rng.normal(0, 1.5)),
        "lumbar_extension": lean - tilt,
        "lumbar_bending": float(rng.normal(0, 0.8)),
        "lumbar_rotation": float(rng.normal(0, 1.5)),
        "neck_extension": -lean + float(rng.normal(0, 3)),
        "neck_bending": float(rng.normal(0, 1.5)),
        "neck_rotation": float(rng.normal(0, 3)),
    }
    flex, add, elbow = (
        rng.normal(2, 4),
        hanging_arm_deg(mover) - abs(rng.normal(0, 3)),
        abs(rng.normal(16, 6)) + 2,
    )
    for side in "rl":
        values |= {
            f"arm_flex_{side}": float(flex + rng.normal(0, 2)),
            f"arm_add_{side}": float(add + rng.normal(0, 1.5)),
            f"arm_rot_{side}": float(rng.normal(5, 5)),
            f"elbow_flex_{side}": float(elbow + rng.normal(0, 3)),
            f"pro_sup_{side}": float(rng.normal(95, 10)),
            f"wrist_flex_{side}": float(rng.normal(3, 4)),
            f"wrist_dev_{side}": float(rng.normal(5, 3)),
        }
    return values


@lru_cache(maxsize=16)
def hip_height(mover: Mover) -> float:
    """Height of the middle of the hip centres over the floor in the neutral standing pose, m."""
    centres = forward(mover.model, mover.standing).joint_centre_m
    names = mover.model.joint_names
    return float(0.5 * (centres[names.index("hip_r"), 1] + centres[names.index("hip_l"), 1]))
