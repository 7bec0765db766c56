"""Movements whose readings are known in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.core.timebase import Timebase
from kinelab.inertial.motions.from_markers import SEGMENTS
from kinelab.inertial.segment_motion import SegmentMotion
from kinelab.virtual_lab.gravity import GRAVITY_MPS2 as G

Swing = tuple[SegmentMotion, np.ndarray, np.ndarray]


def _rigid(rotation: np.ndarray, position_m: np.ndarray, rate_hz: float = 100.0) -> SegmentMotion:
    """All seven segments and sensors move alike: rotation (T, 3, 3), position (T, 3)."""
    n = len(rotation)
    turns = np.repeat(rotation[:, None], 7, axis=1)
    places = np.repeat(position_m[:, None], 7, axis=1)
    return SegmentMotion("a", "b", "walking", SEGMENTS, Timebase(rate_hz, n), turns, turns, places)


def _pendulum(rate_hz: float = 100.0, seconds: float = 2.0) -> Swing:
    """A rod of 0.8 m that swings about Z by 0.6 sin(5 t); the sensor at its end; exact force and turning."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    angle, speed, gain = 0.6 * np.sin(5 * t), 3.0 * np.cos(5 * t), -15.0 * np.sin(5 * t)
    rotation = Rotation.from_rotvec(angle[:, None] * [0.0, 0.0, 1.0]).as_matrix()
    position = 0.8 * np.stack([np.sin(angle), -np.cos(angle), 0 * angle], axis=1)
    # along the rod (own Y): centripetal and gravity; across (own X): tangential and gravity
    force = np.stack([0.8 * gain + G * np.sin(angle), 0.8 * speed**2 + G * np.cos(angle), 0 * t], axis=1)
    return _rigid(rotation, position, rate_hz), force, speed[:, None] * [0.0, 0.0, 1.0]


def _tumbling(seconds: float = 3.0, rate_hz: float = 100.0) -> SegmentMotion:
    """A smooth movement about all axes, with a path."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    vector = np.stack([1.5 * np.sin(4 * t), 0.8 * np.cos(7 * t), np.sin(3 * t + 1)], axis=1)
    position = np.stack([1.3 * t, 0.05 * np.cos(9 * t), 0.02 * np.sin(5 * t)], axis=1)
    return _rigid(Rotation.from_rotvec(vector).as_matrix(), position, rate_hz)


@pytest.fixture
def rigid() -> Callable[..., SegmentMotion]:
    """`_rigid`."""
    return _rigid


@pytest.fixture
def pendulum() -> Callable[..., Swing]:
    """`_pendulum`."""
    return _pendulum


@pytest.fixture
def tumbling() -> Callable[..., SegmentMotion]:
    """`_tumbling`."""
    return _tumbling
