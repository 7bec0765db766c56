"""Planar angles of one picture after the other, as they come: nothing of the future is used."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kinelab.body.planar import planar_kinematics
from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.keypoints.outliers import MIN_CONFIDENCE
from kinelab.keypoints.walking_direction import walking_direction
from kinelab.signals.one_euro import OneEuro, OneEuroSettings

Facing = Literal["right", "left", "auto"]
_LOOK_BACK = 60  # frames from which the facing is found
_LOOK_EVERY = 10  # frames
_SURE = 0.75


@dataclass(frozen=True, eq=False)
class Seen:
    """Landmarks in one picture: position_px (K, 2), confidence and sd_px (K,)."""

    position_px: Array
    confidence: Array
    sd_px: Array


@dataclass(frozen=True, eq=False)
class LiveAngles:
    """angle_deg, raw_deg, sd_deg (A,): filtered, as seen, and one standard deviation of the latter; lag_s: by
    how much the filter makes the angles trail, the mean over those seen.
    """

    names: tuple[str, ...]
    angle_deg: Array
    raw_deg: Array
    sd_deg: Array
    lag_s: float


class AngleStream:
    """Landmarks in, angles out, with the angles and signs of docs/conventions.md, -180 to 180 deg.

    Which way the person faces is found from the last seconds (`walking_direction`) unless it is said; until
    it is found it is taken to be the right of the picture. Landmarks below a confidence of 0.3 are not seen.

    Raises:
        InputError: the landmark set allows no angle; the message says what each lacks.
    """

    def __init__(
        self, skeleton: Skeleton, facing: Facing = "auto", settings: OneEuroSettings | None = None
    ) -> None:
        self._skeleton = skeleton
        self._facing = facing
        self._sign = -1 if facing == "left" else 1
        none = np.full((len(skeleton), 2), np.nan)
        self.names = self._plane(none, np.zeros(len(skeleton)))[0]
        self._filter = OneEuro(len(self.names), settings)
        self._last = np.full(len(self.names), np.nan)
        self._past: deque[tuple[float, Array]] = deque(maxlen=_LOOK_BACK)
        self._count = 0

    def add(self, time_s: float, seen: Seen) -> LiveAngles:
        """The angles of one picture."""
        sure = seen.confidence >= MIN_CONFIDENCE
        position = np.where(sure[:, None], seen.position_px, np.nan)
        if self._facing == "auto":
            self._look(time_s, position)
        names, raw, sd = self._plane(position, seen.sd_px)
        # The filter sees a series without leaps, whatever its turn; what is told is within half a turn of
        # zero, so that a landmark that was wrong for a moment leaves nothing behind.
        ahead = _within_half_a_turn(raw - np.nan_to_num(self._last))
        unwrapped = np.nan_to_num(self._last) + ahead
        self._last = np.where(np.isfinite(raw), unwrapped, self._last)
        angle = _within_half_a_turn(self._filter.add(time_s, unwrapped))
        raw = _within_half_a_turn(raw)
        there = np.isfinite(angle)
        lag_s = float(self._filter.lag_s[there].mean()) if there.any() else float("nan")
        return LiveAngles(names, angle, raw, sd, lag_s)

    def _plane(self, position_px: Array, sd_px: Array) -> tuple[tuple[str, ...], Array, Array]:
        """Angles and their sd; turned so that the person faces +X, Y up. Angles know no scale: px do."""
        turned = position_px * (self._sign, -1)
        confidence = np.ones(len(self._skeleton))
        # A picture alone is no series, which `planar_kinematics` asks for: it is given twice.
        keypoints = Keypoints(
            self._skeleton,
            np.array([0.0, 1.0]),
            np.stack([turned] * 2),
            np.stack([confidence] * 2),
            "m",
            np.stack([np.nan_to_num(sd_px)] * 2),
        )
        found = planar_kinematics(keypoints)
        return found.names, np.array(found.angle_deg[1]), np.array(found.sd_deg[1])

    def _look(self, time_s: float, position_px: Array) -> None:
        if not self._past or time_s > self._past[-1][0]:
            self._past.append((time_s, position_px))
        self._count += 1
        if self._count % _LOOK_EVERY or len(self._past) < _LOOK_EVERY:
            return
        times, places = (np.array(column) for column in zip(*self._past, strict=True))
        try:
            found = walking_direction(Keypoints(self._skeleton, times, places, np.ones(places.shape[:2])))
        except InputError:  # no leg in view yet
            return
        if found.confidence >= _SURE:
            self._sign = found.sign


def _within_half_a_turn(angle_deg: Array) -> Array:
    return np.asarray((angle_deg + 180) % 360 - 180)
