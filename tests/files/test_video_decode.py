from __future__ import annotations

import gc
import itertools
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from kinelab.errors import InputError, VideoError
from kinelab.files.video import open_video, read_frames

KINDS = {
    "mp4 h264": ("mp4", "libx264", "yuv420p", {}),
    "mp4 h264 10 bit": ("mp4", "libx264", "yuv420p10le", {}),
    "mp4 h264 interlaced": ("mp4", "libx264", "yuv420p", {"flags": "+ildct+ilme", "x264-params": "tff=1"}),
    "mkv h264 open groups": ("mkv", "libx264", "yuv420p", {"g": "8", "x264-params": "open-gop=1"}),
    "ts h264": ("ts", "libx264", "yuv420p", {"g": "8"}),
    "avi h264 B-frames": ("avi", "libx264", "yuv420p", {"bf": "3"}),
    "mp4 hevc": ("mp4", "libx265", "yuv420p", {"x265-params": "log-level=none:keyint=8:bframes=3"}),
    "webm vp9": ("webm", "libvpx-vp9", "yuv420p", {"deadline": "realtime", "cpu-used": "8"}),
    "webm vp8": ("webm", "libvpx", "yuv420p", {"deadline": "realtime", "cpu-used": "8", "b:v": "2M"}),
    "avi mjpeg": ("avi", "mjpeg", "yuvj420p", {}),
    "mov prores": ("mov", "prores", "yuv422p10le", {}),
    "mkv ffv1": ("mkv", "ffv1", "yuv420p", {}),
    "gif": ("gif", "gif", "rgb8", {}),
}


@pytest.fixture(params=KINDS)
def any_video(request, video_file):
    ending, video_file.codec, video_file.pixels, video_file.codec_options = KINDS[request.param]
    if video_file.codec not in av.codecs_available:
        pytest.skip(f"this build of PyAV does not write {video_file.codec}")
    video_file.path = video_file.path.with_suffix(f".{ending}")
    return open_video(video_file.make())


def test_every_kind_gives_each_picture_its_time(any_video, numbers):
    frames = list(read_frames(any_video))
    assert numbers(frames) == [(i, i) for i in range(30)]
    assert [frame.time_s for frame in frames] == list(any_video.frame_time_s)
    # The coarsest clock here is gif's hundredth of a second.
    np.testing.assert_allclose(np.diff(any_video.frame_time_s), 1 / 25, atol=0.0101)
    assert {frame.image.shape for frame in frames} == {(96, 128, 3)}
    assert {frame.image.dtype for frame in frames} == {np.dtype(np.uint8)}


def test_every_kind_starts_exactly_where_asked(any_video, numbers):
    for start in range(0, 30, 3):
        reader = read_frames(any_video, start=start, stop=min(start + 4, 30), prefetch=0)
        assert numbers(reader) == [(i, i) for i in range(start, min(start + 4, 30))]


def test_seek_inside_an_edit_list(video_file, numbers, tmp_path):
    video_file.codec_options = {"g": "12", "bf": "2"}
    with av.open(str(video_file.make())) as old, av.open(str(tmp_path / "cut.mov"), "w") as new:
        stream = old.streams.video[0]
        copy = new.add_stream_from_template(stream)
        for packet in old.demux(stream):
            if packet.size:
                packet.pts -= 7 * 512
                packet.dts -= 7 * 512
                packet.stream = copy
                new.mux(packet)
    video = open_video(tmp_path / "cut.mov")
    assert video.frame_time_s[0] == 0
    for start in range(video.n_frames):
        assert numbers(read_frames(video, start=start, stop=start + 1)) == [(start, start + 7)]


def test_variable_rate(video_file, numbers):
    video_file.times_ms = [int(1000 * i / 30 + 12 * np.sin(i)) + (700 if i > 11 else 0) for i in range(30)]
    video = open_video(video_file.make())
    reader = read_frames(video, start=10)
    assert numbers(reader) == [(i, i) for i in range(10, 30)]
    assert reader.problem is None


def test_dropped_frames_leave_a_hole_in_time(video_file, numbers):
    video_file.times_ms = [40 * i for i in range(33) if i not in (10, 11, 12)]
    video = open_video(video_file.make())
    frames = list(read_frames(video))
    assert numbers(frames) == [(i, i) for i in range(30)]
    assert frames[10].time_s - frames[9].time_s == pytest.approx(0.16, abs=1e-3)


@pytest.mark.parametrize(("stored", "quarter_turns"), [(-90, -1), (180, 2), (90, 1)])
def test_rotated_as_viewed(video_file, stored, quarter_turns):
    upright = next(read_frames(open_video(video_file.make()), prefetch=0)).image
    video_file.rotation_deg = stored
    turned = next(read_frames(open_video(video_file.make()), prefetch=0)).image
    np.testing.assert_array_equal(turned, np.rot90(upright, quarter_turns))


def test_odd_size_and_sound(video_file, numbers):
    video_file.path = video_file.path.with_suffix(".mkv")
    video_file.codec, video_file.size_px, video_file.audio = "ffv1", (129, 97), True
    frames = list(read_frames(open_video(video_file.make())))
    assert numbers(frames) == [(i, i) for i in range(30)]
    assert frames[0].image.shape == (97, 129, 3)


@pytest.mark.parametrize(("limit", "size"), [(64, (48, 64)), (128, (96, 128)), (999, (96, 128)), (1, (1, 1))])
def test_scaled_down_never_up(video_file, limit, size):
    video = open_video(video_file.make())
    assert next(read_frames(video, max_side_px=limit, prefetch=0)).image.shape == (*size, 3)


def test_scaled_rotated_and_true_in_shape(video_file, numbers):
    video_file.rotation_deg = -90
    frames = list(read_frames(open_video(video_file.make()), max_side_px=64))
    assert {frame.image.shape for frame in frames} == {(64, 48, 3)}
    upright = [np.rot90(frame.image) for frame in frames]
    assert [np.mean(image[4:20, :6]) > 127 for image in upright] == [bool(i & 1) for i in range(30)]


def test_reader_counts_and_ends(video_file):
    video = open_video(video_file.make())
    with read_frames(video) as frames:
        assert len(list(itertools.islice(frames, 5))) == frames.n_read == 5
        frames.close()
        assert next(frames, None) is None
    assert list(read_frames(video, start=7, stop=7)) == []


@pytest.mark.parametrize("prefetch", [0, 1, 4])
def test_leaving_early_leaves_no_thread(video_file, prefetch):
    video = open_video(video_file.make())
    before = threading.active_count()
    with read_frames(video, prefetch=prefetch) as frames:
        assert next(frames).index == 0
    assert threading.active_count() == before


def test_forgotten_reader_ends_its_thread(video_file):
    video = open_video(video_file.make())
    before = threading.active_count()
    for _frame in read_frames(video):
        break
    gc.collect()
    assert threading.active_count() == before


def test_images_belong_to_the_caller(video_file):
    first, second = itertools.islice(read_frames(open_video(video_file.make())), 2)
    kept = second.image.copy()
    first.image[:] = 0
    np.testing.assert_array_equal(second.image, kept)


@pytest.mark.parametrize("prefetch", [0, 4])
def test_file_gone(video_file, prefetch):
    video = open_video(video_file.make())
    video.path.unlink()
    with pytest.raises(VideoError, match="no such file"), read_frames(video, prefetch=prefetch) as frames:
        next(frames)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": -1}, r"frames -1 to 30 asked for, walk\.mp4 has 0 to 30"),
        ({"stop": 31}, "frames 0 to 31 asked for"),
        ({"start": 9, "stop": 8}, "frames 9 to 8 asked for"),
        ({"max_side_px": 0}, "max_side_px is 0, expected 1 or more"),
        ({"prefetch": -1}, "prefetch is -1, expected 0"),
    ],
)
def test_bad_arguments(video_file, arguments, message):
    video = open_video(video_file.make())
    with pytest.raises(InputError, match=message):
        read_frames(video, **arguments)


@pytest.mark.shared
def test_real_walk_from_the_middle(shared_data):
    video = open_video(shared_data / "video/sports2d_demo/Sports2D/Demo/demo.mp4")
    whole = {frame.index: frame.image for frame in read_frames(video, stop=60, max_side_px=320)}
    assert list(whole) == list(range(60))
    part = list(read_frames(video, start=50, stop=60, max_side_px=320))
    for frame in part:
        np.testing.assert_array_equal(frame.image, whole[frame.index])
    assert [frame.index for frame in part] == list(range(50, 60))
    assert part[0].image.shape == (180, 320, 3)


@pytest.mark.shared
@pytest.mark.parametrize("camera", ["cam01", "cam02", "cam03", "cam04"])
def test_real_cameras_to_the_last_frame(shared_data: Path, camera):
    video = open_video(shared_data / f"video/pose2sim_demo/single/videos/{camera}.mp4")
    with read_frames(video, start=80, max_side_px=200) as frames:
        assert [frame.index for frame in frames] == list(range(80, 100))
    assert frames.problem is None


@pytest.mark.shared
def test_a_frame_sought_in_x264s_4_4_4_is_the_frame_of_the_stream(shared_data: Path) -> None:
    """Each was a green smear, silently, until the first picture was decoded before seeking."""
    video = open_video(shared_data / "labelled/openfield/videos/m3v1mp4.mp4")
    wanted = (205, 404)
    with read_frames(video, stop=405) as frames:
        streamed = {frame.index: frame.image for frame in frames if frame.index in wanted}
    for index in wanted:
        with read_frames(video, start=index, stop=index + 1) as frames:
            (sought,) = frames
        np.testing.assert_array_equal(sought.image, streamed[index])
