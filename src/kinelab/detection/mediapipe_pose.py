"""Google's MediaPipe pose landmarker (BlazePose, 33 landmarks) as a pose network, through its Tasks API.

Each person's box is cut out and given to the landmarker in IMAGE mode, so that several persons are told
apart by our own tracker. MediaPipe's VIDEO mode would smooth and track one person by itself; smoothing
belongs to a later step here, where it is stated and can be switched off.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.skeletons import BLAZEPOSE_33
from kinelab.detection.boxes import expand
from kinelab.detection.crops import Image, crop
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.errors import MissingExtraError, ModelError

_CROP_PX = (384, 512)
_PADDING = 1.25


class Landmarker(Protocol):
    """What is asked of `mediapipe.tasks.vision.PoseLandmarker`: landmarks of a picture."""

    def detect(self, image: Any) -> Any:
        """A result with `pose_landmarks`: persons, each 33 with x, y in 0 to 1, visibility and presence."""
        ...


class MediapipePose:
    """BlazePose on each box. sd is not known (NaN); a person who is not found has landmarks NaN.

    Confidence is the smaller of visibility (not hidden) and presence (inside the picture). to_picture turns
    a crop (H, W, 3) uint8 RGB into what the landmarker takes.
    """

    skeleton = BLAZEPOSE_33

    def __init__(
        self, landmarker: Landmarker, to_picture: Any, *, name: str, sha256: str, licence: str = "unknown"
    ) -> None:
        self._landmarker, self._to_picture = landmarker, to_picture
        self.name, self.sha256, self.licence = name, sha256, licence

    def estimate(self, image: Image, boxes: Array) -> PoseEstimate:
        """Landmarks of the persons in boxes (N, 4) px of an RGB image (H, W, 3) uint8."""
        estimate = PoseEstimate.none(len(boxes), len(self.skeleton))
        wide = expand(np.asarray(boxes, dtype=float).reshape(-1, 4), _CROP_PX[0] / _CROP_PX[1], _PADDING)
        for i, box in enumerate(wide):
            picture, way = crop(image, box, _CROP_PX)
            persons = self._landmarker.detect(self._to_picture(picture)).pose_landmarks
            if not persons:
                continue
            # x and y are shares of the picture from edge to edge: half a pixel from the middle of the first.
            share = np.array([(point.x, point.y) for point in persons[0]])
            estimate.position[i] = way.to_image(share * _CROP_PX - 0.5)
            estimate.confidence[i] = np.clip([_confidence(point) for point in persons[0]], 0.0, 1.0)
        return estimate


def open_mediapipe_pose(path: Path, *, name: str, sha256: str, licence: str = "unknown") -> MediapipePose:
    """The landmarker in a .task file.

    Raises:
        MissingExtraError: the package mediapipe is not installed.
        ModelError: the file is not a pose landmarker.
    """
    try:
        import mediapipe
        from mediapipe.tasks import python as tasks
        from mediapipe.tasks.python import vision
    except ImportError as error:
        raise MissingExtraError("MediaPipe's pose landmarker", "mediapipe") from error
    options = vision.PoseLandmarkerOptions(
        base_options=tasks.BaseOptions(model_asset_path=str(path)),
        running_mode=vision.RunningMode.IMAGE,
        num_poses=1,
    )
    try:
        landmarker = vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError, OSError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise ModelError(f"{path.name} cannot be opened as a MediaPipe pose landmarker ({reason})") from error

    def to_picture(pixels: Image) -> Any:
        return mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(pixels))

    return MediapipePose(landmarker, to_picture, name=name, sha256=sha256, licence=licence)


def _confidence(point: Any) -> float:
    return float(min(value for value in (point.visibility, point.presence, 1.0) if value is not None))
