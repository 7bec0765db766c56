from __future__ import annotations

import av
import numpy as np
import pytest

from kinelab.files.video import open_video, read_frames


def cut(path, share):
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def of_key_frames(video_file, ending):
    video_file.path = video_file.path.with_suffix(ending)
    video_file.codec, video_file.pixels = "mjpeg", "yuvj420p"
    return video_file


def blank(path, which):
    """Overwrite the pictures `which` with zeros."""
    with av.open(str(path)) as container:
        places = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(path.read_bytes())
    for pos, size in (places[i] for i in which):
        data[pos + 8 : pos + 8 + size - 8] = bytes(size - 8)
    path.write_bytes(data)
    return path


def test_whole_file_has_no_problem(video_file):
    with read_frames(open_video(video_file.make())) as frames:
        assert len(list(frames)) == 30
    assert frames.problem is None


@pytest.mark.parametrize("slow_motion", [1, 8])
@pytest.mark.parametrize("ending", [".mp4", ".avi", ".mkv"])
def test_cut_file_is_read_as_far_as_it_goes(video_file, numbers, ending, slow_motion):
    maker = of_key_frames(video_file, ending)
    maker.container_options = {"movflags": "faststart"} if ending == ".mp4" else {}
    video = open_video(cut(maker.make(), 0.6), slow_motion=slow_motion)
    with read_frames(video) as frames:
        got = numbers(frames)
    n = len(got)
    assert 14 <= n <= 18
    assert got == [(i, i) for i in range(n)]
    seconds = (n - 1) / 25 / slow_motion
    assert frames.problem == (
        f"frame {n + 1} of 30 could not be decoded (truncated file?); "
        f"the first {n} frames ({seconds:.1f} s) were read"
    )


def test_cut_file_asked_from_the_middle(video_file, numbers):
    video_file.container_options = {"movflags": "faststart"}
    video = open_video(cut(video_file.make(), 0.6))
    with read_frames(video, start=5, stop=8) as frames:
        assert numbers(frames) == [(5, 5), (6, 6), (7, 7)]
    assert frames.problem is None
    with read_frames(video, start=5) as frames:
        last = numbers(frames)[-1][0]
    assert frames.problem is not None
    assert f"frame {last + 2} of 30 could not be decoded (truncated file?)" in frames.problem


def test_broken_pictures_are_skipped_and_counted(video_file, numbers):
    path = blank(of_key_frames(video_file, ".avi").make(), [10, 11, 20])
    video = open_video(path)
    with read_frames(video) as frames:
        got = numbers(frames)
    assert got == [(i, i) for i in range(30) if i not in (10, 11, 20)]
    assert frames.n_read == 27
    assert frames.problem == (
        "3 of 30 frames could not be decoded and were skipped (the first is frame 11, at 0.4 s)"
    )


def test_broken_at_the_end_and_in_the_middle(video_file):
    video = open_video(blank(of_key_frames(video_file, ".avi").make(), [4, 28, 29]))
    with read_frames(video) as frames:
        list(frames)
    assert frames.problem == (
        "1 of 30 frames could not be decoded and were skipped (the first is frame 5, at 0.2 s); "
        "frame 29 of 30 could not be decoded (truncated file?); the first 28 frames (1.1 s) were read"
    )


def test_noise_in_an_h264_file_does_not_stop_it(video_file):
    video_file.codec_options = {"g": "6"}
    path = video_file.make()
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = np.random.default_rng(0).bytes(4000)
    path.write_bytes(data)
    video = open_video(path)
    with read_frames(video) as frames:
        index = [frame.index for frame in frames]
    assert index == sorted(set(index))
    assert index[0] == 0
    assert index[-1] == 29


def test_raw_stream_takes_the_announced_rate(video_file, numbers):
    video_file.path = video_file.path.with_suffix(".h264")
    video = open_video(video_file.make())
    np.testing.assert_allclose(video.frame_time_s, np.arange(30) / 25)
    with read_frames(video) as frames:
        assert numbers(frames) == [(i, i) for i in range(30)]
    assert frames.problem == (
        "30 frames have no time stamp of their own; times follow from the announced rate of 25 Hz"
    )


def test_vp8_reference_pictures_that_are_not_shown(video_file, numbers):
    video_file.path = video_file.path.with_suffix(".webm")
    video_file.codec = "libvpx"
    video_file.codec_options = {"deadline": "realtime", "b:v": "2M"}
    path = video_file.make()
    with av.open(str(path)) as container:
        payloads = [bytes(p) for p in container.demux(video=0) if p.size]
    data = path.read_bytes()
    assert data.count(payloads[12]) == 1
    # Bit 4 of a VP8 frame's first byte is show_frame (RFC 6386, section 9.1).
    hidden = bytes([payloads[12][0] & ~0x10]) + payloads[12][1:]
    path.write_bytes(data.replace(payloads[12], hidden))
    video = open_video(path)
    assert video.n_frames == 29
    with read_frames(video) as frames:
        assert [number for _, number in numbers(frames)] == [i for i in range(30) if i != 12]
    assert frames.problem is None
