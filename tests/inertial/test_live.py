"""One sample in, angles out."""

from __future__ import annotations

import time

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.live import LiveLegs


@pytest.fixture(scope="module")
def calibration(worn_walk) -> Calibration:
    n = len(worn_walk.raw.segments)
    return Calibration(
        worn_walk.raw.segments, worn_walk.sensor_to_segment, np.full((n, 3), 3.0), np.zeros((n, 3))
    )


def _run(live: LiveLegs, worn_walk, samples: slice) -> dict[str, np.ndarray]:
    raw = worn_walk.raw
    told = [
        live.step(a, g).angle_deg for a, g in zip(raw.acc_mps2[samples], raw.gyr_radps[samples], strict=True)
    ]
    return {name: np.array([one[name] for one in told]) for name in told[0]}


def test_flexions_of_a_walk(worn_walk, calibration: Calibration) -> None:
    found = _run(LiveLegs(calibration), worn_walk, slice(None))
    span = worn_walk.raw.time.span(*worn_walk.walking_s)
    for name, true in worn_walk.angle_deg.items():
        assert np.sqrt(np.mean((found[name] - true)[span] ** 2)) < 3.0, name
    assert {"knee_rotation_r", "hip_adduction_l", "foot_angle_r", "pelvis_tilt"} <= set(found)


def test_a_sample_does_not_know_what_comes(worn_walk, calibration: Calibration) -> None:
    whole = _run(LiveLegs(calibration), worn_walk, slice(0, 400))
    part = _run(LiveLegs(calibration), worn_walk, slice(0, 300))
    for name, values in part.items():
        assert values == pytest.approx(whole[name][:300], nan_ok=True), name


def test_a_lost_sample_is_nan_and_only_there(worn_walk, calibration: Calibration) -> None:
    live = LiveLegs(calibration)
    raw = worn_walk.raw
    for i in range(200):
        live.step(raw.acc_mps2[i], raw.gyr_radps[i])
    acc = raw.acc_mps2[200].copy()
    acc[raw.segments.index("shank_r")] = np.nan
    gone = live.step(acc, raw.gyr_radps[200]).angle_deg
    assert {name for name, value in gone.items() if np.isnan(value)} >= {"shank_angle_r", "knee_angle_r"}
    assert np.isfinite(gone["knee_angle_l"])
    assert np.isfinite(live.step(raw.acc_mps2[201], raw.gyr_radps[201]).angle_deg["knee_angle_r"])


def test_the_cost_of_a_sample_does_not_grow(worn_walk, calibration: Calibration) -> None:
    """The state is of constant size: the thousandth sample holds no more than the tenth."""
    import pickle

    live = LiveLegs(calibration)
    raw = worn_walk.raw
    sizes, spent_s = [], []
    for i in range(1000):
        started = time.perf_counter()
        live.step(raw.acc_mps2[i], raw.gyr_radps[i])
        spent_s.append(time.perf_counter() - started)
        if i in (10, 999):
            sizes.append(len(pickle.dumps([one.state for one in live._filters])))
    assert sizes[0] == sizes[1]
    # Generous, for a loaded machine: a cost that grew with the samples would be 20 times as high.
    assert np.median(spent_s[-200:]) < 5 * np.median(spent_s[10:210])


def test_feet_alone_have_no_network(worn_walk, calibration: Calibration) -> None:
    feet = calibration.of(("foot_r", "foot_l"))
    told = LiveLegs(feet).step(np.tile([0.0, 9.81, 0.0], (2, 1)), np.zeros((2, 3)))
    assert set(told.angle_deg) == {"foot_angle_r", "foot_angle_l"}


def test_another_shape_is_refused(calibration: Calibration) -> None:
    with pytest.raises(InputError, match=r"shape \(3,\) and \(3,\); expected \(7, 3\), a row for each"):
        LiveLegs(calibration).step(np.zeros(3), np.zeros(3))
