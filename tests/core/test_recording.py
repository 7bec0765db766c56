from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.recording import Imu, Video
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError


def test_rate_is_that_of_real_time():
    video = Video("a/walk.mp4", (640, 480), np.arange(240) / 240, slow_motion=8)
    assert video.rate_hz == pytest.approx(240)
    assert video.n_frames == 240
    assert not video.variable_rate
    assert video.path.name == "walk.mp4"


def test_a_dropped_frame_makes_the_rate_variable():
    assert Video("v", (2, 2), [0, 0.1, 0.2, 0.4, 0.5]).variable_rate


def test_rounded_stamps_do_not():
    stamps = np.round(np.arange(90) / 60, 3)  # 60 Hz in whole milliseconds: 16 and 17 ms
    assert not Video("v", (2, 2), stamps).variable_rate


def test_one_frame():
    video = Video("v", (2, 2), [3.0])
    assert (video.n_frames, video.rate_hz, video.variable_rate) == (1, 0, False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size_px": (0, 480)}, r"Video walk\.mp4: size_px is \(0, 480\), expected positive"),
        ({"rotation_deg": 45}, "rotation_deg is 45, allowed are 0, 90, 180, 270"),
        ({"slow_motion": 0}, "slow_motion is 0, expected > 0"),
        ({"slow_motion": float("nan")}, "slow_motion is nan"),
        ({"frame_time_s": [0, 1, 1]}, "frame_time_s does not increase at index 2"),
        ({"frame_time_s": [0, np.nan]}, "frame_time_s holds NaN or infinity at index 1"),
    ],
)
def test_bad_video(change, message):
    fields = {"path": "walk.mp4", "size_px": (640, 480), "frame_time_s": [0, 1, 2]}
    with pytest.raises(InputError, match=message):
        Video(**{**fields, **change})


def imu_arrays(seconds: float = 2.0) -> tuple[Timebase, np.ndarray, np.ndarray]:
    """Two sensors at rest."""
    time = Timebase(100.0, round(100 * seconds))
    acc = np.broadcast_to([0.0, 9.81, 0.0], (time.n, 2, 3)).copy()
    return time, acc, np.zeros((time.n, 2, 3))


def test_an_imu_at_rest_and_what_it_lost():
    time, acc, gyr = imu_arrays()
    acc[5, 1] = np.nan
    imu = Imu(("pelvis", "shank_r"), time, acc, gyr)
    assert imu.seen.sum() == 2 * time.n - 1
    assert not imu.seen[5, 1]
    with pytest.raises(ValueError, match="read-only"):
        imu.acc_mps2[0] = 0


def test_an_imu_in_other_units_or_without_gravity_is_refused():
    time, acc, gyr = imu_arrays()
    segments = ("pelvis", "shank_r")
    with pytest.raises(InputError, match=r"acc_mps2 of shank_r is 1 m/s2 long .* is it in g\?"):
        Imu(segments, time, acc / [[[1.0], [9.81]]], gyr)
    with pytest.raises(InputError, match=r"reaches 300 rad/s.* degrees per second\?"):
        Imu(segments, time, acc, gyr + 300)
    falling = Imu(segments, Timebase(100.0, 30), 0 * acc[:30], gyr[:30])  # 0.3 s of free fall can be
    assert falling.time.n == 30


def test_an_imu_of_the_wrong_shape_is_refused():
    time, acc, gyr = imu_arrays()
    with pytest.raises(InputError, match=r"gyr_radps has shape \(200, 1, 3\), expected \(200, 2, 3\)"):
        Imu(("pelvis", "shank_r"), time, acc, gyr[:, :1])
    acc[3, 0, 1] = np.nan
    with pytest.raises(InputError, match="lost only part of a vector"):
        Imu(("pelvis", "shank_r"), time, acc, gyr)
    with pytest.raises(InputError, match="pelvis more than once"):
        Imu(("pelvis", "pelvis"), time, gyr + 5, gyr, frame="segment")
    with pytest.raises(InputError, match="frame is 'world'"):
        Imu(("pelvis", "shank_r"), time, gyr + 9, gyr, frame="world")
