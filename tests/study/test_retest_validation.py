"""Cronin's design on virtual runners: the errors that are told apart, the page, and the whole path once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.timebase import Timebase
from kinelab.keypoints.projects.project import Project
from kinelab.keypoints.projects.training_set import TrainingSet
from kinelab.keypoints.transfer.evaluation import Evaluation
from kinelab.learning.splits import given_split
from kinelab.study.cycles import cycles
from kinelab.study.retest_errors import angle_errors_of, compared
from kinelab.study.retest_lab import RetestDesign, Runners
from kinelab.study.retest_reliability import Days
from kinelab.study.retest_sessions import Session
from kinelab.study.retest_validation import markdown

PEOPLE = 40
BETWEEN, WITHIN, SHARED, OWN, BIAS = 8.0, 2.0, 3.0, 1.5, 2.5  # deg


def session(hip_deg: float) -> Session:
    """A hip that flexes once in 0.9 s from 0 to its largest angle, and a knee like it."""
    time = Timebase(50.0, 300)
    wave = 0.5 * (1 + np.cos(2 * np.pi * time.time_s / 0.9))
    angle = np.stack([hip_deg * wave, 90 * wave], axis=1)
    made = Kinematics(
        ("hip_flexion_r", "knee_angle_r"), time, angle, np.full(angle.shape, 1.0), np.ones(angle.shape, bool),
        provenance=Provenance(synthetic=True),
    )  # fmt: skip
    return Session(made, cycles(made))


@pytest.fixture(scope="module")
def planted() -> tuple[dict[str, Days], dict[str, Days]]:
    """Tracked and exact: an error that both days of a person share, one of each day, and one of everybody."""
    rng = np.random.default_rng(0)
    tracked: dict[str, Days] = {}
    exact: dict[str, Days] = {}
    for i in range(PEOPLE):
        hip = 70 + BETWEEN * rng.normal() + WITHIN * rng.normal(size=2)
        found = hip + BIAS + SHARED * rng.normal() + OWN * rng.normal(size=2)
        exact[f"V{i:02d}"] = session(hip[0]), session(hip[1])
        tracked[f"V{i:02d}"] = session(found[0]), session(found[1])
    return tracked, exact


def test_the_networks_part_is_told_from_the_runners(planted: tuple[dict[str, Days], dict[str, Days]]) -> None:
    hip = next(row for row in compared(*planted) if row.tracked.quantity == "Hip range of motion")
    assert hip.exact.sem_within.sem == pytest.approx(WITHIN, rel=0.25)
    assert hip.sem_error.sem == pytest.approx(OWN, rel=0.25)  # what both days share adds nothing
    assert hip.tracked.sem_within.sem == pytest.approx(np.hypot(WITHIN, OWN), rel=0.25)
    assert hip.bias == pytest.approx(BIAS, abs=4 * SHARED / np.sqrt(PEOPLE))
    assert hip.rmse == pytest.approx(np.sqrt(BIAS**2 + SHARED**2 + OWN**2), rel=0.25)
    assert hip.exact.icc_a1.value == pytest.approx(BETWEEN**2 / (BETWEEN**2 + WITHIN**2), abs=0.07)


def test_frame_errors_are_those_of_a_scaled_wave(planted: tuple[dict[str, Days], dict[str, Days]]) -> None:
    tracked, exact = planted
    hip, knee = angle_errors_of(tracked, exact, ["V00", "V01"])
    days = [(tracked[name][d], exact[name][d]) for name in ("V00", "V01") for d in (0, 1)]
    scale = np.array([np.ptp(t.kinematics.of("hip_flexion_r")) - np.ptp(e.kinematics.of("hip_flexion_r"))
                      for t, e in days])  # fmt: skip
    assert hip.name == "hip_flexion_r"
    assert hip.bias_deg == pytest.approx(scale / 2, abs=0.05 * np.abs(scale).max())
    assert hip.rmse_deg == pytest.approx(np.abs(scale) * np.sqrt(3 / 8), rel=0.03)  # of (1 + cos) / 2
    assert np.abs(knee.rmse_deg).max() == 0


def test_who_has_no_tracked_strides_is_not_in_the_exact_row_either(
    planted: tuple[dict[str, Days], dict[str, Days]],
) -> None:
    tracked, exact = planted
    fewer = {name: tracked[name] for name in list(tracked)[1:]}
    rows = compared(fewer, exact)
    assert {row.exact.people for row in rows} == {tuple(fewer)}
    assert [row.exact.icc for row in rows] == [
        row.exact.icc for row in compared(fewer, {name: exact[name] for name in fewer})
    ]


def evaluation() -> Evaluation:
    """Two labelled frames of V00 and V01, one landmark, 2 px off in the second, which was tested."""
    frames = TrainingSet(
        ("knee",), (0,), (Path("a.png"), Path("b.png")), ("a", "b"), ("V00", "V01"), np.array([0, 0]),
        np.full((2, 1, 2), 10.0), np.ones((2, 1), np.uint8), np.full(2, 4.0), np.full((2, 2), 64), True,
    )  # fmt: skip
    predicted = np.array([[[10.0, 10.0]], [[12.0, 10.0]]])
    ones = np.ones((2, 1))
    return Evaluation(frames, given_split(2, [0], [1]), predicted, ones, ones)


def test_the_page_sets_the_paper_beside_it(planted: tuple[dict[str, Days], dict[str, Days]]) -> None:
    tracked, exact = planted
    project, untaught = Project("p", ("knee",)), frozenset(list(exact)[30:])
    runners = Runners(tracked, exact, (), (0.0, 0.0, 0.3), project, evaluation(), untaught)
    page = markdown(RetestDesign(people=PEOPLE), runners, quick=False)
    assert page.startswith("Synthetic data: 40 virtual people run in deep water on two days")
    assert "frames of 30 people and was tested on 1 frames of the other 10" in page
    assert "| network against label, mean | below 3 px, about 1 cm | 2.0 px, 0.8 cm, unseen people |" in page
    assert "| correlation of the days, means of strides | 0.90 to 0.97 | 0." in page
    hip = next(row for row in compared(tracked, exact) if row.tracked.quantity == "Hip range of motion")
    assert f"| Hip range of motion | deg | 40 | {hip.tracked.icc_a1.value:.2f} |" in page
    assert "| Knee | never seen | 10 | 0.0 | 0.0 | 0.0 |" in page
    assert "in 10.0 % of all frames the far leg's knee" in page
    assert "of 2 of 3 days, on 30 % of the worst day's" in page
    strides = sum(int(day.strides.used.sum()) for days in exact.values() for day in days)
    assert f"{strides} of {strides} strides are left" in page
    alone = markdown(RetestDesign(), replace(runners, tracked={}, left_out=("V00",)), quick=True)
    assert "Only the path was tried (--quick)" in alone
    assert "Left out, for a day without one whole stride: V00." in alone
    assert "| Hip range of motion | deg | 40 |" in alone
