"""The learning curve of the reproduction: error against the number of people learnt from (Fig. 4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kinelab.core.checks import Array
from kinelab.errors import InputError
from kinelab.files.tables import write_csv
from kinelab.inertial.networks.evaluation import judge, rmse_by_person
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.stats.plateau import Decay, fit_decay
from kinelab.stats.rm_anova import Effect, rm_anova
from kinelab.study.rapp2021_data import Cohort, Fold, trials
from kinelab.study.rapp2021_networks import Settings, network

LEVELS = (10, 50, 100, 200)
REPEATS = 5


@dataclass(frozen=True, eq=False)
class Power:
    """error = factor people^-exponent: a straight line on two logarithmic axes."""

    factor: float
    exponent: float

    def error(self, people: Array) -> Array:
        """At numbers of people, deg."""
        return np.asarray(self.factor * np.asarray(people, np.float64) ** -self.exponent)

    def people_for(self, error_deg: float) -> float:
        """How many people that error needs; infinite where more people do not help."""
        return float((self.factor / error_deg) ** (1 / self.exponent)) if self.exponent > 0 else float("inf")


@dataclass(frozen=True, eq=False)
class Curve:
    """Of one joint: levels (L,) people, error (R, P, L, 3) deg by repeat, test person, level and angle."""

    joint: str
    levels: tuple[int, ...]
    error_deg: Array

    def mean(self, angle: int) -> Array:
        """(L,) over repeats and people."""
        return np.asarray(self.error_deg[..., angle].mean(axis=(0, 1)))

    def half_ci(self, angle: int) -> Array:
        """(L,) half the 95 % interval over repeats of the mean over people, as the paper draws it."""
        means = self.error_deg[..., angle].mean(axis=1)
        if len(means) < 2:
            return np.zeros(len(self.levels))
        from scipy.stats import t as student_t

        return np.asarray(
            student_t.ppf(0.975, len(means) - 1) * means.std(axis=0, ddof=1) / np.sqrt(len(means))
        )

    def anova(self, angle: int) -> Effect:
        """Do more people change the error? Repeated measures: each test person at each level."""
        return rm_anova(self.error_deg[..., angle].mean(axis=0), "people")

    def decay(self, angle: int) -> Decay | None:
        """An exponential with an asymptote; None with fewer than four levels or errors that do not fall."""
        return fit_decay(self.levels, self.mean(angle)) if len(self.levels) >= 4 else None

    def power(self, angle: int) -> Power:
        """The power law through the means, by least squares of logarithms."""
        return fit_power(np.array(self.levels, np.float64), self.mean(angle))


def fit_power(people: Array, error_deg: Array) -> Power:
    """The straight line through logarithms of people (L,) and errors (L,), two or more.

    Raises:
        InputError: fewer than two levels, or an error that is not positive.
    """
    if people.size < 2 or not (error_deg > 0).all():
        raise InputError(f"{people.size} levels with errors {error_deg}; a power law needs two, above 0")
    slope, start = np.polyfit(np.log(people), np.log(error_deg), 1)
    return Power(float(np.exp(start)), float(-slope))


def learning_curve(
    folder: Path,
    cohort: Cohort,
    joint: str,
    settings: Settings,
    repeats: int = REPEATS,
    tell: Callable[[str, int, int], None] = lambda *_: None,
) -> Curve:
    """Networks of one joint learnt from 10, 50, 100, 200 and all people, tested on those of the first fold.

    As published: augmented networks, aligned test sensors, neither optimisation nor pseudo-calibration;
    people are drawn anew for each repeat. Levels beyond the people there are, are left out. Each network is
    kept.
    """
    fold = cohort.folds[0]
    levels = tuple(sorted({n for n in LEVELS if n < len(fold.train)} | {len(fold.train)}))
    tested = list(trials(cohort.of(fold.test), joint, settings.sensors, settings.seed))
    error = np.empty((repeats, len(fold.test), len(levels), 3))
    for repeat in range(repeats):
        rng = np.random.default_rng([settings.seed, 4, repeat])
        order = [fold.train[i] for i in rng.permutation(len(fold.train))]
        for at, people in enumerate(levels):
            part = Fold(1000 * people + repeat, tuple(sorted(order[:people])), fold.test)
            own = replace(settings, seed=settings.seed + repeat)
            known = network(folder / "curve", cohort, part, joint, "augmented", own, tell)
            found = rmse_by_person(judge(JointPredictor(known, 1), tested))
            error[repeat, :, at] = [found[person] for person in fold.test]
    return Curve(joint, levels, error)


def write_curves(path: Path, curves: Sequence[Curve], angles: Sequence[str], *, synthetic: bool) -> None:
    """One row each joint, angle and level, with both fits and the analysis of variance."""
    import pandas as pd

    rows: list[Mapping[str, object]] = []
    for curve in curves:
        for k, angle in enumerate(angles):
            power, decay, effect = curve.power(k), curve.decay(k), curve.anova(k)
            for at, people in enumerate(curve.levels):
                rows.append(
                    {
                        "joint": curve.joint,
                        "angle": angle,
                        "people": people,
                        "repeats": len(curve.error_deg),
                        "rmse_mean_deg": curve.mean(k)[at],
                        "half_ci95_deg": curve.half_ci(k)[at],
                        "power_factor_deg": power.factor,
                        "power_exponent": power.exponent,
                        "decay_asymptote_deg": float("nan") if decay is None else decay.asymptote,
                        "anova_f": effect.f,
                        "anova_p_gg": effect.p_gg,
                    }
                )
    write_csv(pd.DataFrame(rows), path, synthetic=synthetic)
