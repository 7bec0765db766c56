"""People who label pictures by hand: each with habits of their own, less sure of a hip than of an ankle.

Errors are shares of the person's height in the image, so that they grow with its size. How hard landmarks
are relative to one another follows the spread of repeated labels in COCO (constants of its keypoint
evaluation: nose 0.26, eyes 0.25, ears 0.35, shoulders 0.79, elbows 0.72, wrists 0.62, hips 1.07, knees 0.87).
The ankle there is as hard as the knee (0.89); for trained labellers of legs Johnson et al. 2022 (ISBS) found
errors of 5.4 px against the knee's 7.1, and that is taken. The size: such a labeller is about 1 cm off on an
adult (Cronin et al. 2019, J Biomech 87:75: a network as accurate as its human labeller, 10 mm). How much of
the error is habit is own choice: half of its variance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError

# SD of one image direction as a share of the height, for difficulty 1: over hip, knee, ankle, heel and big
# toe it makes 10 mm of mean distance on 1.75 m.
_ONE = 0.0062
_KNEE = 0.87
DIFFICULTY: Mapping[str, float] = {
    "nose": 0.26, "eye": 0.25, "eye_inner": 0.25, "eye_outer": 0.25, "mouth": 0.3, "ear": 0.35,
    "head": 0.5, "neck": 0.8, "shoulder": 0.79, "elbow": 0.72, "wrist": 0.62, "thumb": 0.6, "index": 0.6,
    "pinky": 0.6, "hip": 1.07, "mid_hip": 1.07, "knee": _KNEE, "ankle": _KNEE * 5.4 / 7.1,
    "heel": 0.6, "big_toe": 0.5, "small_toe": 0.6,
}  # fmt: skip
_UNKNOWN = 0.8
_LEG = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe")
_ARM = ("shoulder", "elbow", "wrist", "thumb", "index", "pinky")


@dataclass(frozen=True, eq=False)
class Rater:
    """One person who labels.

    By landmark, the habit (x, y; y down) as a share of the person's height in the image, and the standard
    deviation of each direction as the same share.

    hidden_factor: how much less sure of a landmark that cannot be seen; misses and hidden_misses: share of
    landmarks that are left out; swaps: share of pictures in which the legs (or the arms) change sides.
    """

    name: str
    habit: Mapping[str, tuple[float, float]]
    sd: Mapping[str, float]
    hidden_factor: float = 2.5
    misses: float = 0.002
    hidden_misses: float = 0.15
    swaps: float = 0.002

    def __post_init__(self) -> None:
        object.__setattr__(self, "habit", MappingProxyType(dict(self.habit)))
        object.__setattr__(self, "sd", MappingProxyType(dict(self.sd)))
        with Problems(f"Rater {self.name}") as problems:
            for name in ("misses", "hidden_misses", "swaps"):
                share = getattr(self, name)
                problems.add_if(not 0 <= share <= 1, f"{name} is {share}, expected a share, 0 to 1")
            problems.add_if(
                not self.hidden_factor >= 1, f"hidden_factor is {self.hidden_factor}, expected 1 or more"
            )
            problems.add_if(any(not sd >= 0 for sd in self.sd.values()), "sd is negative")
            problems.add_if(set(self.sd) != set(self.habit), "sd and habit name different landmarks")


@dataclass(frozen=True, eq=False)
class Labels:
    """One rater's labels: keypoints (confidence 1 seen, 0.5 guessed behind something), occluded (T, K) True
    for the guessed ones, swapped (T,) True where a limb's sides were exchanged."""

    keypoints: Keypoints
    occluded: BoolArray
    swapped: BoolArray


def draw_rater(rng: np.random.Generator, name: str, landmarks: Skeleton, error_factor: float = 1.0) -> Rater:
    """A rater for a landmark set; errors of a trained one times `error_factor` (2: a beginner).

    Half of the error's variance is habit, the same in all pictures, half is new in each.

    Raises:
        InputError: a negative factor.
    """
    if not 0 <= error_factor < np.inf:
        raise InputError(
            f"error_factor {error_factor}; expected 0 (never wrong), 1 (trained), 2 (a beginner)"
        )
    sd = {
        landmark: error_factor * _ONE * difficulty(landmark) * np.sqrt(0.5)
        for landmark in landmarks.landmarks
    }
    sides = {_plain(landmark): rng.standard_normal(2) for landmark in landmarks.landmarks}
    habit = {
        landmark: (float(size * sides[_plain(landmark)][0]), float(size * sides[_plain(landmark)][1]))
        for landmark, size in sd.items()
    }
    return Rater(
        name,
        habit,
        sd,
        misses=min(1.0, 0.002 * error_factor),
        hidden_misses=min(1.0, 0.15 * error_factor),
        swaps=min(1.0, 0.002 * error_factor),
    )


def difficulty(landmark: str) -> float:
    """How hard a landmark is to place, relative to the others."""
    return DIFFICULTY.get(_plain(landmark), _UNKNOWN)


def label(
    rater: Rater,
    truth: Keypoints,
    height_px: Array | float,
    hidden: BoolArray | None,
    rng: np.random.Generator,
) -> Labels:
    """Labels of true landmarks (T, K, 2) px in pictures in which the person is height_px (T,) tall.

    hidden (T, K): landmarks behind something; None = all can be seen. What the truth does not have stays out.

    Raises:
        InputError: landmarks in metres, shapes that do not fit, a landmark that the rater does not know.
    """
    names = truth.skeleton.landmarks
    tall_px = np.broadcast_to(np.asarray(height_px, dtype=np.float64), (truth.n,))
    behind = np.zeros(truth.confidence.shape, bool) if hidden is None else np.array(hidden, bool)
    _check(rater, truth, tall_px, behind)
    wobble, missing, sides = rng.spawn(3)
    factor = np.where(behind, rater.hidden_factor, 1.0)
    sd = np.array([rater.sd[name] for name in names]) * factor
    habit = np.array([rater.habit[name] for name in names])
    error = habit + sd[..., None] * wobble.standard_normal(truth.position.shape)
    position = truth.position + error * tall_px[:, None, None]
    left_out = missing.random(behind.shape) < np.where(behind, rater.hidden_misses, rater.misses)
    swapped = _swap_sides(position, behind, left_out, truth.skeleton, rater.swaps, sides)
    position[left_out] = np.nan
    seen = np.isfinite(position).all(axis=-1)
    confidence = np.where(seen, np.where(behind, 0.5, 1.0), np.nan)
    keypoints = replace(truth, position=position, confidence=confidence, sd=None)
    return Labels(keypoints, behind & seen, swapped)


def _check(rater: Rater, truth: Keypoints, tall_px: Array, behind: BoolArray) -> None:
    if truth.unit != "px" or truth.position.shape[-1] != 2:
        raise InputError(
            f"raters label pictures: landmarks (T, K, 2) in px, not {truth.position.shape} in {truth.unit}"
        )
    if behind.shape != truth.confidence.shape:
        raise InputError(
            f"hidden has shape {behind.shape}, expected {truth.confidence.shape}, as the landmarks"
        )
    if not (tall_px > 0).all():
        raise InputError(
            f"height_px falls to {tall_px.min():g}, expected the person's height in pixels, above 0"
        )
    unknown = [name for name in truth.skeleton.landmarks if name not in rater.sd]
    if unknown:
        raise InputError(
            f"rater {rater.name} does not know {', '.join(unknown)}; draw_rater for this landmark set"
        )


def _swap_sides(
    position: Array,
    behind: BoolArray,
    left_out: BoolArray,
    landmarks: Skeleton,
    share: float,
    rng: np.random.Generator,
) -> BoolArray:
    """Exchange left and right of a whole leg or arm in some pictures, in place; (T,) True there."""
    swapped = np.zeros(len(position), dtype=np.bool_)
    for limb in (_LEG, _ARM):
        now = rng.random(len(position)) < share
        pairs = [pair for pair in landmarks.pairs if _plain(landmarks.landmarks[pair[0]]) in limb]
        for left, right in pairs:
            position[now, left], position[now, right] = position[now, right], position[now, left]
            behind[now, left], behind[now, right] = behind[now, right], behind[now, left]
            left_out[now, left], left_out[now, right] = left_out[now, right], left_out[now, left]
        swapped |= now & bool(pairs)
    return swapped


def _plain(landmark: str) -> str:
    """The landmark's name without its side."""
    return landmark.removeprefix("left_").removeprefix("right_")
