from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.errors import InputError
from kinelab.geometry.alignment import fit_rigid

RNG = np.random.default_rng(0)
CLUSTER = RNG.normal(scale=0.1, size=(5, 3))
TURN = Rotation.random(7, rng=1).as_matrix()
SHIFT = RNG.normal(size=(7, 3))


def moved(points: np.ndarray, scale: float = 1.0) -> np.ndarray:
    return scale * np.einsum("tij,kj->tki", TURN, points) + SHIFT[:, None]


@pytest.mark.parametrize("count", [3, 4, 5])
def test_exact_motion_is_found_exactly(count: int) -> None:
    fit = fit_rigid(CLUSTER[:count], moved(CLUSTER[:count]))
    np.testing.assert_allclose(fit.rotation, TURN, atol=1e-13)
    np.testing.assert_allclose(fit.translation, SHIFT, atol=1e-13)
    assert fit.scale.tolist() == [1.0] * 7
    assert fit.rms.max() < 1e-14


def test_scale_is_found_when_asked_for() -> None:
    fit = fit_rigid(CLUSTER, moved(CLUSTER, 1000.0), with_scale=True)
    np.testing.assert_allclose(fit.scale, 1000.0, rtol=1e-13)
    np.testing.assert_allclose(fit.translation, SHIFT, atol=1e-10)


def test_a_mirror_image_gives_the_best_rotation_never_a_reflection() -> None:
    target = moved(CLUSTER * [1, 1, -1])
    fit = fit_rigid(CLUSTER, target)
    np.testing.assert_allclose(np.linalg.det(fit.rotation), 1.0)
    assert fit.rms.min() > 0.01
    for nudge in Rotation.from_rotvec(0.02 * np.vstack([np.eye(3), -np.eye(3)])).as_matrix():
        other = np.einsum("tij,kj->tki", fit.rotation @ nudge, CLUSTER - CLUSTER.mean(0))
        rest = target - target.mean(axis=1, keepdims=True) - other
        assert (np.sqrt((rest**2).sum(axis=2).mean(axis=1)) > fit.rms).all()


def test_it_is_scipys_weighted_answer_under_noise() -> None:
    weight = np.array([1.0, 5.0, 0.5, 2.0, 1.0])
    target = moved(CLUSTER) + RNG.normal(scale=0.005, size=(7, 5, 3))
    fit = fit_rigid(CLUSTER, target, weight)
    middle = np.average(CLUSTER, axis=0, weights=weight)
    for t in range(7):
        there = target[t] - np.average(target[t], axis=0, weights=weight)
        best, rssd = Rotation.align_vectors(there, CLUSTER - middle, weight)
        np.testing.assert_allclose(fit.rotation[t], best.as_matrix(), atol=1e-9)
        assert fit.rms[t] == pytest.approx(rssd / np.sqrt(weight.sum()))


def test_points_not_seen_do_not_count_and_too_few_give_nan() -> None:
    target = moved(CLUSTER)
    target[0, 4] = np.nan
    target[1, 1:4] = np.nan
    target[2] = np.nan
    fit = fit_rigid(CLUSTER, target)
    np.testing.assert_allclose(fit.rotation[[0, 3]], TURN[[0, 3]], atol=1e-13)
    assert np.isnan(fit.rotation[1:3]).all()
    assert np.isnan(fit.rms[1:3]).all()


def test_three_seen_on_a_line_give_nan_though_all_together_span_a_triangle() -> None:
    points = np.array([[0, 0, 0], [0.1, 0, 0], [0.2, 0, 0], [0, 0.1, 0]])
    target = moved(points)
    target[0, 3] = np.nan
    fit = fit_rigid(points, target)
    assert np.isnan(fit.rotation[0]).all()
    np.testing.assert_allclose(fit.rotation[1:], TURN[1:], atol=1e-13)


def test_measured_points_that_fell_together_give_nan() -> None:
    target = moved(CLUSTER)
    target[3] = target[3, :1]
    assert np.isnan(fit_rigid(CLUSTER, target).rotation[3]).all()


def test_refusals() -> None:
    line = np.outer(np.arange(4), [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="4 points that lie on one line"):
        fit_rigid(line, line)
    with pytest.raises(InputError, match="2 points fix no rotation"):
        fit_rigid(CLUSTER[:2], CLUSTER[:2])
    with pytest.raises(InputError, match="same K"):
        fit_rigid(CLUSTER, CLUSTER[:4])
    with pytest.raises(InputError, match="source points hold NaN"):
        fit_rigid(CLUSTER * np.nan, CLUSTER)
    with pytest.raises(InputError, match="one >= 0 a point"):
        fit_rigid(CLUSTER, CLUSTER, [-1, 1, 1, 1, 1])
