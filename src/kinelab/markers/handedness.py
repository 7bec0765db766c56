"""Whether left is left: toes ahead of heels, seen from the line between the left and the right markers."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.report import Finding
from kinelab.markers.middle import middle_of
from kinelab.markers.names import foot_part, mirror_pairs

_UP = np.array([0.0, 1.0, 0.0])
_CLEAR_M = 0.03


def handedness(markers: Keypoints) -> tuple[Finding, ...]:
    """A warning where the toes (markers in ground, m) lie behind the heels on most frames.

    Then all labels of left and right are exchanged, or the file's axes are left-handed: no posture explains
    it, and no distance between markers shows it.
    """
    names = markers.skeleton.landmarks
    toes, heels = _middle(markers, "toes"), _middle(markers, "heel")
    across = [markers.of(right) - markers.of(left) for left, right in mirror_pairs(names)]
    if not across:
        return ()
    lines = np.stack(across)
    seen = np.isfinite(lines).all(axis=-1, keepdims=True)
    facing = np.cross(_UP, np.where(seen, lines, 0.0).sum(axis=0))
    facing = facing / np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-9)
    ahead_m = ((toes - heels) * facing).sum(axis=1)
    ahead_m = ahead_m[np.isfinite(ahead_m)]
    if ahead_m.size and np.median(ahead_m) < -_CLEAR_M:
        text = "the toes point backwards by the left and right markers: the labels of the two sides are all"
        return (Finding("warning", f"{text} exchanged, or the axes of the file are left-handed"),)
    return ()


def _middle(markers: Keypoints, part: str) -> Array:
    """(T, 3) mean of the toes' or the heels' markers, NaN where none is seen."""
    names = markers.skeleton.landmarks
    return middle_of(markers, [i for i, name in enumerate(names) if foot_part(name) == part])
