"""Left and right landmarks, found by their names in any usual spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence

# A whole word for the side, wherever it stands; a single letter only first or last.
_WORDS = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"))
_LETTERS = (("l", "r"), ("L", "R"))


def find_pairs(landmarks: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(left, right) landmarks: names that become one another when the side in them is exchanged.

    Only a name whose other side is among the landmarks is taken, so that "leg" or "rear" alone are no sides.

    >>> find_pairs(["left_hip", "right_hip", "LKnee", "RKnee", "ankle_l", "ankle_r", "lefttoe", "righttoe"])
    (('left_hip', 'right_hip'), ('LKnee', 'RKnee'), ('ankle_l', 'ankle_r'), ('lefttoe', 'righttoe'))
    """
    have = set(landmarks)
    found: dict[str, str] = {}
    for left in landmarks:
        right = next((name for name in _other_side(left) if name in have and name != left), None)
        if right is not None and right not in found.values():
            found[left] = right
    return tuple(found.items())


def _other_side(left: str) -> list[str]:
    """What a left landmark's partner may be called, the surest spelling first."""
    names = [left.replace(one, other) for one, other in _WORDS if one in left]
    for one, other in _LETTERS:
        names += [
            re.sub(rf"(?<![A-Za-z]){one}(?![A-Za-z])", other, left, count=1),  # l_hip, hip.l, hip-l-1
            re.sub(rf"^{one}", other, left),  # LHip, lhip
            re.sub(rf"{one}$", other, left),  # HipL, hipl
        ]
    return names
