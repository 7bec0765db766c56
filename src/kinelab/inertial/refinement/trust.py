"""How well a network does on the person before us, told by the readings themselves.

A network states its errors as they were on people and sensors like those it learned from. On others it errs
more, and the gyroscopes show how much: the shape of a curve within strides and its drift from window to
window are known from them far better. What it says is believed less by as much as it errs more, its
constant error too, which nothing shows directly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinelab.core.checks import Array
from kinelab.inertial.refinement.fusion_quality import FusionQuality
from kinelab.inertial.refinement.joints_told import JointsTold

_TAIL = 2.0  # spreads from which on a window counts less (Cauchy's weight)
_TO_SD = 1.4826  # of the median distance from the median
_LEAST_WINDOWS = 4


def believed(first: JointsTold, total: Array, quality: FusionQuality) -> JointsTold:
    """What is said of the joints with the errors that it is seen to have.

    first: with the errors as stated. total (K, J, 25): the sums of `windows.compare`, at orientations that
    are nearly right.
    """
    count = len(first.keys)
    within, offset, mean = first.within_rad.copy(), first.offset_rad.copy(), first.mean_rad.copy()
    weight = np.ones(total.shape[:2])
    for j in range(count):
        full = total[:, j, 0]
        if full.sum() <= 0:
            continue
        held = full > 0.5 * np.median(full[full > 0])
        error = total[held, j, 1:4] / full[held, None]
        square = total[held, j, 22:25].sum(axis=0) - (full[held, None] * error**2).sum(axis=0)
        seen = np.sqrt(np.maximum(square, 0.0) / full[held].sum())
        stated = np.sqrt(within[j] ** 2 + first.tissue_rad[j] ** 2)
        finite = np.isfinite(stated)
        more = max(1.0, float(np.sqrt(np.mean((seen[finite] / stated[finite]) ** 2))))
        within[j] *= more
        if first.by_network[j]:
            offset[j] = np.hypot(more * first.stated_offset_rad[j], np.radians(quality.network_offset_deg))
        mean[j] *= more
        if held.sum() < _LEAST_WINDOWS:
            continue
        apart = error - np.median(error, axis=0)
        spread = _TO_SD * np.median(np.abs(apart), axis=0)
        mean[j] = np.maximum(mean[j], spread)
        far = np.where(np.isfinite(mean[j]), apart / (_TAIL * mean[j]), 0.0)
        weight[held, j] = 1.0 / (1.0 + (far**2).max(axis=1))
    return replace(first, within_rad=within, offset_rad=offset, mean_rad=mean, window_weight=weight)
