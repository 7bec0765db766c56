"""Points in space from what several cameras saw of them, with the cameras that are wrong left out.

Two rules for leaving out: that of Pose2Sim (Pagnon, Domalain, Reveret, Sensors 2021;21:6530), for results
that compare with its own, and ours, which weighs each camera by how well it saw the point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinelab.core.checks import Array, BoolArray, Problems
from kinelab.errors import InputError
from kinelab.geometry.projection import CameraView, sight
from kinelab.geometry.triangulation_kernels import exclude_all, robust_all

FEWEST = 2
_MOST_EXCLUSION = 12  # subsets of more cameras than this are too many to try


@dataclass(frozen=True)
class ExclusionRule:
    """Pose2Sim's rule: the fewest cameras are left out that bring the mean reprojection error under a limit.

    Among the choices of as many cameras, the one with the least error. The point is the least singular vector
    of the linear equations (Hartley & Zisserman 2004, section 12.2), each times its camera's weight.
    """

    threshold_px: float = 15.0
    min_cameras: int = FEWEST

    def __post_init__(self) -> None:
        with Problems("ExclusionRule") as problems:
            problems.add_if(
                not self.threshold_px > 0, f"threshold_px is {self.threshold_px}, expected above 0"
            )
            problems.add_if(
                self.min_cameras < FEWEST, f"min_cameras is {self.min_cameras}, expected 2 or more"
            )


@dataclass(frozen=True)
class RobustRule:
    """Our rule: the pair of cameras that most others agree with starts, all that agree refine.

    A camera agrees when it is off by less than `outlier_sd` of its standard deviations. The refinement is the
    most likely point under errors with Cauchy's long tails, which leave a say, but a small one, to a doubtful
    camera.
    """

    outlier_sd: float = 4.0
    min_cameras: int = FEWEST

    def __post_init__(self) -> None:
        with Problems("RobustRule") as problems:
            problems.add_if(not self.outlier_sd > 0, f"outlier_sd is {self.outlier_sd}, expected above 0")
            problems.add_if(
                self.min_cameras < FEWEST, f"min_cameras is {self.min_cameras}, expected 2 or more"
            )


Rule = ExclusionRule | RobustRule


@dataclass(frozen=True, eq=False)
class Triangulated:
    """Points of any leading shape (...), C cameras.

    position_m (..., 3), NaN where too few cameras agree; covariance_m2 (..., 3, 3) of the position, from the
    standard deviations given and the cameras' geometry, widened where the cameras agree worse than stated;
    used (..., C) cameras that count; error_px (..., C) distance between seen and reprojected, lens taken out.
    """

    position_m: Array
    covariance_m2: Array
    used: BoolArray
    error_px: Array

    @property
    def sd_m(self) -> Array:
        """(...,) standard deviation of one coordinate: the root of the mean variance."""
        variance: Array = np.trace(self.covariance_m2, axis1=-2, axis2=-1) / 3
        return np.sqrt(variance)


def triangulate(
    views: Sequence[CameraView], px: Array, sd_px: Array | None = None, rule: Rule | None = None
) -> Triangulated:
    """Points seen at px (..., C, 2) by C cameras; NaN = not seen.

    sd_px (..., C): standard deviation of a seen coordinate, None = 1 px for all. `ExclusionRule` weighs each
    camera's equations by 1 / sd_px, so that Pose2Sim's weights, the likelihoods, are sd_px = 1 / likelihood.

    Raises:
        InputError: fewer than two cameras, shapes that do not fit, an sd that is not positive.
    """
    rule = rule or RobustRule()
    views = tuple(views)
    n = len(views)
    _check(n, px, sd_px, rule)
    shape = px.shape[:-2]
    xy = np.stack([sight(view, px[..., i, :]) for i, view in enumerate(views)], axis=-2)
    xy = np.ascontiguousarray(xy.reshape(-1, n, 2))
    sd = np.ones(xy.shape[:2]) if sd_px is None else np.array(sd_px, dtype=float).reshape(-1, n)
    xy[~np.isfinite(sd)] = np.nan
    rows = np.stack([np.column_stack([view.rotation, view.translation_m]) for view in views])
    focal = np.stack([view.focal_px for view in views])
    points, covariance = np.full((len(xy), 3), np.nan), np.full((len(xy), 3, 3), np.nan)
    used, error = np.zeros((len(xy), n), dtype=np.bool_), np.full((len(xy), n), np.nan)
    out = (points, covariance, used, error)
    if isinstance(rule, ExclusionRule):
        exclude_all(rows, focal, xy, sd, (rule.threshold_px, rule.min_cameras), *out)
    else:
        robust_all(rows, focal, xy, sd, (rule.outlier_sd, rule.min_cameras), *out)
    return Triangulated(
        points.reshape(*shape, 3), covariance.reshape(*shape, 3, 3), used.reshape(*shape, n),
        error.reshape(*shape, n),
    )  # fmt: skip


def _check(n: int, px: Array, sd_px: Array | None, rule: Rule) -> None:
    if n < FEWEST:
        raise InputError(f"triangulate: {n} camera; depth needs two or more (from one: kinelab analyze)")
    with Problems("triangulate") as problems:
        problems.add_if(
            px.ndim < 2 or px.shape[-2:] != (n, 2), f"px has shape {px.shape}, expected (..., {n}, 2)"
        )
        if sd_px is not None:
            problems.shape("sd_px", sd_px, px.shape[:-1])
            problems.add_if(bool((sd_px <= 0).any()), "sd_px is not positive somewhere")
        many = isinstance(rule, ExclusionRule) and n > _MOST_EXCLUSION
        problems.add_if(many, f"ExclusionRule tries all choices of cameras: {n} are too many, use RobustRule")
