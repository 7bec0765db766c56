"""Made-up people whose thigh and shank swing like pendulums: quick to make, learnable, exactly known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.geometry.rotations import about_axis, angular_velocity
from kinelab.inertial.joint_trial import JointTrial, joint_trial
from kinelab.inertial.networks.recipe import Recipe
from kinelab.inertial.segment_motion import SIDES, SegmentMotion

UP_MPS2 = np.array([0.0, 9.81, 0.0])
SEGMENTS = ("thigh_r", "thigh_l", "shank_r", "shank_l")


def swinging(person: int, seconds: float = 5.0, rate_hz: float = 100.0) -> SegmentMotion:
    rng = np.random.default_rng([7, person])
    time = Timebase(rate_hz, round(seconds * rate_hz))
    phase = 2 * np.pi * rng.uniform(0.8, 1.2) * time.time_s + rng.uniform(0, 6)
    rotation = np.empty((time.n, 4, 3, 3))
    for s, segment in enumerate(SEGMENTS):
        of_leg = phase + (np.pi if segment.endswith("l") else 0.0)
        swing = 0.4 * np.sin(of_leg) - (0.3 + 0.3 * np.sin(of_leg - 1.2) if segment[0] == "s" else 0.0)
        lean = (0.05 if segment.endswith("r") else -0.05) * np.cos(of_leg)
        rotation[:, s] = about_axis(0, lean) @ about_axis(2, swing)
    return SegmentMotion(
        f"p{person}", "swing", "walking", SEGMENTS, time, rotation, rotation, np.zeros((time.n, 4, 3)), True
    )


def read(motion: SegmentMotion) -> Imu:
    """Readings of sensors that turn about themselves."""
    rotation = motion.segment_rotation
    turning = [angular_velocity(rotation[:, s], motion.time.rate_hz) for s in range(rotation.shape[1])]
    force = np.einsum("tsji,j->tsi", rotation, UP_MPS2)
    return Imu(motion.segments, motion.time, force, np.stack(turning, axis=1), frame="segment")


@pytest.fixture(scope="session")
def swing() -> Callable[..., tuple[SegmentMotion, Imu]]:
    def make(person: int, seconds: float = 5.0, rate_hz: float = 100.0) -> tuple[SegmentMotion, Imu]:
        motion = swinging(person, seconds, rate_hz)
        return motion, read(motion)

    return make


@pytest.fixture(scope="session")
def knees() -> list[JointTrial]:
    """Six people, both knees."""
    motions = [swinging(person) for person in range(6)]
    return [joint_trial(motion, read(motion), "knee", side) for motion in motions for side in SIDES]


_TINY = Recipe("tiny", "conv1d", layers=2, width=12, window=9, dense=8, dropout=0.1, iterations=(50, 50))
FAMILIES = {
    "conv1d": _TINY,
    "conv1d strided": replace(_TINY, window=12, stride=4, tempo_share=0.2, turn_dps=20.0),
    "conv1d odd stride": replace(_TINY, window=12, stride=3),
    "conv1d angles": replace(_TINY, outputs="angles", dense=0),
    "lstm": replace(_TINY, kind="lstm", window=1),
    "lstm one layer": replace(_TINY, kind="lstm", layers=1, outputs="angles", dense=0, dropout=0.0),
    "lstm bidirectional": replace(_TINY, kind="lstm", bidirectional=True, outputs="orientations"),
}


@pytest.fixture(params=sorted(FAMILIES))
def recipe(request: pytest.FixtureRequest) -> Recipe:
    """One network of each family, small."""
    return replace(FAMILIES[request.param], batch=12, learning_rate=1e-2, decay=0.98)


@pytest.fixture(params=["conv1d strided", "lstm", "lstm bidirectional"])
def taught(request: pytest.FixtureRequest) -> Recipe:
    """Those of which each part is in at least one, for what takes a training."""
    return replace(FAMILIES[request.param], batch=12, learning_rate=1e-2, decay=0.98)
