from __future__ import annotations

import pytest

from kinelab.core.measures import MeasureSide
from kinelab.exchange.sites import body_site


@pytest.mark.parametrize(
    ("name", "side", "said"),
    [
        ("knee_rom_deg", "left", "left knee"),
        ("gvs_hip_flexion_deg", "right", "right hip"),
        ("landing_knee_max_valgus_deg", "left", "left knee"),
        ("stance_pct", "left", "left lower limb"),
        ("trunk_lean", "left", "trunk"),
        ("gvs_pelvic_tilt_deg", "right", "pelvis"),
        ("knee_rom_deg", "both", "knee"),
        ("speed_mps", "both", None),
        ("symmetry_index_hip_rom_pct", "both", None),
    ],
)
def test_where_on_the_body(name: str, side: MeasureSide, said: str | None) -> None:
    site = body_site(name, side)
    assert (site and site["text"]) == said
    assert site is None or site["coding"][0]["code"] == str(said).replace(" ", "-")
