"""Uploads opened in a process of their own: what is taken, what is refused, and what a decoder may not do."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.clinic.uploads.limits import UploadLimits
from kinelab.clinic.uploads.probing import probe
from kinelab.errors import InputError
from kinelab.files.opensim_files import write_trc
from kinelab.files.video_writer import VideoWriter

Refused = Callable[[str, object], None]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 s of 64 x 48 pixels at 25 Hz."""
    path: Path = tmp_path_factory.mktemp("video") / "walk.mp4"
    with VideoWriter(path, (64, 48), 25.0) as writer:
        for i in range(50):
            writer.write(np.full((48, 64, 3), 4 * i, np.uint8))
    return path


def _as_sent(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "0123.part"
    path.write_bytes(data)
    return path


def test_a_video(video: Path, tmp_path: Path) -> None:
    found = probe(_as_sent(tmp_path, video.read_bytes()), "walk.txt")
    assert (found.kind, found.suffix, found.media_type) == ("video", ".mp4", "video/mp4")
    assert found.facts == {
        "width_px": 64, "height_px": 48, "n_frames": 50, "duration_s": 1.96, "rate_hz": 25.0, "codec": "h264"
    }  # fmt: skip


def test_markers_and_sensors_by_content_not_by_name(tmp_path: Path, walker: ModuleType) -> None:
    trc = tmp_path / "walker.trc"
    write_trc(walker.marker_walk().markers, trc, 100.0, synthetic=True)
    found = probe(_as_sent(tmp_path, trc.read_bytes()), "walk.mp4")
    assert (found.kind, found.facts["n_markers"], found.facts["rate_hz"]) == ("trc", 11, 100.0)
    rows = "\n".join(f"{i / 100},0.1,9.8,0.2,0.01,0.02,0.03" for i in range(200))
    own = f"ms,a,b,c,d,e,f\n{rows}\n".encode()
    found = probe(_as_sent(tmp_path, own), "sensor.csv")
    assert (found.kind, found.facts) == ("sensors", {"n_columns": 7, "needs_mapping": True})


def test_no_recording_is_told_by_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^letter\.txt: .*no file of worn sensors") as refused:
        probe(_as_sent(tmp_path, b"Dear doctor,\nit hurts.\n"), "letter.txt")
    assert str(tmp_path) not in str(refused.value)
    assert "kinelab-probe" not in str(refused.value)


def _raw_avi(path: Path, width: int, height: int) -> bytes:
    """An uncompressed avi of one small picture whose header (BITMAPINFOHEADER) announces another size."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.zeros((72, 64), np.uint8), format="yuv420p")
        container.mux([*stream.encode(picture), *stream.encode()])
    data = path.read_bytes()
    at = data.index(b"strf") + 8 + 4
    return data[:at] + struct.pack("<ii", width, height) + data[at + 8 :]


@pytest.mark.parametrize(
    ("side", "why"),
    [
        (100_000, "not one of its frames can be decoded"),
        (8192, "large 67108864 pixels, allowed are 35651584"),
    ],
)
def test_a_picture_larger_than_any_camera_takes(
    tmp_path: Path, side: int, why: str, record_property: Refused
) -> None:
    sent = _as_sent(tmp_path, _raw_avi(tmp_path / "raw.avi", side, side))
    with pytest.raises(InputError, match=why):
        probe(sent, "walk.avi")
    record_property("refused: hostile uploads", 1)


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (UploadLimits(max_frames=49), "made of 50 frames, allowed are 49"),
        (UploadLimits(max_duration_s=1.5), "long 2 s, allowed are 1.5"),
        (UploadLimits(max_rate_hz=24.0), "filmed at 25 frames a second, allowed are 24"),
        (UploadLimits(max_streams=0), "made of 1 streams, allowed are 0"),
    ],
)
def test_absurd_headers(
    video: Path, tmp_path: Path, limits: UploadLimits, why: str, record_property: Refused
) -> None:
    with pytest.raises(InputError, match=why):
        probe(_as_sent(tmp_path, video.read_bytes()), "walk.mp4", limits)
    record_property("refused: hostile uploads", 1)


def test_a_decoder_that_takes_too_much_memory_is_ended(
    video: Path, tmp_path: Path, record_property: Refused
) -> None:
    with pytest.raises(InputError, match=r"^walk\.mp4: (its reader|looking at the file took more memory)"):
        probe(_as_sent(tmp_path, video.read_bytes()), "walk.mp4", UploadLimits(probe_memory_bytes=5_000_000))
    record_property("refused: hostile uploads", 1)


def test_a_decoder_that_takes_too_long_is_ended(
    video: Path, tmp_path: Path, record_property: Refused
) -> None:
    with pytest.raises(InputError, match=r"^walk\.mp4: looking at the file took over 0\.05 s"):
        probe(_as_sent(tmp_path, video.read_bytes()), "walk.mp4", UploadLimits(probe_wall_s=0.05))
    record_property("refused: hostile uploads", 1)


@pytest.mark.shared
def test_real_recordings(shared_data: Path) -> None:
    c3d = probe(shared_data / "gait" / "c3d_hospitals" / "Sydney" / "S4-AMGait07.c3d", "a")
    assert (c3d.kind, c3d.facts["n_markers"], c3d.facts["n_events"]) == ("c3d", 16, 8)
    xsens = next((shared_data / "imu" / "opensense_example").glob("MT_*00B42279.txt"))
    assert probe(xsens, "b").facts["make"] == "Xsens MT text"
    mapping = probe(shared_data / "imu" / "opensense_example" / "myIMUMappings.xml", "c")
    assert (mapping.kind, mapping.facts) == ("mapping", {"n_sensors": 8})
