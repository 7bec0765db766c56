"""Every bad input of `kinelab analyze`: one clear message, exit code 2, nothing half written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from kinelab.cli import main
from kinelab.files.video_writer import VideoWriter
from kinelab.virtual_lab.solid_people.scenes import demo_scene


def write_video(path: Path, images: list[np.ndarray], rate_hz: float = 50.0) -> Path:
    height, width = images[0].shape[:2]
    with VideoWriter(path, (width, height), rate_hz) as writer:
        for image in images:
            writer.write(image)
    return path


@pytest.fixture(scope="module")
def empty_room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    grey = np.full((120, 160, 3), 120, np.uint8)
    return write_video(tmp_path_factory.mktemp("video") / "empty.mp4", [grey] * 10)


@pytest.fixture(scope="module")
def walker_images() -> list[np.ndarray]:
    images = (image for _, _, image in demo_scene(0).frames())
    return [next(images) for _ in range(170)]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main(["analyze", *map(str, arguments), "--quiet"]) == 2
    message = capsys.readouterr().err
    assert message.startswith("kinelab: ")
    assert "Traceback" not in message
    return message


def test_no_such_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such file" in refused(capsys, tmp_path / "gone.mp4", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_not_a_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("patient walks well\n" * 100)
    assert "not a video" in refused(capsys, path, "--out", tmp_path / "out")


def test_zero_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(b"")
    assert "empty" in refused(capsys, path, "--out", tmp_path / "out")


def test_no_person(empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, empty_room, "--pose", "gait20", "--out", tmp_path / "out")
    assert "no person was found" in message
    assert not (tmp_path / "out" / "report.html").exists()


def test_person_leaves(
    walker_images: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = [walker_images[0] * 0 + 120] * 60
    video = write_video(tmp_path / "leaves.mp4", [*walker_images[100:130], *away])
    message = refused(capsys, video, "--pose", "gait20", "--out", tmp_path / "out")
    assert "no whole stride" in message
    assert "--no-gait" in message
    assert (tmp_path / "out" / "kinematics.mot").exists()  # nothing that was found is lost


def test_one_stride_only(
    walker_images: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video(tmp_path / "short.mp4", walker_images[85:])
    message = refused(capsys, video, "--pose", "gait20", "--out", tmp_path / "out", "--min-strides", "3")
    assert "--min-strides" in message
    assert (tmp_path / "out" / "report.html").exists()


def test_no_such_person(
    walker_images: list[np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = write_video(tmp_path / "walk.mp4", walker_images[100:120])
    message = refused(capsys, video, "--pose", "gait20", "--person", "9", "--out", tmp_path / "out")
    assert "no person 9 in the video; there are 1 (frames" in message


def test_unknown_landmark_set(empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, empty_room, "--landmark-set", "coco18", "--pose", "x.onnx", "--out", tmp_path)
    assert "unknown landmark set 'coco18'; known are" in message


def test_model_with_wrong_outputs(
    empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 256, 192])
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 3 * 256 * 192])
    graph = helper.make_graph([helper.make_node("Flatten", ["image"], ["scores"])], "g", [image], [scores])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    onnx.save(model, tmp_path / "classifier.onnx")
    message = refused(capsys, empty_room, "--pose", tmp_path / "classifier.onnx", "--out", tmp_path / "out")
    assert "classifier.onnx" in message
    assert "output" in message
    detector = ["--pose", "gait20", "--detector", tmp_path / "classifier.onnx"]
    message = refused(capsys, empty_room, *detector, "--out", tmp_path / "out")
    assert "classifier.onnx" in message
    assert "output" in message


def test_disk_full(walker_images: list[np.ndarray], tmp_path: Path) -> None:
    """No file may grow beyond 10 kB: the system refuses to write, as a full disk does."""
    video = write_video(tmp_path / "walk.mp4", walker_images[100:120])
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000));"
        "from kinelab.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["analyze", str(video), "--pose", "gait20", "--out", str(tmp_path / "out"), "--quiet"]
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 2, run.stderr
    assert "people.nc: the disk is full; free some space and run the same command again" in run.stderr
    assert "Traceback" not in run.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == []


def test_out_of_another_run(empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    source = {"path": "other.mp4", "sha256": "0", "size_bytes": 1}
    (out / "run.json").write_text(json.dumps({"format": "kinelab run 1", "source": source, "stages": {}}))
    assert "the run of another file (other.mp4)" in refused(capsys, empty_room, "--out", out)


def test_no_model_installed(
    empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINELAB_MODELS", str(tmp_path / "models"))
    message = refused(capsys, empty_room, "--out", tmp_path / "out")
    assert "kinelab models get" in message


def test_settings_out_of_range(empty_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, empty_room, "--height-m", "172", "--out", tmp_path / "out")
    assert "height_m is 172.0, expected 0.4 to 2.6 (give metres, not centimetres)" in message
    message = refused(capsys, empty_room, "--known-length", "left_knee", "left_ankle", "40cm")
    assert "--known-length ends with '40cm', expected metres" in message
