"""Whether the camera saw the person from the side, which planar angles take for granted."""

from __future__ import annotations

import numpy as np

from kinelab.core.keypoints import Keypoints

SIDE_ON_DEG = 25.0  # beyond this, cos(25 deg) = 0.91: segments and angles are a tenth too small and more
# Drillis & Contini 1966 (in Winter 2009, fig. 4.1): shoulder joints 0.259 of the height apart, hip to
# shoulder 0.818 - 0.530 of it.
_WIDTH_TO_TRUNK = 0.259 / (0.818 - 0.530)


def off_side_deg(keypoints: Keypoints) -> float:
    """Median angle between the plane of the person's walk and the plane of the picture, 0 to 90 deg.

    From how wide the shoulders look against the trunk's length: seen from the side they lie behind one
    another. Their own rotation in walking (some 5 deg to either side) is what a true side view gives. Good to
    about 15 deg up to 45; beyond, a person with narrow shoulders reads too low (the sine is flat there). NaN
    where the landmark set or the recording lacks shoulders or hips.
    """
    needed = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    if not keypoints.skeleton.has(*needed):
        return float("nan")
    left, right, left_hip, right_hip = (keypoints.of(name) for name in needed)
    trunk = np.linalg.norm((left + right - left_hip - right_hip) / 2, axis=1)
    ratio = np.linalg.norm(left - right, axis=1) / trunk / _WIDTH_TO_TRUNK
    ratio = ratio[np.isfinite(ratio)]
    return float(np.degrees(np.arcsin(np.clip(np.median(ratio), 0, 1)))) if ratio.size else float("nan")
