from __future__ import annotations

import numpy as np
import pytest

from kinelab.keypoints.tracks.kalman import left_out, smoothed

TIME_S = np.array([0.0, 0.02, 0.05, 0.06, 0.1, 0.2, 0.21, 0.25])
SHAKE = 3e4


def covariance(time_s: np.ndarray, shake: float) -> np.ndarray:
    """Of a position whose velocity is a Wiener process: shake * s^2 (3 t - s) / 6 for s <= t."""
    s, t = np.minimum.outer(time_s, time_s), np.maximum.outer(time_s, time_s)
    return shake * s**2 * (3 * t - s) / 6


def by_regression(place: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same posterior from one large matrix: unknown line plus Gaussian process plus noise."""
    seen = np.isfinite(variance)
    everywhere = covariance(TIME_S, SHAKE)
    line = np.stack([np.ones_like(TIME_S), TIME_S], axis=1)
    noisy = everywhere[np.ix_(seen, seen)] + np.diag(variance[seen])
    inverse = np.linalg.inv(noisy)
    of_line = np.linalg.inv(line[seen].T @ inverse @ line[seen])
    coefficient = of_line @ line[seen].T @ inverse @ place[seen]
    cross = everywhere[:, seen] @ inverse
    rest = line - cross @ line[seen]
    mean = line @ coefficient + cross @ (place[seen] - line[seen] @ coefficient)
    spread = everywhere - cross @ everywhere[seen] + rest @ of_line @ rest.T
    return mean, np.diag(spread)


def test_smoother_is_the_gaussian_posterior() -> None:
    rng = np.random.default_rng(0)
    variance = rng.uniform(1, 9, TIME_S.size)
    variance[[2, 4]] = np.inf
    place = rng.normal(0, 20, (TIME_S.size, 2))
    place[2] = np.nan
    mean, spread = smoothed(TIME_S, place, variance, SHAKE)
    expected, expected_spread = by_regression(place, variance)
    np.testing.assert_allclose(mean, expected, atol=1e-3)
    np.testing.assert_allclose(spread, expected_spread, rtol=1e-4)


def test_a_point_left_out_is_as_if_it_had_not_been_seen() -> None:
    rng = np.random.default_rng(1)
    variance, place = rng.uniform(1, 9, TIME_S.size), rng.normal(0, 5, (TIME_S.size, 2))
    variance[2] = np.inf
    away, others = left_out(place, variance, *smoothed(TIME_S, place, variance, SHAKE))
    for t in range(TIME_S.size):
        expected, spread = by_regression(place, np.where(np.arange(TIME_S.size) == t, np.inf, variance))
        np.testing.assert_allclose(away[t], place[t] - expected[t], rtol=1e-3, atol=1e-3)
        assert others[t] == pytest.approx(spread[t], rel=1e-3)


def test_before_the_first_sight_nothing_is_said() -> None:
    variance = np.array([np.inf, np.inf, 1.0, 1.0])
    place = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0], [2.0, 1.0]])
    mean, spread = smoothed(np.arange(4.0), place, variance, 1.0)
    assert np.isnan(mean[:2]).all()
    assert np.isnan(spread[:2]).all()
    mean, _ = smoothed(np.arange(4.0), place, np.full(4, np.inf), 1.0)
    assert np.isnan(mean).all()
