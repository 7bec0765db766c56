"""What a file is by its bytes, and that it is that alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.clinic.uploads.limits import UploadLimits
from kinelab.clinic.uploads.sniffing import Sniffed, sniff
from kinelab.errors import InputError
from kinelab.files.video_writer import VideoWriter

Refused = Callable[[str, object], None]
_LIMITS = UploadLimits()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small mp4."""
    path: Path = tmp_path_factory.mktemp("video") / "a.mp4"
    with VideoWriter(path, (64, 48), 25.0) as writer:
        for i in range(5):
            writer.write(np.full((48, 64, 3), 40 * i, np.uint8))
    return path.read_bytes()


def _zip(names: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return made.getvalue()


def _npy(shape: tuple[int, ...] = (3,)) -> bytes:
    made = io.BytesIO()
    np.save(made, np.zeros(shape))
    return made.getvalue()


def _sniff(tmp_path: Path, data: bytes, limits: UploadLimits = _LIMITS) -> Sniffed:
    path = tmp_path / "x.part"
    path.write_bytes(data)
    return sniff(path, limits)


def _c3d() -> bytes:
    return bytes([2, 0x50]) + bytes(510) + bytes([1, 80, 1, 84]) + bytes(508)


@pytest.mark.parametrize(
    ("data", "family", "suffix"),
    [
        (b"\x1a\x45\xdf\xa3" + b"\x42\x82\x84webm", "matroska", ".webm"),
        (b"\x1a\x45\xdf\xa3" + b"\x42\x82\x88matroska", "matroska", ".mkv"),
        (b"RIFF\x04\x00\x00\x00AVI ", "avi", ".avi"),
        (_c3d(), "c3d", ".c3d"),
        (b"\x89HDF\r\n\x1a\n" + bytes(20), "hdf5", ".nc"),
        (_zip({"acc.npy": _npy(), "time_s.npy": _npy()}), "npz", ".npz"),
        (b"PathFileType\t4\t(X/Y/Z)\twalk.trc\n", "text", ".trc"),
        (b"Coordinates\nversion=1\ninDegrees=yes\nendheader\ntime\thip\n", "text", ".mot"),
        (b"DataType=Quaternion\nversion=3\nendheader\ntime\tpelvis_imu\n", "text", ".sto"),
        (b'\xef\xbb\xbf{"sensors": {}}', "text", ".json"),
        (b"acc_unit = 'g'\n[sensors.shank_r]\n", "text", ".toml"),
        (b'<?xml version="1.0"?>\n<OpenSimDocument/>', "text", ".xml"),
        (b"time_s,acc_x\n0,1\n", "text", ".csv"),
        (b"// Start Time: Unknown\nPacketCounter\tAcc_X\n", "text", ".txt"),
    ],
)
def test_kinds_by_content(tmp_path: Path, data: bytes, family: str, suffix: str) -> None:
    assert _sniff(tmp_path, data) == Sniffed(family, suffix)  # type: ignore[arg-type]


def test_an_mp4_whole(tmp_path: Path, video: bytes) -> None:
    assert _sniff(tmp_path, video) == Sniffed("mp4", ".mp4")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"GIF89a<html><script>alert(1)</script>", "is a GIF picture"),
        (b"\x7fELF\x02\x01", "is a program"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\x80\x04\x95\x10\x00", "is a Python pickle"),
        (bytes(4000), "of no kind that is known"),
        (b"<!DOCTYPE html><html><body>", "holds a page or a program"),
        (b'<?xml version="1.0"?><svg onload="alert(1)">', r"page or a program \(svg"),
        (b"time_s,acc_x\n<script>alert(1)</script>,1\n", r"page or a program \(script"),
        (b"PK\x03\x04" + bytes(100), "damaged or cut off"),
        (_zip({"walk.mp4": b"x"}), "unpack it"),
        (_zip({"../evil.npy": _npy()}), "unpack it"),
        (b"RIFF\xff\xff\x00\x00AVI ", "cut off"),
        (b"RIFF\x04\x00\x00\x00AVI " + b"PK\x03\x04 and more", "something else in it, from byte 12"),
    ],
)
def test_what_is_refused(tmp_path: Path, data: bytes, why: str, record_property: Refused) -> None:
    with pytest.raises(InputError, match=why):
        _sniff(tmp_path, data)
    record_property("refused: hostile uploads", 1)


def test_a_video_with_an_archive_behind_it(tmp_path: Path, video: bytes, record_property: Refused) -> None:
    with pytest.raises(InputError, match=f"something else in it, from byte {len(video)} on"):
        _sniff(tmp_path, video + _zip({"evil.sh": b"x"}))
    record_property("refused: hostile uploads", 1)


def test_a_video_with_an_archive_inside_a_part_of_it(
    tmp_path: Path, video: bytes, record_property: Refused
) -> None:
    """The part `free` may hold anything; the archive's end stands at the end of the file."""
    archive = _zip({"evil.sh": b"x"})
    with pytest.raises(InputError, match="is an archive as well"):
        _sniff(tmp_path, video + (len(archive) + 8).to_bytes(4, "big") + b"free" + archive)
    record_property("refused: hostile uploads", 1)


def test_a_video_with_a_page_in_its_beginning(tmp_path: Path, video: bytes, record_property: Refused) -> None:
    page = b"<html><script>alert(1)</script></html>"
    first = int.from_bytes(video[:4], "big")
    hidden = video[:first] + (len(page) + 8).to_bytes(4, "big") + b"free" + page + video[first:]
    with pytest.raises(InputError, match=r"page or a program \(html"):
        _sniff(tmp_path, hidden)
    record_property("refused: hostile uploads", 1)


def test_a_video_that_is_cut_off(tmp_path: Path, video: bytes, record_property: Refused) -> None:
    with pytest.raises(InputError, match="the video is cut off"):
        _sniff(tmp_path, video[:-100])
    record_property("refused: hostile uploads", 1)


def test_an_archive_that_unpacks_beyond_all_measure(tmp_path: Path, record_property: Refused) -> None:
    bomb = _zip({"acc.npy": bytes(50_000_000)})
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match=r"would unpack to 47\.7 MiB in 1 arrays; allowed are 1 MiB"):
        _sniff(tmp_path, bomb, UploadLimits(unpacked_bytes=1 << 20))
    record_property("refused: hostile uploads", 1)


def test_an_archive_behind_something_else(tmp_path: Path, record_property: Refused) -> None:
    with pytest.raises(InputError, match="is an archive as well"):
        _sniff(tmp_path, b"time_s,acc_x\n" + b"0,1\n" * 20_000 + _zip({"acc.npy": _npy()}))
    record_property("refused: hostile uploads", 1)


def test_what_is_no_video_has_a_smaller_limit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="larger than 10 bytes"):
        _sniff(tmp_path, b"time_s,acc_x\n0,1\n", UploadLimits(table_bytes=10))
