"""From virtual people with exact floor contacts to events and times: a check of the whole room."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.events import SIDES
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.gait.consensus import consensus
from kinelab.gait.cutting import cut
from kinelab.gait.detecting import detect_all
from kinelab.gait.measuring import measure
from kinelab.signals.filters import low_pass
from kinelab.virtual_lab.solid_people.bodies import random_body
from kinelab.virtual_lab.solid_people.walk_style import random_style
from kinelab.virtual_lab.solid_people.walking import walk


@pytest.mark.parametrize("seed", range(6))
def test_events_and_times_of_a_random_person(seed: int) -> None:
    """50 frames a second and 4 mm of noise, filtered as cleaning does."""
    rng = np.random.default_rng(seed)
    body = random_body(rng)
    style = random_style(rng, body)
    motion = walk(style, body, 50.0, 8.0)
    noisy = motion.landmarks_m[..., :2] + rng.normal(0, 0.004, (motion.time.n, len(GAIT_20), 2))
    position = low_pass(noisy, 50.0, 6.0).values
    confidence = np.full(position.shape[:2], 0.9)
    keypoints = Keypoints(GAIT_20, motion.time.time_s, position, confidence, unit="m")

    events = consensus(detect_all(keypoints).events)
    errors_s = {"ic": [], "to": []}
    for kind, errors in errors_s.items():
        for side in SIDES:
            known, found = motion.events.times(side, kind), events.times(side, kind)
            for time_s in known[(known > 0.4) & (known < 7.6)]:
                near = found[np.abs(found - time_s) < 0.15]
                assert near.size == 1, f"{kind} {side} at {time_s:.2f} s found {near.size} times"
                errors.append(near[0] - time_s)
            assert np.abs(found[:, None] - known).min(axis=1).max() < 0.15  # none is made up
    # Over 25 such people: 7 ms (ic) and 13 ms (to).
    assert np.abs(errors_s["ic"]).mean() < 0.020
    assert np.abs(errors_s["to"]).mean() < 0.030

    kinematics = motion.joint_angles()
    strides = cut(kinematics, events, keypoints)
    found = measure(strides, events, kinematics, keypoints, lengths_known=True)
    assert found.get("cadence_spm").value == pytest.approx(120 / style.stride_time_s, rel=0.01)
    assert found.get("speed_mps").value == pytest.approx(
        style.stride_length_m / style.stride_time_s, rel=0.02
    )
    for side in SIDES:
        assert found.get("stride_length_m", side).value == pytest.approx(style.stride_length_m, rel=0.02)
