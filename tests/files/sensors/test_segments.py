from __future__ import annotations

import pytest

from kinelab.errors import InputError
from kinelab.files.sensors.segments import named_segments, segment_of


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("Right Upper Leg 64F61C2E (UDP)", "thigh_r"), ("femur_r_imu", "thigh_r"), ("calcn_l_imu", "foot_l"),
        ("LF", "foot_l"), ("Femur", "thigh"), ("torso_imu", "sternum"), ("leftshank_q", "shank_l"),
        ("RightFoot", "foot_r"), ("Lumbar", "pelvis"), ("pelvis 64F0EDBF (UDP)", "pelvis"), ("L5", "pelvis"),
        ("upper_arm_l", "upper_arm_l"), ("Right Wrist", "forearm_r"), ("MT_012005D6_009-001_00B42268", None),
        ("left_sensor", None),
    ],
)  # fmt: skip
def test_names_of_files_and_people(name: str, segment: str | None) -> None:
    assert segment_of(name) == segment


def test_names_that_tell_nothing_or_too_much_are_listed() -> None:
    with pytest.raises(InputError, match="speaks of foot and shank"):
        segment_of("shank foot left")
    with pytest.raises(InputError, match=r'2 of 3 sensors are worn; .*\[sensors\."A"\] segment = "..."; '):
        named_segments(["A", "B", "LF"], [None, None, None])
    with pytest.raises(
        InputError, match=r"two sensors are on one segment: LF \(foot_l\), left foot \(foot_l\)"
    ):
        named_segments(["LF", "left foot"], [None, None])
