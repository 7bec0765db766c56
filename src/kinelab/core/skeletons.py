"""Landmark sets of the 2D pose networks, under one vocabulary.

A landmark that means the same joint has the same name in every set, so that whatever follows asks for
"left_hip" and never for "point 11". Left and right are the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.checks import Problems
from kinelab.errors import InputError

_SIDED = ("left", "right")


@dataclass(frozen=True)
class Skeleton:
    """An ordered set of K landmarks and the links to draw between them."""

    name: str
    landmarks: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        with Problems(f"Skeleton {self.name}") as problems:
            problems.add_if(not self.landmarks, "landmarks is empty")
            problems.unique("landmarks", self.landmarks)
            unknown = sorted({end for link in self.links for end in link} - set(self.landmarks))
            problems.add_if(bool(unknown), f"links name {', '.join(unknown)}, which are not landmarks")

    def __len__(self) -> int:
        return len(self.landmarks)

    def index(self, landmark: str) -> int:
        """Column of a landmark; raises `InputError` that lists what exists."""
        if landmark not in self.landmarks:
            raise InputError(
                f"landmark set {self.name!r} has no {landmark!r}; it has {', '.join(self.landmarks)}"
            )
        return self.landmarks.index(landmark)

    def has(self, *landmarks: str) -> bool:
        """Whether all of these landmarks are in the set."""
        return set(landmarks) <= set(self.landmarks)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(left, right) columns of each landmark that has both sides."""
        return tuple(
            (i, self.landmarks.index(other))
            for i, name in enumerate(self.landmarks)
            if name.startswith("left_") and (other := f"right_{name[5:]}") in self.landmarks
        )


def _both(*names: str) -> list[str]:
    return [f"{side}_{name}" for name in names for side in _SIDED]


def _limb_links(landmarks: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Links of a human landmark set, as far as its landmarks reach."""
    chain = [
        ("nose", "neck"),
        ("head", "neck"),
        ("neck", "mid_hip"),
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
        *(
            (f"{side}_{a}", f"{side}_{b}")
            for side in _SIDED
            for a, b in (
                ("shoulder", "elbow"),
                ("elbow", "wrist"),
                ("shoulder", "hip"),
                ("hip", "knee"),
                ("knee", "ankle"),
                ("ankle", "heel"),
                ("heel", "big_toe"),
                ("ankle", "big_toe"),
            )
        ),
    ]
    return tuple(link for link in chain if set(link) <= set(landmarks))


def _human(name: str, landmarks: list[str]) -> Skeleton:
    names = tuple(landmarks)
    return Skeleton(name, names, _limb_links(names))


_COCO = ["nose", *_both("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")]

COCO_17 = _human("coco17", _COCO)
HALPE_26 = _human("halpe26", [*_COCO, "head", "neck", "mid_hip", *_both("big_toe", "small_toe", "heel")])
BODY_25B = _human(
    "body25b",
    [*_COCO, "neck", "head", "left_big_toe", "left_small_toe", "left_heel",
     "right_big_toe", "right_small_toe", "right_heel"],
)  # fmt: skip
BODY_25 = _human(
    "body25",
    ["nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
     "left_wrist", "mid_hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee",
     "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear", "left_big_toe", "left_small_toe",
     "left_heel", "right_big_toe", "right_small_toe", "right_heel"],
)  # fmt: skip
BLAZEPOSE_33 = _human(
    "blazepose33",
    ["nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
     "right_eye_outer", "left_ear", "right_ear",
     *_both("mouth", "shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hip", "knee", "ankle", "heel",
            "big_toe")],
)  # fmt: skip
# Our own set: joint centres and the foot, nothing that a gait analysis does not use.
GAIT_20 = _human(
    "gait20",
    ["nose", "head", "neck", "mid_hip",
     *_both("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "big_toe")],
)  # fmt: skip

SKELETONS = {s.name: s for s in (COCO_17, HALPE_26, BODY_25, BODY_25B, BLAZEPOSE_33, GAIT_20)}


def skeleton(name: str) -> Skeleton:
    """A known landmark set by name; raises `InputError` that lists the known ones."""
    if name not in SKELETONS:
        raise InputError(f"unknown landmark set {name!r}; known are {', '.join(sorted(SKELETONS))}")
    return SKELETONS[name]
