"""All published event methods on one recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from kinelab.core.events import GaitEvents
from kinelab.core.keypoints import Keypoints
from kinelab.core.recording import Imu
from kinelab.errors import GaitError
from kinelab.gait import (
    events_foot_gyro,
    events_foot_speed,
    events_hreljac,
    events_leg_angle,
    events_oconnor,
    events_shank_gyro,
    events_zeni,
)

Recording = TypeVar("Recording", Keypoints, Imu)

METHODS: Mapping[str, Callable[[Keypoints], GaitEvents]] = {
    method.NAME: method.detect
    for method in (events_oconnor, events_foot_speed, events_zeni, events_hreljac, events_leg_angle)
}

SENSOR_METHODS: Mapping[str, Callable[[Imu], GaitEvents]] = {
    method.NAME: method.detect for method in (events_shank_gyro, events_foot_gyro)
}


@dataclass(frozen=True)
class Detections:
    """`events` of each method that could run, and `not_possible`: why the others could not, in words."""

    events: Mapping[str, GaitEvents]
    not_possible: Mapping[str, str]


def detect_all(keypoints: Keypoints) -> Detections:
    """Run every method on clean planar keypoints (m, X forward, Y up, uniform times, NaN = gap).

    A method that finds nothing gives empty events; one that lacks its landmarks is listed with the reason.

    Raises:
        InputError: keypoints in pixels, not planar, or not uniform in time.
    """
    return _each(METHODS, keypoints)


def detect_all_worn(imu: Imu) -> Detections:
    """Run every method for worn sensors on readings in the segments' axes (frame "segment", NaN = lost).

    Raises:
        InputError: readings in the sensors' own axes, or too few a second.
    """
    return _each(SENSOR_METHODS, imu)


def _each(methods: Mapping[str, Callable[[Recording], GaitEvents]], recording: Recording) -> Detections:
    events: dict[str, GaitEvents] = {}
    not_possible: dict[str, str] = {}
    for name, detect in methods.items():
        try:
            events[name] = detect(recording)
        except GaitError as error:
            not_possible[name] = str(error)
    return Detections(events, not_possible)
