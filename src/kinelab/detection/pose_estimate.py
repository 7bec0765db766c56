"""What a pose network says of the persons in one image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array


@dataclass(frozen=True)
class PoseEstimate:
    """K landmarks of N persons: position (N, K, 2) px, confidence (N, K) 0 to 1, sd (N, K) px (one axis)."""

    position: Array
    confidence: Array
    sd: Array

    @classmethod
    def none(cls, n: int, k: int) -> PoseEstimate:
        """N persons of whom nothing is seen."""
        return cls(np.full((n, k, 2), np.nan), np.zeros((n, k)), np.full((n, k), np.nan))
