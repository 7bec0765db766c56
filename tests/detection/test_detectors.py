from __future__ import annotations

import numpy as np
import pytest

from kinelab.detection.detectors import RtmdetDetector, YoloxDetector
from kinelab.detection.onnx_sessions import open_session
from kinelab.errors import ModelError

SIZE = 416
ANCHORS = 52 * 52 + 26 * 26 + 13 * 13
IMAGE = np.full((994, 1768, 3), 90, dtype=np.uint8)
SCALE = np.array([1768 / SIZE, 994 / 234] * 2)  # 994 / 4.25 rows are rounded to 234


def yolox_rows(decoded: bool) -> np.ndarray:
    """Two persons, a doubled one and a chair; boxes on the input: (100, 50) to (132, 114) and so on."""
    rows = np.zeros((1, ANCHORS, 85), dtype=np.float32)
    if decoded:
        columns = np.arange(ANCHORS) % 52 * 8
        rows[0, :, 0], rows[0, :, 1], rows[0, :, 2:4] = columns, 200, 8
    wanted = [(116, 82, 32, 64, 0.9, 0), (117, 82, 32, 64, 0.6, 0), (300, 150, 16, 48, 0.5, 0)]
    for i, (x, y, w, h, score, label) in enumerate([*wanted, (200, 200, 50, 50, 0.9, 56)]):
        # Row of the cell (i, 3) of the stride 16 grid.
        row = 52 * 52 + 3 * 26 + i
        values = np.array([x, y, w, h], dtype=float)
        if not decoded:
            values = np.array([x / 16 - i, y / 16 - 3, np.log(w / 16), np.log(h / 16)])
        rows[0, row, :4] = values
        rows[0, row, 4] = 0.8
        rows[0, row, 5 + label] = score / 0.8
    return rows


@pytest.mark.parametrize("decoded", [False, True])
def test_yolox_boxes_come_back_in_image_pixels(constant_onnx, decoded: bool) -> None:
    path = constant_onnx("yolox.onnx", [1, 3, SIZE, SIZE], output=yolox_rows(decoded))
    boxes = YoloxDetector(open_session(path, threads=1), name="y", sha256="0").detect(IMAGE)
    # The network counts from the left edge of its first pixel, our axes from its middle.
    expected = np.array([[100, 50, 132, 114], [292, 126, 308, 174]]) * SCALE - 0.5
    assert boxes.score == pytest.approx([0.9, 0.5])
    assert boxes.xyxy == pytest.approx(expected, abs=1e-3)


def test_yolox_leaves_weak_boxes_out(constant_onnx) -> None:
    path = constant_onnx("yolox.onnx", [1, 3, SIZE, SIZE], output=yolox_rows(False))
    detector = YoloxDetector(open_session(path, threads=1), name="y", sha256="0", min_score=0.55)
    assert len(detector.detect(IMAGE)) == 1


def test_rtmdet_boxes_persons_only(constant_onnx) -> None:
    dets = np.array([[[10, 20, 40, 120, 0.8], [50, 50, 60, 60, 0.9], [0, 0, 9, 9, 0.05]]], dtype=np.float32)
    labels = np.array([[0, 1, 0]], dtype=np.int64)
    path = constant_onnx("rtmdet.onnx", [1, 3, 320, 320], dets=dets, labels=labels)
    boxes = RtmdetDetector(open_session(path, threads=1), name="r", sha256="0").detect(IMAGE)
    assert boxes.xyxy == pytest.approx(np.array([[10, 20, 40, 120]]) * 1768 / 320 - 0.5, abs=0.4)
    assert boxes.score == pytest.approx([0.8])


def test_boxes_are_cut_at_the_border_of_the_image(constant_onnx) -> None:
    dets = np.array([[[-30, -10, 40, 400, 0.8], [900, 900, 950, 990, 0.9]]], dtype=np.float32)
    labels = np.zeros((1, 2), dtype=np.int64)
    path = constant_onnx("rtmdet.onnx", [1, 3, 320, 320], dets=dets, labels=labels)
    boxes = RtmdetDetector(open_session(path, threads=1), name="r", sha256="0").detect(IMAGE)
    assert boxes.xyxy == pytest.approx(np.array([[-0.5, -0.5, 220.5, 993.5]]), abs=0.1)


def test_no_person_gives_no_box(constant_onnx) -> None:
    nothing = np.zeros((1, ANCHORS, 85), dtype=np.float32)
    path = constant_onnx("yolox.onnx", [1, 3, SIZE, SIZE], output=nothing)
    assert len(YoloxDetector(open_session(path, threads=1), name="y", sha256="0").detect(IMAGE)) == 0


def test_wrong_outputs_are_named(constant_onnx) -> None:
    classes = constant_onnx("imagenet.onnx", [1, 3, 224, 224], logits=np.zeros((1, 1000), dtype=np.float32))
    with pytest.raises(ModelError, match=r"wrong outputs: found logits \[1, 1000\]; expected YOLOX"):
        YoloxDetector(open_session(classes, threads=1), name="y", sha256="0")
    with pytest.raises(ModelError, match=r"expected dets \[1, boxes, 5\] and labels"):
        RtmdetDetector(open_session(classes, threads=1), name="y", sha256="0")
    fewer = constant_onnx("other.onnx", [1, 3, SIZE, SIZE], out=np.zeros((1, 900, 85), dtype=np.float32))
    with pytest.raises(ModelError, match=r"expected YOLOX predictions \[1, 3549, 5 \+ classes\]"):
        YoloxDetector(open_session(fewer, threads=1), name="y", sha256="0")
    free = constant_onnx("free.onnx", [1, 3, "h", "w"], out=np.zeros((1, 9, 85), dtype=np.float32))
    with pytest.raises(ModelError, match="input size is free"):
        YoloxDetector(open_session(free, threads=1), name="y", sha256="0")
