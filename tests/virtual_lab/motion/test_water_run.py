"""Running in deep water: published hip flexion, slow strides, no floor, two days alike."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.water_run import WaterRunStyle, draw_water_run_style, second_day, water_run

MOVER = default_mover(1.72)


def test_ranges_are_the_styles_and_legs_take_turns() -> None:
    style = WaterRunStyle(spread=0.0)
    movement = water_run(MOVER, style, 50.0, 8.0, np.random.default_rng(0))
    hip, other = movement.angle_deg("hip_flexion_r"), movement.angle_deg("hip_flexion_l")
    assert hip.max() == pytest.approx(style.hip_max_deg, abs=8)
    assert np.corrcoef(hip, other)[0, 1] < -0.8
    # Kilding et al. 2007: hip and knee flex together (r = -.94, the knee's sign turned).
    assert np.corrcoef(hip, movement.angle_deg("knee_angle_r"))[0, 1] > 0.85
    peaks = np.flatnonzero((hip[1:-1] > hip[:-2]) & (hip[1:-1] >= hip[2:]))
    assert 60 / np.diff(peaks).mean() * 50 == pytest.approx(style.strides_per_min, rel=0.03)
    assert movement.placement.marker_m[..., 1].min() > 0.2  # over the pool's floor
    assert movement.events.time_s.size == 0


def test_population_has_the_published_hip() -> None:
    """Kilding et al. 2007: hip flexion 92 (SD 20) degrees at 72 strides/min."""
    drawn = [draw_water_run_style(np.random.default_rng(k)) for k in range(300)]
    assert abs(np.mean([s.hip_max_deg for s in drawn]) - 92) < 10
    assert 60 < np.mean([s.strides_per_min for s in drawn]) < 80


def test_days_differ_less_than_people() -> None:
    first = [draw_water_run_style(np.random.default_rng(k)) for k in range(80)]
    again = [second_day(np.random.default_rng(1000 + k), s) for k, s in enumerate(first)]
    for name in ("hip_max_deg", "knee_max_deg", "strides_per_min"):
        one, two = (np.array([getattr(s, name) for s in days]) for days in (first, again))
        assert np.corrcoef(one, two)[0, 1] > 0.85
        assert np.abs(one - two).mean() > 0


def test_impossible_styles_are_told() -> None:
    with pytest.raises(InputError, match="strides_per_min is 200, expected 30 to 110"):
        WaterRunStyle(strides_per_min=200)
