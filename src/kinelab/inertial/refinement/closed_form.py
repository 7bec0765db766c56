"""What the published optimisation comes to: strap-down integration from the network's first frame.

The error |w_k - w'_k| of Rapp et al. 2021 is zero, and least, where the turn from the frame before is the
exponential of the gyroscope's reading: R_k = R_(k-1) exp(w_k / rate). The network's orientations of all
later frames are where the search starts, and have no part in its result. So the angles are the gyroscope's,
with all its drift; the network gives frame 0.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from kinelab.body.joint_axes import joint_angles
from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.inertial.joint_estimate import JointEstimate
from kinelab.inertial.refinement.integration import integrate


def integrated(first: Array, gyr_radps: Array, rate_hz: float) -> Array:
    """Orientations (T, S, 3, 3) to ground from those of frame 0, (S, 3, 3), and the gyroscopes (T, S, 3).

    gyr_radps in the segments' axes: row k is the turn from frame k - 1 to k (strap-down increments, or
    orientations differenced backwards), row 0 is not used. From the first lost sample (NaN) on the result is
    NaN, as nothing says how the segment turned.

    Raises:
        InputError: shapes that do not fit, or a rate that is not positive.
    """
    gyr = np.asarray(gyr_radps, dtype=np.float64)
    if gyr.ndim != 3 or np.shape(first) != (gyr.shape[1], 3, 3) or not len(gyr) or gyr.shape[2] != 3:
        raise InputError(
            f"first orientations {np.shape(first)} and angular velocity {gyr.shape}; "
            "expected (S, 3, 3), (T, S, 3)"
        )
    if not rate_hz > 0:
        raise InputError(f"rate_hz is {rate_hz:g}; it must be positive")
    samples, sensors = gyr.shape[:2]
    start = Rotation.from_matrix(first).as_quat(scalar_first=True)
    at_knots = np.broadcast_to(start, (2, sensors, 4)).copy()
    rotation = np.empty((samples + 1, sensors, 3, 3))
    # one interval to a frame past the end, whose orientation is not kept, with its defect left unspread
    turning = np.concatenate([np.nan_to_num(gyr), np.zeros((1, sensors, 3))])
    integrate(
        turning, np.zeros((samples + 1, sensors)), rate_hz, True, np.array([0, samples]), at_knots,
        np.zeros((2, sensors, 3)), rotation,
    )  # fmt: skip
    lost = np.isnan(gyr).any(axis=2) & (np.arange(samples) > 0)[:, None]
    return np.where(np.logical_or.accumulate(lost, axis=0)[:, :, None, None], np.nan, rotation[:-1])


def optimised_angles_deg(estimate: JointEstimate, gyr_radps: Array) -> Array:
    """The published "optimised" angles (T, 3) deg of a joint, in the order of its estimate.

    gyr_radps (T, 2, 3): proximal and distal sensor in segment axes, as `integrated` takes them.
    """
    rotation = integrated(estimate.rotation[0], gyr_radps, estimate.time.rate_hz)
    return np.degrees(joint_angles(rotation[:, 0], rotation[:, 1], estimate.joint, estimate.side))
