from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest

from kinelab.errors import InputError, OutputError
from kinelab.files import video_encoder
from kinelab.files.video import open_video, read_frames
from kinelab.files.video_encoder import ENCODERS, QUALITIES, choose_encoder
from kinelab.files.video_writer import VideoWriter


def write(path, images, times_s=None, **settings):
    height, width = images[0].shape[:2]
    with VideoWriter(path, (width, height), 25, **settings) as writer:
        for i, image in enumerate(images):
            writer.write(image, None if times_s is None else times_s[i])
    return path


@pytest.mark.parametrize("quality", QUALITIES)
def test_written_is_read(tmp_path, picture, numbers, quality):
    path = write(tmp_path / "out.mp4", [picture(i) for i in range(30)], quality=quality)
    video = open_video(path)
    assert (video.size_px, video.codec) == ((128, 96), "h264")
    np.testing.assert_allclose(video.frame_time_s, np.arange(30) / 25, atol=1e-6)
    assert numbers(read_frames(video)) == [(i, i) for i in range(30)]
    assert [file.name for file in tmp_path.iterdir()] == ["out.mp4"]


def test_better_quality_is_nearer(tmp_path):
    # A smooth picture that moves, as the encoder expects.
    x, y = np.meshgrid(np.arange(160), np.arange(120))
    images = [
        np.stack([127 + 90 * np.sin((x + 3 * i) / 9 + c) * np.cos(y / 7) for c in range(3)], -1).astype(
            np.uint8
        )
        for i in range(12)
    ]
    error = {}
    for quality in QUALITIES:
        video = open_video(write(tmp_path / f"{quality}.mp4", images, quality=quality))
        read = np.stack([frame.image for frame in read_frames(video)])
        error[quality] = np.abs(read.astype(float) - np.stack(images)).mean()
    assert error["fine"] < error["normal"] < error["draft"] < 8


@pytest.mark.parametrize(
    "colour", [(255, 0, 0), (0, 160, 0), (40, 60, 220), (128, 128, 128), (255, 255, 255)]
)
def test_colours_survive(tmp_path, colour):
    image = np.full((96, 128, 3), colour, dtype=np.uint8)
    video = open_video(write(tmp_path / "out.mp4", [image] * 3, quality="fine"))
    frame = next(read_frames(video, prefetch=0))
    np.testing.assert_allclose(frame.image.mean(axis=(0, 1)), colour, atol=4)


def test_variable_rate_is_kept(tmp_path, picture):
    times_s = np.array([5.0, 5.033, 5.071, 5.1, 5.9, 5.933, 6.2])
    video = open_video(write(tmp_path / "out.mp4", [picture(i) for i in range(7)], times_s))
    np.testing.assert_allclose(video.frame_time_s, times_s - 5, atol=1e-4)


@pytest.mark.parametrize("rate_hz", [23.976, 29.97, 30, 59.94, 119.88, 240])
def test_rates(tmp_path, picture, rate_hz):
    with VideoWriter(tmp_path / "out.mp4", (128, 96), rate_hz) as writer:
        for i in range(10):
            writer.write(picture(i))
    assert open_video(tmp_path / "out.mp4").rate_hz == pytest.approx(rate_hz, rel=2e-3)


@pytest.mark.parametrize("size", [(127, 96), (128, 95), (1, 1), (127, 95)])
def test_odd_size_is_padded_by_its_edge(tmp_path, picture, size):
    width, height = size
    image = np.full((height, width, 3), 200, dtype=np.uint8)
    video = open_video(write(tmp_path / "out.mp4", [image] * 3))
    assert video.size_px == (width + width % 2, height + height % 2)
    read = next(read_frames(video, prefetch=0)).image
    assert read.min() > 190


def test_images_that_are_views(tmp_path, picture, numbers):
    wide = [np.asfortranarray(picture(i)) for i in range(5)]
    for image in wide:
        image.setflags(write=False)
    video = open_video(write(tmp_path / "out.mp4", wide))
    assert numbers(read_frames(video)) == [(i, i) for i in range(5)]


def test_table_of_contents_comes_first(tmp_path, picture):
    data = write(tmp_path / "out.mp4", [picture(i) for i in range(5)]).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, FileNotFoundError])
def test_an_error_leaves_what_was_there(tmp_path, picture, error):
    path = tmp_path / "out.mp4"
    path.write_text("old")

    def images():
        yield picture(0)
        raise error(2, "of the caller")

    with pytest.raises(error), VideoWriter(path, (128, 96), 25) as writer:
        list(map(writer.write, images()))
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize("size", [(160, 160), (480, 270)])
def test_the_same_pictures_give_the_same_bytes(tmp_path, size):
    # At these sizes x264's mb-tree made another file every few times.
    written = []
    for turn in range(4):
        rng = np.random.default_rng(5)
        with VideoWriter(tmp_path / f"{turn}.mp4", size, 25) as writer:
            for _ in range(30):
                writer.write(rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
        written.append((tmp_path / f"{turn}.mp4").read_bytes())
    assert len(set(written)) == 1


def test_no_image(tmp_path):
    with pytest.raises(InputError, match="no image was written"), VideoWriter(tmp_path / "a.mp4", (8, 8), 25):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("n", [1, 60])
def test_disk_full(tmp_path, picture, n):
    path = tmp_path / "out.mp4"
    (tmp_path / f".out.{os.getpid()}.part.mp4").symlink_to("/dev/full")
    images = [picture(i) for i in range(n)]
    with pytest.raises(OutputError, match=r"cannot write .*out\.mp4: the disk is full; free some space"):
        write(path, images)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a.avi", (8, 8), 25), r"a\.avi: a video is written as \.mp4, not as '\.avi'"),
        (("a", (8, 8), 25), r"not as 'no ending'"),
        (("a.mp4", (0, 8), 25), r"size_px is \(0, 8\), expected \(width, height\)"),
        (("a.mp4", (8, 8), 0), "rate_hz is 0, expected a positive number"),
        (("a.mp4", (8, 8), float("nan")), "rate_hz is nan"),
    ],
)
def test_bad_settings(arguments, message):
    with pytest.raises(InputError, match=message):
        VideoWriter(*arguments)


@pytest.mark.parametrize("key_every", [1, 7])
def test_a_player_that_jumps_decodes_few_frames(tmp_path, picture, key_every):
    path = write(tmp_path / "out.mp4", [picture(i) for i in range(30)], key_every=key_every)
    with av.open(str(path)) as container:
        keys = [i for i, p in enumerate(container.demux(container.streams.video[0])) if p.is_keyframe]
    assert keys[0] == 0
    assert max(np.diff([*keys, 30])) <= key_every


def test_key_frames_are_counted_from_one():
    with pytest.raises(InputError, match="key_every is 0, expected 1 or more frames"):
        VideoWriter("a.mp4", (8, 8), 25, key_every=0)


def test_unknown_quality():
    with pytest.raises(InputError, match="quality is 'best', allowed are 'draft', 'normal', 'fine'"):
        VideoWriter("a.mp4", (8, 8), 25, quality="best")


@pytest.mark.parametrize(
    ("image", "time_s", "message"),
    [
        (
            np.zeros((96, 128), np.uint8),
            None,
            r"image 1 is \(96, 128\) uint8, expected .* \(96, 128, 3\) uint8",
        ),
        (np.zeros((128, 96, 3), np.uint8), None, r"image 1 is \(128, 96, 3\)"),
        (np.zeros((96, 128, 3)), None, "float64, expected"),
        (np.zeros((96, 128, 3), np.uint8), 0.0, "image 1 has time 0 s, which is not after the one before it"),
        (np.zeros((96, 128, 3), np.uint8), float("nan"), "image 1 has time nan s, expected a number"),
    ],
)
def test_bad_image(tmp_path, image, time_s, message):
    images = [np.zeros((96, 128, 3), np.uint8), image]
    with pytest.raises(InputError, match=message):
        write(tmp_path / "a.mp4", images, None if time_s is None else [0.0, time_s])


def test_without_x264(tmp_path, picture, numbers, monkeypatch):
    monkeypatch.setattr(video_encoder.av, "codecs_available", {"libvpx-vp9"})
    video = open_video(write(tmp_path / "out.mp4", [picture(i) for i in range(10)]))
    assert video.codec == "vp9"
    assert numbers(read_frames(video)) == [(i, i) for i in range(10)]


def test_without_any_encoder(tmp_path, monkeypatch):
    monkeypatch.setattr(video_encoder.av, "codecs_available", set())
    with (
        pytest.raises(OutputError, match="has none of the encoders libx264, libopenh264, libvpx-vp9"),
        VideoWriter(tmp_path / "a.mp4", (8, 8), 25),
    ):
        pass
    assert not list(tmp_path.iterdir())


def test_first_of_the_list_is_taken():
    assert choose_encoder() == next(iter(ENCODERS))
