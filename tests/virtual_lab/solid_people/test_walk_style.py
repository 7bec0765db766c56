from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.solid_people.bodies import Body
from kinelab.virtual_lab.solid_people.walk_style import WalkStyle, random_style


def test_stride_follows_from_cadence_and_speed() -> None:
    style = WalkStyle(speed_mps=1.2, cadence_spm=100)
    assert style.stride_time_s == pytest.approx(1.2)
    assert style.stride_length_m == pytest.approx(1.44)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"speed_mps": 5.0}, "speed_mps is 5.0, expected 0.2 to 2.2"),
        ({"cadence_spm": 1.8}, "cadence_spm is 1.8, expected 40 to 160"),
        ({"stance_share": 62.0}, "stance_share is 62.0, expected 0.55 to 0.75"),
        ({"offsets_deg": ((0.0,), (0.0,))}, r"offsets_deg has rows of \[1, 1\]"),
    ],
)
def test_impossible_styles_are_refused(setting: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        WalkStyle(**setting)  # type: ignore[arg-type]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError, match=r"speed_mps.*cadence_spm"):
        WalkStyle(speed_mps=9, cadence_spm=9)


def test_random_styles_walk_at_human_speeds() -> None:
    rng = np.random.default_rng(0)
    speeds = [random_style(rng, Body()).speed_mps for _ in range(300)]
    assert 0.4 < min(speeds) < 0.8
    assert 1.5 < max(speeds) < 2.2
