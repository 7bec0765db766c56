from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.core.skeletons import COCO_17
from kinelab.detection.detectors import RtmdetDetector, YoloxDetector
from kinelab.detection.opening import add_model, open_detector, open_pose_model
from kinelab.detection.pose_models import HeatmapPose, SimccPose
from kinelab.detection.store import FOLDER_VARIABLE, find_model
from kinelab.errors import InputError, ModelError


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))


def simcc(make, k: int) -> Path:
    axes = {"simcc_x": np.zeros((1, k, 384), np.float32), "simcc_y": np.zeros((1, k, 512), np.float32)}
    return make(f"simcc{k}.onnx", [1, 3, 256, 192], **axes)


def rtmdet(make) -> Path:
    labels = np.zeros((1, 1), np.int64)
    return make("det.onnx", [1, 3, 320, 320], dets=np.zeros((1, 1, 5), np.float32), labels=labels)


def test_the_outputs_say_which_family_it_is(bright_spot_onnx, constant_onnx) -> None:
    assert isinstance(open_pose_model(bright_spot_onnx("h.onnx"), threads=1), HeatmapPose)
    assert isinstance(open_pose_model(simcc(constant_onnx, 26), threads=1), SimccPose)
    assert isinstance(open_detector(rtmdet(constant_onnx), threads=1), RtmdetDetector)
    yolox = constant_onnx("y.onnx", [1, 3, 416, 416], output=np.zeros((1, 3549, 85), np.float32))
    detector = open_detector(yolox, threads=1)
    assert isinstance(detector, YoloxDetector)
    assert detector.name == "y.onnx"
    assert len(detector.sha256) == 64


def test_a_network_of_another_task_is_told(constant_onnx) -> None:
    outputs = {name: np.zeros((1, 2), np.float32) for name in ("a", "b", "c")}
    path = constant_onnx("three.onnx", [1, 3, 64, 64], **outputs)
    with pytest.raises(ModelError, match=r"wrong outputs: found a \[1, 2\], b.*expected YOLOX"):
        open_detector(path)
    with pytest.raises(ModelError, match=r"wrong outputs: found a.*expected heatmaps, or simcc_x"):
        open_pose_model(path)


def test_landmarks_without_a_name_need_one(constant_onnx) -> None:
    with pytest.raises(InputError, match="unknown landmark set: the network gives 21"):
        open_pose_model(simcc(constant_onnx, 21))


def test_an_own_network_is_added_checked_and_opened_by_name(bright_spot_onnx) -> None:
    entry = add_model(bright_spot_onnx("h.onnx"), name="mine", kind="pose", licence="MIT")
    assert (entry.head, entry.skeleton, entry.licence) == ("heatmap", "coco17", "MIT")
    model = open_pose_model("mine", threads=1)
    assert (model.name, model.sha256, model.licence) == ("mine", entry.sha256, "MIT")
    assert model.skeleton == COCO_17


def test_an_own_detector_is_added(constant_onnx) -> None:
    add_model(rtmdet(constant_onnx), name="det", kind="detector")
    assert find_model("det")[1].head == "rtmdet"
    assert open_detector("det", threads=1).name == "det"


def test_what_cannot_be_added(bright_spot_onnx, constant_onnx, tmp_path: Path) -> None:
    heatmaps = bright_spot_onnx("h.onnx")
    with pytest.raises(InputError, match=r"mine is not in the catalogue.*needs --kind pose or detector"):
        add_model(heatmaps, name="mine")
    with pytest.raises(ModelError, match=r"h.onnx is not the published yolox-nano: SHA-256 .*another --name"):
        add_model(heatmaps, name="yolox-nano")
    with pytest.raises(ModelError, match="wrong outputs"):
        add_model(heatmaps, name="mine", kind="detector")
    with pytest.raises(InputError, match="gives 17 landmarks, but halpe26 has 26"):
        add_model(heatmaps, name="mine", kind="pose", skeleton="halpe26")
    with pytest.raises(InputError, match="unknown landmark set 'cat'"):
        add_model(heatmaps, name="mine", kind="pose", skeleton="cat")
    with pytest.raises(InputError, match=r"name 'My Net' .*lower-case letters, digits"):
        add_model(heatmaps, name="My Net", kind="pose")
    with pytest.raises(ModelError, match="no such model file"):
        add_model(tmp_path / "gone.onnx", name="mine", kind="pose")
    assert not (tmp_path / "models").exists()
