"""A second opinion from the mirrored crop, in which left is right."""

from __future__ import annotations

import numpy as np

from kinelab.core.checks import Array
from kinelab.core.skeletons import Skeleton
from kinelab.detection.pose_estimate import PoseEstimate

AGREE = 0.04  # of the person's height: farther apart the two mean different points


def with_mirror(
    straight: PoseEstimate, mirrored: PoseEstimate, skeleton: Skeleton, height_px: Array
) -> PoseEstimate:
    """The mean of two estimates of the same persons, or the surer one where they disagree.

    mirrored: from the mirrored crops, in image px again, but with the network's names, so that its left is
    the person's right. height_px (N,) of the persons. The sd is never below half of what the two are apart:
    a network that contradicts its mirror image does not know.
    """
    order = np.arange(len(skeleton))
    for left, right in skeleton.pairs:
        order[[left, right]] = right, left
    position, confidence, sd = (v[:, order] for v in (mirrored.position, mirrored.confidence, mirrored.sd))
    apart = np.linalg.norm(straight.position - position, axis=-1)
    agree = apart <= AGREE * height_px[:, None]
    # Two opinions count by their confidence; where they disagree the surer one counts alone.
    first_surer = straight.confidence >= confidence
    total = np.maximum(straight.confidence + confidence, 1e-9)
    weight = np.where(agree, straight.confidence / total, first_surer)
    spread = weight * straight.sd + (1 - weight) * sd
    return PoseEstimate(
        weight[..., None] * straight.position + (1 - weight[..., None]) * position,
        weight * straight.confidence + (1 - weight) * confidence,
        np.where(agree, np.maximum(spread, apart / 2), spread),
    )
