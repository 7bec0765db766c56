"""Test and retest of planted runners, whose habits and day-to-day changes are known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.skeletons import Skeleton
from kinelab.core.timebase import Timebase
from kinelab.errors import GaitError, InputError
from kinelab.files.native import save
from kinelab.files.tables import keypoints_to_frame, write_csv
from kinelab.study.cycles import cycles
from kinelab.study.retest_pairing import pair_days
from kinelab.study.retest_reliability import Days, curve_likeness, reliability
from kinelab.study.retest_sessions import Session, open_session, session_of
from kinelab.study.test_retest import study_test_retest, write_retest

RATE_HZ, STRIDE_S = 50.0, 0.9
NAMES = ("hip_flexion_r", "knee_angle_r", "ankle_angle_r")


def runner(hip_deg: float, knee_deg: float, stride_s: float = STRIDE_S) -> Kinematics:
    """Hip and knee flex once a stride, from 0 to their largest angle."""
    time = Timebase(RATE_HZ, 600)
    wave = 0.5 * (1 + np.cos(2 * np.pi * (time.time_s / stride_s - 0.31)))
    angle = np.stack([hip_deg * wave, 10 + knee_deg * wave, -10 + 8 * (wave - 0.5)], axis=1)
    return Kinematics(NAMES, time, angle, np.full(angle.shape, np.nan), np.ones(angle.shape, bool),
                      provenance=Provenance(synthetic=True))  # fmt: skip


def session(kinematics: Kinematics) -> Session:
    return Session(kinematics, cycles(kinematics))


def habits(i: int) -> float:
    """Knees differ from person to person."""
    return 70 + 0.5 * i


def planted(people: int, between_deg: float, within_deg: float, shift_deg: float = 0.0) -> dict[str, Days]:
    rng = np.random.default_rng(1)
    found: dict[str, Days] = {}
    for i in range(people):
        own, stride_s = 70 + between_deg * rng.normal(), STRIDE_S + 0.003 * i
        hips = own + within_deg * rng.normal(size=2) + (0.0, shift_deg)
        found[f"P{i:02d}"] = (
            session(runner(hips[0], habits(i), stride_s)),
            session(runner(hips[1], habits(i) + 0.5, stride_s + 0.002)),
        )
    return found


def keypoints_of(kinematics: Kinematics) -> Keypoints:
    """A right leg in px, seen from the person's right: thigh 80 px, shank 80 px, foot 30 px, drifting on."""
    hip, knee, ankle = (np.radians(kinematics.of(name)) for name in NAMES)
    shank = hip - knee  # upright trunk: the thigh's angle is the hip's
    foot = ankle + shank
    x = 100 + 20 * kinematics.time.time_s
    points = {
        "right_shoulder": np.stack([x, np.full_like(x, 90.0)], 1),
        "right_hip": np.stack([x, x * 0 + 200], 1),
    }
    points["right_knee"] = points["right_hip"] + 80 * np.stack([np.sin(hip), np.cos(hip)], 1)
    points["right_ankle"] = points["right_knee"] + 80 * np.stack([np.sin(shank), np.cos(shank)], 1)
    points["right_heel"] = points["right_ankle"]
    points["right_big_toe"] = points["right_heel"] + 30 * np.stack([np.cos(foot), -np.sin(foot)], 1)
    for name in ("shoulder", "hip"):  # the far side lies behind the near one
        points[f"left_{name}"] = points[f"right_{name}"]
    position = np.stack(list(points.values()), axis=1)
    return Keypoints(
        Skeleton("leg", tuple(points)), kinematics.time.time_s, position, np.ones(position.shape[:2])
    )


def test_cycles_are_cut_at_the_largest_hip_flexion() -> None:
    strides = cycles(runner(70, 90))
    assert strides.used.all()
    assert strides.n == 12  # of 12 s, the ends cut off
    assert strides.stop_s - strides.start_s == pytest.approx(np.full(12, STRIDE_S), abs=0.002)
    assert (strides.start_s - 0.31 * STRIDE_S) % STRIDE_S == pytest.approx(np.zeros(12), abs=0.005)
    curve = strides.curves("right", "hip_flexion_r").mean(axis=0)
    assert (curve[0], curve[50], curve[100]) == pytest.approx((70, 0, 70), abs=0.5)


def test_planted_reliability_is_found() -> None:
    rows = {row.quantity: row for row in reliability(planted(60, between_deg=8, within_deg=2, shift_deg=1.0))}
    hip = rows["Hip range of motion"]
    assert hip.icc_a1.value == pytest.approx(64 / (64 + 4 + 0.5), abs=0.06)
    assert hip.icc_a1.ci95[0] < 64 / 68.5 < hip.icc_a1.ci95[1]
    assert hip.sem_within.sem == pytest.approx(np.sqrt(4 + 0.5), rel=0.2)
    assert hip.sem_icc.sem == pytest.approx(hip.sem_within.sem, rel=0.05)
    assert hip.agreement.bias == pytest.approx(1.0, abs=0.8)
    assert hip.agreement.sd == pytest.approx(2 * np.sqrt(2), rel=0.2)
    assert rows["Cadence"].values[0] == pytest.approx((120 / 0.9, 120 / 0.902), rel=1e-3)
    assert rows["Knee largest angle"].values[0] == pytest.approx((80, 80.5), abs=0.3)


def test_curves_alike_and_shifted() -> None:
    people: dict[str, Days] = {"a": (session(runner(70, 80)), session(runner(70, 40)))}
    rows = {row.angle: row for row in curve_likeness(people)}
    assert rows["hip_flexion_r"].cmc_between == pytest.approx(1, abs=0.002)
    # The means of day 1 and 2 are 40 a and 20 a of the same wave: within a day alike, between days not.
    assert rows["knee_angle_r"].cmc_within == pytest.approx(1, abs=0.002)
    assert rows["knee_angle_r"].cmc_between < 0.95


def test_keypoints_of_two_days_become_a_study(tmp_path: Path) -> None:
    for day in (1, 2):
        for i in range(4):
            made = runner(60 + 5 * i + day, 70 + 4 * i, STRIDE_S + 0.01 * i)
            save(keypoints_of(made), tmp_path / f"day{day}" / f"P{i}.nc")
    save(keypoints_of(runner(60, 70)), tmp_path / "day2" / "P9.nc")
    study = study_test_retest(tmp_path / "day1", tmp_path / "day2", tmp_path / "out")
    hip = next(row for row in study.rows if row.quantity == "Hip range of motion")
    assert hip.people == ("P0", "P1", "P2", "P3")
    assert np.array(hip.values)[:, 0] == pytest.approx([61, 66, 71, 76], abs=0.7)
    assert hip.agreement.bias == pytest.approx(1, abs=0.1)
    page = study.page.read_text()
    assert "P9 (only in day2)" in page
    assert "Least reliable" in study.text
    held = json.loads((tmp_path / "out" / "retest.json").read_text())
    assert {row["quantity"] for row in held["measures"]} >= {"Cadence", "Knee range of motion"}
    table = pd.read_csv(tmp_path / "out" / "reliability.csv")
    assert set(table.person) == {"P0", "P1", "P2", "P3"}
    assert (tmp_path / "out" / "figures" / "two_days.png").is_file()


def test_the_angles_of_keypoints_are_the_planted_ones(tmp_path: Path) -> None:
    truth = runner(70, 85)
    save(keypoints_of(truth), tmp_path / "P.nc")
    save(truth, tmp_path / "run" / "kinematics.nc")
    found = open_session(tmp_path / "P.nc").kinematics
    middle = slice(100, 500)
    for name in NAMES:
        assert found.of(name)[middle] == pytest.approx(truth.of(name)[middle], abs=0.6)
    np.testing.assert_allclose(open_session(tmp_path / "run").kinematics.angle_deg, truth.angle_deg)


def test_tracks_of_one_folder_are_a_study_and_stay_synthetic(tmp_path: Path) -> None:
    for person in range(3):
        for day in (1, 2):
            track = tmp_path / f"V{person}_day{day}_run" / "track.nc"
            save(keypoints_of(runner(60 + 5 * person + day, 70, STRIDE_S)), track, synthetic=True)
    study = study_test_retest(tmp_path, None, tmp_path / "out")
    hip = next(row for row in study.rows if row.quantity == "Hip range of motion")
    assert hip.people == ("V0", "V1", "V2")
    assert np.array(hip.values)[2] == pytest.approx([71, 72], abs=0.7)
    assert "Synthetic data" in study.page.read_text()
    opened = open_session(tmp_path / "V0_day1_run", name="V0").kinematics
    assert (opened.subject.id, opened.provenance.synthetic) == ("V0", True)


def test_a_table_of_virtual_landmarks_stays_synthetic(tmp_path: Path) -> None:
    points = keypoints_to_frame(keypoints_of(runner(60, 70)))
    for name, synthetic in (("real", False), ("virtual", True)):
        write_csv(points, tmp_path / f"{name}.csv", synthetic=synthetic)
        opened = open_session(tmp_path / f"{name}.csv").kinematics
        assert opened.provenance.synthetic is synthetic
    with pytest.raises(InputError, match="holds no kinematics and no track; give a file or a run folder"):
        open_session(tmp_path)


def test_a_stride_with_the_other_legs_knee_is_not_used() -> None:
    """The knee jumps behind the leg for 0.3 s of one stride: no knee bends so."""
    right = keypoints_of(runner(70, 85))
    position = np.array(right.position)
    wrong, knee = slice(240, 255), right.skeleton.index("right_knee")
    position[wrong, knee, 0] = (
        2 * position[wrong, right.skeleton.index("right_hip"), 0] - position[wrong, knee, 0]
    )
    found = session_of(replace(right, position=position), "P", cutoff_hz=None)
    whole = session_of(right, "P", cutoff_hz=None)
    lost = ~found.kinematics.valid[:, found.kinematics.column("knee_angle_r")]
    assert whole.kinematics.valid.all()
    assert lost[wrong].sum() >= 5
    assert not lost[: wrong.start - 10].any()
    assert whole.strides.used.sum() - found.strides.used.sum() in (1, 2)
    used = found.strides.curves_deg[found.strides.used][..., found.strides.names.index("knee_angle_r")]
    assert np.nanmin(used) > 0


def test_synthetic_people_are_said_to_be_so(tmp_path: Path) -> None:
    study = write_retest(planted(4, 5, 1), tmp_path)
    assert "Synthetic data" in study.page.read_text()
    assert pd.read_csv(tmp_path / "reliability.csv").synthetic.all()


def test_refusals(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        pair_days(tmp_path / "a", tmp_path / "b")
    for day in ("a", "b"):
        save(runner(60, 60), tmp_path / day / f"{day}.nc")
    with pytest.raises(InputError, match=r"0 people have a recording on both days \(.*a: a; .*b: b\)"):
        pair_days(tmp_path / "a", tmp_path / "b")
    save(runner(60, 60), tmp_path / "a" / "a" / "kinematics.nc")
    with pytest.raises(InputError, match=r"two recordings of a: a and a\.nc"):
        pair_days(tmp_path / "a", tmp_path / "b")
    with pytest.raises(GaitError, match="hip_flexion never moves through 10 deg"):
        cycles(runner(3, 60))
    with pytest.raises(InputError, match="no measure of three people"):
        write_retest(planted(2, 5, 1), tmp_path / "out")
