from __future__ import annotations

import pytest

from kinelab.core.measures import Measures
from kinelab.gait.cutting import cut
from kinelab.gait.spatiotemporal import lengths, times_and_phases


@pytest.mark.parametrize(
    ("stride_s", "stance", "speed"), [(1.1, 0.62, 1.2), (1.6, 0.66, 0.7), (0.9, 0.58, 1.4)]
)
def test_exact_events_give_exact_times(walk_of, stride_s: float, stance: float, speed: float) -> None:
    walk = walk_of(stride_s=stride_s, stance=stance, speed_mps=speed)
    strides = cut(walk.kinematics, walk.events)
    found = Measures(times_and_phases(strides, walk.events))
    assert found.get("cadence_spm").value == pytest.approx(120 / stride_s)
    assert found.get("double_support_pct").value == pytest.approx(200 * (stance - 0.5))
    for side in ("left", "right"):
        assert found.get("stride_time_s", side).value == pytest.approx(stride_s)
        assert found.get("step_time_s", side).value == pytest.approx(stride_s / 2)
        assert found.get("stance_pct", side).value == pytest.approx(100 * stance)
        assert found.get("swing_pct", side).value == pytest.approx(100 - 100 * stance)
        # Single support of one foot is the swing of the other.
        assert found.get("single_support_pct", side).value == pytest.approx(100 - 100 * stance)
        assert found.get("stride_time_s", side).n == strides.chosen(side).sum()


@pytest.mark.parametrize("treadmill", [False, True])
def test_lengths_and_speed(walk_of, treadmill: bool) -> None:
    walk = walk_of(treadmill=treadmill)
    found = Measures(lengths(cut(walk.kinematics, walk.events), walk.keypoints))
    assert found.get("speed_mps").value == pytest.approx(1.2, rel=0.01)
    for side in ("left", "right"):
        assert found.get("stride_length_m", side).value == pytest.approx(1.2 * 1.1, rel=0.01)
        assert found.get("step_length_m", side).value == pytest.approx(1.2 * 0.55, rel=0.02)


def test_running_has_no_double_support(walk_of) -> None:
    walk = walk_of(stance=0.45, stride_s=0.8)
    found = times_and_phases(cut(walk.kinematics, walk.events), walk.events)
    assert not [m for m in found if m.quantity in ("double_support_pct", "single_support_pct")]
    assert Measures(found).get("stance_pct", "left").value == pytest.approx(45)
