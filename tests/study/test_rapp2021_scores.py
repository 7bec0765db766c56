"""Errors as moments, weights learned on other people, the paper's numbers, folds, and the learning curve."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from kinelab.errors import InputError
from kinelab.study.rapp2021_curve import Curve, fit_power, write_curves
from kinelab.study.rapp2021_data import Fold
from kinelab.study.rapp2021_paper import ANGLES, published
from kinelab.study.rapp2021_scores import Score, best_weight, moments, read_scores, write_scores
from kinelab.study.rapp2021_tables import cells, errors_of, frame_of, markdown

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pingouin

FOLDS = (Fold(0, ("c", "d"), ("a", "b")), Fold(1, ("a", "b"), ("c", "d")))


def pair(seed: int, n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Errors of a network and of its optimised angle, correlated, each with an offset."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n)
    return 3 + 2 * shared + rng.normal(size=n), -1 + shared + 0.3 * rng.normal(size=n)


def score(person: str, seed: int, joint: str = "knee", angle: int = 0, kind: str = "augmented") -> Score:
    return Score(
        person, "t", "right", joint, angle, kind, 0.0, 0.0, False, 40.0 + seed, *moments(*pair(seed))
    )


def test_moments_give_the_error_of_any_mixture() -> None:
    network, optimised = pair(0)
    told = score("a", 0)
    for w in (0.0, 0.3, 1.0):
        mixed = w * network + (1 - w) * optimised
        assert told.rmse(w, calibrated=False) == pytest.approx(np.sqrt((mixed**2).mean()), rel=1e-12)
        assert told.rmse(w, calibrated=True) == pytest.approx(mixed.std(), rel=1e-12)
    gaps = network.copy()
    gaps[::7] = np.nan
    left = np.isfinite(gaps)
    assert moments(gaps, optimised) == pytest.approx(moments(network[left], optimised[left]), rel=1e-12)


@pytest.mark.parametrize("calibrated", [False, True])
def test_the_weight_is_the_best_one(calibrated: bool) -> None:
    scores = [score("a", seed) for seed in range(4)]

    def square(w: float) -> float:
        return sum(one.rmse(w, calibrated=calibrated) ** 2 for one in scores)

    found = minimize_scalar(square, bounds=(0, 1), method="bounded", options={"xatol": 1e-9})
    assert best_weight(scores, calibrated=calibrated) == pytest.approx(found.x, abs=1e-6)
    assert best_weight([], calibrated=True) == 1.0


def test_weights_come_from_the_other_people() -> None:
    scores = [score(person, seed) for seed, person in enumerate("abcd")]
    errors, weight = errors_of(scores, FOLDS, "optimised", calibrated=False)
    own = best_weight([s for s in scores if s.person in "cd"], calibrated=False)
    other = best_weight([s for s in scores if s.person in "ab"], calibrated=False)
    assert errors["a"] == pytest.approx(scores[0].rmse(own, calibrated=False))
    assert errors["d"] == pytest.approx(scores[3].rmse(other, calibrated=False))
    assert weight == pytest.approx((own + other) / 2)
    alone = errors_of(scores[:2], (Fold(0, ("c",), ("a", "b")),), "optimised", calibrated=False)[0]
    assert alone["a"] == pytest.approx(
        scores[0].rmse(best_weight(scores[1:2], calibrated=False), calibrated=False)
    )
    assert errors_of(scores, FOLDS, "integration", calibrated=True)[0]["b"] == pytest.approx(pair(1)[1].std())


def test_the_table_has_every_cell_with_the_papers_beside(tmp_path: Path) -> None:
    scores = [
        score(person, 10 * k + angle, "knee", angle, kind)
        for k, person in enumerate("abcd")
        for angle in range(3)
        for kind in ("baseline", "augmented", "smoother")
    ]
    found = cells(scores, FOLDS, "running")
    assert len(found) == 2 * 5 * 3
    frame = frame_of(found)
    row = frame.query("step == 'optimised' and pseudo_calibrated == 1 and angle == 'flexion'").iloc[0]
    assert (row.paper_mean_deg, row.paper_sd_deg, row.people) == (1.27, 0.38, 4)
    text = markdown(found)
    assert "| + optimisation, calibrated |" in text
    assert "(1.27)" in text
    assert "smoother (ours)" in text
    write_scores(tmp_path / "s.csv", scores, synthetic=True)
    assert read_scores(tmp_path / "s.csv") == scores


def test_the_papers_numbers_are_where_they_belong() -> None:
    """Read off the paper's tables by hand, one or two of each."""
    assert published("walking", "baseline", "knee", 0) == (3.73, 1.64)
    assert published("walking", "optimised", "hip", 0, calibrated=True) == (0.67, 0.37)
    assert published("running", "augmented", "hip", 2) == (5.17, 2.70)
    assert published("running", "optimised", "ankle", 2, calibrated=True) == (1.78, 1.07)
    assert published("running", "baseline", "knee", 0, misplaced=True) == (7.56, 4.03)
    assert published("running", "augmented", "ankle", 2, misplaced=True) == (4.60, 2.67)
    assert published("walking", "optimised", "knee", 0, misplaced=True) is None
    assert published("walking", "baseline", "shoulder", 0) is None


def curve(repeats: int = 3, people: int = 12) -> Curve:
    """Errors that fall as 8 n^-0.25, with differences between people and draws."""
    rng = np.random.default_rng(1)
    levels = (10, 50, 100, 200, 336)
    exact = 8 * np.array(levels) ** -0.25
    error = exact[None, None, :, None] * np.exp(0.1 * rng.normal(size=(repeats, people, 5, 3)))
    return Curve("knee", levels, error * (1 + 0.2 * rng.normal(size=(1, people, 1, 1)) ** 2))


def test_a_power_law_is_found_and_tells_how_many_people_are_needed() -> None:
    people = np.array([10.0, 50, 100, 200])
    law = fit_power(people, 8 * people**-0.25)
    assert (law.factor, law.exponent) == pytest.approx((8, 0.25))
    assert law.people_for(1.0) == pytest.approx(4096)
    assert law.error(np.array([4096.0])) == pytest.approx(1)
    assert fit_power(people, 1 + 0 * people).people_for(0.5) > 1e6
    with pytest.raises(InputError, match="a power law needs two"):
        fit_power(people[:1], np.ones(1))


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pingouin's own
def test_the_analysis_of_variance_is_pingouins(tmp_path: Path) -> None:
    made = curve()
    effect = made.anova(0)
    table = made.error_deg[..., 0].mean(axis=0)
    frame = pd.DataFrame(
        [
            (person, level, table[person, at])
            for person in range(len(table))
            for at, level in enumerate(made.levels)
        ],
        columns=["person", "level", "error"],
    )
    oracle = pingouin.rm_anova(
        frame, dv="error", within="level", subject="person", correction=True, detailed=True
    )
    assert effect.f == pytest.approx(oracle.F[0], rel=1e-9)
    assert effect.p_gg < 1e-6
    assert made.half_ci(0).shape == (5,)
    assert made.power(0).exponent == pytest.approx(0.25, abs=0.05)
    write_curves(tmp_path / "c.csv", [made], ANGLES, synthetic=True)
    assert len(pd.read_csv(tmp_path / "c.csv")) == 15
