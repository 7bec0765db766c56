"""Several networks that look at the same pictures, as one with an honest standard deviation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinelab.core.skeletons import Skeleton
from kinelab.errors import InputError
from kinelab.keypoints.transfer.pictures import Picture
from kinelab.keypoints.transfer.trained import Prediction, TrainedNetwork


class Several:
    """M trained networks of the same landmarks.

    Raises:
        InputError: no network, or their landmarks differ.
    """

    def __init__(self, networks: Sequence[TrainedNetwork]) -> None:
        if not networks:
            raise InputError("no network given; give one or more trained networks")
        first = networks[0]
        for other in networks[1:]:
            if set(other.landmarks) != set(first.landmarks):
                odd = ", ".join(sorted(set(other.landmarks) ^ set(first.landmarks)))
                raise InputError(
                    f"the networks find different landmarks (only some of them know {odd}); give networks "
                    "that were trained on the same project"
                )
        self._networks = tuple(networks)
        self.landmarks = first.landmarks
        self.skeleton: Skeleton = first.skeleton
        self.key = " ".join(network.sha256 for network in networks)

    def predict(self, images: Sequence[Picture]) -> Prediction:
        """Landmarks in pictures (H, W, 3) uint8 RGB."""
        found = [self._in_order(network, network.predict(images)) for network in self._networks]
        return found[0] if len(found) == 1 else combined(found)

    def _in_order(self, network: TrainedNetwork, found: Prediction) -> Prediction:
        if network.landmarks == self.landmarks:
            return found
        at = [network.landmarks.index(name) for name in self.landmarks]
        return Prediction(found.position_px[:, at], found.confidence[:, at], found.sd_px[:, at])


def combined(found: Sequence[Prediction]) -> Prediction:
    """What M networks see, as one prediction.

    Position: the mean with weights 1 / sd^2. Variance: that of the mixture, the mean of sd^2 + (distance of
    one coordinate)^2 with the same weights, so that disagreement counts in full and agreement is no proof:
    networks trained on the same labels err together. (Biderman et al. 2024, Nat Methods 21:1316, take the
    median and the variance among the networks alone, having no sd from each.) Confidence: the mean with the
    same weights.
    """
    position = np.stack([one.position_px for one in found])
    variance = np.stack([one.sd_px for one in found]) ** 2
    weight = 1 / np.maximum(variance, 1e-6)
    weight /= weight.sum(axis=0)
    middle = (weight[..., None] * position).sum(axis=0)
    apart = ((position - middle) ** 2).mean(axis=-1)  # of one coordinate
    # Two networks stand for many: the variance among M is divided by M - 1.
    spread = len(found) / (len(found) - 1) * (weight * apart).sum(axis=0)
    sd = np.sqrt((weight * variance).sum(axis=0) + spread)
    confidence = (weight * np.stack([one.confidence for one in found])).sum(axis=0)
    return Prediction(middle, np.clip(confidence, 0, 1), sd)
