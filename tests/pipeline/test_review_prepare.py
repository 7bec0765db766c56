"""A run made ready for the reviewing page: data, landmarks, and a video of the analysed frames."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.errors import InputError
from kinelab.files.native import load_as
from kinelab.files.video import open_video, read_frames
from kinelab.pipeline.demo import DemoResult
from kinelab.pipeline.review_pixels import ReviewPixels
from kinelab.pipeline.review_prepare import KEY_EVERY, prepare_review


@pytest.fixture(scope="module")
def source(walk: DemoResult) -> Path:
    return next(walk.analysed.folder.parent.rglob("session/*.mp4"))


@pytest.fixture(scope="module")
def prepared(video_run: Path, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "run"
    shutil.copytree(video_run, folder)
    prepare_review(folder, source)
    return folder


def test_the_video_holds_the_analysed_frames_and_steps_quickly(prepared: Path, source: Path) -> None:
    review = json.loads((prepared / "review.json").read_text(encoding="utf-8"))
    made = open_video(prepared / "review.mp4")
    assert made.n_frames == review["n_frames"] == load_as(Keypoints, prepared / "keypoints_px.nc").n
    assert made.size_px == (review["video"]["width_px"], review["video"]["height_px"])
    np.testing.assert_allclose(
        np.diff(made.frame_time_s), 1 / review["video"]["rate_hz"], atol=2e-4
    )  # a tick is 1/90000 s, a container's clock coarser
    with av.open(str(prepared / "review.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.pix_fmt == "yuv420p"
        keys = [i for i, packet in enumerate(container.demux(stream)) if packet.is_keyframe]
    assert keys[0] == 0
    assert max(np.diff([*keys, made.n_frames])) <= KEY_EVERY
    for at in (0, 57, made.n_frames - 1):
        with read_frames(open_video(source), start=at, stop=at + 1) as frames:
            wanted = next(frames).image.astype(float)
        with read_frames(made, start=at, stop=at + 1) as frames:
            got = next(frames).image.astype(float)
        # Of the same frame only what the coding loses; the next frame differs by three times as much.
        assert np.abs(got - wanted).mean() < 4


def test_landmarks_are_in_pixels_of_that_video(prepared: Path) -> None:
    data = json.loads((prepared / "landmarks.json").read_text(encoding="utf-8"))
    seen = load_as(Keypoints, prepared / "keypoints_px.nc")
    assert data["names"] == list(seen.skeleton.landmarks)
    ankle = data["names"].index("left_ankle")
    x = np.array([np.nan if row[ankle] is None else row[ankle] for row in data["x_px"]], dtype=float)
    known = np.isfinite(x)
    assert known.mean() > 0.8
    # The machine may have taken the other leg's point in a few frames.
    apart = np.abs(x - seen.of("left_ankle")[:, 0])[known]
    assert np.median(apart) < 0.06


def test_without_the_source_there_is_no_video(video_run: Path, tmp_path: Path) -> None:
    shutil.copytree(video_run, tmp_path / "run")
    review = prepare_review(tmp_path / "run")
    assert review["video"] is None
    assert not (tmp_path / "run" / "review.mp4").exists()
    assert (tmp_path / "run" / "landmarks.json").is_file()


def test_another_video_is_refused(video_run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(b"another")
    with pytest.raises(InputError, match=r"other\.mp4 is not the video of this run"):
        prepare_review(video_run, other)


def test_markers_and_sensors_have_data_alone(marker_run: Path, sensor_run: Path, tmp_path: Path) -> None:
    for run in (marker_run, sensor_run):
        copy = tmp_path / run.parent.name
        shutil.copytree(run, copy)
        review = prepare_review(copy)
        assert review["video"] is None
        assert review["landmarks"] is None
        assert json.loads((copy / "review.json").read_text(encoding="utf-8")) == review


@pytest.mark.parametrize(
    ("source", "shown", "coded"),
    [
        ((960, 540), (960, 540), (960, 540)),
        ((1920, 1080), (1280, 720), (1280, 720)),
        ((1080, 1921), (720, 1280), (720, 1280)),
        ((641, 361), (641, 361), (642, 362)),
    ],
)
def test_pixels(source: tuple[int, int], shown: tuple[int, int], coded: tuple[int, int]) -> None:
    pixels = ReviewPixels(source)
    assert (pixels.size_px, pixels.coded_px) == (shown, coded)
    # The middle of the corner pixels lies half a pixel inside in both pictures.
    corners = np.array([[-0.5, -0.5], [source[0] - 0.5, source[1] - 0.5]])
    np.testing.assert_allclose(
        pixels.to_review(corners), [[-0.5, -0.5], [shown[0] - 0.5, shown[1] - 0.5]], atol=1e-9
    )
    x, y = pixels.to_review(np.array([[100.0, 200.0]]))[0]
    assert pixels.to_source((x, y)) == pytest.approx((100.0, 200.0))
    assert pixels.to_source(None) is None
