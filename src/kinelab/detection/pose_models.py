"""Top-down pose networks: landmarks of every boxed person, in image pixels."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from kinelab.core.checks import Array, IntArray
from kinelab.core.skeletons import BODY_25B, COCO_17, HALPE_26, Skeleton
from kinelab.detection.crops import CropMap, Image
from kinelab.detection.heatmaps import decode_heatmaps
from kinelab.detection.mirror import with_mirror
from kinelab.detection.onnx_sessions import OnnxSession
from kinelab.detection.pose_estimate import PoseEstimate
from kinelab.detection.pose_input import PoseInput, pose_batch
from kinelab.detection.simcc import decode_simcc
from kinelab.errors import InputError, ModelError


class PoseModel(Protocol):
    """What `kinelab.detection.people.watch` asks of a pose network."""

    skeleton: Skeleton
    name: str
    sha256: str
    licence: str

    def estimate(self, image: Image, boxes: Array) -> PoseEstimate:
        """Landmarks of the persons in boxes (N, 4) px of an RGB image (H, W, 3) uint8."""
        ...


# Landmarks of COCO-WholeBody (133) in the order of BODY_25B: the body, then neck and head, which it lacks,
# then left and right foot. Face and hands are of no use to gait.
_WHOLEBODY = np.array([*range(17), -1, -1, *range(17, 23)])
_SETS: dict[int, tuple[Skeleton, IntArray]] = {
    17: (COCO_17, np.arange(17)),
    26: (HALPE_26, np.arange(26)),
    133: (BODY_25B, _WHOLEBODY),
}


def landmark_set(k: int, skeleton: Skeleton | None = None) -> tuple[Skeleton, IntArray]:
    """The landmark set behind K outputs, and which output each landmark is (-1 = none).

    Raises:
        InputError: K is no set that is known, or not that of the given skeleton.
    """
    if skeleton is not None and len(skeleton) == k:
        return skeleton, np.arange(k)
    if skeleton is None and k in _SETS:
        return _SETS[k]
    if skeleton is not None:
        raise InputError(
            f"the network gives {k} landmarks, but {skeleton.name} has {len(skeleton)}; another network?"
        )
    known = ", ".join(f"{n} ({s.name})" for n, (s, _) in _SETS.items())
    raise InputError(f"unknown landmark set: the network gives {k} landmarks; known are {known}")


class HeatmapPose:
    """A network with one output of heatmaps (N, K, h, w)."""

    def __init__(
        self,
        session: OnnxSession,
        skeleton: Skeleton | None = None,
        *,
        name: str,
        sha256: str,
        licence: str = "unknown",
        conventions: PoseInput | None = None,
    ) -> None:
        if len(session.output_shapes) != 1 or len(session.output_shapes[0]) != 4:
            raise wrong_outputs(session, "heatmaps [crops, landmarks, height, width]")
        self._session = session
        self._conventions = conventions or PoseInput()
        self._size_px = input_size(session)
        k = _landmark_count(session)
        self.skeleton, self._order = landmark_set(k, skeleton)
        self.name, self.sha256, self.licence = name, sha256, licence

    def estimate(self, image: Image, boxes: Array) -> PoseEstimate:
        """Landmarks of the persons in boxes (N, 4) px of an RGB image (H, W, 3) uint8."""
        if len(boxes) == 0:
            return PoseEstimate.none(0, len(self.skeleton))
        batch, ways = pose_batch(image, boxes, self._size_px, self._conventions)
        straight = to_image(*self._landmarks(batch), ways, self._order)
        if not self._conventions.mirror:
            return straight
        position, confidence, sd = self._landmarks(np.ascontiguousarray(batch[..., ::-1]))
        position[..., 0] = self._size_px[0] - 1 - position[..., 0]
        mirrored = to_image(position, confidence, sd, ways, self._order)
        return with_mirror(straight, mirrored, self.skeleton, boxes[:, 3] - boxes[:, 1])

    def _landmarks(self, batch: npt.NDArray[np.float32]) -> tuple[Array, Array, Array]:
        """Position, confidence and sd of the network's landmarks, crop px."""
        (heatmaps,) = run_batch(self._session, batch)
        position, confidence, sd = decode_heatmaps(heatmaps, sigma_hm=self._conventions.sigma_hm)
        stride = np.array(self._size_px) / np.array(heatmaps.shape[:1:-1])
        return self._conventions.to_crop_px(position, stride), confidence, sd * stride.mean()


class SimccPose:
    """A network with the outputs simcc_x and simcc_y (N, K, bins): the RTMPose family."""

    def __init__(
        self,
        session: OnnxSession,
        skeleton: Skeleton | None = None,
        *,
        name: str,
        sha256: str,
        licence: str = "unknown",
        conventions: PoseInput | None = None,
    ) -> None:
        if len(session.output_shapes) != 2 or any(len(s) != 3 for s in session.output_shapes):
            raise wrong_outputs(session, "simcc_x and simcc_y [crops, landmarks, bins]")
        self._session = session
        self._conventions = conventions or PoseInput()
        self._size_px = input_size(session)
        k = _landmark_count(session)
        self.skeleton, self._order = landmark_set(k, skeleton)
        self.name, self.sha256, self.licence = name, sha256, licence

    def estimate(self, image: Image, boxes: Array) -> PoseEstimate:
        """Landmarks of the persons in boxes (N, 4) px of an RGB image (H, W, 3) uint8."""
        if len(boxes) == 0:
            return PoseEstimate.none(0, len(self.skeleton))
        batch, ways = pose_batch(image, boxes, self._size_px, self._conventions)
        simcc_x, simcc_y = run_batch(self._session, batch)
        bins_per_px = simcc_x.shape[-1] / self._size_px[0]
        position, confidence, sd = decode_simcc(simcc_x, simcc_y, bins_per_px=bins_per_px)
        return to_image(position, confidence, sd, ways, self._order)


def to_image(
    position: Array, confidence: Array, sd: Array, ways: list[CropMap], order: IntArray
) -> PoseEstimate:
    """Crop px to image px, crop by crop, with the landmarks put in the order of the skeleton."""
    scale = np.array([way.px_per_crop_px for way in ways])
    left_top = np.array([way.left_top for way in ways])
    position = left_top[:, None] + (position + 0.5) * scale[:, None]
    sd = sd * scale.mean(axis=1)[:, None]
    missing = order < 0
    position, confidence, sd = position[:, order], confidence[:, order], sd[:, order]
    position[:, missing], confidence[:, missing], sd[:, missing] = np.nan, 0.0, np.nan
    return PoseEstimate(position, confidence, sd)


def run_batch(session: OnnxSession, batch: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    """All crops at once where the network allows it, else one by one."""
    if session.takes_batches or len(batch) == 1:
        return session.run(batch)
    single = [session.run(batch[i : i + 1]) for i in range(len(batch))]
    return [np.concatenate(outputs) for outputs in zip(*single, strict=True)]


def input_size(session: OnnxSession) -> tuple[int, int]:
    """(width, height) of the input; `ModelError` when the network leaves it free."""
    if session.image_size_px is None:
        raise ModelError(
            f"{session.name}: the input size is free ({list(session.input_shape)}); expected a fixed height "
            "and width (export the network for one size)"
        )
    return session.image_size_px


def wrong_outputs(session: OnnxSession, expected: str) -> ModelError:
    """The error for a model file with wrong outputs."""
    return ModelError(
        f"{session.name}: model file with wrong outputs: found {session.describe_outputs()}; expected "
        f"{expected} (a network for another task?)"
    )


def _landmark_count(session: OnnxSession) -> int:
    """K from the output shape, or from one empty crop when the shape is free."""
    k = session.output_shapes[0][1]
    if k is None:
        width, height = input_size(session)
        k = session.run(np.zeros((1, 3, height, width), dtype=np.float32))[0].shape[1]
    return int(k)
