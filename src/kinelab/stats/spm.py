"""Statistical parametric mapping of curves: where along the stride two sets of curves differ.

One t a point, and one threshold that the largest of them all exceeds by chance in alpha of cases: by
permutation, or by random field theory. Pataky 2010 (J Biomech 43:1976), Pataky, Vanrenterghem & Robinson 2015
(J Biomech 48:1277); the permutation of the largest after Nichols & Holmes 2002 (Hum Brain Mapp 15:1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.stats.random_field import cluster_p, field_threshold, largest_p, smoothness

By = Literal["permutation", "random field"]
Kind = Literal["one sample", "paired", "two samples"]
MOST_PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Cluster:
    """A stretch of points beyond the threshold: start, stop in points (between two where the curve crosses).

    sign: +1 where the first set is larger. p: by random field theory of a stretch so long; by permutation of
    a peak so high.
    """

    start: float
    stop: float
    peak_t: float
    sign: int
    p: float


@dataclass(frozen=True, eq=False)
class CurveTest:
    """A two-sided test of whole curves: t (P,) with df, the threshold of |t| at alpha, what is beyond it.

    p: of the largest |t|. fwhm: smoothness of the noise, points (NaN by permutation, which needs none).
    permutations: how many were looked at, 0 by random field theory; exact: all that there are.
    """

    kind: Kind
    by: By
    t: Array
    df: int
    alpha: float
    threshold: float
    p: float
    fwhm: float
    clusters: tuple[Cluster, ...]
    permutations: int = 0
    exact: bool = False

    @property
    def different(self) -> bool:
        """Whether any point is beyond the threshold."""
        return bool(self.clusters)


def one_sample(
    curves: ArrayLike, *, by: By = "permutation", alpha: float = 0.05, seed: int = 0,
    most: int = MOST_PERMUTATIONS,
) -> CurveTest:  # fmt: skip
    """Whether the mean of curves (n, P) is 0 all along. Permutation: of their signs.

    most: permutations looked at; where there are fewer, all, and where more, so many drawn with `seed`. The
    threshold by permutation is the value that the largest |t| exceeds in at most alpha of them: one for both
    sides. The package spm1d 0.4.55 looks at the first half of the orders, which for two sets of different
    sizes is not the mirror image of the second, and interpolates between its values; we take all of them.

    Raises:
        InputError: a gap in a curve, fewer than three curves, or points at which all curves are alike; by
            permutation too few curves for alpha.
    """
    y = _checked("curves", curves)
    t = _one_sample_t(y)
    if by == "random field":
        return _by_field("one sample", t, len(y) - 1, y - y.mean(axis=0), alpha)
    return _by_permutation("one sample", t, y, _signs(y, most, seed), alpha)


def paired(
    a: ArrayLike, b: ArrayLike, *, by: By = "permutation", alpha: float = 0.05, seed: int = 0,
    most: int = MOST_PERMUTATIONS,
) -> CurveTest:  # fmt: skip
    """Whether curves a and b, both (n, P), of the same n people differ. As `one_sample` of a - b.

    Raises:
        InputError: as `one_sample`, or another shape.
    """
    first, second = _checked("a", a), _checked("b", b)
    if first.shape != second.shape:
        raise InputError(
            f"a has shape {first.shape}, b {second.shape}; pairs need the same people and points"
        )
    found = one_sample(first - second, by=by, alpha=alpha, seed=seed, most=most)
    return CurveTest(**{**vars(found), "kind": "paired"})


def two_samples(
    a: ArrayLike, b: ArrayLike, *, by: By = "permutation", alpha: float = 0.05, seed: int = 0,
    most: int = MOST_PERMUTATIONS,
) -> CurveTest:  # fmt: skip
    """Whether curves a (n, P) and b (m, P) of different people differ, with one variance for both.

    Raises:
        InputError: as `one_sample`, or another number of points.
    """
    first, second = _checked("a", a), _checked("b", b)
    if first.shape[1] != second.shape[1]:
        raise InputError(f"a has {first.shape[1]} points a curve, b {second.shape[1]}; they must be alike")
    y, n = np.concatenate([first, second]), len(first)
    t = _two_sample_t(y, np.arange(len(y)) < n)
    if by == "random field":
        residuals = np.concatenate([first - first.mean(axis=0), second - second.mean(axis=0)])
        return _by_field("two samples", t, len(y) - 2, residuals, alpha)
    return _by_permutation("two samples", t, y, _labels(n, y, most, seed), alpha)


def _one_sample_t(y: Array) -> Array:
    return _quotient(y.mean(axis=0), y.std(axis=0, ddof=1) / np.sqrt(len(y)))


def _two_sample_t(y: Array, first: np.typing.NDArray[np.bool_]) -> Array:
    a, b = y[first], y[~first]
    n, m = len(a), len(b)
    variance = ((n - 1) * a.var(axis=0, ddof=1) + (m - 1) * b.var(axis=0, ddof=1)) / (n + m - 2)
    return _quotient(a.mean(axis=0) - b.mean(axis=0), np.sqrt(variance * (1 / n + 1 / m)))


def _quotient(mean: Array, error: Array) -> Array:
    """t of each point; without a spread there is none."""
    flat = np.flatnonzero(error <= 1e-12 * max(float(np.abs(mean).max()), 1e-300))
    if flat.size:
        raise InputError(
            f"at point {int(flat[0])} all curves are alike, so that nothing can be tested there; leave such"
            " points out first"
        )
    t: Array = mean / error
    return t


@dataclass(frozen=True, eq=False)
class _Orders:
    """Rearrangements of the data: the largest |t| of each (N,), and whether these are all."""

    largest: Array
    exact: bool


def _signs(y: Array, most: int, seed: int) -> _Orders:
    n = len(y)
    exact = 2**n <= most
    if exact:
        signs = np.array(list(product((1.0, -1.0), repeat=n)))
    else:
        signs = np.random.default_rng(seed).choice((1.0, -1.0), (most, n))
        signs[0] = 1.0  # the data as they are count as one
    mean = signs @ y / n
    # Signs leave the sum of squares as it is.
    variance = (np.square(y).sum(axis=0) - n * np.square(mean)) / (n - 1)
    return _Orders(_largest(mean, variance / n), exact)


def _labels(n: int, y: Array, most: int, seed: int) -> _Orders:
    total = len(y)
    exact = comb(total, n) <= most
    if exact:
        chosen = [list(one) for one in combinations(range(total), n)]
    else:
        rng = np.random.default_rng(seed)
        chosen = [list(range(n)), *(rng.permutation(total)[:n].tolist() for _ in range(most - 1))]
    first = np.zeros((len(chosen), total))
    for row, members in zip(first, chosen, strict=True):
        row[members] = 1.0
    m, centred = total - n, y - y.mean(axis=0)
    a, whole = first @ centred / n, np.square(centred).sum(axis=0)
    b = -a * n / m  # all of them together have the mean 0
    variance = (whole - n * np.square(a) - m * np.square(b)) / (total - 2)
    return _Orders(_largest(a - b, variance * (1 / n + 1 / m)), exact)


def _largest(mean: Array, variance: Array) -> Array:
    """Largest |t| of each rearrangement, both (N, P); where no spread is left, it is beyond everything."""
    with np.errstate(divide="ignore", invalid="ignore"):
        square = np.where(variance > 0, np.square(mean) / variance, np.inf)
    largest: Array = np.sqrt(square.max(axis=1))
    return largest


def _by_permutation(kind: Kind, t: Array, y: Array, orders: _Orders, alpha: float) -> CurveTest:
    # Twice: each order and its mirror image have the same largest |t|.
    largest, count = orders.largest, orders.largest.size
    if orders.exact and 2 / count > alpha:
        raise InputError(
            f"{len(y)} curves allow {count} permutations, so that p is never below"
            f" {2 / count:.3g}: too few for alpha {alpha:g}; use more people, or random field theory"
        )
    # The value that at most alpha of the permutations exceed (with the observed one among them).
    threshold = float(np.sort(largest)[int(np.ceil((1 - alpha) * count)) - 1])

    def p_of(peak: float) -> float:
        return float(np.mean(largest >= peak * (1 - 1e-9)))

    # The last digit of a t that is the threshold itself must not put it beyond.
    clusters = _clusters(t, threshold * (1 + 1e-9), lambda start, stop, peak: p_of(peak))
    df, p = len(y) - (2 if kind == "two samples" else 1), p_of(float(np.abs(t).max()))
    return CurveTest(kind, "permutation", t, df, alpha, threshold, p, np.nan, clusters, count, orders.exact)


def _by_field(kind: Kind, t: Array, df: int, residuals: Array, alpha: float) -> CurveTest:
    fwhm, points = smoothness(residuals), t.size
    # Two-sided: half of alpha on either side.
    threshold = field_threshold(alpha / 2, df, points, fwhm)

    def p_of(start: float, stop: float, peak: float) -> float:
        return min(1.0, 2 * cluster_p(stop - start, threshold, df, points, fwhm))

    p = min(1.0, 2 * largest_p(float(np.abs(t).max()), df, points, fwhm))
    return CurveTest(kind, "random field", t, df, alpha, threshold, p, fwhm, _clusters(t, threshold, p_of))


def _clusters(
    t: Array, threshold: float, p_of: Callable[[float, float, float], float]
) -> tuple[Cluster, ...]:
    found = []
    for sign in (1, -1):
        beyond = np.concatenate([[False], sign * t > threshold, [False]])
        edges = np.flatnonzero(np.diff(beyond.astype(np.int8)))
        for first, after in edges.reshape(-1, 2).tolist():
            last = after - 1
            start, stop = _crossing(sign * t, threshold, first, -1), _crossing(sign * t, threshold, last, 1)
            peak = float(np.max(sign * t[first:after]))
            found.append(Cluster(start, stop, sign * peak, sign, p_of(start, stop, peak)))
    return tuple(sorted(found, key=lambda cluster: cluster.start))


def _crossing(t: Array, threshold: float, edge: int, step: int) -> float:
    """Where the line from the outermost point of a stretch to its neighbour crosses the threshold."""
    beside = edge + step
    if not 0 <= beside < t.size:
        return float(edge)
    return float(edge + step * (t[edge] - threshold) / (t[edge] - t[beside]))


def _checked(name: str, curves: ArrayLike) -> Array:
    y = np.asarray(curves, dtype=np.float64)
    if y.ndim != 2 or y.shape[0] < 3 or y.shape[1] < 3:
        raise InputError(f"{name} has shape {y.shape}, expected (3 curves or more, 3 points or more)")
    if not np.isfinite(y).all():
        row = int(np.argwhere(~np.isfinite(y))[0, 0])
        raise InputError(f"curve {row} of {name} has a gap; leave it out first")
    return y
