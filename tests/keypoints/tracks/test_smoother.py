from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.errors import InputError
from kinelab.keypoints.tracks.smoother import smooth_track
from kinelab.signals.filters import low_pass

Make = Callable[..., Any]


def rms(found: np.ndarray, exact: np.ndarray) -> float:
    return float(np.sqrt(np.nanmean((found - exact) ** 2)))


def seen_by_a_network(exact: Keypoints, sd_px: float, wrong_share: float) -> tuple[Keypoints, np.ndarray]:
    """A track whose noise is as stated, differs from frame to frame, and is wrong at some points (T, K)."""
    rng = np.random.default_rng(1)
    sd = sd_px * np.exp(rng.normal(0, 0.5, exact.confidence.shape))
    wrong = rng.random(sd.shape) < wrong_share
    position = exact.position + sd[..., None] * rng.normal(size=exact.position.shape)
    position[wrong] += rng.normal(0, 40, (int(wrong.sum()), 2))
    return replace(exact, position=position, sd=sd), wrong


@pytest.fixture(scope="module")
def exact(walker: Make) -> Keypoints:
    keypoints: Keypoints = walker(rate_hz=50.0, duration_s=8.0).exact
    return keypoints


@pytest.mark.parametrize("sd_px", [0.5, 1.5, 3.0])
def test_better_than_the_raw_track_and_than_any_butterworth(exact: Keypoints, sd_px: float) -> None:
    raw, wrong = seen_by_a_network(exact, sd_px, 0.02)
    smooth = smooth_track(raw)
    error = rms(smooth.keypoints.position, exact.position)
    assert error < 0.2 * rms(raw.position, exact.position)
    # A Butterworth filter is given the truth's own outliers, and its best cut-off.
    cleaned = np.where(wrong[..., None], exact.position, raw.position)
    best = min(rms(low_pass(cleaned, 50.0, hz).values, exact.position) for hz in (3, 4, 5, 6, 8, 10))
    assert error < 0.85 * best
    assert (smooth.used & wrong).sum() < 0.1 * wrong.sum()
    assert (~smooth.used & ~wrong).sum() < 2e-3 * wrong.size


@pytest.mark.parametrize("lasting", [0.0, 0.5])
@pytest.mark.parametrize("sd_px", [0.5, 1.5, 3.0])
def test_its_sd_is_true(exact: Keypoints, sd_px: float, lasting: float) -> None:
    """Of noise that is new in each frame, and of noise half of which lasts into the next frame."""
    noise = np.random.default_rng(1).normal(0, 1, exact.position.shape)
    for t in range(1, exact.n):
        noise[t] = lasting * noise[t - 1] + np.sqrt(1 - lasting**2) * noise[t]
    sd = np.full(exact.confidence.shape, sd_px)
    smooth = smooth_track(replace(exact, position=exact.position + sd_px * noise, sd=sd))
    assert smooth.keypoints.sd is not None
    z = (smooth.keypoints.position - exact.position) / smooth.keypoints.sd[..., None]
    assert 0.87 < np.sqrt(np.nanmean(z**2)) < 1.15
    if not lasting:  # all of it was white, as stated
        assert np.median(smooth.flicker) == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("sd_px", [0.5, 1.5])
def test_its_sd_is_true_where_points_differ_and_some_are_wrong(exact: Keypoints, sd_px: float) -> None:
    smooth = smooth_track(seen_by_a_network(exact, sd_px, 0.02)[0])
    sd = smooth.keypoints.sd
    assert sd is not None
    z = (smooth.keypoints.position - exact.position) / sd[..., None]
    assert 0.85 < np.sqrt(np.nanmean(z**2)) < 1.15
    np.testing.assert_allclose(smooth.flicker, 1.0, atol=0.3)


def test_what_does_not_flicker_stays_in_the_sd(exact: Keypoints) -> None:
    # A network that is 3 px off all the time, says so, and flickers by 0.5 px only.
    position = exact.position + 3.0 + np.random.default_rng(0).normal(0, 0.5, exact.position.shape)
    smooth = smooth_track(replace(exact, position=position, sd=np.full(exact.confidence.shape, 3.0)))
    sd = smooth.keypoints.sd
    assert sd is not None
    assert np.nanmedian(sd) == pytest.approx(3.0, abs=0.2)
    assert np.nanmedian(smooth.flicker) == pytest.approx(0.5 / 3.0, abs=0.04)


def test_gaps_are_bridged_with_growing_sd(exact: Keypoints) -> None:
    raw, _ = seen_by_a_network(exact, 0.5, 0.0)
    position, sd = np.array(raw.position), np.full(exact.confidence.shape, 0.5)
    knee = GAIT_20.index("left_knee")
    for values in (position, sd):
        values[100:108, knee] = np.nan
        values[:5, knee] = np.nan
    holed = replace(raw, position=position, sd=sd, confidence=np.where(np.isnan(sd), np.nan, 0.9))
    smooth = smooth_track(holed)
    found = smooth.keypoints
    assert found.sd is not None
    assert smooth.bridged[100:108, knee].all()
    assert (found.confidence[100:108, knee] == 0).all()
    assert found.sd[103, knee] > 1.5 * found.sd[95, knee]
    assert found.sd[103, knee] > found.sd[100, knee]
    away = np.linalg.norm(found.position[100:108, knee] - exact.position[100:108, knee], axis=-1)
    assert (away < 3 * found.sd[100:108, knee]).all()
    assert np.isnan(found.position[:5, knee]).all()  # before the first sight nothing is claimed
    short = smooth_track(holed, longest_gap_s=0.1)
    assert np.isnan(short.keypoints.position[100:108, knee]).all()


def test_times_may_be_uneven(exact: Keypoints) -> None:
    rng = np.random.default_rng(3)
    rows = np.flatnonzero(rng.random(exact.n) < 0.6)
    some = replace(
        exact,
        time_s=exact.time_s[rows],
        position=exact.position[rows],
        confidence=exact.confidence[rows],
    )
    raw, _ = seen_by_a_network(some, 1.0, 0.0)
    assert rms(smooth_track(raw).keypoints.position, some.position) < 0.6 * rms(raw.position, some.position)


def test_without_sd_the_noise_is_found(exact: Keypoints) -> None:
    raw = replace(seen_by_a_network(exact, 1.0, 0.0)[0], sd=None)
    smooth = smooth_track(raw)
    # px: the root mean square of lognormal sds, exp(0.5^2) = 1.28, less its far tail, which is not used
    assert np.nanmedian(smooth.flicker) == pytest.approx(1.2, abs=0.15)
    assert rms(smooth.keypoints.position, exact.position) < 0.5 * rms(raw.position, exact.position)


def test_a_landmark_seen_seldom_stays_as_it_is() -> None:
    time_s = np.arange(40) / 30
    position = np.full((40, 2, 2), np.nan)
    position[:, 0] = np.stack([100 * time_s, 0 * time_s], axis=1)
    position[::10, 1] = 5.0
    confidence = np.where(np.isnan(position[..., 0]), np.nan, 0.9)
    sd = np.where(np.isnan(confidence), np.nan, 1.0)
    raw = Keypoints(Skeleton("two", ("a", "b")), time_s, position, confidence, sd=sd)
    smooth = smooth_track(raw)
    np.testing.assert_array_equal(smooth.keypoints.position[:, 1], position[:, 1])
    assert np.isnan(smooth.shake[1])
    assert smooth.keypoints.sd is not None
    np.testing.assert_array_equal(smooth.keypoints.sd[:, 1], sd[:, 1])


def test_points_in_space_are_refused() -> None:
    space = Keypoints(Skeleton("one", ("a",)), np.arange(3.0), np.zeros((3, 1, 3)), np.ones((3, 1)), unit="m")
    with pytest.raises(InputError, match="only tracks in a plane are smoothed"):
        smooth_track(space)
