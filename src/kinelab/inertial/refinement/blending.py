"""Within a stride skin moves a sensor on its bone, and a network errs: the two weighed against each other.

A gyroscope tells exactly how the sensor turned, but the skin under it slides and shakes with every step. A
network that learned from bones may know better, above all how a thigh turns about its own length. What is
constant or slow is not touched here: the least squares have settled it.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from kinelab.core.checks import Array, BoolArray
from kinelab.inertial.calibration.functional_axes import limb_of

_SLOW_S = 4.0

# Standard deviations in degrees of a sensor's turn on its bone within a stride, about X, Y, Z (own choice,
# after what markers on thigh and shank do: Benoit et al. 2006 and Leardini et al. 2005 find the thigh's turn
# about its length the worst).
_TISSUE_DEG = {
    "pelvis": (1.0, 1.0, 1.0),
    "thigh": (1.2, 3.5, 1.3),
    "shank": (1.0, 1.8, 0.8),
    "foot": (0.7, 0.7, 0.7),
}


def tissue_rad(segments: tuple[str, ...], share: float) -> Array:
    """(S, 3) standard deviation of each sensor's turn on its bone, about X, Y, Z; `share` of the usual."""
    usual = [_TISSUE_DEG.get(limb_of(segment)[0], (1.0, 1.0, 1.0)) for segment in segments]
    return np.asarray(np.radians(np.asarray(usual)) * share)


def shape_weight(tissue: Array, network: Array) -> Array:
    """Weight (...) of a network's shape against the gyroscopes', from the standard deviations of both."""
    held = np.where(np.isfinite(network), network, 1.0)
    weight = tissue**2 / np.maximum(tissue**2 + held**2, 1e-12)
    return np.asarray(np.where(np.isfinite(network), weight, 0.0))


def blend(angle: Array, told_angle: Array, told: BoolArray, weight: Array, rate_hz: float) -> Array:
    """Angles (T, A) with part of the told shape (T, A): the difference less its mean over 4 s around, times
    its weight (A,). Where nothing is told (T,) they stay as they are."""
    if not told.any() or not weight.any():
        return angle
    apart = np.where(told[:, None], told_angle - angle, 0.0)
    width = max(1, round(_SLOW_S * rate_hz))
    share = np.maximum(uniform_filter1d(told.astype(float), width), 1.0 / width)
    slow = uniform_filter1d(apart, width, axis=0) / share[:, None]
    return np.asarray(angle + np.where(told[:, None], weight * (apart - slow), 0.0))
