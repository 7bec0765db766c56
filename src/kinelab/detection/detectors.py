"""Person detectors: the YOLOX and RTMDet families as their publishers export them to ONNX."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array
from kinelab.detection.boxes import Boxes, clip, nms
from kinelab.detection.crops import CropMap, Image, letterbox
from kinelab.detection.onnx_sessions import OnnxSession
from kinelab.detection.pose_models import input_size, wrong_outputs

# Weak boxes are kept: the tracker uses them to hold on to a person it already knows (ByteTrack).
MIN_SCORE = 0.1
_PERSON = 0  # class index in COCO, and the only class of the person-only RTMDet
_STRIDES = (8, 16, 32)
# MMDetection's normalisation, in BGR order.
_RTMDET_MEAN = np.array([103.53, 116.28, 123.675], dtype=np.float32)[:, None, None]
_RTMDET_STD = np.array([57.375, 57.12, 58.395], dtype=np.float32)[:, None, None]


class Detector(Protocol):
    """What `kinelab.detection.people.watch` asks of a detector."""

    name: str
    sha256: str
    licence: str

    def detect(self, image: Image) -> Boxes:
        """Boxes of the persons in an RGB image (H, W, 3) uint8, in its pixels."""
        ...


class YoloxDetector:
    """YOLOX (Ge et al. 2021): one output (1, anchors, 5 + classes), decoded here when the file does not.

    Input: BGR 0 to 255, letterbox at the top left on grey 114. Score is objectness x person.
    """

    def __init__(
        self,
        session: OnnxSession,
        *,
        name: str,
        sha256: str,
        licence: str = "unknown",
        min_score: float = MIN_SCORE,
    ) -> None:
        self._session = session
        self._size_px = input_size(session)
        self._grid, self._stride = _anchors(self._size_px)
        shape = session.output_shapes[0]
        good = len(session.output_shapes) == 1 and len(shape) == 3 and (shape[2] or 6) > 5
        if not good or shape[1] not in (None, len(self._grid)):
            raise wrong_outputs(session, f"YOLOX predictions [1, {len(self._grid)}, 5 + classes]")
        self.name, self.sha256, self.licence = name, sha256, licence
        self._min_score = min_score
        # Raw centres are offsets within a cell; decoded ones spread over the whole input.
        grey = np.full((1, 3, *self._size_px[::-1]), 114, dtype=np.float32)
        self._decoded = bool(np.median(session.run(grey)[0][0, :, 0]) > self._size_px[0] / 8)

    def detect(self, image: Image) -> Boxes:
        """Boxes of the persons in an RGB image (H, W, 3) uint8, in its pixels."""
        canvas, way = letterbox(image, self._size_px)
        raw = self._session.run(_bgr_planes(canvas)[None])[0][0]
        score = raw[:, 4] * raw[:, 5 + _PERSON]
        keep = np.flatnonzero(score >= self._min_score)
        rows = raw[keep].astype(float)
        if self._decoded:
            middle, size = rows[:, :2], rows[:, 2:4]
        else:
            stride = self._stride[keep, None]
            middle, size = (rows[:, :2] + self._grid[keep]) * stride, np.exp(rows[:, 2:4]) * stride
        edges = np.concatenate([middle - size / 2, middle + size / 2], axis=1)
        return _to_boxes(edges, score[keep].astype(float), way, image)


class RtmdetDetector:
    """RTMDet (Lyu et al. 2022) exported by MMDeploy: `dets` (1, N, 5) after suppression, `labels` (1, N).

    Input: BGR with MMDetection's mean and deviation, letterbox at the top left on grey 114.
    """

    def __init__(
        self,
        session: OnnxSession,
        *,
        name: str,
        sha256: str,
        licence: str = "unknown",
        min_score: float = MIN_SCORE,
    ) -> None:
        ranks = sorted(len(shape) for shape in session.output_shapes)
        if ranks != [2, 3]:
            raise wrong_outputs(session, "dets [1, boxes, 5] and labels [1, boxes]")
        self._session = session
        self._size_px = input_size(session)
        self._dets = [len(shape) for shape in session.output_shapes].index(3)
        self.name, self.sha256, self.licence = name, sha256, licence
        self._min_score = min_score

    def detect(self, image: Image) -> Boxes:
        """Boxes of the persons in an RGB image (H, W, 3) uint8, in its pixels."""
        canvas, way = letterbox(image, self._size_px)
        planes = (_bgr_planes(canvas) - _RTMDET_MEAN) / _RTMDET_STD
        outputs = self._session.run(planes[None])
        dets, labels = outputs[self._dets][0].astype(float), outputs[1 - self._dets][0]
        keep = (labels == _PERSON) & (dets[:, 4] >= self._min_score)
        return _to_boxes(dets[keep, :4], dets[keep, 4], way, image)


def _bgr_planes(canvas: Image) -> npt.NDArray[np.float32]:
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)[::-1], dtype=np.float32)


def _anchors(size_px: tuple[int, int]) -> tuple[Array, Array]:
    """Cell (x, y) and stride of each of YOLOX's anchors, (A, 2) and (A,), in the order of its output."""
    grids, strides = [], []
    for stride in _STRIDES:
        rows, columns = np.mgrid[: size_px[1] // stride, : size_px[0] // stride]
        grids.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        strides.append(np.full(rows.size, stride))
    return np.concatenate(grids).astype(float), np.concatenate(strides).astype(float)


def _to_boxes(edges: Array, score: Array, way: CropMap, image: Image) -> Boxes:
    """Edges in the network's input (0 = left edge of its first pixel) to boxes in the image."""
    corners = way.to_image(edges.reshape(-1, 2) - 0.5).reshape(-1, 4)
    inside = clip(corners, (image.shape[1], image.shape[0]))
    keep = ((inside[:, 2:] - inside[:, :2]) >= 1.0).all(axis=1)
    return nms(Boxes(inside[keep], np.clip(score[keep], 0.0, 1.0)))
