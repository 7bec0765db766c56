"""How wrong a filtered landmark may be: the network's own spread and what the filter took away."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from kinelab.core.checks import Array
from kinelab.signals.filters import NoiseGain
from kinelab.signals.runs import finite_points

LOCAL_S = 0.2  # over which the residual is averaged to find where the motion itself was cut


def filtered_sd(
    raw: Array, filtered: Array, network_sd: Array | None, gain: NoiseGain, rate_hz: float
) -> Array:
    """Standard deviation (T, K) of one coordinate of a filtered landmark, in its unit.

    raw, filtered (T, K, D); network_sd (T, K) of a raw coordinate as the network gives it, or None; gain: the
    filter's (`signals.filters.noise_gain`). Three parts, added as variances:

    1. What flickers from frame to frame. The residual raw - filtered of white noise has gain.residual of its
       variance; so the noise is the residual's robust spread over the recording (1.4826 MAD, per landmark)
       divided by that. The filter leaves gain.kept of it.
    2. What the network does not know but does not flicker: the network's variance less the flicker's, where
       it is larger. It passes the filter unchanged. Zero without `network_sd`: then the result is what the
       recording itself shows, a lower bound.
    3. Motion that the filter cut (the foot at contact): the residual's mean square over 0.2 s above what
       noise explains. It is an error of its full size.

    NaN where the filtered landmark is NaN.
    """
    residual = raw - filtered
    flat = residual.transpose(1, 0, 2).reshape(residual.shape[1], -1)
    spread = np.array([_robust_sd(row) for row in flat])
    flicker2 = spread**2 / gain.residual
    slow2 = np.zeros(raw.shape[:2])
    if network_sd is not None:
        slow2 = np.maximum(np.nan_to_num(network_sd) ** 2 - flicker2, 0)
    seen = finite_points(residual)
    square = np.where(seen[..., None], residual, 0.0) ** 2
    size = max(3, round(LOCAL_S * rate_hz))
    weight = uniform_filter1d(seen.astype(np.float64), size, axis=0, mode="nearest")
    local2 = uniform_filter1d(square.mean(axis=-1), size, axis=0, mode="nearest") / np.maximum(weight, 1e-9)
    # The mean of a few squares scatters by itself: two of its standard deviations count as noise.
    noise = spread**2 * (1 + 2 * np.sqrt(2 / (size * raw.shape[2])))
    cut2 = np.where((weight > 0) & (local2 > noise), local2 - spread**2, 0)
    total: Array = np.sqrt(gain.kept * flicker2 + slow2 + cut2)
    return np.where(finite_points(filtered), total, np.nan)


def _robust_sd(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return 1.4826 * float(np.median(np.abs(finite))) if finite.size else 0.0
