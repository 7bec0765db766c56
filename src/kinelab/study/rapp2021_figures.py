"""What the reproduction's figures show, from scores and networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from kinelab.core.checks import Array
from kinelab.inertial.motions.placement import foot_contacts
from kinelab.inertial.networks.shipped import JointNetworks
from kinelab.inertial.refinement.closed_form import optimised_angles_deg
from kinelab.inertial.segment_motion import SegmentMotion
from kinelab.reports.figure_rapp2021 import (
    Learning,
    Method,
    draw_bias,
    draw_cycles,
    draw_distance,
    draw_learning,
)
from kinelab.reports.figure_style import save_figure
from kinelab.study.rapp2021_curve import Curve
from kinelab.study.rapp2021_data import Fold, Sensors, worn
from kinelab.study.rapp2021_paper import ANGLES
from kinelab.study.rapp2021_scores import Score, best_weight
from kinelab.study.rapp2021_scoring import CARD, Study, after_start
from kinelab.study.rapp2021_tables import errors_of

BIASES_DPS = (0.0, 0.2, 1.0)
_BEYOND = 10.0  # how far the fitted lines go on, over the most people tried


def save(figure: Figure, path: Path) -> None:
    """As PNG for people and as SVG for pages."""
    save_figure(figure, path.with_suffix(".svg"), png=True)


def cycles(study: Study, scores: Sequence[Score], joints: Sequence[str]) -> Figure:
    """Figure 3: one stride of the person whose calibrated error is nearest to the mean of all."""
    aligned = Sensors(study.settings.alignment)
    means = {joint: _flexion(scores, study.cohort.folds, joint) for joint in joints}
    people = set.intersection(*(set(errors) for errors in means.values()))
    apart = {
        person: sum(abs(errors[person] - np.mean(list(errors.values()))) for errors in means.values())
        for person in people
    }
    chosen = min(sorted(apart), key=lambda person: apart[person])
    (fold,) = [one for one in study.cohort.folds if chosen in one.test]
    motion, imu = worn(study.cohort.of({chosen})[0], aligned, study.settings.seed)
    first, last = _stride(motion)
    found: dict[str, tuple[Array, Array]] = {}
    for joint in joints:
        own = JointNetworks([study.network(fold, joint, "augmented")], CARD, threads=1).estimate(imu)
        later, gyr_radps = after_start(own[joint, "right"], imu)
        truth = motion.angles_deg(joint, "right")
        optimised = optimised_angles_deg(later, gyr_radps)
        lead = len(truth) - len(optimised)
        told = np.full_like(truth, np.nan)
        for k in range(3):
            others = [s for s in scores if (s.joint, s.angle, s.kind) == (joint, k, "augmented")]
            weight = best_weight([s for s in others if s.person not in fold.test] or others, calibrated=True)
            mixed = weight * later.angle_deg[:, k] + (1 - weight) * optimised[:, k]
            told[lead:, k] = mixed - np.nanmean(mixed) + np.nanmean(truth[lead:, k])
        found[joint] = (_percent(truth[first : last + 1]), _percent(told[first : last + 1]))
    title = f"{chosen}, {motion.trial}: true (grey) and predicted, optimised and pseudo-calibrated"
    return draw_cycles(found, ANGLES, title)


def learning(curves: Sequence[Curve]) -> Figure:
    """Figure 4."""
    joints = {}
    for curve in curves:
        people = np.array(curve.levels, np.float64)
        far = np.geomspace(people[0], _BEYOND * people[-1], 50)
        joints[curve.joint] = [
            Learning(angle, people, curve.mean(k), curve.half_ci(k), far, curve.power(k).error(far))
            for k, angle in enumerate(ANGLES)
        ]
    return draw_learning(joints, "Error of the network alone against people learnt from; dashed: power law")


def distance(scores: Sequence[Score], folds: Sequence[Fold], joints: Sequence[str]) -> Figure:
    """Figure 5: error of the optimised model before and after pseudo-calibration."""
    found: dict[str, dict[str, tuple[Array, Array, Array]]] = {}
    for joint in joints:
        found[joint] = {}
        for k, angle in enumerate(ANGLES):
            own = [s for s in scores if (s.joint, s.angle, s.kind) == (joint, k, "augmented")]
            before, after = (errors_of(own, folds, "optimised", calibrated=c)[0] for c in (False, True))
            mean = {p: float(np.mean([s.truth_mean for s in own if s.person == p])) for p in before}
            everyone = float(np.mean(list(mean.values())))
            away = np.array([abs(mean[p] - everyone) for p in before])
            found[joint][angle] = (
                away,
                np.array(list(before.values())),
                np.array([after[p] for p in before]),
            )
    return draw_distance(found, "Error against a person's distance from the mean; filled: pseudo-calibrated")


@dataclass(frozen=True, eq=False)
class BiasRow:
    """Flexion of one joint by one method at one bias: RMSE of people, deg, plain and pseudo-calibrated."""

    joint: str
    method: str
    bias_dps: float
    noise: bool
    people: int
    mean_deg: float
    sd_deg: float
    calibrated_deg: float
    calibrated_sd_deg: float


def bias_rows(study: Study, joints: Sequence[str], *, smoother: bool) -> list[BiasRow]:
    """Each method without sensor errors and with noise and each bias; w is learned as published, without."""
    clean = Sensors(study.settings.alignment)
    folds, rows = study.cohort.folds, []
    taught = {joint: _of_flexion(study.scores(joint, "augmented", clean), joint) for joint in joints}
    for sensors in (clean, *(Sensors(clean.alignment, 0.0, b, True) for b in BIASES_DPS)):
        smoothed = study.smoother_scores(sensors) if smoother else []
        for joint in joints:
            own = _of_flexion(study.scores(joint, "augmented", sensors), joint)
            for method, step, chosen in (
                ("network alone", "augmented", own),
                ("integration alone", "integration", own),
                ("paper's optimisation", "optimised", own),
                ("our smoother", "smoother", _of_flexion(smoothed, joint)),
            ):
                plain, calm = (
                    list(errors_of(chosen, folds, step, calibrated=c, learned_on=taught[joint])[0].values())
                    for c in (False, True)
                )
                if plain:
                    rows.append(
                        BiasRow(joint, method, sensors.bias_dps, sensors.noise, len(plain),
                                float(np.mean(plain)), _sd(plain), float(np.mean(calm)), _sd(calm))
                    )  # fmt: skip
    return rows


def bias(rows: Sequence[BiasRow], *, calibrated: bool) -> Figure:
    """Error against bias, with noise."""
    joints: dict[str, list[Method]] = {}
    for joint in dict.fromkeys(row.joint for row in rows):
        for method in dict.fromkeys(row.method for row in rows):
            own = [row for row in rows if (row.joint, row.method, row.noise) == (joint, method, True)]
            if own:
                mean = np.array([row.calibrated_deg if calibrated else row.mean_deg for row in own])
                sd = np.array([row.calibrated_sd_deg if calibrated else row.sd_deg for row in own])
                joints.setdefault(joint, []).append(Method(method, mean, sd))
    what = "pseudo-calibrated" if calibrated else "as it is"
    return draw_bias(
        np.array(BIASES_DPS), joints, f"Flexion against gyroscope bias, {what}; mean and SD of people"
    )


def _of_flexion(scores: Sequence[Score], joint: str) -> list[Score]:
    return [score for score in scores if score.joint == joint and score.angle == 0]


def _flexion(scores: Sequence[Score], folds: Sequence[Fold], joint: str) -> dict[str, float]:
    own = [score for score in _of_flexion(scores, joint) if score.kind == "augmented"]
    return errors_of(own, folds, "optimised", calibrated=True)[0]


def _stride(motion: SegmentMotion) -> tuple[int, int]:
    """First and last sample of the stride in the middle of a trial, of the right foot."""
    contacts = foot_contacts(motion, "r")
    middle = max(0, min(len(contacts) // 2, len(contacts) - 2))
    return int(contacts[middle]), int(contacts[min(middle + 1, len(contacts) - 1)])


def _percent(angle_deg: Array) -> Array:
    """(T, 3) at 0 to 100 % of its length, (101, 3)."""
    at = np.linspace(0, len(angle_deg) - 1, 101)
    return np.stack([np.interp(at, np.arange(len(angle_deg)), column) for column in angle_deg.T], axis=1)


def _sd(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
