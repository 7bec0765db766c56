"""The figures of exactness move when what they measure is wrong: angles, sensors, joint centres."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinelab.core.checks import Array
from kinelab.core.kinematics import Kinematics
from kinelab.core.timebase import Timebase
from kinelab.files import native
from kinelab.study import lab_truth_ik, lab_truth_sensors
from kinelab.study.lab_truth_ik import Recovered, recovered
from kinelab.study.lab_truth_sensors import Reading, drift_deg, path_error_m, turns_of_curve
from kinelab.study.lab_truth_silhouette import COVERED, INSIDE, MISSED, OUT_OF_IMAGE, states
from kinelab.virtual_lab.cameras.pinhole import look_at
from kinelab.virtual_lab.drawing.picture import Picture
from kinelab.virtual_lab.gravity import UPWARDS_MPS2
from kinelab.virtual_lab.motion.from_file import motion_from_file
from kinelab.virtual_lab.sensors.imu import SensorMotion
from kinelab.virtual_lab.sensors.placement import Mounting
from kinelab.virtual_lab.sessions.design import LabDesign, Marking, Task
from kinelab.virtual_lab.sessions.study_folder import make_trial
from kinelab.virtual_lab.sessions.trial import TrialPlan


def test_an_angle_that_is_one_degree_off_is_found_to_be(tmp_path: Path) -> None:
    pytest.importorskip("opensim")
    design = LabDesign(
        tasks=(Task("walk", duration_s=0.3),), filming=None, marking=Marking(10.0, "rigid"), seed=3
    )
    trial = make_trial(design, TrialPlan(0, 0, 0, 0), tmp_path, motion_from_file)
    right = recovered(0, "walk", trial)
    assert right.opensim_deg.max() < 0.01
    assert right.ours_deg.max() < 1e-6
    path = trial / "truth" / "kinematics.nc"
    truth = native.load_as(Kinematics, path)
    angle_deg = truth.angle_deg.copy()
    angle_deg[:, truth.column("knee_angle_r")] += 1.0
    native.save(replace(truth, angle_deg=angle_deg), path)
    wrong = recovered(0, "walk", trial)
    assert wrong.worst == "knee_angle_r"
    np.testing.assert_allclose(wrong.opensim_deg, 1.0, atol=0.01)
    np.testing.assert_allclose(wrong.ours_deg, 1.0, atol=1e-6)
    assert [mark.met for mark in lab_truth_ik.describe([right]).marks] == [True, True]
    assert [mark.met for mark in lab_truth_ik.describe([wrong]).marks] == [False, False]


def test_frames_at_a_limit_are_told_apart() -> None:
    trial = Recovered(
        2, "run", np.array([0.001, 0.05]), np.array([1e-9, 1e-9]), np.array([False, True]), "mtp_angle_l"
    )
    part = lab_truth_ik.describe([trial])
    assert "| run | 1 | 2 | 0.0010 | 0.0500 | 1 | mtp_angle_l of person 2 | 1.0e-09 |" in part.text
    assert [mark.met for mark in part.marks] == [True, False, True]


def spinning(rate_hz: float, duration_s: float = 3.1) -> SensorMotion:
    """One sensor that nods and turns and goes forth and back, by formulas."""
    time = Timebase(rate_hz, round(duration_s * rate_hz) + 1)
    t = time.time_s
    nod, turn = np.sin(2 * np.pi * t), 0.5 * t**2
    nod_rate, turn_rate = 2 * np.pi * np.cos(2 * np.pi * t), t
    rotation = Rotation.from_euler("YX", np.column_stack([turn, nod])).as_matrix()
    gyr: Array = np.column_stack([nod_rate, turn_rate * np.cos(nod), -turn_rate * np.sin(nod)])
    place = np.column_stack([np.sin(3 * t), np.zeros_like(t), t])
    force = np.column_stack([-9 * np.sin(3 * t), np.zeros_like(t), np.zeros_like(t)]) + UPWARDS_MPS2
    worn = Mounting("shank_r", "tibia_r", np.zeros(3), np.eye(3), np.zeros(3), np.eye(3))
    acc = np.einsum("tji,tj->ti", rotation, force)
    return SensorMotion((worn,), time, place[:, None], rotation[:, None], gyr[:, None], acc[:, None])


def test_a_gyroscope_gives_the_orientation_back_and_a_bias_does_not() -> None:
    motion = spinning(100.0)
    assert drift_deg(motion, turns_of_curve(motion)) < 1e-4
    biased = replace(motion, gyr_radps=motion.gyr_radps + np.array([0.0, 0.0, 0.01]))
    # 0.01 rad/s along an axis that turns with the sensor: at most 1.72 deg after 3 s.
    assert 0.3 < drift_deg(motion, turns_of_curve(biased)) < 1.72


def test_an_accelerometer_gives_the_way_back_and_a_bias_does_not() -> None:
    motion = spinning(1000.0)
    assert path_error_m(motion) < 1e-4
    up = motion.acc_mps2 + np.einsum("tsji,j->tsi", motion.rotation, [0.0, 0.02, 0.0])
    # p0 and p1 are given, so that the first speed takes half a step of the bias: a t^2 / 2 within 1 %.
    assert path_error_m(replace(motion, acc_mps2=up)) == pytest.approx(0.02 * 9 / 2, rel=0.01)


def test_sensors_that_drift_miss_their_marks() -> None:
    reading = Reading(4, "run", 0.4, 0.02, 1e-6, 1e-13, 0.1, 1200.0)
    part = lab_truth_sensors.describe([reading], [1e-9])
    assert [mark.met for mark in part.marks] == [True, False, True, True, True]
    assert "0.4 deg (run), n = 1" in [mark.found for mark in part.marks]
    assert not lab_truth_sensors.describe([reading], [0.5]).marks[-1].met


def test_joint_centres_inside_missed_covered_and_out_of_the_image() -> None:
    """A person 4 m away fills the left half of the image; a thing at 2 m its lowest quarter."""
    camera = look_at((0.0, 1.0, 4.0), (0.0, 1.0, 0.0), 100.0, (80, 80))
    owner, depth = np.zeros((80, 80), np.uint8), np.full((80, 80), np.inf, np.float32)
    owner[:, :40], depth[:, :40] = 1, 3.9
    owner[60:], depth[60:] = 255, 2.0
    picture = Picture(np.zeros((80, 80, 3), np.float32), owner, owner, depth)
    # 4 cm are one pixel: image x = 39.5 + 25 X, y = 39.5 - 25 (Y - 1).
    points = np.array(
        [[-0.8, 1.0, 0.0], [0.4, 1.0, 0.0], [-0.8, 0.0, 0.0], [0.8, 0.0, 3.0], [-9.0, 1.0, 0.0]]
    )
    state, outside_mm = states(picture, camera, points)
    assert state.tolist() == [INSIDE, MISSED, COVERED, OUT_OF_IMAGE, OUT_OF_IMAGE]
    assert outside_mm[1] == pytest.approx(440, abs=45)  # 10 pixels right of the edge
    assert outside_mm[[0, 2, 3, 4]].tolist() == [0, 0, 0, 0]
