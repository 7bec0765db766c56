"""What the angle columns are called for people, and which side they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kinelab.core.events import Side

SUFFIX: dict[Side, str] = {"left": "_l", "right": "_r"}


@dataclass(frozen=True)
class AngleLabel:
    """Name of an angle in print and what its positive sign means (docs/conventions.md)."""

    label: str
    positive: str
    landmark: str = ""  # where its value is written on the video


LABELS = {
    "hip_flexion": AngleLabel("Hip", "flexion", "hip"),
    "knee_angle": AngleLabel("Knee", "flexion", "knee"),
    "ankle_angle": AngleLabel("Ankle", "dorsiflexion", "ankle"),
    "thigh_angle": AngleLabel("Thigh", "knee in front"),
    "shank_angle": AngleLabel("Shank", "ankle in front"),
    "foot_angle": AngleLabel("Foot", "toes up"),
    "trunk_lean": AngleLabel("Trunk", "forward"),
    "hip_adduction": AngleLabel("Hip adduction", "adduction"),
    "hip_rotation": AngleLabel("Hip rotation", "inward"),
    "knee_adduction": AngleLabel("Knee adduction", "adduction"),
    "knee_rotation": AngleLabel("Knee rotation", "inward"),
    "ankle_inversion": AngleLabel("Ankle inversion", "inversion"),
    "ankle_rotation": AngleLabel("Ankle rotation", "inward"),
}
JOINTS = ("hip_flexion", "knee_angle", "ankle_angle")
SEGMENTS = ("thigh_angle", "shank_angle", "foot_angle")
OTHER_PLANES = (
    "hip_adduction", "hip_rotation", "knee_adduction", "knee_rotation", "ankle_inversion", "ankle_rotation",
)  # fmt: skip


def stem(name: str) -> str:
    """`knee_angle` of `knee_angle_r`."""
    return name.removesuffix("_l").removesuffix("_r")


def side_of(name: str) -> Side | None:
    """Side of an angle column; None for the trunk."""
    return next((side for side, suffix in SUFFIX.items() if name.endswith(suffix)), None)


def label_of(name: str) -> AngleLabel:
    """Label of an angle column; one that is not in the list keeps its own name."""
    known = LABELS.get(stem(name))
    return known or AngleLabel(stem(name).replace("_", " "), "")


def drawn_joints(names: Iterable[str]) -> tuple[str, ...]:
    """Stems to draw: the joints that are there, hip before knee before ankle.

    Segment angles are drawn only where there is no knee angle: without sensors on the thighs, say.
    """
    stems = list(dict.fromkeys(stem(name) for name in names))
    joints = tuple(joint for joint in JOINTS if joint in stems)
    if "knee_angle" in joints:
        return joints
    segments = tuple(one for one in SEGMENTS if one in stems)
    return (*joints, *segments) or tuple(stems)
