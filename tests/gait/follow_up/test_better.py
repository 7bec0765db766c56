"""Which way is better."""

from __future__ import annotations

import pytest

from kinelab.core.quantities import QUANTITIES
from kinelab.gait.follow_up.better import better_way, gain


def test_the_table() -> None:
    said = {name: better_way(name) for name in QUANTITIES}
    assert said["speed_mps"] == "larger"
    assert said["gdi"] == "larger"
    assert said["gps_deg"] == said["gvs_knee_flexion_deg"] == said["stride_time_cv_pct"] == "smaller"
    assert said["symmetry_index_stance_pct"] == "nearer 0"
    assert said["symmetry_ratio_stance"] == "nearer 1"
    # Whether more bending or a faster rhythm is better depends on the person.
    assert said["knee_rom_deg"] is said["cadence_spm"] is said["step_width_m"] is None


@pytest.mark.parametrize(
    ("quantity", "before", "after", "sign"),
    [("speed_mps", 1, 2, 1), ("gps_deg", 5, 9, -1), ("symmetry_index_stance_pct", -4, 4, 0),
     ("symmetry_ratio_stance", 2.0, 0.5, 0), ("symmetry_ratio_stance", 0.0, 1.0, 0),
     ("knee_rom_deg", 1, 2, 0)],
)  # fmt: skip
def test_gain(quantity: str, before: float, after: float, sign: int) -> None:
    found = gain(quantity, before, after)
    assert (found > 0) - (found < 0) == sign
