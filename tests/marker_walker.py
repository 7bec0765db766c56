"""A virtual walker with the markers of a gait laboratory, on any way."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.virtual_lab.solid_people.bodies import random_body
from kinelab.virtual_lab.solid_people.walk_style import random_style
from kinelab.virtual_lab.solid_people.walking import walk

_FEET = {"KNE": "knee", "ANK": "ankle", "HEE": "heel", "TOE": "big_toe"}
NAMES = ("LASI", "RASI", "SACR", *(f"{s}{part}" for s in "LR" for part in _FEET))


@dataclass(frozen=True, eq=False)
class MarkerWalk:
    """Markers (T, 11, 3) m in ground, exact events, and what the walk was planned with."""

    markers: Keypoints
    events: GaitEvents
    stride_time_s: float
    stride_length_m: float


@cache
def marker_walk(seed: int = 1, seconds: float = 5.0, rate_hz: float = 100.0) -> MarkerWalk:
    """A walk along +X."""
    rng = np.random.default_rng(seed)
    body = random_body(rng)
    style = random_style(rng, body)
    motion = walk(style, body, rate_hz, seconds)
    at = {name: motion.landmarks_m[:, GAIT_20.index(name)] for name in GAIT_20.landmarks}
    middle, across = (at["left_hip"] + at["right_hip"]) / 2, (at["right_hip"] - at["left_hip"])
    points = {
        "LASI": middle - 0.7 * across + np.array([0.1, 0.05, 0.0]),
        "RASI": middle + 0.7 * across + np.array([0.1, 0.05, 0.0]),
        "SACR": middle - np.array([0.1, -0.05, 0.0]),
    }
    for letter, side in (("L", "left"), ("R", "right")):
        points |= {f"{letter}{part}": at[f"{side}_{name}"] for part, name in _FEET.items()}
    position = np.stack([points[name] for name in NAMES], axis=1)
    return MarkerWalk(
        markers_of(position, motion.time.time_s), motion.events, style.stride_time_s, style.stride_length_m
    )


def markers_of(position: np.ndarray, time_s: np.ndarray) -> Keypoints:
    """The walker's markers at other places."""
    confidence = np.where(np.isfinite(position).all(axis=-1), 1.0, np.nan)
    return Keypoints(Skeleton("walker", NAMES), time_s, position, confidence, "m")


def moved(walk: MarkerWalk, way: str) -> Keypoints:
    """The same steps: `bent` round a circle of 3 m, on a `treadmill`, `backwards`, aslant, `standing`."""
    points, time_s = walk.markers.position.copy(), walk.markers.time_s
    speed = walk.stride_length_m / walk.stride_time_s
    if way == "bent":
        angle, radius = points[..., 0] / 3.0, 3.0 - points[..., 2]
        points = np.stack([radius * np.sin(angle), points[..., 1], 3.0 - radius * np.cos(angle)], axis=-1)
    elif way == "treadmill":
        points[..., 0] -= speed * time_s[:, None]
    elif way == "backwards":
        points = points[::-1].copy()
    elif way == "aslant":
        cos, sin = np.cos(0.7), np.sin(0.7)
        x, z = points[..., 0].copy(), points[..., 2].copy()
        points[..., 0], points[..., 2] = cos * x - sin * z, sin * x + cos * z
    elif way == "standing":
        points = np.repeat(points[:1], len(points), axis=0)
    return markers_of(points, time_s)
