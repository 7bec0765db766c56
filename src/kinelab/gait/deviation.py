"""Deviation scores: how far a person's walking is from that of healthy people, in one number and its map.

GVS, GPS and the movement analysis profile: Baker et al. 2009 (Gait Posture 30:265,
doi:10.1016/j.gaitpost.2009.05.020). GDI: Schwartz & Rozumalski 2008 (Gait Posture 28:351,
doi:10.1016/j.gaitpost.2008.05.001). Beside each stands the same score free of offsets, with every curve's own
mean taken off: what is left of a deviation when a marker that sat wrongly, or another model's zero, is not
counted. It is not published under this name, and says nothing of posture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.core.events import SIDES, Side
from kinelab.core.strides import STRIDE_POINTS
from kinelab.errors import InputError
from kinelab.gait.deviation_variables import NAMES, PELVIC
from kinelab.gait.norms import NormCurves, NormSet


@dataclass(frozen=True, eq=False)
class LegScores:
    """Scores of the n strides of one leg, NaN where a curve was not measured.

    gvs_deg (n, 9) in the order of `deviation_variables.VARIABLES`; gps_deg (n,) over all nine; gdi (n,), 100
    = the healthy mean, 10 = their standard deviation, smaller is worse.
    """

    gvs_deg: Array
    gps_deg: Array
    gdi: Array

    @property
    def n(self) -> int:
        """Strides with a curve of at least one variable."""
        return int(np.isfinite(self.gvs_deg).any(axis=1).sum())

    @property
    def mean_gvs_deg(self) -> Array:
        """Mean over the strides, (9,) deg; NaN where none has the variable."""
        counts = np.isfinite(self.gvs_deg).sum(axis=0)
        sums = np.nansum(self.gvs_deg, axis=0)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


@dataclass(frozen=True, eq=False)
class Deviation:
    """Scores of both legs against one norm set, as measured and free of offsets."""

    norms: NormSet
    measured: Mapping[Side, LegScores]
    offset_free: Mapping[Side, LegScores]

    def both_gps_deg(self, *, offset_free: bool = False) -> float:
        """GPS of the person, deg: RMS of the 15 mean GVS of both legs, the pelvis' taken from the left leg.

        Baker et al. 2009; NaN where one of the 15 is not known.
        """
        legs = self.offset_free if offset_free else self.measured
        left, right = (legs[side].mean_gvs_deg for side in SIDES)
        return float(np.sqrt(np.square(np.concatenate([left, right[~np.array(PELVIC)]])).mean()))


def deviation(curves_deg: Mapping[Side, ArrayLike], norms: NormSet) -> Deviation:
    """Scores of strides (n, 9, 101) deg of each side, as `deviation_variables.nine_curves` gives them.

    Each stride is scored by itself, so that a spread can be told; the score of the mean curve is a little
    smaller. GVS and GPS are over all 101 points of a curve where Baker et al. took 51 (in the 104 recordings
    of docs/scores.md the means of groups differ by 0.013 deg or less); GDI over every second, their 51.

    Raises:
        InputError: another shape.
    """
    measured, offset_free = {}, {}
    for side in SIDES:
        curves = np.asarray(curves_deg[side], dtype=np.float64)
        if curves.ndim != 3 or curves.shape[1:] != (len(NAMES), STRIDE_POINTS):
            raise InputError(
                f"{side} curves have shape {curves.shape}, expected (strides, {len(NAMES)}, {STRIDE_POINTS})"
            )
        measured[side] = _leg(curves, norms, norms.measured)
        offset_free[side] = _leg(without_offset(curves), norms, norms.offset_free)
    return Deviation(norms, measured, offset_free)


def _leg(curves: Array, norms: NormSet, healthy: NormCurves) -> LegScores:
    gvs = np.full((len(curves), len(NAMES)), np.nan)
    gvs[:, norms.columns] = gvs_of(curves[:, norms.columns], healthy.mean_deg)
    gps = np.sqrt(np.square(gvs).mean(axis=1))
    gdi = np.full(len(curves), np.nan)
    if healthy.centre.size:
        mean, sd = healthy.ln_distance
        # No stride is nearer than to the last digit: the logarithm of nothing has no score.
        away = np.maximum(distances(curves[:, norms.columns], healthy.basis, healthy.centre), 1e-9)
        gdi = 100 - 10 * (np.log(away) - mean) / sd
    return LegScores(gvs, gps, gdi)


def gvs_of(curves_deg: Array, mean_deg: Array) -> Array:
    """Gait variable scores, deg: RMS difference over the stride; (..., V, points) to (..., V)."""
    scores: Array = np.sqrt(np.square(curves_deg - mean_deg).mean(axis=-1))
    return scores


def without_offset(curves_deg: Array) -> Array:
    """Each curve less its own mean over the stride."""
    moved: Array = curves_deg - curves_deg.mean(axis=-1, keepdims=True)
    return moved


def distances(curves_deg: Array, basis: Array, centre: Array) -> Array:
    """GDI's distance of strides (n, V, 101) from the healthy mean in the space of the features, (n,)."""
    features = curves_deg[:, :, ::2].reshape(len(curves_deg), basis.shape[1]) @ basis.T
    away: Array = np.linalg.norm(features - centre, axis=1)
    return away
