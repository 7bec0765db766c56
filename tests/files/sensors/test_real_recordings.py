"""Real logs of five makers: their own physics must come out in SI."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.files.sensors.mapping import Mapping
from kinelab.files.sensors.reading import read_sensors

pytestmark = pytest.mark.shared
LOWER_BODY = {"pelvis", *(f"{limb}_{side}" for limb in ("thigh", "shank", "foot") for side in "rl")}


def test_xsens_texts_of_opensense(shared_data: Path) -> None:
    """Orientation turns the mean acceleration upwards; sensors that end early are left open."""
    read = read_sensors(shared_data / "imu" / "opensense_example")
    assert set(read.imu.segments) == {"sternum", *LOWER_BODY}
    assert (read.imu.time.rate_hz, read.imu.time.n, read.world) == (100.0, 2505, "Z up")
    assert not read.has_gyroscope
    up = np.nanmean(np.einsum("tsij,tsj->tsi", read.rotation, read.imu.acc_mps2), axis=0)
    np.testing.assert_allclose(up, np.broadcast_to([0, 0, 9.81], up.shape), atol=0.25)
    foot = read.imu.segments.index("foot_l")
    assert np.isnan(read.imu.acc_mps2[2432:, foot]).all()
    assert np.isfinite(read.imu.acc_mps2[:2432, foot]).all()
    assert "foot_l: ends 0.730 s before the last sensor" in read.notes


def test_movella_dots_that_started_one_sample_apart(shared_data: Path) -> None:
    read = read_sensors(shared_data / "imu" / "imt_example" / "knee_tracking1")
    assert read.imu.segments == ("thigh", "shank")
    assert read.imu.time.n == 3263
    np.testing.assert_allclose(read.imu.gyr_radps[0, 0], np.radians([2.072689, -1.641915, -0.745944]))
    assert np.isnan(read.imu.acc_mps2[0, 1]).all()
    np.testing.assert_allclose(read.imu.acc_mps2[1, 1], [9.590073, -2.106734, -1.102273])
    assert read.imu.mag_ut is None


def test_ximu3_with_lost_packets_and_phases_of_their_own(shared_data: Path) -> None:
    read = read_sensors(shared_data / "imu" / "ximu3_lower_body")
    assert set(read.imu.segments) == LOWER_BODY
    assert (read.imu.time.rate_hz, read.imu.time.n) == (50.0, 931)
    rest = np.nanmedian(np.linalg.norm(read.imu.acc_mps2, axis=2), axis=0)
    np.testing.assert_allclose(rest, 9.81, atol=0.35)
    lost = np.isnan(read.imu.acc_mps2).any(axis=2).mean(axis=0)
    assert (lost > 0.01).all()
    assert (lost < 0.07).all()
    up = np.nanmedian(np.einsum("tsij,tsj->tsi", read.rotation, read.imu.acc_mps2), axis=0)
    np.testing.assert_allclose(up[:, 2], 9.81, atol=0.4)


def test_stroke_treadmill_through_a_mapping(shared_data: Path) -> None:
    """Counters that wrap inside the recording; 16-bit numbers with their scales."""
    arrays = {"pelvis": "lumbar_q", "shank_l": "leftshank_q", "shank_r": "rightshank_q"}
    sensors = {
        name: {"acc": [f"{array}[{i}]" for i in (0, 1, 2)], "gyr": [f"{array}[{i}]" for i in (3, 4, 5)],
               "acc_scale": 0.005, "gyr_scale": 0.001}
        for name, array in arrays.items()
    }  # fmt: skip
    mapping = {"rate_hz": 100, "acc_unit": "m/s2", "gyr_unit": "rad/s", "sensors": sensors,
               "time": {"column": "packet", "unit": "samples", "wrap": 65536}}  # fmt: skip
    read = read_sensors(
        shared_data / "imu" / "stroke_treadmill" / "pp01.npz", Mapping.model_validate(mapping)
    )
    assert (read.imu.time.rate_hz, read.imu.time.n) == (100.0, 18322)
    assert read.imu.seen.all()
    np.testing.assert_allclose(np.linalg.norm(read.imu.acc_mps2.mean(axis=0), axis=1), 9.81, atol=0.6)


def test_lower_back_of_mobilise_d(shared_data: Path) -> None:
    path = shared_data / "imu" / "mobgap" / "example_data" / "data_csv" / "HA" / "001"
    mapping = {"rate_hz": 100, "acc_unit": "g", "gyr_unit": "deg/s",
               "sensors": {"TimeMeasure1_Test5_Trial1": {"segment": "pelvis"}}}  # fmt: skip
    read = read_sensors(path / "TimeMeasure1_Test5_Trial1.csv", Mapping.model_validate(mapping))
    assert read.imu.acc_mps2[:, 0].mean(axis=0)[0] == pytest.approx(9.4, abs=0.5)
    assert np.abs(read.imu.gyr_radps).max() < 6
