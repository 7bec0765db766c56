from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.detection.simcc import BETA, decode_simcc, target_sigma_bins
from kinelab.errors import InputError


def belief(place_px: Array, bins: int, sigma_bins: float) -> Array:
    """Outputs whose softmax (at BETA) is a Gaussian at `place_px`, (..., bins)."""
    u = np.arange(bins)
    return np.asarray(0.9 - (u - 2 * place_px[..., None]) ** 2 / (2 * sigma_bins**2) / BETA)


def test_target_widths_are_those_of_the_published_configurations() -> None:
    # MMPose, rtmpose-*_256x192: sigma (4.9, 5.66); *_384x288: (6, 6.93).
    assert target_sigma_bins(384) == pytest.approx(4.9, abs=0.005)
    assert target_sigma_bins(512) == pytest.approx(5.66, abs=0.005)
    assert target_sigma_bins(576) == pytest.approx(6.0)
    assert target_sigma_bins(768) == pytest.approx(6.93, abs=0.005)


def test_place_between_bins_and_spread_are_recovered() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(10, 180, (3, 17, 2))
    wide = [np.hypot(target_sigma_bins(bins), 6.0) for bins in (384, 512)]
    position, confidence, sd = decode_simcc(
        belief(truth[..., 0], 384, wide[0]), belief(truth[..., 1], 512, wide[1])
    )
    assert position == pytest.approx(truth, abs=1e-9)
    assert confidence == pytest.approx(0.9, abs=0.01)
    assert sd == pytest.approx(3.0)  # 6 bins of half a pixel


def test_a_sure_network_is_not_believed_below_a_tenth_of_a_pixel() -> None:
    truth = np.full((1, 1), 50.0)
    _, _, sd = decode_simcc(belief(truth, 384, 2.0), belief(truth, 512, 2.0))
    assert sd == pytest.approx(0.1)


def test_the_ends_of_the_axes_and_values_that_are_not_finite() -> None:
    x = belief(np.array([[0.0, 191.5, 50.0]]), 384, 5.0)
    y = belief(np.array([[255.5, 0.0, 50.0]]), 512, 5.0)
    y[0, 2, 7] = np.nan
    position, confidence, sd = decode_simcc(x, y)
    assert position[0, :2] == pytest.approx(np.array([[0, 255.5], [191.5, 0]]), abs=1e-6)
    assert np.isnan(position[0, 2]).all()
    assert confidence[0, 2] == 0
    assert np.isnan(sd[0, 2])


def test_flat_outputs_have_a_large_spread() -> None:
    _, _, sd = decode_simcc(np.full((1, 1, 384), 0.1), np.full((1, 1, 512), 0.1))
    assert sd[0, 0] > 40


def test_a_wrong_shape_is_told() -> None:
    with pytest.raises(InputError, match=r"\(2, 17, 384\) and \(2, 16, 512\)"):
        decode_simcc(np.zeros((2, 17, 384)), np.zeros((2, 16, 512)))
