"""The classifier against closed forms; every way to augment against one contract."""

from __future__ import annotations

import numpy as np
import pytest

from kinelab.core.events import SIDES
from kinelab.errors import InputError
from kinelab.patterns.adversarial import GanRecipe
from kinelab.patterns.augmenting import WAYS, Way, augmented
from kinelab.patterns.classifier import fit_classifier, loss_and_slope, softmax
from kinelab.patterns.gaussian import fit_gaussian
from kinelab.patterns.generator_training import fit_gans
from kinelab.patterns.stride_curves import HEALTHY, StrideCurves

RARE = "rare"
_PHASE = 2 * np.pi * np.linspace(0, 1, 101)


def people(healthy: int, rare: int, seed: int = 0, apart_deg: float = 12.0) -> StrideCurves:
    """Two legs a person; the rare group differs in one curve's second harmonic."""
    rng, count = np.random.default_rng(seed), healthy + rare
    waves = np.stack([np.cos(k * _PHASE) for k in range(4)])
    curves = rng.normal(0, 3, (2 * count, 9, 4)) @ waves
    curves[2 * healthy :, 6] += apart_deg * np.cos(2 * _PHASE)
    named = [f"p{i}" for i in range(count) for _ in SIDES]
    group = [HEALTHY] * 2 * healthy + [RARE] * 2 * rare
    return StrideCurves(curves, named, named, SIDES * count, group, np.zeros(2 * count, bool))


@pytest.fixture(scope="module")
def few() -> StrideCurves:
    return people(20, 3)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_gives_each_group_the_same_say_and_marks_what_it_made(way: Way, few: StrideCurves) -> None:
    fitted = fit_gaussian(few) if way in ("gaussian", "gan") else None
    if way == "gan":
        fitted = fit_gans([few], GanRecipe(steps=3, hidden=8, batch=8))[0]
    whole, weight = augmented(few, way, fitted)
    say = [weight[whole.of_group(name)].sum() for name in (HEALTHY, RARE)]
    if way == "none":
        assert say == [40, 6]
    else:
        assert say[0] == pytest.approx(say[1])
    kept = whole.chosen(~whole.synthetic)
    assert (kept.curves_deg == few.curves_deg).all()
    made = whole.chosen(whole.synthetic)
    assert set(made.group) <= {RARE}
    assert made.n == (0 if way in ("none", "weighted") else 34)
    assert (augmented(few, way, fitted)[0].curves_deg == whole.curves_deg).all()


def test_jitter_moves_each_curve_by_about_as_much_as_a_marker_put_on_anew(few: StrideCurves) -> None:
    whole, _ = augmented(few, "jitter")
    made = whole.curves_deg[whole.synthetic]
    own = few.curves_deg[few.of_group(RARE)]
    away = np.abs(made[:, None] - own[None]).mean(axis=(2, 3)).min(axis=1)
    assert 0.5 < away.mean() < 4
    moved = (made.mean(axis=2)[:, None] - own.mean(axis=2)[None]).reshape(-1, 9)
    assert moved.std() > 1
    # the stride still closes
    assert made[..., 0] == pytest.approx(made[..., -1], abs=1e-9)


def test_mixup_lies_between_two_strides_of_the_group(few: StrideCurves) -> None:
    whole, _ = augmented(few, "mixup")
    made, own = whole.curves_deg[whole.synthetic], few.curves_deg[few.of_group(RARE)]
    assert (made >= own.min(axis=0) - 1e-9).all()
    assert (made <= own.max(axis=0) + 1e-9).all()


def test_refuses_synthetic_strides_and_ways_without_their_generator(few: StrideCurves) -> None:
    with pytest.raises(InputError, match="gan needs a generator of that kind"):
        augmented(few, "gan", fit_gaussian(few))
    with pytest.raises(InputError, match="gaussian needs a generator"):
        augmented(few, "gaussian")
    with pytest.raises(InputError, match="34 of 80 strides are synthetic, and what is augmented"):
        augmented(augmented(few, "mixup")[0], "jitter")


class TestClassifier:
    def test_slope_is_that_of_finite_differences(self) -> None:
        rng = np.random.default_rng(0)
        x, y, share = rng.normal(size=(9, 4)), rng.integers(3, size=9), rng.dirichlet(np.ones(9))
        flat = rng.normal(size=15)
        _, slope = loss_and_slope(flat, x, y, share, 3, 0.1)
        steps = 1e-6 * np.eye(15)
        up, down = (
            np.array([loss_and_slope(flat + sign * h, x, y, share, 3, 0.1)[0] for h in steps])
            for sign in (1, -1)
        )
        assert slope == pytest.approx((up - down) / 2e-6, abs=1e-8)

    def test_without_any_difference_it_tells_the_share_of_each_group(self) -> None:
        """Closed form: with labels drawn regardless of curves the bias alone counts, ln of the shares."""
        own = people(60, 20, apart_deg=0.0)
        model = fit_classifier(own, np.ones(own.n), (HEALTHY, RARE), ridge=1e6)
        assert model.probability(own.curves_deg) == pytest.approx(np.tile([0.75, 0.25], (own.n, 1)), abs=1e-3)
        alike = fit_classifier(own, np.where(own.of_group(RARE), 3.0, 1.0), (HEALTHY, RARE), ridge=1e6)
        assert alike.probability(own.curves_deg)[:, 1] == pytest.approx(0.5, abs=1e-3)

    def test_tells_new_people_apart(self) -> None:
        known, new = people(30, 30), people(20, 20, seed=7)
        likely = fit_classifier(known, np.ones(known.n), (HEALTHY, RARE)).probability(new.curves_deg)
        assert likely.sum(axis=1) == pytest.approx(1)
        assert ((likely[:, 1] > 0.5) == new.of_group(RARE)).mean() > 0.95

    def test_says_what_is_wrong(self, few: StrideCurves) -> None:
        with pytest.raises(InputError, match="strides of rare; the classifier is to know healthy"):
            fit_classifier(few, np.ones(few.n), (HEALTHY,))
        with pytest.raises(InputError, match="weights of 46 strides must be as many numbers"):
            fit_classifier(few, np.ones(3), (HEALTHY, RARE))

    def test_softmax_of_large_numbers(self) -> None:
        assert softmax(np.array([1000.0, 1000.0])) == pytest.approx([0.5, 0.5])
