"""How far a keypoint network is off on virtual people whom it never saw."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray
from kinelab.core.skeletons import Skeleton
from kinelab.detection.boxes import whole
from kinelab.keypoints.dataset import Draw, generator
from kinelab.keypoints.own_network import CROP_PX, pose_model
from kinelab.learning.weights import Network

LEG = ("hip", "knee", "ankle", "heel", "big_toe")


@dataclass(frozen=True)
class HeldOutResult:
    """Predicted and true landmarks (N, K, 2) crop px (truth NaN outside), visible and confidence (N, K)."""

    skeleton: Skeleton
    predicted_px: Array
    true_px: Array
    visible: BoolArray
    confidence: Array

    @property
    def error_px(self) -> Array:
        """Distance to the truth, (N, K) crop px; NaN where the landmark is outside the crop."""
        distance: Array = np.linalg.norm(self.predicted_px - self.true_px, axis=-1)
        return distance

    def figures(self) -> dict[str, float]:
        """Measured values by name, for the model card.

        error: mean and median distance in crop px over visible landmarks, per landmark and over all, and
        for hidden ones; pck: share of visible landmarks within 5 % of the person's height in the crop
        (percentage of correct keypoints, Yang and Ramanan 2013, with the height instead of the box);
        swap_rate: see `swap_rate`.
        """
        error, landmarks = self.error_px, self.skeleton.landmarks
        seen = np.where(self.visible, error, np.nan)
        hidden = np.where(self.visible, np.nan, error)
        legs = [i for i, name in enumerate(landmarks) if name.endswith(LEG) and name != "mid_hip"]
        near = np.where(np.isfinite(seen), error <= 0.05 * self._height_px()[:, None], np.nan)
        figures = {
            "held_out_pictures": float(len(error)),
            "error_mean_px": _over(np.mean, seen),
            "error_median_px": _over(np.median, seen),
            "error_hidden_median_px": _over(np.median, hidden),
            "error_legs_median_px": _over(np.median, seen[:, legs]),
            "pck_5_percent_of_height": _over(np.mean, near),
            "swap_rate": self.swap_rate(),
        }
        for i, name in enumerate(landmarks):
            figures[f"error_{name}_mean_px"] = _over(np.mean, seen[:, i])
            figures[f"error_{name}_median_px"] = _over(np.median, seen[:, i])
        return {name: value for name, value in figures.items() if np.isfinite(value)}

    def swap_rate(self) -> float:
        """Share of leg pairs whose left and right are exchanged.

        Counted over pairs that are in the crop and at least 8 px apart: a pair is exchanged when the sum of
        distances to the truth falls once left and right are exchanged.
        """
        swapped, counted = 0, 0
        for joint in LEG:
            left, right = self.skeleton.index(f"left_{joint}"), self.skeleton.index(f"right_{joint}")
            own = self.error_px[:, left] + self.error_px[:, right]
            other = np.linalg.norm(self.predicted_px[:, left] - self.true_px[:, right], axis=-1)
            other += np.linalg.norm(self.predicted_px[:, right] - self.true_px[:, left], axis=-1)
            apart = np.linalg.norm(self.true_px[:, left] - self.true_px[:, right], axis=-1) >= 8
            swapped += int((apart & (other < own)).sum())
            counted += int(apart.sum())
        return swapped / counted if counted else float("nan")

    def _height_px(self) -> Array:
        """Vertical extent of the landmarks inside the crop, (N,) px."""
        y = np.where(np.isfinite(self.true_px[..., 1]), self.true_px[..., 1], np.nan)
        known = np.isfinite(y).sum(axis=1) > 1
        height = np.zeros(len(y))
        height[known] = np.nanmax(y[known], axis=1) - np.nanmin(y[known], axis=1)
        return height


def _over(summary: Callable[[Array], np.floating], values: Array) -> float:
    """A summary over what is finite; NaN when nothing is."""
    finite = values[np.isfinite(values)]
    return float(summary(finite)) if finite.size else float("nan")


def evaluate(network: Network, draw: Draw, *, seed: int, pictures: int) -> HeldOutResult:
    """Run a network as it will be used (ONNX, the decoder of inference) on held-out virtual people."""
    model = pose_model(network, threads=1, padding=1.0)
    box = whole((CROP_PX[1], CROP_PX[0]))[None]  # the pictures are crops already
    rng = generator(seed, "held out")
    samples, estimates = [], []
    for _ in range(pictures):
        sample = draw(rng)
        estimates.append(model.estimate(sample.image, box))
        samples.append((np.asarray(sample.landmarks_px, float), np.asarray(sample.visible, bool)))
    true_px = np.stack([landmarks_px for landmarks_px, _ in samples])
    return HeldOutResult(
        network.skeleton,
        np.concatenate([estimate.position for estimate in estimates]),
        true_px,
        np.stack([visible for _, visible in samples]) & np.isfinite(true_px).all(axis=-1),
        np.concatenate([estimate.confidence for estimate in estimates]),
    )
