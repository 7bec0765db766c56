"""Whether somebody walks at all, and what they do where not: stand, walk backwards, step on the spot."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.gait.progress import SLOWEST_WALK_MPS, progress_mps

_BACKWARDS_MPS = -0.15
# A foot that goes this far to and fro against the pelvis steps.
_STEP_M = 0.15
# Shorter than this, nobody makes a step that can be told.
_SHORTEST_S = 0.3


def no_walk(plane: Keypoints) -> str:
    """Why a walk (landmarks (T, K, 2) m, X where the person faces) cannot be measured; "" where it can.

    A part of walking forwards is enough to measure. The rules: progress of the pelvis against the ground or
    the belt (`gait.progress`) above 0.05 m/s in any frame is walking; below -0.15 m/s, backwards; else the
    feet tell whether the person steps on the spot (or backwards on a belt) or stands.
    """
    duration_s = float(plane.time_s[-1] - plane.time_s[0]) if plane.n else 0.0
    if plane.n < 3 or duration_s < _SHORTEST_S:
        return f"the recording lasts {duration_s:.2f} s: too short for a step"
    speed = progress_mps(plane)
    if not np.isfinite(speed).any():
        return "the pelvis is never seen: nothing tells whether the person walks"
    backwards, forwards = speed < _BACKWARDS_MPS, speed > SLOWEST_WALK_MPS
    if backwards.sum() > forwards.sum():
        return (
            f"the person walks backwards for {100 * backwards.mean():.0f} % of the time: the event methods"
            " hold for walking forwards only"
        )
    if _excursion_m(plane) < _STEP_M:
        return "the person stands: no foot steps past the other"
    if not forwards.any():
        return "the person steps on the spot, or walks backwards on a treadmill: nothing moves forwards"
    return ""


def backwards_share(plane: Keypoints) -> float:
    """Share of the frames (0 to 1) in which the person moves backwards faster than 0.15 m/s."""
    return float((progress_mps(plane) < _BACKWARDS_MPS).mean()) if plane.n else 0.0


def _excursion_m(plane: Keypoints) -> float:
    """Usual range of a foot against the pelvis along the way, m; the larger of both."""
    hips = [name for name in ("left_hip", "right_hip", "mid_hip") if plane.skeleton.has(name)]
    centre: Array = np.mean([plane.of(name)[:, 0] for name in hips[:2]], axis=0)
    ranges = [0.0]
    for side in SIDES:
        ahead = plane.of(f"{side}_ankle")[:, 0] - centre
        seen = ahead[np.isfinite(ahead)]
        if seen.size:
            ranges.append(float(np.ptp(np.percentile(seen, [5, 95]))))
    return max(ranges)
