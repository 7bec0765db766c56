"""Clocks: a known drift is found within its standard error; people who change their step are no drift."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.files.sensors.sensor_log import SensorLog
from kinelab.inertial.checking.drift import check_drift, neighbours, pair_drifts
from kinelab.inertial.checking.worn import side_by_side


def longer(log: SensorLog, times: int, ppm: float, rng: np.random.Generator) -> SensorLog:
    """A recording of many strides, by a clock that runs fast: the walk again and again, with fresh noise."""
    n = log.n * times
    acc, gyr = (np.tile(v, (times, 1)) for v in (log.acc, log.gyr))
    true_s, stamp_s = np.arange(n) / 100, np.arange(n) / 100 / (1 + ppm * 1e-6)
    columns = [np.interp(stamp_s, true_s, v[:, i]) for v in (acc, gyr) for i in range(3)]
    values = np.stack(columns, axis=1) + 0.02 * rng.standard_normal((n, 6))
    return replace(log, acc=values[:, :3], gyr=values[:, 3:], time_s=np.arange(n) / 100)


@pytest.mark.parametrize("ppm", [0.0, 600.0, -600.0])
def test_a_clock_that_runs_wrong_is_found_and_its_drift_measured(walker, ppm: float) -> None:
    rng = np.random.default_rng(3)
    names = ("pelvis", "thigh_r", "shank_r", "foot_r")
    worn = side_by_side([longer(walker[n], 6, ppm if n == "shank_r" else 0.0, rng) for n in names])
    found = check_drift(worn)
    if not ppm:
        assert not found
        return
    assert [one.segment for one in found] == ["shank_r"]
    assert found[0].figure == pytest.approx(ppm, abs=120)
    assert found[0].proposal == f"[sensors.shank_r]\nclock_ppm = {found[0].figure:.0f}"
    drift = next(one for one in pair_drifts(worn) if (one.first, one.second) == ("shank_r", "foot_r"))
    assert abs(drift.ppm + ppm) < 4 * drift.se_ppm


def test_neighbours_are_joined_along_the_body() -> None:
    assert neighbours(("pelvis", "foot_r", "shank_r", "sternum")) == [
        ("pelvis", "shank_r"), ("pelvis", "foot_r"), ("shank_r", "foot_r"), ("pelvis", "sternum"),
    ]  # fmt: skip
    assert neighbours(("foot_l", "foot_r")) == [("foot_r", "foot_l")]
    assert neighbours(("thigh", "shank")) == [("thigh", "shank")]


def test_of_two_clocks_it_is_not_said_which_is_wrong(walker) -> None:
    rng = np.random.default_rng(4)
    logs = [longer(walker["shank_r"], 6, 800.0, rng), longer(walker["foot_r"], 6, 0.0, rng)]
    (found,) = check_drift(side_by_side(logs))
    assert found.segment == "foot_r or shank_r"
    assert "or that one is wrong" in found.what
    assert found.figure == pytest.approx(-800, abs=120)
    assert found.confidence == "possible"
