"""One contract for the event methods on worn sensors: a walker, virtual people, real feet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.body.own_body import own_body
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import GaitError, InputError
from kinelab.gait.consensus import consensus
from kinelab.gait.detecting import SENSOR_METHODS, detect_all_worn
from kinelab.gait.method_errors import is_running, method_error
from kinelab.gait.swings import flight, swings
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.run import run
from kinelab.virtual_lab.motion.run_style import draw_run_style
from kinelab.virtual_lab.motion.walk import walk as walk_of_the_laboratory
from kinelab.virtual_lab.motion.walk_style import draw_walk_style
from kinelab.virtual_lab.sensors.imu import sensor_motion
from kinelab.virtual_lab.sensors.placement import mount

Detect = Callable[[Imu], GaitEvents]
EDGE_S = 0.6

methods = pytest.mark.parametrize("detect", SENSOR_METHODS.values(), ids=SENSOR_METHODS)


@pytest.fixture(scope="module")
def worn(walk) -> Imu:
    """Shanks and feet of the walker of this room: their angles' rates, gravity alone as force."""
    kinematics = walk.kinematics
    turning = {}
    for s in "rl":
        shank = kinematics.of(f"hip_flexion_{s}") - kinematics.of(f"knee_angle_{s}")
        turning |= {f"shank_{s}": shank, f"foot_{s}": kinematics.of(f"foot_angle_{s}")}
    gyr = np.zeros((kinematics.time.n, len(turning), 3))
    rate = kinematics.time.rate_hz
    gyr[..., 2] = np.stack([np.gradient(np.radians(angle)) * rate for angle in turning.values()], axis=1)
    acc = np.broadcast_to([0.0, 9.8, 0.0], gyr.shape)
    return Imu(tuple(turning), kinematics.time, acc, gyr, frame="segment")


def _errors_s(known: GaitEvents, events: GaitEvents, kind: str, stop_s: float) -> np.ndarray:
    """Found minus known, the method's measured lateness taken off; fails on a miss or a second find."""
    errors = []
    for side in SIDES:
        late = np.array([
            method_error(m, kind).late_s
            for s, k, m in zip(events.side, events.kind, events.method, strict=True) if (s, k) == (side, kind)
        ])  # fmt: skip
        found = events.times(side, kind) - late
        times = known.times(side, kind)
        first = known.time_s[0]
        for time_s in times[(times > first + EDGE_S) & (times < stop_s - EDGE_S)]:
            near = found[np.abs(found - time_s) < 0.2]
            assert near.size == 1, f"{kind} {side} at {time_s:.2f} s found {near.size} times"
            errors.append(near[0] - time_s)
    assert errors
    return np.array(errors)


@methods
@pytest.mark.parametrize("kind", ["ic", "to"])
def test_every_event_is_found_once_and_equally_late(walk, worn: Imu, detect: Detect, kind: str) -> None:
    errors = _errors_s(walk.events, detect(worn), kind, worn.time.start_s + worn.time.duration_s)
    assert np.abs(errors).max() < 0.07  # its legs are sketched
    assert np.ptp(errors) < 0.005


@methods
def test_start_and_order(worn: Imu, detect: Detect) -> None:
    events = detect(worn)
    later = replace(worn, time=Timebase(worn.time.rate_hz, worn.time.n, worn.time.start_s + 50))
    assert detect(later).time_s == pytest.approx(events.time_s + 50)
    assert (np.diff(events.time_s) >= 0).all()
    assert set(events.method) <= set(SENSOR_METHODS)
    assert np.isnan(events.sd_s).all()


@methods
def test_no_event_inside_a_gap(worn: Imu, detect: Detect) -> None:
    gyr = worn.gyr_radps.copy()
    time_s = worn.time.time_s
    gyr[(time_s >= 4.0) & (time_s < 5.5)] = np.nan
    events = detect(replace(worn, gyr_radps=gyr))
    assert not ((events.time_s > 4.0) & (events.time_s < 5.49)).any()
    whole = detect(worn)
    before = whole.time_s[whole.time_s < 3.4]
    assert events.time_s[: before.size] == pytest.approx(before, abs=0.005)


@methods
def test_one_leg_alone(worn: Imu, detect: Detect) -> None:
    kept = [s for s, name in enumerate(worn.segments) if name.endswith("_r")]
    right = Imu(
        tuple(worn.segments[s] for s in kept), worn.time, worn.acc_mps2[:, kept], worn.gyr_radps[:, kept],
        frame="segment",
    )  # fmt: skip
    assert set(detect(right).side) == {"right"}


@methods
def test_who_stands_has_no_events(worn: Imu, detect: Detect) -> None:
    rng = np.random.default_rng(0)
    swaying = replace(worn, gyr_radps=np.radians(3) * rng.standard_normal(worn.gyr_radps.shape))
    assert detect(swaying).time_s.size == 0


@methods
def test_readings_must_be_calibrated_and_dense(worn: Imu, detect: Detect) -> None:
    with pytest.raises(InputError, match="calibrate them first"):
        detect(replace(worn, frame="sensor"))
    with pytest.raises(InputError, match="30 samples a second or more, found 20"):
        detect(replace(worn, time=Timebase(20.0, worn.time.n)))


def test_a_method_without_its_sensors_says_so(worn: Imu) -> None:
    feet = [s for s, name in enumerate(worn.segments) if name.startswith("foot")]
    imu = Imu(
        ("foot_r", "foot_l"), worn.time, worn.acc_mps2[:, feet], worn.gyr_radps[:, feet], None, "segment"
    )
    detections = detect_all_worn(imu)
    assert list(detections.events) == ["Foot gyroscope (after Rampp 2015)"]
    assert "no sensor on a shank; there are sensors on foot_r" in " ".join(detections.not_possible.values())
    with pytest.raises(GaitError, match="no sensor on a shank"):
        SENSOR_METHODS["Shank gyroscope (after Salarian 2004)"](imu)


def test_the_zeros_and_minimum_of_a_made_up_swing() -> None:
    """0.6 s of a positive half sine in a stride of 1.2 s, a dip of a quarter second before it."""
    time_s = np.arange(0, 6, 0.01)
    phase = time_s % 1.2
    swing = np.where(phase > 0.6, 5 * np.sin(np.pi * (phase - 0.6) / 0.6), -0.5)
    dip = np.where((phase > 0.35) & (phase < 0.6), -np.sin(np.pi * (phase - 0.35) / 0.25), 0.0)
    found = swings(swing + dip, 100.0)
    assert len(found) in (4, 5)
    for swing_found, k in zip(found[1:4], range(1, 4), strict=True):
        assert swing_found.rises == pytest.approx(120 * k + 60, abs=2.5)
        assert swing_found.falls == pytest.approx(120 * k + 120, abs=2.5)
        assert swing_found.lowest_before == pytest.approx(120 * k + 47.5, abs=2.5)
        assert not swing_found.running


def _segments(movement: Movement) -> Imu:
    motion = sensor_motion(movement, mount(own_body().scaled(movement.mover.scale)), 100.0).every(10)
    turned = np.stack([one.rotation for one in motion.mountings])
    acc, gyr = (np.einsum("sij,tsj->tsi", turned, v) for v in (motion.acc_mps2, motion.gyr_radps))
    return Imu(motion.segments, motion.time, acc, gyr, frame="segment")


@pytest.mark.parametrize(("seed", "kind"), [(0, "walk"), (1, "walk"), (2, "run"), (3, "run")])
def test_events_of_virtual_people(seed: int, kind: str) -> None:
    """Over 12 walkers 8 and 9 ms (832 events), over 4 runners 2 and 5 ms (250), none made up."""
    rng = np.random.default_rng(seed)
    mover = default_mover(1.75)
    if kind == "walk":
        movement = walk_of_the_laboratory(mover, draw_walk_style(rng, mover), 100.0, 10.0, rng)
    else:
        movement = run(mover, draw_run_style(rng, mover), 100.0, 8.0, rng)
    imu = _segments(movement)
    flying = flight(imu)
    assert flying is not None
    assert flying[100:-100].all() == (kind == "run")
    assert flying.any() == (kind == "run")
    detections = detect_all_worn(imu).events
    assert all(is_running(m) == (kind == "run") for events in detections.values() for m in events.method)
    merged = consensus(detections)
    for event, limit_s in (("ic", 0.020), ("to", 0.025)):
        errors = _errors_s(movement.events, merged, event, imu.time.duration_s)
        assert np.abs(errors).mean() < limit_s
    known = movement.events
    for side in SIDES:
        for event in ("ic", "to"):
            apart = np.abs(merged.times(side, event)[:, None] - known.times(side, event)).min(axis=1)
            assert apart.max() < 0.15


@pytest.mark.shared
def test_real_feet_against_another_laboratory_s_events(shared_data: Path) -> None:
    """57 strides of gaitmap: its contacts are from the acceleration, its toe-offs from the gyroscope."""
    import pandas as pd

    folder = shared_data / "imu" / "gaitmap"
    table = pd.read_csv(folder / "imu_sample.csv", header=[0, 1], index_col=0)
    known = pd.read_csv(folder / "stride_events_sample.csv")
    to_segment = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])  # their x forward, z up
    acc, gyr = (
        np.stack([table[f"{side}_sensor"][[f"{what}_{axis}" for axis in "xyz"]] for side in SIDES], axis=1)
        @ to_segment.T
        for what in ("acc", "gyr")
    )
    imu = Imu(("foot_l", "foot_r"), Timebase(204.8, len(acc)), acc, np.radians(gyr), frame="segment")
    (events,) = detect_all_worn(imu).events.values()
    apart = {"ic": [], "tc": []}
    for side in SIDES:
        for theirs, ours in (("ic", "ic"), ("tc", "to")):
            found = events.times(side, ours)
            for time_s in known[known.foot == side][theirs].to_numpy() / 204.8:
                apart[theirs].append(found[np.abs(found - time_s).argmin()] - time_s)
    for name, middle in (("ic", -0.003), ("tc", 0.022)):
        differences = np.array(apart[name])
        close = np.abs(differences) < 0.1
        assert close.sum() >= 56
        assert np.median(differences) == pytest.approx(middle, abs=0.005)
        assert differences[close].std() < 0.010
