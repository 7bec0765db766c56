"""The figures of realism move when what they measure is wrong: gait, pace, feet, patterns, people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.core.checks import Array
from kinelab.core.timebase import Timebase
from kinelab.study import lab_truth_feet, lab_truth_gait, lab_truth_pace, lab_truth_patterns, lab_truth_people
from kinelab.study.lab_truth_feet import Steps, bearing
from kinelab.study.lab_truth_gait import CURVES, CURVES_FILE, compare, healthy_curves, walkers
from kinelab.study.lab_truth_pace import NORMS_FILE, beside_norms, exponent, paced, read_norms
from kinelab.study.lab_truth_patterns import SIGNS, signs_of
from kinelab.study.lab_truth_people import Misfit, misfit
from kinelab.virtual_lab.motion.floor_report import floor_report
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import default_mover
from kinelab.virtual_lab.motion.patterns import PATTERN_NAMES
from kinelab.virtual_lab.people.looks import Looks
from kinelab.virtual_lab.people.shape import Shape
from kinelab.virtual_lab.sessions.design import LabDesign

MOVER = default_mover(1.75)


def test_curves_three_sd_away_are_outside_everywhere() -> None:
    rng = np.random.default_rng(0)
    real: Array = 20 * np.sin(np.arange(101) / 16) + rng.normal(0, 4, (2000, 1))
    inside = compare(real[:200], real)
    assert inside.mean_pct == 100
    assert inside.healthy_pct == pytest.approx(95.4, abs=1.5)  # of a normal law within 2 SD
    away = compare(np.tile(real.mean(axis=0) + 12, (5, 1)), real)
    assert (away.mean_pct, away.each_pct, away.worst_pct) == (0, 0, 0)
    assert away.offset_deg == pytest.approx(12)
    marks = lab_truth_gait.describe(dict.fromkeys(CURVES, inside) | {"knee_angle": away}, 5).marks
    assert [mark.met for mark in marks] == [False, False]
    assert "knee_angle" in marks[0].found


@pytest.mark.shared
def test_healthy_adults_are_read_with_our_signs(shared_data: Path) -> None:
    curves = healthy_curves(shared_data / CURVES_FILE)
    assert all(curve.shape == (42, 101) for curve in curves.values())
    assert 55 < curves["knee_angle"].mean(axis=0).max() < 70  # in swing, flexion positive
    assert curves["pelvis_tilt"].mean() < -5  # forward is negative


@pytest.mark.shared
def test_the_published_range_is_that_of_the_persons_sex_and_age(shared_data: Path) -> None:
    ranges = read_norms(shared_data / NORMS_FILE)
    man = ranges["male", 30, 39]
    assert man["speed"] == pytest.approx((1.20, 1.59999))
    assert man["cadence"] == (98.5, 114.2)
    assert man["step length"] == pytest.approx((0.701, 0.832))
    walking = walkers(0, 3, 3.0)
    paces = [lab_truth_pace.Pace(plan, plan, plan, ()) for plan in [dict.fromkeys(man, 5.0)] * 3]
    assert not beside_norms(walking, paces, shared_data / NORMS_FILE)[1].met


def test_the_analysis_finds_the_pace_that_was_walked() -> None:
    walker = walkers(1, 1, 5.0)[0]
    pace = paced(walker)
    for name in ("speed", "cadence", "step length"):
        assert pace.found[name] == pytest.approx(pace.true[name], rel=0.02)
        assert pace.true[name] == pytest.approx(pace.planned[name], rel=0.08)
    assert sum(event.missed for event in pace.events) == 0
    assert exponent(walker) == pytest.approx(0.5, abs=0.05)


def standing(lifted_m: float = 0.0, drift_mps: float = 0.0) -> Movement:
    time = Timebase(100, 100)
    poses = np.tile(MOVER.standing, (time.n, 1))
    poses[:, MOVER.column("pelvis_ty")] += lifted_m
    poses[:, MOVER.column("pelvis_tx")] += drift_mps * time.time_s
    return Movement("stand", MOVER, time, poses)


def test_only_what_touches_the_floor_can_slide_on_it() -> None:
    dragged = standing(drift_mps=0.1)
    report = floor_report(dragged, bearing(dragged))
    assert report.slide_max_mm == pytest.approx(99, abs=0.1)
    low = standing(lifted_m=0.01, drift_mps=0.1)
    assert bearing(low) == []
    sunk = standing(lifted_m=-0.02)
    steps = [Steps(0, "stand", floor_report(moved, bearing(moved))) for moved in (dragged, sunk)]
    marks = lab_truth_feet.describe(steps).marks
    assert [mark.met for mark in marks] == [False, False]
    assert "worst 20.0 mm" in marks[0].found
    good = [Steps(0, "stand", floor_report(standing(), bearing(standing())))]
    assert [mark.met for mark in lab_truth_feet.describe(good).marks] == [True, True]


def test_every_pattern_has_a_sign_and_one_that_does_not_grow_is_told() -> None:
    assert set(SIGNS) == set(PATTERN_NAMES)
    found = np.array([signs_of(LabDesign(people=1, filming=None), 0, "crouch")])
    assert lab_truth_patterns.describe({"crouch": found}).marks[0].met
    still = np.tile(found[:, :1], (1, 3))
    mark = lab_truth_patterns.describe({"crouch": found, "drop_foot": still}).marks[0]
    assert not mark.met
    assert mark.found == "all but drop_foot"


def test_bodies_are_measured_again() -> None:
    found = misfit(Shape("female", 40, 1.62, 70))
    assert found.height_mm < 0.01
    assert found.joint_mm < 1e-3


def test_short_people_and_one_colour_of_skin_miss_their_marks() -> None:
    shapes = {"adults": [Shape(sex, 40, 1.60, 70) for sex in ("female", "male") for _ in range(5)]}
    part = lab_truth_people.describe(shapes, [Looks() for _ in range(50)], [Misfit(0.0, 3.0)])
    assert [mark.met for mark in part.marks] == [False, False, False]
    assert "at most 153.0 mm off" in part.marks[0].found
    assert "each of ten skin tones 0.0 to 100.0 %" in part.text
