"""From raw readings of a virtual person to angles, by every route."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.errors import InputError
from kinelab.files.sensors.recording import SensorRecording
from kinelab.inertial.estimate import Estimated, EstimateSettings, estimate

ROUTES = {
    "smoother": EstimateSettings(),
    "without networks": EstimateSettings(networks=False),
    "functional": EstimateSettings(calibration="functional"),
    "vqf": EstimateSettings(route="vqf"),
    "own-ik": EstimateSettings(route="own-ik"),
}
# RMSE deg allowed of hip and knee flexion: without stillness the usual inclinations in walking stand in.
LIMIT_DEG = {"smoother": 4.0, "without networks": 2.5, "functional": 6.0, "vqf": 2.5, "own-ik": 2.5}


@pytest.fixture(scope="module")
def recording(worn_walk) -> SensorRecording:
    return SensorRecording(worn_walk.raw, worn_walk.raw.segments)


@pytest.fixture(scope="module", params=ROUTES)
def found(request: pytest.FixtureRequest, recording: SensorRecording) -> tuple[str, Estimated]:
    return request.param, estimate(recording, ROUTES[request.param])


def test_flexions_by_every_route(worn_walk, found: tuple[str, Estimated]) -> None:
    """Seven sensors turned anyhow, 3 s of standing, 12 s of walking."""
    name, estimated = found
    span = worn_walk.raw.time.span(*worn_walk.walking_s)
    for angle, true in worn_walk.angle_deg.items():
        error = (estimated.kinematics.of(angle) - true)[span]
        assert np.sqrt(np.mean(error**2)) < LIMIT_DEG[name], angle
    assert estimated.kinematics.valid.all()
    assert estimated.imu.frame == "segment"
    assert (estimated.models != ()) == (name in ("smoother", "functional"))


def test_the_smoother_says_how_sure_it_is(worn_walk, recording: SensorRecording) -> None:
    kinematics = estimate(recording).kinematics
    span = worn_walk.raw.time.span(*worn_walk.walking_s)
    for angle, true in worn_walk.angle_deg.items():
        sd = kinematics.sd_deg[span, kinematics.column(angle)]
        error = (kinematics.of(angle) - true)[span]
        assert (sd > 0).all()
        assert np.sqrt(np.mean((error / sd) ** 2)) < 2.0, angle
    assert {"thigh_angle_r", "shank_angle_l", "foot_angle_r"} <= set(kinematics.names)


def test_lost_samples_are_not_valid_exactly_there(recording: SensorRecording) -> None:
    imu = recording.imu
    shank = imu.segments.index("shank_r")
    acc, gyr = imu.acc_mps2.copy(), imu.gyr_radps.copy()
    acc[700:730, shank] = gyr[700:730, shank] = np.nan
    lost = np.zeros(imu.time.n, dtype=bool)
    lost[700:730] = True
    spoilt = replace(recording, imu=replace(imu, acc_mps2=acc, gyr_radps=gyr))
    for settings in (EstimateSettings(), EstimateSettings(route="vqf")):
        kinematics = estimate(spoilt, settings).kinematics
        for name in ("knee_angle_r", "ankle_angle_r", "shank_angle_r"):
            assert (kinematics.valid[:, kinematics.column(name)] == ~lost).all(), name
        for name in ("knee_angle_l", "hip_flexion_r"):
            assert kinematics.valid[:, kinematics.column(name)].all(), name


def test_feet_and_shanks_alone(recording: SensorRecording) -> None:
    imu = recording.imu
    kept = [s for s, name in enumerate(imu.segments) if name.startswith(("shank", "foot"))]
    some = tuple(imu.segments[s] for s in kept)
    part = Imu(some, imu.time, imu.acc_mps2[:, kept], imu.gyr_radps[:, kept])
    kinematics = estimate(SensorRecording(part, some)).kinematics
    assert {"ankle_angle_r", "ankle_angle_l", "shank_angle_r", "foot_angle_l"} <= set(kinematics.names)
    assert not any(name.startswith(("hip", "knee", "thigh")) for name in kinematics.names)
    assert kinematics.pelvis_rotation is None


def test_readings_that_are_aligned_already(worn_walk, recording: SensorRecording) -> None:
    acc, gyr = (
        np.einsum("sij,tsj->tsi", worn_walk.sensor_to_segment, values)
        for values in (recording.imu.acc_mps2, recording.imu.gyr_radps)
    )
    aligned = replace(recording, imu=replace(recording.imu, acc_mps2=acc, gyr_radps=gyr))
    found = estimate(aligned, EstimateSettings(calibration="none", route="vqf"))
    span = worn_walk.raw.time.span(*worn_walk.walking_s)
    error = (found.kinematics.of("knee_angle_l") - worn_walk.angle_deg["knee_angle_l"])[span]
    assert np.sqrt(np.mean(error**2)) < 2.5
    assert "not calibrated" in found.calibration.notes[0]


def test_settings_that_contradict_themselves() -> None:
    with pytest.raises(InputError, match=r"static_s is \(5, 2\), expected a start before a stop"):
        EstimateSettings(static_s=(5, 2))
    with pytest.raises(InputError, match="a network was named and is not to be used"):
        EstimateSettings(network=Path("mine.safetensors"), route="vqf")
    with pytest.raises(InputError, match="route is 'madgwick'"):
        EstimateSettings(route="madgwick")  # type: ignore[arg-type]
