from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.recording import Video
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
