"""A film whose frames come at uneven times: each is reviewed at its own time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.video import open_video, read_frames
from kinelab.files.video_writer import VideoWriter
from kinelab.pipeline.analyze import analyze
from kinelab.pipeline.corrections import Stored
from kinelab.pipeline.review_prepare import prepare_review
from kinelab.pipeline.review_replay import machine_of
from kinelab.pipeline.review_state import open_review
from kinelab.pipeline.settings import AnalyzeSettings

Listed = Callable[..., tuple[Stored, ...]]
# As phones do in little light: one frame in three is held for two, later all are a little longer.
STEPS_S = np.concatenate([np.tile([0.03, 0.03, 0.06], 25), np.full(30, 0.036)])
BARS = 8


@pytest.fixture(scope="module")
def prepared(one_camera: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A walk in a film whose frame i shows the digits of i to base 2 as bars, white for 1."""
    folder = tmp_path_factory.mktemp("uneven")
    told = one_camera.tell("walk", 90.0, seconds=4.0)
    time_s = np.concatenate([[0.0], np.cumsum(STEPS_S)])
    time_s = time_s[time_s < told.looks.time_s[-1]]
    size_px = told.looks.size_px
    with VideoWriter(folder / "walk.mp4", size_px, 30.0) as writer:
        for i, at in enumerate(time_s):
            bars = np.repeat((i >> np.arange(BARS)) & 1, size_px[0] // BARS).astype(np.uint8)
            writer.write(np.broadcast_to(255 * bars[None, :, None], (size_px[1], size_px[0], 3)), at)
    true_px = told.landmark_px[:, [told.looks.poses.landmarks.index(name) for name in GAIT_20.landmarks]]
    columns = true_px.reshape(len(true_px), -1).T
    px = np.stack([np.interp(time_s, told.looks.time_s, one) for one in columns], axis=1)
    px = px.reshape(len(time_s), -1, 2)
    native.save(Keypoints(GAIT_20, time_s, px, np.ones(px.shape[:2])), folder / "landmarks.nc")
    settings = AnalyzeSettings(
        keypoints=folder / "landmarks.nc", annotate=False, min_strides=1, synthetic=True
    )
    analyze(folder / "walk.mp4", folder / "run", settings)
    prepare_review(folder / "run", folder / "walk.mp4")
    return folder


def test_each_frame_is_shown_at_its_own_time(prepared: Path) -> None:
    review = json.loads((prepared / "run" / "review.json").read_text(encoding="utf-8"))
    source = open_video(prepared / "walk.mp4")
    np.testing.assert_allclose(review["frame_time_s"], source.frame_time_s, atol=1e-9)
    made = open_video(prepared / "run" / "review.mp4")
    assert made.n_frames == review["n_frames"] == source.n_frames
    with read_frames(made) as frames:
        bars = np.array([frame.image.mean(axis=(0, 2)).reshape(BARS, -1).mean(axis=1) for frame in frames])
    np.testing.assert_array_equal((bars > 127) @ (1 << np.arange(BARS)), np.arange(made.n_frames))
    # The film for the page is even, whose frames the page finds by their number.
    np.testing.assert_allclose(np.diff(made.frame_time_s), 1 / review["video"]["rate_hz"], atol=2e-4)


def test_angles_stand_at_the_true_times(prepared: Path) -> None:
    run = open_review(prepared / "run").run
    review = json.loads((prepared / "run" / "review.json").read_text(encoding="utf-8"))
    angle = next(one for one in review["angles"] if one["name"] == "knee_angle_l")
    got = np.array([np.nan if value is None else value for value in angle["values_deg"]])
    time = run.kinematics.time
    wanted = np.interp(review["frame_time_s"], time.time_s, run.kinematics.of("knee_angle_l"))
    there = np.isfinite(got)
    assert there.mean() > 0.9
    np.testing.assert_allclose(got[there], wanted[there], atol=0.0051)


def test_the_recording_ends_where_its_last_frame_does(prepared: Path, stored: Listed) -> None:
    """The usual rate times their number is not how long uneven frames last."""
    state = open_review(prepared / "run")
    review = json.loads((prepared / "run" / "review.json").read_text(encoding="utf-8"))
    last_s = review["frame_time_s"][-1]
    assert review["duration_s"] == pytest.approx(last_s + 1 / review["rate_hz"])
    assert review["duration_s"] - review["n_frames"] / review["rate_hz"] > 0.1
    assert machine_of(review).stop_s == pytest.approx(state.machine.stop_s)
    final = review["events"][-1]
    said = state.preview(stored({"kind": "move_event", "event": final["id"], "time_s": last_s}))
    assert said["events"][-1]["time_s"] == last_s
    with pytest.raises(InputError, match="is outside the recording"):
        state.preview(stored({"kind": "move_event", "event": final["id"], "time_s": last_s + 0.05}))
