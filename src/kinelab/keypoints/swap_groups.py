"""Which landmarks a network exchanges together: chains of left/right pairs, from the trunk outwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import BoolArray, IntArray
from kinelab.core.skeletons import Skeleton

# Joints from the trunk outwards; what stands in one entry is exchanged together.
LEG = (("hip",), ("knee",), ("ankle",), ("heel",), ("big_toe", "small_toe"))
ARM = (("shoulder",), ("elbow",), ("wrist", "pinky", "index", "thumb"))
FACE = (("eye", "ear", "eye_inner", "eye_outer", "mouth"),)
BONES = (("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"), ("ankle", "big_toe"), ("heel", "big_toe"),
         ("shoulder", "elbow"), ("elbow", "wrist"))  # fmt: skip


@dataclass(frozen=True)
class SwapGroup:
    """P pairs in U units that may be exchanged, and the S combinations that are considered.

    left, right (P,) columns of the landmark set; unit (P,) which unit each pair belongs to; states (S, P)
    True where the pair is exchanged, the first state is "none"; bones (B, 2) pairs whose distance on one
    body side is a bone.
    """

    left: IntArray
    right: IntArray
    unit: IntArray
    states: BoolArray
    bones: IntArray


def swap_groups(skeleton: Skeleton) -> tuple[SwapGroup, ...]:
    """The legs, the arms and the face of a human landmark set; every other pair is a group of its own."""
    pairs = {skeleton.landmarks[left][5:]: (left, right) for left, right in skeleton.pairs}
    known = {name for chain in (LEG, ARM, FACE) for unit in chain for name in unit}
    chains = [*(LEG, ARM, FACE), *(((name,),) for name in pairs if name not in known)]
    groups = (_group([[n for n in unit if n in pairs] for unit in chain], pairs) for chain in chains)
    return tuple(group for group in groups if group is not None)


def _group(chain: list[list[str]], pairs: dict[str, tuple[int, int]]) -> SwapGroup | None:
    units = [unit for unit in chain if unit]
    if not units:
        return None
    names = [name for unit in units for name in unit]
    unit = np.array([i for i, members in enumerate(units) for _ in members])
    # Every stretch of the chain: the whole limb, the part beyond a joint, a single joint.
    stretches = [(a, b) for a in range(len(units)) for b in range(a + 1, len(units) + 1)]
    states = np.array([[False] * len(names), *((a <= unit) & (unit < b) for a, b in stretches)])
    bones = [(names.index(a), names.index(b)) for a, b in BONES if a in names and b in names]
    left, right = np.array([pairs[name] for name in names]).T
    return SwapGroup(left, right, unit, states, np.array(bones, dtype=np.int64).reshape(-1, 2))
