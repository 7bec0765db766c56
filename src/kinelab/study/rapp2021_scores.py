"""Errors of each trial as moments, from which every table of the reproduction follows in closed form.

With e the error of the network's angle and o that of the optimised one, each is told by its mean, its
variance about it and their covariance. The weighted angle w network + (1 - w) optimised then has a known
error for any w, and passive pseudo-calibration, which takes each curve's own mean out, leaves the variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.files.tables import write_csv


@dataclass(frozen=True)
class Score:
    """One angle of one leg in one trial (deg, deg2).

    truth_mean: mean of the true angle. bias_dps and noise say which gyroscopes; kind which network, or
    "smoother", whose error then stands in the place of the network's, with nothing optimised.
    """

    person: str
    trial: str
    side: str
    joint: str
    angle: int
    kind: str
    placement_sd_deg: float
    bias_dps: float
    noise: bool
    truth_mean: float
    network_mean: float
    network_variance: float
    optimised_mean: float
    optimised_variance: float
    covariance: float

    def rmse(self, weight: float, *, calibrated: bool) -> float:
        """Of weight network + (1 - weight) optimised, deg: 1 is the network alone, 0 integration alone."""
        w, v = weight, 1 - weight
        variance = (
            w * w * self.network_variance + 2 * w * v * self.covariance + v * v * self.optimised_variance
        )
        mean = 0.0 if calibrated else w * self.network_mean + v * self.optimised_mean
        return float(np.sqrt(max(variance, 0.0) + mean * mean))


def moments(network_error: Array, optimised_error: Array) -> tuple[float, float, float, float, float]:
    """Mean and variance of both errors (T,) deg, and their covariance; samples that are NaN are left out."""
    both = np.stack([network_error, optimised_error])
    both = both[:, np.isfinite(both).all(axis=0)]
    mean = both.mean(axis=1)
    spread = (both - mean[:, None]) @ (both - mean[:, None]).T / both.shape[1]
    return tuple(float(x) for x in (mean[0], spread[0, 0], mean[1], spread[1, 1], spread[0, 1]))  # type: ignore[return-value]


def best_weight(scores: Sequence[Score], *, calibrated: bool) -> float:
    """The w in [0, 1] with the least mean squared error over these scores (of other people than it is for).

    The paper learned it on its training people. A quadratic: w = (B - C) / (A - 2 C + B), with A, B the mean
    squares of both errors and C their mean product.
    """
    if not scores:
        return 1.0
    a, b, c = 0.0, 0.0, 0.0
    for score in scores:
        m, n = (0.0, 0.0) if calibrated else (score.network_mean, score.optimised_mean)
        a += score.network_variance + m * m
        b += score.optimised_variance + n * n
        c += score.covariance + m * n
    bend = a - 2 * c + b
    return float(np.clip((b - c) / bend, 0.0, 1.0)) if bend > 0 else 1.0


def write_scores(path: Path, scores: Sequence[Score], *, synthetic: bool) -> None:
    """As CSV, whole or not at all."""
    import pandas as pd

    names = [field.name for field in fields(Score)]
    frame = pd.DataFrame([astuple(score) for score in scores], columns=names)
    write_csv(frame, path, synthetic=synthetic)


def read_scores(path: Path) -> list[Score]:
    """What `write_scores` wrote."""
    import pandas as pd

    frame = pd.read_csv(path, dtype={"person": str, "trial": str})
    columns = [frame[field.name].tolist() for field in fields(Score)]
    return [Score(*row) for row in zip(*columns, strict=True)]
