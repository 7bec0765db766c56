from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinelab.errors import FileFormatError
from kinelab.files.amass import BODY_JOINTS, read_amass

T = 4


def motion(width: int = 156) -> dict[str, Any]:
    poses = np.random.default_rng(0).normal(0, 0.1, (T, width))
    return {"poses": poses, "trans": np.ones((T, 3)), "mocap_framerate": np.array(60.0), "gender": "male"}


def save(path: Path, arrays: dict[str, Any]) -> Path:
    np.savez_compressed(path, **arrays)
    return path


@pytest.mark.parametrize(("width", "model"), [(72, "SMPL"), (156, "SMPL-H"), (165, "SMPL-X")])
def test_the_bodys_joints_of_each_model(tmp_path: Path, width: int, model: str) -> None:
    arrays = motion(width)
    read = read_amass(save(tmp_path / "a.npz", arrays))
    assert read.model == model
    assert read.rate_hz == 60
    assert read.rotation_vector.shape == (T, len(BODY_JOINTS), 3)
    np.testing.assert_array_equal(read.rotation_vector[2, 4], arrays["poses"][2, 12:15])
    np.testing.assert_array_equal(read.position_m, arrays["trans"])


def test_other_names_of_the_rate_single_precision_and_joints_apart(tmp_path: Path) -> None:
    arrays = motion(72)
    arrays["mocap_frame_rate"] = arrays.pop("mocap_framerate").reshape(1)
    arrays["poses"] = arrays["poses"].reshape(T, 24, 3).astype(np.float32)
    assert read_amass(save(tmp_path / "a.npz", arrays)).rate_hz == 60


def nan_in(array: np.ndarray[Any, Any], frame: int) -> np.ndarray[Any, Any]:
    array = array.copy()
    array[frame, 1] = np.nan
    return array


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"poses": None}, r"holds no poses; it holds gender.*Motions of AMASS hold"),
        ({"trans": None}, "holds no trans"),
        ({"mocap_framerate": None}, "holds no frame rate"),
        ({"poses": np.zeros((T, 100))}, r"poses have shape \(4, 100\).*72 \(SMPL\)"),
        ({"poses": np.zeros(72)}, r"poses have shape \(72,\)"),
        ({"trans": np.zeros((T + 1, 3))}, r"trans has shape \(5, 3\), expected \(4, 3\)"),
        ({"poses": np.zeros((0, 72)), "trans": np.zeros((0, 3))}, "holds 0 frames"),
        ({"mocap_framerate": np.array(0.0)}, "mocap_framerate is .0.0., expected one rate"),
        ({"mocap_framerate": np.array([60.0, 60.0])}, "expected one rate"),
        ({"mocap_framerate": np.array(np.nan)}, "expected one rate"),
        ({"mocap_framerate": np.array("fast")}, "holds <U4, expected numbers"),
        ({"poses": nan_in(motion()["poses"], 2)}, r"frame 2 \(from 0\) holds NaN"),
        ({"poses": np.array([{"a": 1}] * T, dtype=object)}, "Python objects, which could run a program"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    arrays = {key: value for key, value in (motion() | change).items() if value is not None}
    with pytest.raises(FileFormatError, match=message):
        read_amass(save(tmp_path / "bad.npz", arrays))


def test_objects_that_are_not_needed_do_no_harm(tmp_path: Path) -> None:
    arrays = motion() | {"labels": np.array([{"a": 1}], dtype=object)}
    assert read_amass(save(tmp_path / "a.npz", arrays)).rate_hz == 60


def header(shape: str, dtype: str = "<f8") -> bytes:
    """A header of an array of any shape, without the array."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": dtype, "fortran_order": False, "shape": (1,)})
    return stream.getvalue().replace(b"(1,)", shape.encode(), 1)


def test_an_array_that_says_to_be_huge_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("poses.npy", header("(99999999999, 156)"))
        archive.writestr("trans.npy", header("(1, 3)"))
        archive.writestr("mocap_framerate.npy", header("()"))
    with pytest.raises(FileFormatError, match=r"says it has shape \(99999999999, 156\); there are"):
        read_amass(path)


def test_what_counts_is_the_memory_that_the_numbers_take_once_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes on disk become numbers of eight bytes each."""
    monkeypatch.setattr("kinelab.files.amass._MOST_NUMBERS", T * 72 - 1)
    path = save(tmp_path / "bytes.npz", motion(72) | {"poses": np.ones((T, 72), dtype=np.uint8)})
    with pytest.raises(FileFormatError, match=r"shape \(4, 72\).*287 numbers are allowed"):
        read_amass(path)


def test_no_npz(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_text("<html>")
    with pytest.raises(FileFormatError, match="is no npz file, or cut off"):
        read_amass(tmp_path / "a.npz")
    whole = save(tmp_path / "b.npz", motion()).read_bytes()
    (tmp_path / "c.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match="is no npz file, or cut off"):
        read_amass(tmp_path / "c.npz")
    damaged = bytearray(whole)
    damaged[600:700] = b"\xff" * 100
    (tmp_path / "d.npz").write_bytes(damaged)
    with pytest.raises(FileFormatError, match=r"cannot be read|is no npz"):
        read_amass(tmp_path / "d.npz")
    with pytest.raises(FileFormatError, match="no such file"):
        read_amass(tmp_path / "none.npz")
