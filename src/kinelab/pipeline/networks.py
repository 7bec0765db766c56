"""Which networks look at a video: those asked for, or the best that are installed."""

from __future__ import annotations

from pathlib import Path

from kinelab.core.provenance import ModelRecord
from kinelab.core.skeletons import skeleton
from kinelab.detection.detectors import Detector
from kinelab.detection.opening import open_detector, open_pose_model
from kinelab.detection.pose_models import PoseModel
from kinelab.detection.store import stored
from kinelab.errors import ModelError
from kinelab.keypoints.own_network import KeypointDetector, open_own_network
from kinelab.pipeline.settings import AnalyzeSettings

OWN = "gait20"
# Best first. The shipped gait20 is not among them: it has only ever seen virtual people.
POSE_BY_MERIT = (
    "rtmpose-m-halpe26",
    "rtmpose-s-halpe26",
    "rtmpose-t-halpe26",
    "mediapipe-heavy",
    "mediapipe-full",
    "mediapipe-lite",
    "rtmpose-m-coco17",  # no feet: no ankle angle
    "rtmpose-s-coco17",
    "rtmpose-t-coco17",
    "pp-tinypose",
)
DETECTORS_BY_MERIT = ("rtmdet-m", "yolox-s", "yolox-tiny", "rtmdet-nano", "yolox-nano")


def open_networks(settings: AnalyzeSettings) -> tuple[PoseModel, Detector]:
    """The pose model and the person detector of an analysis.

    Raises:
        ModelError: none is installed, or the one asked for is missing or has the wrong outputs.
        InputError: the landmarks of the model are not a known set.
    """
    pose_name = settings.pose or _first_installed(POSE_BY_MERIT, "pose")
    if pose_name == OWN or pose_name.endswith(".safetensors"):
        path = None if pose_name == OWN else Path(pose_name)
        own = open_own_network(path, mirror=True)
        if settings.detector:
            return own, open_detector(settings.detector)
        return own, KeypointDetector(open_own_network(path))
    landmark_set = skeleton(settings.landmark_set) if settings.landmark_set else None
    pose_model = open_pose_model(pose_name, skeleton=landmark_set)
    detector_name = settings.detector or _first_installed(DETECTORS_BY_MERIT, "detector")
    return pose_model, open_detector(detector_name)


def record(network: PoseModel | Detector) -> ModelRecord:
    """What a result must say of a network."""
    return ModelRecord(network.name, network.sha256, network.licence)


def _first_installed(names: tuple[str, ...], kind: str) -> str:
    here = stored()
    for name in names:
        if name in here:
            return name
    raise ModelError(
        f"no {kind} model is installed; `kinelab models list` shows what there is, `kinelab models get "
        f"{names[0]}` fetches one, `kinelab models add FILE` takes a file that you have, --{kind} names one"
    )
