"""A plain classifier of strides: multinomial logistic regression on scores of their curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from kinelab.core.checks import Array, IntArray
from kinelab.errors import InputError
from kinelab.patterns.score_space import ScoreSpace, fit_space
from kinelab.patterns.stride_curves import StrideCurves

FEATURES = 12
RIDGE = 0.01


@dataclass(frozen=True, eq=False)
class StrideClassifier:
    """Probability of each group: softmax of scale * scores @ weight + bias; weight (k, G), bias (G,)."""

    groups: tuple[str, ...]
    space: ScoreSpace
    scale: Array
    weight: Array
    bias: Array

    def probability(self, curves_deg: Array) -> Array:
        """(n, 9, 101) deg to (n, G)."""
        x = self.space.scores(curves_deg) * self.scale
        return softmax(x @ self.weight + self.bias)


def fit_classifier(
    curves: StrideCurves, weight: Array, groups: Sequence[str], ridge: float = RIDGE
) -> StrideClassifier:
    """Learn from strides that count by `weight` (n,); synthetic ones may be among them.

    Features are scores of the measured strides' own principal components, brought to one spread, so that all
    ways to augment are judged in one space (that of the synthetic ones where there are no others). The loss
    is the weighted mean cross-entropy + ridge / 2 |w|^2 (Hastie, Tibshirani & Friedman 2009, section 4.4); a
    mean, so that more strides do not weaken the ridge.

    Raises:
        InputError: a stride of another group, weights that do not fit, or too few measured strides.
    """
    other = sorted(set(curves.group) - set(groups))
    if other:
        raise InputError(f"strides of {', '.join(other)}; the classifier is to know {', '.join(groups)}")
    counts = np.asarray(weight, np.float64)
    if counts.shape != (curves.n,) or not (counts >= 0).all() or counts.sum() <= 0:
        raise InputError(f"weights of {curves.n} strides must be as many numbers, none below 0, not all 0")
    measured = curves.curves_deg[~curves.synthetic] if not curves.synthetic.all() else curves.curves_deg
    space = fit_space(measured, min(FEATURES, len(measured) - 1))
    scale = 1 / space.scores(measured).std(axis=0)
    x = space.scores(curves.curves_deg) * scale
    y = np.array([list(groups).index(name) for name in curves.group], np.int64)
    k, many = x.shape[1], len(groups)
    found = minimize(
        loss_and_slope,
        np.zeros((k + 1) * many),
        (x, y, counts / counts.sum(), many, ridge),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500},
    )
    solved = found.x.reshape(k + 1, many)
    return StrideClassifier(tuple(groups), space, scale, solved[:-1], solved[-1])


def loss_and_slope(
    flat: Array, x: Array, y: IntArray, share: Array, many: int, ridge: float
) -> tuple[float, Array]:
    """Loss of `fit_classifier` and its gradient; the bias goes free of the ridge."""
    solved = flat.reshape(-1, many)
    weight, bias = solved[:-1], solved[-1]
    likely = softmax(x @ weight + bias)
    at = np.arange(len(y))
    loss = -share @ np.log(np.maximum(likely[at, y], 1e-300)) + ridge / 2 * np.square(weight).sum()
    likely[at, y] -= 1
    apart = share[:, None] * likely
    slope = np.concatenate([x.T @ apart + ridge * weight, apart.sum(axis=0)[None]])
    return float(loss), slope.ravel()


def softmax(logit: Array) -> Array:
    """Over the last axis."""
    raised = np.exp(logit - logit.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares
