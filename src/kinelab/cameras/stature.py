"""How tall a person is, from the landmarks of any movement."""

from __future__ import annotations

import numpy as np

from kinelab.core.keypoints import Keypoints

# Shares of the height: shank 0.246, thigh 0.245, hip to shoulder 0.288 (Winter 2009, figure 4.1).
_CHAIN = (("ankle", "knee", 0.246), ("knee", "hip", 0.245), ("hip", "shoulder", 0.288))


def standing_height(keypoints: Keypoints) -> float | None:
    """Height in the unit of the keypoints, from shank, thigh and trunk; good to some 3 %. None if one is not
    seen.
    """
    lengths = []
    for lower, upper, _ in _CHAIN:
        sides = [
            np.linalg.norm(keypoints.of(f"{side}_{lower}") - keypoints.of(f"{side}_{upper}"), axis=-1)
            for side in ("left", "right")
            if keypoints.skeleton.has(f"{side}_{lower}", f"{side}_{upper}")
        ]
        seen = np.concatenate(sides) if sides else np.empty(0)
        seen = seen[np.isfinite(seen)]
        if not seen.size:
            return None
        lengths.append(float(np.median(seen)))
    return sum(lengths) / sum(share for *_, share in _CHAIN)
