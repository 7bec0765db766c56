"""The hip joint's centre: from the pelvis' size by regression, or from how the thigh moves."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.errors import InputError

HipMethod = Literal["harrington", "bell"]

WIDEST_M = 1.0
"""No pelvis is this wide: larger values are millimetres read as metres."""

LEAST_SPREAD = 3e-3
"""A sphere needs motion in all directions: least variance of the markers against the largest. Four thigh
markers have 0.05 at +-25 deg of flexion and abduction; a swing in a plane has 0.0001 from 1 mm of noise."""


def hip_centre(
    asis_r: Array,
    asis_l: Array,
    psis_r: Array,
    psis_l: Array,
    side: Literal["right", "left"],
    method: HipMethod = "harrington",
) -> Array:
    """Hip centre in the frame of `anatomical_frames.pelvis_frame` (origin between the ASIS), (..., 3) m.

    "harrington": Harrington et al., J Biomech 2007;40:595, single-variable equations, from MRI of adults and
    children (here in mm, PD pelvic depth, PW pelvic width): X = -0.24 PD - 9.9, Y = -0.30 PW - 10.9,
    Z = 0.33 PW + 7.3. "bell": Bell, Pedersen, Brand, J Biomech 1990;23:617: X = -0.19 PW, Y = -0.30 PW,
    Z = 0.36 PW. Fat over the ASIS moves both backwards.

    Raises:
        InputError: an unknown method, or a pelvis wider than a metre.
    """
    width = np.linalg.norm(asis_r - asis_l, axis=-1)
    depth = np.linalg.norm((asis_r + asis_l) / 2 - (psis_r + psis_l) / 2, axis=-1)
    if (width > WIDEST_M).any():
        raise InputError(f"the ASIS are {np.nanmax(width):.3g} m apart: markers in mm read as m?")
    right = 1.0 if side == "right" else -1.0
    if method == "harrington":
        z = 0.33 * width + 0.0073
        return np.stack([-0.24 * depth - 0.0099, -0.30 * width - 0.0109, right * z], axis=-1)
    if method == "bell":
        return np.stack([-0.19 * width, -0.30 * width, right * 0.36 * width], axis=-1)
    raise InputError(f"hip method {method!r}; allowed are {', '.join(get_args(HipMethod))}")


def sphere_centre(points_m: ArrayLike) -> Array:
    """Centre (3,) m about which points move on spheres: the joint of a child's markers in the parent's frame.

    points_m (T, M, 3), or (T, 3) of one marker; each marker has its own radius. NaN samples do not count. The
    squared distances from the spheres make a linear problem (Gamage and Lasenby, J Biomech 2002;35:87), which
    noise pulls towards the markers; Gauss-Newton steps on the distances themselves (the maximum likelihood
    centre under equal noise) then take that pull away.

    Raises:
        InputError: fewer than four samples of every marker, or a motion in one plane only.
    """
    points = np.asarray(points_m, dtype=np.float64)
    points = points[:, None] if points.ndim == 2 else points
    if points.ndim != 3 or points.shape[2] != 3:
        raise InputError(f"points of shape {points.shape}; expected (T, M, 3)")
    clouds = [marker[np.isfinite(marker).all(axis=1)] for marker in points.swapaxes(0, 1)]
    clouds = [cloud for cloud in clouds if len(cloud) >= 4]
    if not clouds:
        raise InputError("no marker is seen in four or more samples: no sphere can be laid through them")
    left, right = np.zeros((3, 3)), np.zeros(3)
    for cloud in clouds:
        away = cloud - cloud.mean(axis=0)
        squared = (cloud**2).sum(axis=1)
        left += 2 * away.T @ away / len(cloud)
        right += away.T @ (squared - squared.mean()) / len(cloud)
    spread = np.linalg.eigvalsh(left)
    if spread[0] < LEAST_SPREAD * spread[2]:
        raise InputError(
            "the markers move in one plane only, so their centre is not fixed across it; "
            "move the joint forward, sideways and round"
        )
    centre = np.asarray(np.linalg.solve(left, right), dtype=np.float64)
    for _ in range(20):
        step = _refine(clouds, centre)
        centre = centre + step
        if np.linalg.norm(step) < 1e-12:
            break
    return centre


def _refine(clouds: list[Array], centre: Array) -> Array:
    """One Gauss-Newton step of the centre; each radius is the mean distance, so it drops out."""
    left, right = np.zeros((3, 3)), np.zeros(3)
    for cloud in clouds:
        away = cloud - centre
        distance = np.linalg.norm(away, axis=1)
        direction = away / distance[:, None]
        slope = direction - direction.mean(axis=0)
        left += slope.T @ slope
        right += slope.T @ (distance - distance.mean())
    return np.asarray(np.linalg.solve(left, right), dtype=np.float64)
