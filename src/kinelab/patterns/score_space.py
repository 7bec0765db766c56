"""Few numbers that stand for the nine curves of a stride, and smooth curves that close made from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array, Problems, read_only
from kinelab.core.strides import STRIDE_POINTS
from kinelab.errors import InputError
from kinelab.gait.deviation_variables import NAMES

SCORES = 20
HARMONICS = 12  # of the stride; gait's curves hold next to nothing above
_SHAPE = (len(NAMES), STRIDE_POINTS)


@dataclass(frozen=True, eq=False)
class ScoreSpace:
    """mean_deg (9, 101), and what one unit of each score adds to it: directions_deg (k, 9, 101)."""

    mean_deg: Array
    directions_deg: Array

    def __post_init__(self) -> None:
        for name in ("mean_deg", "directions_deg"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        with Problems("ScoreSpace") as problems:
            problems.shape("mean_deg", self.mean_deg, _SHAPE)
            problems.shape("directions_deg", self.directions_deg, (len(self.directions_deg), *_SHAPE))

    @property
    def size(self) -> int:
        """Number of scores."""
        return len(self.directions_deg)

    def scores(self, curves_deg: ArrayLike) -> Array:
        """Curves (n, 9, 101) deg to scores (n, k): what is left is not told by them."""
        away = (np.asarray(curves_deg, np.float64) - self.mean_deg).reshape(-1, np.prod(_SHAPE))
        flat = self.directions_deg.reshape(self.size, -1)
        # The directions are orthogonal, each with its own length.
        found: Array = (away @ flat.T) / np.square(flat).sum(axis=1)
        return found

    def curves_deg(self, scores: ArrayLike) -> Array:
        """Scores (n, k) to curves (n, 9, 101) deg, of which the last point is the first."""
        given = np.asarray(scores, np.float64)
        made: Array = self.mean_deg + np.tensordot(given, self.directions_deg, axes=1)
        return made


def fit_space(curves_deg: ArrayLike, scores: int = SCORES, harmonics: int = HARMONICS) -> ScoreSpace:
    """Principal components of curves (n, 9, 101) deg after a least-squares Fourier series of each.

    The series makes whatever is built from the components smooth and closed. A score is counted in units of
    the square root of its component's own standard deviation times the largest one's: strong ones stay
    strong, and weak ones are not lost on a network.

    Raises:
        InputError: another shape, a gap, or fewer curves than scores.
    """
    curves = np.asarray(curves_deg, np.float64)
    if curves.ndim != 3 or curves.shape[1:] != _SHAPE:
        raise InputError(f"curves have shape {curves.shape}, expected (n, {_SHAPE[0]}, {_SHAPE[1]})")
    if not np.isfinite(curves).all():
        row = int(np.argwhere(~np.isfinite(curves))[0, 0])
        raise InputError(f"row {row} has a gap; take strides whose nine curves are whole")
    if len(curves) <= scores:
        raise InputError(
            f"{len(curves)} strides allow fewer than {len(curves)} scores, {scores} are asked for"
        )
    smooth = curves @ _smoothing(harmonics)
    mean = smooth.mean(axis=0)
    _, singular, directions = np.linalg.svd((smooth - mean).reshape(len(curves), -1), full_matrices=False)
    sd = singular[:scores] / np.sqrt(len(curves))
    if sd[-1] <= 1e-9 * sd[0]:
        raise InputError(
            f"the {len(curves)} strides are too alike for {scores} scores; are some of them copies?"
        )
    unit = np.sqrt(sd * sd[0])
    return ScoreSpace(mean, (directions[:scores] * unit[:, None]).reshape(scores, *_SHAPE))


def _smoothing(harmonics: int) -> Array:
    """(101, 101) by which a curve is multiplied from the right to become its Fourier series."""
    phase = 2 * np.pi * np.linspace(0, 1, STRIDE_POINTS)
    waves = [np.ones(STRIDE_POINTS)]
    for k in range(1, harmonics + 1):
        waves += [np.cos(k * phase), np.sin(k * phase)]
    basis = np.stack(waves, axis=1)
    projection: Array = basis @ np.linalg.pinv(basis)
    return projection.T
