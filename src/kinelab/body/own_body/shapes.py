"""One ellipsoid a body, so that the model can be seen in OpenSim's viewer; nothing else reads them."""

from __future__ import annotations

import numpy as np

from kinelab.body.own_body import points as p
from kinelab.body.own_body.anthropometry import PELVIC_DEPTH_M
from kinelab.body.own_body.tree import LEFT, RIGHT, mirrored_point
from kinelab.core.checks import Array

_FOOT, _BACK = p.FOOT_M, PELVIC_DEPTH_M / 2


def _between(first: p.Point, second: p.Point, half_x: float, half_z: float) -> tuple[Array, Array]:
    """An ellipsoid around an upright bone, centre in the standing body and half axes."""
    half = 0.5 * (np.array(first) - second)
    return 0.5 * (np.array(first) + second), np.array([half_x, abs(half[1]), half_z])


_SIDED: dict[str, tuple[Array, Array]] = {
    "femur": _between(p.HIP, p.KNEE, 0.045, 0.045),
    "tibia": _between(p.KNEE, p.ANKLE, 0.035, 0.035),
    "talus": (np.array(p.ANKLE), np.array([0.028, 0.018, 0.022])),
    "calcn": (np.array([0.18 * _FOOT, 0.032, p.HEEL[2]]), np.array([0.43 * _FOOT, 0.030, 0.035])),
    "toes": (0.5 * (np.array(p.MTP) + p.TOE_TIP), np.array([0.045, 0.014, 0.040])),
    "clavicle": (0.5 * (np.array(p.STERNOCLAVICULAR) + p.ACROMION), np.array([0.022, 0.012, 0.088])),
    "humerus": _between(p.SHOULDER, p.ELBOW, 0.028, 0.028),
    "ulna": _between(p.ELBOW, p.ULNAR_HEAD, 0.018, 0.014),
    "radius": _between(p.CAPITULUM, p.WRIST, 0.016, 0.014),
    "hand": _between(p.WRIST, p.FINGERTIP, 0.014, 0.040),
}
_MIDDLE: dict[str, tuple[Array, Array]] = {
    "pelvis": (
        np.array([p.MID_ASIS[0] - _BACK, p.MID_ASIS[1] - 0.045, 0.0]),
        np.array([_BACK, 0.075, 0.135]),
    ),
    "lumbar": _between(p.T12L1, p.L5S1, 0.045, 0.060),
    "torso": _between((-0.020, p.C7T1[1], 0.0), (-0.020, p.T12L1[1] - 0.020, 0.0), 0.105, 0.150),
    "head": (np.array([p.TRAGION[0], p.H - 0.115, 0.0]), np.array([0.095, 0.115, 0.075])),
}


def shapes() -> dict[str, tuple[Array, Array]]:
    """Centre (3,) m in the standing body and half axes (3,) m of every body, by full name."""
    right = {name + RIGHT: shape for name, shape in _SIDED.items()}
    left = {
        name + LEFT: (np.array(mirrored_point((centre[0], centre[1], centre[2]))), half)
        for name, (centre, half) in _SIDED.items()
    }
    return {**_MIDDLE, **right, **left}
