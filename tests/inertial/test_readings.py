"""The sensors of the legs out of a recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.sensors.recording import SensorRecording
from kinelab.geometry.rotations import about_axis
from kinelab.inertial.readings import leg_readings

TIME = Timebase(100.0, 300)
SEGMENTS = ("shank_r", "sternum", "pelvis")


@pytest.fixture
def recording() -> SensorRecording:
    """The shank turns at 2 rad/s about Z, the others stand."""
    gyr = np.zeros((TIME.n, 3, 3))
    gyr[:, 0, 2] = 2.0
    rotation = np.tile(np.eye(3), (TIME.n, 3, 1, 1))
    rotation[:, 0] = about_axis(2, 2.0 * TIME.time_s)
    acc = np.tile([0.0, 9.81, 0.0], (TIME.n, 3, 1))
    return SensorRecording(Imu(SEGMENTS, TIME, acc, gyr), SEGMENTS, rotation, "Y up")


def test_proximal_first_and_others_left_out(recording: SensorRecording) -> None:
    imu, notes = leg_readings(recording)
    assert imu.segments == ("pelvis", "shank_r")
    assert imu.gyr_radps[:, 1, 2] == pytest.approx(2.0)
    assert notes == ("Sensors that no angle of the legs needs were left out: sternum.",)


def test_angular_velocity_of_orientations_also_over_a_gap(recording: SensorRecording) -> None:
    """What follows 0.3 s without a sample lies where the orientations say."""
    gone = slice(100, 130)
    rotation, acc = recording.rotation.copy(), recording.imu.acc_mps2.copy()
    rotation[gone, 0], acc[gone, 0] = np.nan, np.nan
    bare = replace(recording.imu, gyr_radps=np.full_like(acc, np.nan), acc_mps2=acc)
    imu, notes = leg_readings(replace(recording, imu=bare, rotation=rotation))
    assert imu.gyr_radps[:, 1] == pytest.approx(np.tile([0, 0, 2.0], (TIME.n, 1)), abs=1e-9)
    assert (np.flatnonzero(~imu.seen[:, 1]) == np.arange(100, 130)).all()
    assert notes[1].startswith("No gyroscope in the files of pelvis, shank_r")


def test_refusals(recording: SensorRecording) -> None:
    imu = recording.imu
    trunk = Imu(("sternum",), TIME, imu.acc_mps2[:, :1], imu.gyr_radps[:, :1])
    with pytest.raises(InputError, match="no sensor on a thigh, shank or foot: there are sternum; a mapping"):
        leg_readings(SensorRecording(trunk, ("sternum",)))
    with pytest.raises(InputError, match=r"there are shank \(shank of which leg\? shank_r or shank_l\)"):
        leg_readings(SensorRecording(replace(trunk, segments=("shank",)), ("shank",)))
    lost = np.full_like(imu.acc_mps2, np.nan)
    with pytest.raises(InputError, match="sensor on pelvis has no acceleration in its files"):
        leg_readings(replace(recording, imu=replace(imu, acc_mps2=lost)))
    with pytest.raises(InputError, match="on pelvis has neither a gyroscope's readings nor orientations"):
        leg_readings(replace(recording, imu=replace(imu, gyr_radps=lost), rotation=None))
