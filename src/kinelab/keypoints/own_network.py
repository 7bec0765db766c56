"""The network that ships with kinelab, ready for use: as a pose model, and as its own person detector.

Needs onnxruntime only. Trained on virtual people (`kinelab.keypoints.training`); its card holds the figures.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.detection.boxes import Boxes, clip, nms
from kinelab.detection.crops import Image
from kinelab.detection.onnx_sessions import open_session
from kinelab.detection.pose_input import PoseInput
from kinelab.detection.pose_models import HeatmapPose, PoseModel
from kinelab.learning.onnx_graph import onnx_model
from kinelab.learning.weights import Network, load_network

CROP_PX = (256, 192)  # height, width of the crop that the network sees
STRIDE = 4  # crop pixels per heatmap cell: crop x = 4 * heatmap x (the `corner` grid)
SIGMA_HM = 2.0  # standard deviation of the training's Gaussians, heatmap cells
PADDING = 1.25  # the crop is the person's box, widened to 3:4 and then by this

_SURE = 0.3  # a landmark below this confidence says nothing about where the person is
_MIN_SURE = 0.5  # share of the landmarks that must be sure
_WINDOWS = (1.0, 0.6)  # heights of the search windows, share of the frame's height
_MARGIN = 0.06  # of the person's height: landmarks lie inside the outline
_ASPECT = CROP_PX[1] / CROP_PX[0]


def own_network_path() -> Path:
    """The weight file inside the package."""
    return Path(str(files("kinelab") / "weights" / "gait20.safetensors"))


def open_own_network(
    path: Path | None = None, *, threads: int | None = None, mirror: bool = False
) -> HeatmapPose:
    """The shipped network, or another one that `kinelab.keypoints.training` wrote, as a pose model.

    `mirror` asks it about the mirrored crop too: surer, half as fast.

    Raises:
        ModelError: the file is missing, altered or not a network of kinelab.
    """
    return pose_model(load_network(path or own_network_path()), threads=threads, mirror=mirror)


def pose_model(
    network: Network, *, threads: int | None = None, padding: float = PADDING, mirror: bool = False
) -> HeatmapPose:
    """A loaded network as a pose model; `padding` 1 takes boxes as they are."""
    content = onnx_model(network.net, network.weights, CROP_PX)
    return HeatmapPose(
        open_session(content, threads=threads, name=network.card.name),
        network.skeleton,
        name=network.card.name,
        sha256=network.sha256,
        licence=network.card.licence,
        conventions=PoseInput(padding=padding, sigma_hm=SIGMA_HM, mirror=mirror),
    )


class KeypointDetector:
    """Finds persons with the pose network itself, so that no detector file is needed.

    Overlapping windows are laid over the frame, the network looks for a person in each, and where it is
    sure of half of its landmarks it looks again at their box. Windows as high as the frame come first;
    smaller ones only if these find nobody. Meant for one or few persons in view; a detector proper is
    better in a crowd.
    """

    def __init__(self, pose_model: PoseModel, *, min_score: float = 0.4) -> None:
        self._pose_model = pose_model
        self._min_score = min_score
        self.name = f"{pose_model.name} as detector"
        self.sha256 = pose_model.sha256
        self.licence = pose_model.licence

    def detect(self, image: Image) -> Boxes:
        """Boxes of the persons in an RGB image (H, W, 3) uint8, in its pixels, best first."""
        size_px = (image.shape[1], image.shape[0])
        for share in _WINDOWS:
            found = self._persons(image, windows(size_px, share))
            if len(found):
                found = self._persons(image, found.xyxy)
            if len(found):
                return found
        return Boxes.none()

    def _persons(self, image: Image, places: Array) -> Boxes:
        """Persons that the network sees in these boxes (N, 4), without doubles."""
        estimate = self._pose_model.estimate(image, places)
        sure = (estimate.confidence > _SURE) & np.isfinite(estimate.position).all(axis=-1)
        score = np.clip(estimate.confidence.mean(axis=1), 0, 1)
        enough = (sure.mean(axis=1) >= _MIN_SURE) & (score >= self._min_score)
        if not enough.any():
            return Boxes.none()
        boxes = np.stack([_outline(estimate.position[i, sure[i]]) for i in np.flatnonzero(enough)])
        boxes = clip(boxes, (image.shape[1], image.shape[0]))
        large = (boxes[:, 2:] - boxes[:, :2] >= 2).all(axis=1)
        return nms(Boxes(boxes[large], score[enough][large]))


def windows(size_px: tuple[int, int], share: float) -> Array:
    """Overlapping search boxes (N, 4) over a frame of (width, height) px, `share` of its height each.

    The pose model widens a box by `PADDING`; these are so much smaller that it sees the whole window and
    no more. Neighbours overlap by half, so that any person is whole in one of them.
    """
    height = size_px[1] * share
    width = height * _ASPECT
    if width > size_px[0]:  # an upright video: as wide as the frame
        width, height = float(size_px[0]), size_px[0] / _ASPECT
    x, y = (_starts(side, window) for side, window in zip(size_px, (width, height), strict=True))
    corner = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    boxes = np.concatenate([corner, corner + np.array([width, height])], axis=1)
    middle = np.tile((boxes[:, :2] + boxes[:, 2:]) / 2, 2)
    return np.asarray(middle + (boxes - middle) / PADDING)


def _starts(side_px: int, window_px: float) -> Array:
    """Left edges of windows that cover a side and overlap by at least half; one in the middle if larger."""
    if window_px >= side_px:
        return np.array([(side_px - window_px) / 2 - 0.5])
    count = int(np.ceil((side_px - window_px) / (window_px / 2))) + 1
    return np.linspace(-0.5, side_px - window_px - 0.5, count)


def _outline(position: Array) -> Array:
    """Box (4,) around landmarks (M, 2), with a margin for the flesh around them."""
    low, high = position.min(axis=0), position.max(axis=0)
    margin = max(_MARGIN * float(high[1] - low[1]), 1.0)
    return np.concatenate([low - margin, high + margin])
