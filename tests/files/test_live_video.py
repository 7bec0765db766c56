from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest

from kinelab.errors import InputError, VideoError
from kinelab.files.live_video import LiveSource, LiveVideo

ADDRESS = "udp://127.0.0.1:23457"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, discs: ModuleType) -> Path:
    """0.8 s at 50 Hz."""
    time_s = np.arange(40) / 50
    path: Path = discs.write_film(tmp_path_factory.mktemp("live") / "leg.mp4", discs.leg(time_s), time_s)
    return path


def test_a_file_is_played_at_its_own_speed(film: Path) -> None:
    began = time.monotonic()
    with LiveVideo(LiveSource(str(film))) as live:
        frames = []
        while (frame := live.newest()) is not None:
            frames.append((frame.number, frame.time_s, frame.arrived_s))
    took = time.monotonic() - began
    assert 0.75 < took < 3
    number, time_s, arrived_s = np.array(frames).T
    assert (np.diff(number) > 0).all()
    np.testing.assert_allclose(time_s, number / 50, atol=1e-3)
    assert (arrived_s - arrived_s[0] >= time_s - time_s[0] - 0.01).all()  # never before it is due
    assert live.n_arrived == 40
    assert live.n_dropped == 40 - len(frames)


def test_a_slow_reader_gets_the_newest_frame(film: Path) -> None:
    with LiveVideo(LiveSource(str(film))) as live:
        first = live.newest()
        assert first is not None
        time.sleep(0.4)
        second = live.newest()
    assert second is not None
    assert second.number >= 10  # not the one that came next
    assert time.monotonic() - second.arrived_s < 0.3
    assert live.n_dropped >= second.number - first.number - 1


@pytest.fixture
def broadcast(discs: ModuleType) -> Iterator[None]:
    """A stream of the leg in MPEG transport stream over UDP, as cameras send it."""
    stop = threading.Event()

    def serve() -> None:
        with av.open(f"{ADDRESS}?pkt_size=1316", "w", format="mpegts") as out:
            stream = out.add_stream("libx264", rate=50, options={"tune": "zerolatency", "g": "10"})
            stream.width, stream.height = discs.SIZE_PX
            stream.pix_fmt = "yuv420p"
            began = time.monotonic()
            i = 0
            while not stop.is_set():
                image = discs.picture(discs.leg(np.array([i / 50]))[0])
                picture = av.VideoFrame.from_ndarray(image, format="rgb24")
                picture.pts = i
                out.mux(stream.encode(picture))
                i += 1
                time.sleep(max(0.0, began + i / 50 - time.monotonic()))

    thread = threading.Thread(target=serve)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.mark.usefixtures("broadcast")
def test_a_network_stream_is_read(discs: ModuleType) -> None:
    with LiveVideo(LiveSource(ADDRESS)) as live:
        frames = [live.newest() for _ in range(15)]
    times = [frame.time_s for frame in frames if frame is not None]
    assert len(times) == 15
    assert (np.diff(times) > 0).all()
    last = frames[-1]
    assert last is not None
    assert last.image.shape == (discs.SIZE_PX[1], discs.SIZE_PX[0], 3)
    y, x = 16, 64  # the hip, which stands still, is red
    red, green, blue = last.image[y, x].astype(int)
    assert red > green + 80
    assert red > blue + 80


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VideoError, match="no such file; give a file, an address such as rtsp"):
        LiveVideo(LiveSource(str(tmp_path / "gone.mp4")))
    text = tmp_path / "notes.mp4"
    text.write_text("no video")
    with pytest.raises(VideoError, match="the file cannot be opened"):
        LiveVideo(LiveSource(str(text)))
    with pytest.raises(VideoError, match=r"video97: the camera cannot be opened .* is it connected, free"):
        LiveVideo(LiveSource("97", camera=True, size_px=(640, 480), rate_hz=30))
    monkeypatch.setattr("sys.platform", "plan9")
    with pytest.raises(InputError, match="cameras cannot be opened on plan9"):
        LiveVideo(LiveSource("0", camera=True))
