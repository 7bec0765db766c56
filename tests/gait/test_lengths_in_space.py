"""Lengths by the stride's own line, against the plan of the walk and whatever way it goes."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.timebase import Timebase
from kinelab.gait.cutting import cut
from kinelab.gait.lengths_in_space import lengths_in_space
from kinelab.gait.walking_way import over_ground, walking_way
from kinelab.pipeline.gait_landmarks import gait_landmarks


@pytest.mark.parametrize(
    ("kind", "within"), [("", 0.01), ("aslant", 0.01), ("treadmill", 0.03), ("bent", 0.06)]
)
def test_stride_step_and_speed_are_those_of_the_plan(walker: ModuleType, kind: str, within: float) -> None:
    """A chord is shorter than its arc: on the circle of 3 m by up to 6 %."""
    walk = walker.marker_walk()
    landmarks = gait_landmarks(walker.moved(walk, kind) if kind else walk.markers).landmarks
    space = over_ground(landmarks, walking_way(landmarks))
    none = np.empty((landmarks.n, 0))
    strides = cut(Kinematics((), Timebase(100.0, landmarks.n), none, none, none.astype(bool)), walk.events)
    found = Measures(lengths_in_space(strides, walk.events, space))
    for side in ("left", "right"):
        assert found.get("stride_length_m", side).value == pytest.approx(walk.stride_length_m, rel=within)
    steps = [found.get("step_length_m", side).value for side in ("left", "right")]
    assert sum(steps) == pytest.approx(walk.stride_length_m, rel=2 * within)
    assert found.get("speed_mps").value == pytest.approx(
        walk.stride_length_m / walk.stride_time_s, rel=1.5 * within
    )
