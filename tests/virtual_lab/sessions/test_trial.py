"""Who makes a trial and how: one person whatever else is asked, habits kept, chance from trial to trial."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import InputError
from kinelab.virtual_lab.motion.movement import Movement
from kinelab.virtual_lab.motion.mover import Mover
from kinelab.virtual_lab.sessions.design import LabDesign, Task
from kinelab.virtual_lab.sessions.trial import (
    TrialPlan,
    check_design,
    perform,
    person_name,
    person_of,
    plan_trials,
    shape_and_looks,
    trial_folder,
)

FIRST = TrialPlan(0, 0, 0, 0)


def test_a_person_is_the_same_whatever_else_is_asked() -> None:
    few, many = LabDesign(people=1, seed=4), LabDesign(people=50, seed=4, tasks=(Task("run"),), days=3)
    assert person_of(few, 0).shape == person_of(many, 0).shape
    assert person_of(few, 0).looks == person_of(many, 0).looks
    assert person_of(few, 0).shape != person_of(replace(few, seed=5), 0).shape
    assert (person_of(few, 0).shape, person_of(few, 0).looks) == shape_and_looks(few, 0)


def test_where_trials_lie() -> None:
    design = LabDesign(
        people=2, days=2, tasks=(Task("walk", trials=2), Task("walk", pattern="crouch"), Task("walk"))
    )
    folders = [trial_folder(design, plan) for plan in plan_trials(design)]
    assert len(folders) == len(set(folders)) == 2 * 2 * 4
    assert folders[:4] == [
        "V0001/day1/walk_1_01", "V0001/day1/walk_1_02", "V0001/day1/walk_crouch_01", "V0001/day1/walk_2_01"
    ]  # fmt: skip
    motion = LabDesign(tasks=(Task("motion", motion_file=Path("my clip.v2.bvh")),))
    assert trial_folder(motion, FIRST) == "V0001/my_clip_v2_01"
    assert person_name(99_999) == "V100000"


def test_trials_differ_and_the_habit_stays() -> None:
    design = LabDesign(tasks=(Task("walk", trials=2, duration_s=1.0),), seed=1)
    person = person_of(design, 0)
    first, second = (perform(design, TrialPlan(0, 0, 0, trial), person, 50) for trial in (0, 1))
    again = perform(design, FIRST, person, 50)
    np.testing.assert_array_equal(first.coordinates, again.coordinates)
    assert not np.allclose(first.coordinates, second.coordinates)
    assert first.labels["speed_mps"] == second.labels["speed_mps"]


def test_a_minute_of_walking_goes_on_past_fifty_metres() -> None:
    """The pelvis' own range ends at 50 m: 38 s of walking, after which legs used to be torn off."""
    design = LabDesign(tasks=(Task("walk", duration_s=60.0),), seed=0)
    walked = perform(design, FIRST, person_of(design, 0), 25)
    assert walked.coordinates[-1, walked.mover.column("pelvis_tx")] > 60
    for angle, fastest_deg in (("pelvis_rotation", 10), ("pelvis_tilt", 10), ("hip_flexion_r", 25)):
        assert np.abs(np.diff(walked.angle_deg(angle))).max() < fastest_deg


def test_on_another_day_a_water_runner_is_a_little_different() -> None:
    design = LabDesign(days=2, tasks=(Task("water_run", duration_s=1.0, trials=2),), seed=1)
    person = person_of(design, 0)
    strides = [
        float(perform(design, TrialPlan(0, day, 0, trial), person, 50).labels["strides_per_min"])
        for day in (0, 1)
        for trial in (0, 1)
    ]
    assert strides[0] == strides[1]
    assert strides[2] == strides[3]
    assert 0 < abs(strides[2] - strides[0]) < 8  # 4 SD of what days differ by


def test_pattern_dose_and_share() -> None:
    task = Task("walk", duration_s=0.5, pattern="stiff_knee", dose=(0.3, 0.6))
    doses = []
    for share in (1.0, 0.0):
        design = LabDesign(people=4, tasks=(replace(task, share=share),), seed=2)
        for person in range(4):
            made = perform(design, TrialPlan(person, 0, 0, 0), person_of(design, person), 50)
            assert made.labels["pattern"] == "stiff_knee"
            assert made.labels["affected"] in ("left", "right")
            doses.append(float(made.labels["dose"]))
    assert all(0.3 <= dose <= 0.6 for dose in doses[:4])
    assert len(set(doses[:4])) == 4
    assert doses[4:] == [0.0] * 4


def test_recorded_motion_is_cut_to_the_time_asked_for(tmp_path: Path) -> None:
    (tmp_path / "clip.bvh").write_text("")
    asked: list[tuple[Path, float | None]] = []
    plain = LabDesign(tasks=(Task("squat"),))
    squat = perform(plain, FIRST, person_of(plain, 0), 50)

    def read(path: Path, mover: Mover, rate_hz: float | None = None) -> Movement:
        asked.append((path, rate_hz))
        return squat

    whole = LabDesign(tasks=(Task("motion", motion_file=tmp_path / "clip.bvh"),))
    short = replace(whole, tasks=(replace(whole.tasks[0], duration_s=0.6),))
    assert perform(whole, FIRST, person_of(whole, 0), 50, read).time.n == squat.time.n
    assert perform(short, FIRST, person_of(short, 0), 50, read).time.n == 30
    assert asked == [(tmp_path / "clip.bvh", 50)] * 2


def test_on_a_treadmill_people_stay_in_place_with_the_same_angles() -> None:
    ground = LabDesign(tasks=(Task("walk", duration_s=4.0),))
    belt = replace(ground, tasks=(replace(ground.tasks[0], treadmill=True),))
    person = person_of(ground, 0)
    walked, stayed = (perform(design, FIRST, person, 50) for design in (ground, belt))
    pelvis = person.mover.model.body_index("pelvis")
    way_m = np.ptp(walked.placement.position_m[:, pelvis, 0])
    assert way_m > 3
    assert np.ptp(stayed.placement.position_m[:, pelvis, 0]) < 0.3
    assert float(stayed.labels["belt_mps"]) == pytest.approx(way_m / 4.0, rel=0.05)
    np.testing.assert_array_equal(stayed.angle_deg("knee_angle_r"), walked.angle_deg("knee_angle_r"))


@pytest.mark.parametrize(
    ("design", "message"),
    [
        (LabDesign(population="giants"), "no population 'giants'; there are adults"),
        (LabDesign(tasks=(Task("fly"),)), "no movement 'fly'; there are walk, run"),
        (LabDesign(tasks=(Task("walk", pattern="limp"),)), "no pattern 'limp'; there are stiff_knee"),
        (LabDesign(tasks=(Task("run", pattern="crouch"),)), "pattern 'crouch' alters walking, not 'run'"),
        (
            LabDesign(tasks=(Task("squat", treadmill=True),)),
            "nobody does 'squat' on a treadmill; walk and run are",
        ),
        (LabDesign(tasks=(Task("m", motion_file=Path("none.bvh")),)), r"none\.bvh: there is no such motion"),
    ],
)
def test_names_that_do_not_exist(design: LabDesign, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_design(design)
