from __future__ import annotations

import pytest

from kinelab.core.measures import Measures
from kinelab.gait.cutting import cut
from kinelab.gait.running import running


@pytest.mark.parametrize(("stance", "stride_s"), [(0.45, 0.8), (0.47, 0.84)])
def test_exact_events_give_exact_contact_and_flight(walk_of, stance: float, stride_s: float) -> None:
    walk = walk_of(stance=stance, stride_s=stride_s)
    strides = cut(walk.kinematics, walk.events)
    found = Measures(running(strides, walk.events))
    for side in ("left", "right"):
        assert found.get("contact_time_s", side).value == pytest.approx(stance * stride_s)
        assert found.get("flight_time_s", side).value == pytest.approx((0.5 - stance) * stride_s)
        assert found.get("duty_factor_pct", side).value == pytest.approx(100 * stance)
        assert found.get("flight_time_s", side).n == strides.chosen(side).sum()


def test_walking_has_no_flight(walk_of) -> None:
    walk = walk_of(stance=0.6)
    assert running(cut(walk.kinematics, walk.events), walk.events) == ()
