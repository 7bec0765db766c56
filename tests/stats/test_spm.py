"""Tests of curves against spm1d, brute force and noise without an effect."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.signals.filters import low_pass
from kinelab.stats import spm
from kinelab.stats.random_field import field_threshold, largest_p
from kinelab.stats.spm import CurveTest, one_sample, paired, two_samples


def curves(n: int, seed: float, bump: float = 0.0) -> Array:
    """(n, 101) smooth curves by a formula, so that any program can make the same; a bump at 40 %."""
    x, k = np.arange(101) / 100, np.arange(n)[:, None] + 1
    y = np.sin(2 * np.pi * x + seed + 0.7 * k)
    y = y + 0.6 * np.cos(6 * np.pi * x * (1 + 0.1 * np.sin(k)) + 1.3 * k + seed)
    y = y + 0.3 * np.sin(14 * np.pi * x + 2.1 * k * k + seed)
    return np.asarray(y + bump * np.exp(-(((x - 0.4) / 0.1) ** 2)))


A, B = curves(8, 0.3, 1.6), curves(10, 1.1)
# spm1d 0.4.55 (Pataky), two-tailed inference at 0.05, interpolated ends: df, fwhm, zstar, (start, stop), p.
SPM1D = {
    "two samples": (16, 12.267886433258989, 3.62288754656342, (39.22690531, 46.79466278), 0.006758234948852),
    "paired": (7, 12.30382198572607, 4.913724558031232, (35.09689833, 47.96964012), 1.4635990974731783e-06),
    "one sample": (
        7,
        12.21645237144335,
        4.920950422277372,
        (38.69328715, 45.91956539),
        0.0017755291973586829,
    ),
}


@pytest.mark.parametrize("kind", SPM1D)
def test_random_field_theory_is_as_spm1d_says(kind: str) -> None:
    found = {
        "two samples": two_samples(A, B, by="random field"),
        "paired": paired(A, B[:8], by="random field"),
        "one sample": one_sample(A, by="random field"),
    }[kind]
    df, fwhm, threshold, ends, p = SPM1D[kind]
    assert (found.kind, found.df, found.permutations) == (kind, df, 0)
    assert found.fwhm == pytest.approx(fwhm, rel=1e-9)
    assert found.threshold == pytest.approx(threshold, abs=1e-6)
    (cluster,) = found.clusters
    assert (cluster.start, cluster.stop) == pytest.approx(ends, abs=1e-6)
    assert cluster.p == pytest.approx(p, abs=1e-6)
    assert cluster.sign == 1


def test_t_of_each_point_is_students() -> None:
    """scipy's own, as an oracle."""
    from scipy import stats

    assert two_samples(A, B, by="random field").t == pytest.approx(stats.ttest_ind(A, B).statistic)
    assert paired(A, B[:8], by="random field").t == pytest.approx(stats.ttest_rel(A, B[:8]).statistic)
    assert one_sample(A, by="random field").t == pytest.approx(stats.ttest_1samp(A, 0).statistic)


def test_permutation_is_the_distribution_of_the_largest_by_brute_force() -> None:
    y = A[:6] - B[:6]
    largest = []
    for signs in product((1, -1), repeat=6):
        flipped = np.array(signs)[:, None] * y
        largest.append(np.abs(flipped.mean(0) / (flipped.std(0, ddof=1) / np.sqrt(6))).max())
    found = paired(A[:6], B[:6])
    assert (found.permutations, found.exact) == (64, True)
    observed = np.abs(found.t).max()
    assert found.p == pytest.approx(np.mean(np.array(largest) >= observed - 1e-9))
    assert np.mean(np.array(largest) > found.threshold + 1e-9) <= 0.05
    assert np.mean(np.array(largest) > found.threshold - 1e-9) > 0.05
    rng = np.random.default_rng(8)
    for _ in range(40):  # a curve that is at the threshold itself is not beyond it
        noise = one_sample(rng.normal(1.0, 1.0, (6, 1)) + 1e-3 * rng.normal(size=(6, 11)))
        assert noise.different == (noise.p <= 0.05)
        assert all(c.p <= 0.05 for c in noise.clusters)


def test_permutation_is_spm1ds_where_half_of_the_orders_are_taken_as_it_does() -> None:
    """spm1d 0.4.55, two-tailed inference at 0.05, all permutations: 4.695... and 3.550..."""
    signs = spm._signs(A, 256, 0).largest
    assert np.quantile(signs[:128], 0.95) == pytest.approx(4.695021697807175, rel=1e-12)
    labels = spm._labels(8, np.concatenate([A, B]), 43758, 0).largest
    assert np.quantile(labels[: 43758 // 2], 0.95) == pytest.approx(3.5504940181359084, rel=1e-12)
    # All of them, and a value that is among them.
    assert one_sample(A).threshold == pytest.approx(4.716220922125633, rel=1e-12)
    assert np.quantile(labels, 0.95) == pytest.approx(3.5316723240507883, rel=1e-12)


def test_labels_are_exchanged_between_different_people() -> None:
    exact = two_samples(A[:6], B[:5])
    assert (exact.permutations, exact.exact, exact.df) == (462, True, 9)
    drawn = two_samples(A[:6], B[:5], most=300, seed=1)
    assert (drawn.permutations, drawn.exact) == (300, False)
    assert drawn.threshold == pytest.approx(exact.threshold, rel=0.15)
    assert two_samples(B[:5], A[:6]).t == pytest.approx(-exact.t)


def smooth_noise(rng: np.random.Generator, n: int) -> Array:
    return np.asarray(low_pass(rng.normal(size=(161, n)), 100.0, 6.0).values[30:131].T)


@pytest.mark.parametrize("by", ["permutation", "random field"])
def test_noise_without_an_effect_passes_the_threshold_in_one_of_twenty(by: str) -> None:
    rng = np.random.default_rng(5)

    def once() -> CurveTest:
        return one_sample(smooth_noise(rng, 9), by="permutation" if by == "permutation" else "random field")

    times = 120 if by == "permutation" else 400
    assert np.mean([once().different for _ in range(times)]) == pytest.approx(0.05, abs=0.035)


def test_a_planted_difference_is_found_where_it_is() -> None:
    rng = np.random.default_rng(2)
    bump = 2 * np.exp(-(((np.arange(101) - 60) / 6) ** 2))
    found = paired(smooth_noise(rng, 12) - bump, smooth_noise(rng, 12))
    assert found.different
    assert all(45 < c.start < c.stop < 75 and c.sign == -1 and c.peak_t < 0 for c in found.clusters)


def test_separate_points_are_the_limit_of_rough_curves() -> None:
    """With no smoothness Bonferroni's threshold is the sharper one, and is taken."""
    from scipy.stats import t

    assert field_threshold(0.025, 10, 101, 0.5) == pytest.approx(t.isf(0.025 / 101, 10), rel=1e-6)
    assert field_threshold(0.025, 10, 101, 50.0) < t.isf(0.025 / 101, 10)
    assert largest_p(field_threshold(0.025, 10, 101, 20.0), 10, 101, 20.0) == pytest.approx(0.025)


def test_refusals() -> None:
    with pytest.raises(InputError, match=r"5 curves allow 32 permutations.*never below 0\.0625"):
        one_sample(A[:5])
    with pytest.raises(
        InputError, match=r"a has shape \(8, 101\), b \(10, 101\); pairs need the same people"
    ):
        paired(A, B)
    with pytest.raises(InputError, match="b 50; they must be alike"):
        two_samples(A, B[:, :50])
    gap = A.copy()
    gap[2, 5] = np.nan
    with pytest.raises(InputError, match="curve 2 of curves has a gap"):
        one_sample(gap)
    with pytest.raises(InputError, match="at point 0 all curves are alike"):
        one_sample(np.ones((8, 101)))
    with pytest.raises(InputError, match=r"expected \(3 curves or more, 3 points or more\)"):
        one_sample(A[0])
