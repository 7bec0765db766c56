from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from kinelab.errors import InputError, VideoError
from kinelab.files.video import open_video


def test_container_is_told_as_it_is(video_file):
    video = open_video(video_file.make())
    assert (video.n_frames, video.size_px, video.rotation_deg, video.codec) == (30, (128, 96), 0, "h264")
    np.testing.assert_allclose(video.frame_time_s, np.arange(30) / 25, atol=1e-9)
    assert video.rate_hz == pytest.approx(25)
    assert not video.variable_rate


@pytest.mark.parametrize(("stored", "viewed"), [(-90, 90), (90, 270), (180, 180)])
def test_rotation_is_clockwise_and_swaps_the_sides(video_file, stored, viewed):
    video_file.rotation_deg = stored
    video = open_video(video_file.make())
    assert video.rotation_deg == viewed
    assert video.size_px == ((128, 96) if viewed == 180 else (96, 128))


def test_mirrored_video_is_refused(video_file):
    video_file.rotation_deg = 180
    path = video_file.make()
    data = bytearray(path.read_bytes())
    one = (65536).to_bytes(4, "big")
    minus_one = (-65536).to_bytes(4, "big", signed=True)
    turned = minus_one + bytes(12) + minus_one  # a = d = -1: a half turn
    # The first of the two matrices belongs to the movie, ours to the track.
    assert data.count(turned) == 1
    at = data.index(turned)
    data[at : at + 20] = minus_one + bytes(12) + one
    path.write_bytes(data)
    with pytest.raises(VideoError, match=r"walk\.mp4: asks to be shown mirrored, which would swap left and"):
        open_video(path)


def test_oblong_pixels_are_made_square(video_file):
    video_file.aspect = Fraction(3, 2)
    assert open_video(video_file.make()).size_px == (192, 96)


def test_slow_motion_gives_true_time(video_file):
    video = open_video(video_file.make(), slow_motion=8)
    np.testing.assert_allclose(video.frame_time_s, np.arange(30) / 200, atol=1e-9)
    assert video.rate_hz == pytest.approx(200)


def test_variable_rate_keeps_the_true_times(video_file):
    video_file.times_ms = [33 * i + 9 * (i % 3) + (400 if i > 20 else 0) for i in range(30)]
    video = open_video(video_file.make())
    # The encoder's clock is a thousandth of a second, the file's may be a little coarser.
    np.testing.assert_allclose(video.frame_time_s, np.array(video_file.times_ms) / 1000, atol=1e-3)
    assert video.variable_rate


def test_edit_list_hides_frames_and_sets_the_clock(video_file, tmp_path):
    video_file.codec_options = {"g": "12", "bf": "2"}
    video = open_video(cut_by_edit_list(video_file.make(), tmp_path / "cut.mov", frames=7))
    assert video.n_frames == 23
    np.testing.assert_allclose(video.frame_time_s, np.arange(23) / 25, atol=1e-9)


def cut_by_edit_list(source: Path, target: Path, frames: int) -> Path:
    """The same packets with times before zero, which a mov file hides by an edit list."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        stream = old.streams.video[0]
        copy = new.add_stream_from_template(stream)
        earlier = round(Fraction(frames, 25) / stream.time_base)
        for packet in old.demux(stream):
            if packet.size:
                packet.pts -= earlier
                packet.dts -= earlier
                packet.stream = copy
                new.mux(packet)
    return target


def test_sound_is_passed_over(video_file):
    video_file.audio = True
    assert open_video(video_file.make()).n_frames == 30


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.mp4", None, r"none\.mp4: no such file; check the name"),
        ("empty.mp4", b"", r"empty\.mp4: is empty \(0 bytes\); copy it again"),
        (
            "text.mp4",
            b"just a few words\n" * 99,
            r"text\.mp4: is not a video that can be read .*mp4, mov, mkv",
        ),
        ("zeros.avi", bytes(5000), r"zeros\.avi: is not a video that can be read"),
    ],
)
def test_what_is_no_video(tmp_path, name, content, message):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VideoError, match=message):
        open_video(path)


def test_folder(tmp_path):
    with pytest.raises(VideoError, match="is a folder; give one video file"):
        open_video(tmp_path)


def test_sound_alone(tmp_path):
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 1024), dtype=np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(VideoError, match="holds no video, only audio; give a file that"):
        open_video(path)


@pytest.mark.parametrize("name", ["walk.mp4", "walk.mov"])
def test_mp4_cut_before_its_table_of_contents(video_file, name):
    video_file.path = video_file.path.with_name(name)
    path = video_file.make()
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(VideoError, match=r"without its table of contents .*cut off; copy it again"):
        open_video(path)


def test_no_frames(video_file):
    video_file.n = 0
    video_file.path = video_file.path.with_suffix(".avi")
    with pytest.raises(VideoError, match="holds no frames; was the recording stopped"):
        open_video(video_file.make())


def test_no_frame_decodes(video_file):
    video_file.path, video_file.codec, video_file.pixels = (
        video_file.path.with_suffix(".avi"),
        "mjpeg",
        "yuvj420p",
    )
    path = video_file.make()
    blank_pictures(path, range(30))
    with pytest.raises(VideoError, match="not one of its frames can be decoded"):
        open_video(path)


def blank_pictures(path: Path, which: range) -> None:
    """Overwrite pictures of a file of key frames with zeros."""
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for pos, size in (places[i] for i in which):
        data[pos + 8 : pos + 8 + size] = bytes(size)
    path.write_bytes(data)


@pytest.mark.parametrize("factor", [0, -1, float("nan")])
def test_slow_motion_is_positive(video_file, factor):
    with pytest.raises(InputError, match=r"slow_motion is .*, expected > 0 \(8 for 240 Hz"):
        open_video(video_file.make(), slow_motion=factor)


@pytest.mark.shared
def test_real_videos(shared_data):
    walk = open_video(shared_data / "video/sports2d_demo/Sports2D/Demo/demo.mp4")
    assert (walk.size_px, walk.n_frames, walk.codec, walk.rate_hz) == (
        (1768, 994), 230, "vp9", pytest.approx(30),
    )  # fmt: skip
    folder = shared_data / "video/pose2sim_demo/single/videos"
    cameras = [open_video(path) for path in sorted(folder.glob("cam*.mp4"))]
    assert [camera.size_px[0] for camera in cameras] == [1080, 1080, 1088, 1088]
    assert {camera.n_frames for camera in cameras} == {100}
    assert [camera.rate_hz for camera in cameras] == pytest.approx([60] * 4)
