from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.measures import Measures
from kinelab.core.strides import Strides
from kinelab.gait.angles import PEAKS, joint_angles

PERCENT = np.arange(101.0)


def _strides(curves: dict[str, np.ndarray], n: int = 3, toe_off: float = 0.62) -> Strides:
    start = np.arange(n, dtype=float)
    table = np.stack([np.stack(list(curves.values()), axis=1)] * n)
    return Strides(
        side=("left",) * n, start_s=start, toe_off_s=start + toe_off, stop_s=start + 1,
        used=np.ones(n, dtype=bool), why_not=("",) * n, names=tuple(curves), curves_deg=table,
    )  # fmt: skip


def _bump(centre: float, height: float, width: float = 8.0) -> np.ndarray:
    return height * np.exp(-0.5 * ((PERCENT - centre) / width) ** 2)


def test_peaks_of_a_normal_knee() -> None:
    """Two waves, 18 deg at 14 % and 60 deg at 72 %, on 5 deg: the shape of Perry & Burnfield 2010."""
    found = Measures(joint_angles(_strides({"knee_angle_l": 5 + _bump(14, 13, 5) + _bump(72, 55, 9)})))
    assert found.get("knee_max_flexion_loading_deg", "left").value == pytest.approx(18, abs=0.1)
    assert found.get("knee_max_flexion_loading_time_pct", "left").value == 14
    assert found.get("knee_max_flexion_swing_deg", "left").value == pytest.approx(60, abs=0.1)
    assert found.get("knee_max_flexion_swing_time_pct", "left").value == 72
    assert 30 < found.get("knee_min_flexion_stance_time_pct", "left").value < 45
    assert found.get("knee_rom_deg", "left").value == pytest.approx(54.9, abs=0.2)
    assert found.get("knee_at_ic_deg", "left").value == pytest.approx(5.26, abs=0.05)


def test_extension_and_plantarflexion_are_positive_as_their_names_say() -> None:
    hip = 10 + 20 * np.cos(2 * np.pi * PERCENT / 100)  # 30 flexed at contact, 10 extended at 50 %
    ankle = _bump(45, 10) - _bump(64, 18, 4)
    found = Measures(joint_angles(_strides({"hip_flexion_l": hip, "ankle_angle_l": ankle})))
    assert found.get("hip_max_extension_deg", "left").value == pytest.approx(10)
    assert found.get("hip_max_extension_time_pct", "left").value == 50
    assert found.get("ankle_max_plantarflexion_deg", "left").value == pytest.approx(17.3, abs=0.3)
    assert found.get("ankle_max_dorsiflexion_stance_deg", "left").value == pytest.approx(10, abs=0.2)


def test_a_stride_with_a_gap_leaves_the_others() -> None:
    strides = _strides({"knee_angle_l": _bump(70, 60)}, n=4)
    curves = strides.curves_deg.copy()
    curves[1] = np.nan
    gappy = Strides(
        strides.side, strides.start_s, strides.toe_off_s, strides.stop_s, strides.used, strides.why_not,
        strides.names, curves,
    )  # fmt: skip
    found = Measures(joint_angles(gappy)).get("knee_rom_deg", "left")
    assert found.n == 3
    assert found.value == pytest.approx(60, abs=0.1)


def test_what_was_not_seen_is_left_out() -> None:
    found = joint_angles(_strides({"knee_angle_l": _bump(70, 60)}))
    assert {m.quantity.partition("_")[0] for m in found} == {"knee"}
    assert {m.side for m in found} == {"left"}


def test_trunk_of_both_sides_together() -> None:
    found = Measures(joint_angles(_strides({"trunk_lean": 4 + np.sin(PERCENT)})))
    assert found.get("trunk_lean_deg").value == pytest.approx(4, abs=0.05)
    assert found.get("trunk_lean_rom_deg").value == pytest.approx(2, abs=0.02)


def test_a_peak_counts_only_in_its_phase() -> None:
    """A larger value in swing does not hide the loading peak of stance."""
    assert {p.phase for p in PEAKS} == {"stance", "early_stance", "late_stance", "push_off", "swing"}
    ankle = _bump(40, 12) + _bump(90, 30)
    found = Measures(joint_angles(_strides({"ankle_angle_l": ankle})))
    assert found.get("ankle_max_dorsiflexion_stance_time_pct", "left").value == 40
    assert found.get("ankle_max_dorsiflexion_swing_time_pct", "left").value == 90
