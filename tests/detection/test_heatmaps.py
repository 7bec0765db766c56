from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.detection.heatmaps import decode_heatmaps
from kinelab.errors import InputError

H, W, SIGMA = 64, 48, 2.0


def gaussians(place: Array, sigma: float = SIGMA, height: float = 1.0) -> Array:
    y, x = np.mgrid[:H, :W]
    square = (x - place[..., 0, None, None]) ** 2 + (y - place[..., 1, None, None]) ** 2
    return np.asarray(height * np.exp(-square / (2 * sigma**2)))


def places(n: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return np.stack([rng.uniform(6, W - 7, n), rng.uniform(6, H - 7, n)], axis=-1)


@pytest.mark.parametrize("sigma", [1.5, 2.0, 3.0])
def test_a_gaussian_is_found_exactly(sigma: float) -> None:
    truth = places(200).reshape(10, 20, 2)
    position, confidence, _ = decode_heatmaps(gaussians(truth, sigma), sigma_hm=sigma)
    # The floor of the logarithm touches only the narrowest peak, in the corners of the window.
    assert np.abs(position - truth).max() < (0.08 if sigma < 2 else 1e-9)
    assert confidence == pytest.approx(1.0, abs=0.05)


def test_noise_of_two_percent_costs_hundredths_of_a_cell() -> None:
    truth = places(1000)[None]
    noisy = gaussians(truth) + 0.02 * np.random.default_rng(1).normal(size=(1, 1000, H, W))
    position, _, _ = decode_heatmaps(noisy)
    error = np.linalg.norm(position - truth, axis=-1)
    assert error.mean() < 0.03
    assert np.quantile(error, 0.99) < 0.08


@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_sd_is_the_spread_of_the_place_that_made_the_heatmap(spread: float) -> None:
    # The mean of training targets over places that are normally distributed: see the module's docstring.
    truth = places(400, seed=2)
    rng = np.random.default_rng(3)
    drawn = truth[:, None] + rng.normal(0, spread, (400, 300, 2))
    heatmaps = np.stack([gaussians(some).mean(axis=0) for some in drawn[:40]])[:, None]
    _, confidence, sd = decode_heatmaps(heatmaps)
    assert np.median(sd) == pytest.approx(spread, rel=0.12)
    assert np.median(confidence) == pytest.approx(SIGMA**2 / (SIGMA**2 + spread**2), rel=0.05)


def test_a_peak_at_the_border_stays_inside() -> None:
    truth = np.array([[[-0.3, 10.0], [W - 0.7, 30.0], [20.0, -0.2], [W - 0.7, H - 0.7]]])
    position, _, _ = decode_heatmaps(gaussians(truth))
    assert np.abs(position - truth).max() < 1.5
    assert (position >= -0.5).all()
    assert (position <= [W - 0.5, H - 0.5]).all()


def test_nothing_seen_is_nan_never_zero() -> None:
    heatmaps = np.stack([np.zeros((H, W)), np.full((H, W), np.nan), -np.ones((H, W))])[None]
    position, confidence, sd = decode_heatmaps(heatmaps)
    assert np.isnan(position).all()
    assert np.isnan(sd).all()
    assert (confidence == 0).all()


def test_two_equal_peaks_take_one_of_them_and_a_plateau_stays_on_it() -> None:
    two = gaussians(np.array([12.0, 20.0])) + gaussians(np.array([36.0, 40.0]))
    flat = np.zeros((H, W))
    flat[30:34, 20:24] = 0.7
    position, confidence, _ = decode_heatmaps(np.stack([two, flat])[None])
    assert np.abs(position[0, 0] - [12, 20]).max() < 0.05
    assert np.abs(position[0, 1] - [21.5, 31.5]).max() < 2.1
    assert confidence[0, 1] < 0.85


def test_confidence_stays_in_0_to_1() -> None:
    _, confidence, sd = decode_heatmaps(gaussians(places(20)[None], height=1.7))
    assert (confidence <= 1).all()
    assert (sd > 0).all()


def test_a_wrong_shape_is_told() -> None:
    with pytest.raises(InputError, match=r"shape \(64, 48\).*crops, landmarks"):
        decode_heatmaps(np.zeros((H, W)))
