"""Real recordings run through to a report, and tell what is known of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.files.sensors.opensense import write_orientations_sto, z_up_to_ground
from kinelab.files.sensors.reading import read_sensors
from kinelab.inertial.baselines.opensense_ik import run_opensense
from kinelab.inertial.baselines.worn_coordinates import BODY_OF
from kinelab.inertial.estimate import EstimateSettings, estimate
from kinelab.pipeline.inertial_run import InertialOptions, InertialRun, run_inertial

pytestmark = pytest.mark.shared
PLACES = {"pelvis": "lumbar", "shank_l": "leftshank", "shank_r": "rightshank", "foot_l": "leftfoot",
          "foot_r": "rightfoot"}  # fmt: skip


def _stroke(shared_data: Path, person: int, folder: Path) -> InertialRun:
    lines = ["rate_hz = 100", 'acc_unit = "m/s2"', 'gyr_unit = "rad/s"',
             'time = { column = "packet", unit = "samples", wrap = 65536 }']  # fmt: skip
    for segment, place in PLACES.items():
        acc, gyr = ([f"{place}_q[{i}]" for i in part] for part in ((0, 1, 2), (3, 4, 5)))
        lines += [
            f"[sensors.{segment}]",
            f"acc = {acc}",
            f"gyr = {gyr}",
            "acc_scale = 0.005",
            "gyr_scale = 0.001",
        ]
    (folder / "sensors.toml").write_text("\n".join(lines), encoding="utf-8")
    options = InertialOptions(EstimateSettings(networks=False), mapping=folder / "sensors.toml")
    path = shared_data / "imu" / "stroke_treadmill" / f"pp0{person}.npz"
    return run_inertial(path, folder / "out", options)


@pytest.mark.parametrize(
    ("person", "weaker", "index_pct"), [(3, "right", 34), (4, "left", -14)], ids=["pp03", "pp04"]
)
def test_hemiparetic_asymmetry_is_seen(
    shared_data: Path, tmp_path: Path, person: int, weaker: str, index_pct: int
) -> None:
    """Two and three minutes on a treadmill, sensors on feet, shanks and lower back only."""
    report = _stroke(shared_data, person, tmp_path).report
    measured = {(m.quantity, m.side): m for m in report.measures}
    assert measured["symmetry_index_step_time_pct", "both"].value == pytest.approx(index_pct, abs=3)
    stronger = "left" if weaker == "right" else "right"
    assert measured["ankle_rom_deg", weaker].value < 0.75 * measured["ankle_rom_deg", stronger].value
    texts = [finding.text for finding in report.findings]
    assert any(t.startswith(f"The {weaker} ankle ") and f"than the {stronger}" in t for t in texts)
    assert any("step is quicker than the" in t for t in texts)
    assert measured["stride_time_s", "left"].n > 100
    assert "knee_rom_deg" not in {name for name, _ in measured}


def test_angles_of_the_opensense_walk_beside_opensense_s_own(shared_data: Path, tmp_path: Path) -> None:
    """2.5 s of straight walking; OpenSim clamps the knee at 0 and takes standing as zero in every angle."""
    folder = shared_data / "imu" / "opensense_example"
    recording = read_sensors(folder)
    imu = recording.imu
    bodies = ["torso" if name == "sternum" else BODY_OF[name] for name in imu.segments]
    sto = tmp_path / "orientations.sto"
    write_orientations_sto(imu.time, bodies, z_up_to_ground(recording.rotation), sto)
    theirs = run_opensense(folder / "Rajagopal_2015.osim", sto, time_range_s=(15.2, 17.7))
    limits_deg = {"knee_angle": 6.0, "hip_flexion": 6.0, "ankle_angle": 5.0}
    for settings in (EstimateSettings(), EstimateSettings(route="vqf")):
        ours = estimate(recording, settings).kinematics
        part = imu.time.span(15.2, 17.705)
        for stem, limit in limits_deg.items():
            for side in "rl":
                name = f"{stem}_{side}"
                difference = ours.of(name)[part] - theirs.of(name)
                assert np.sqrt(np.nanmean(difference**2)) < limit, name


def test_logs_that_are_no_walk_still_give_angles(shared_data: Path, tmp_path: Path) -> None:
    """Squats and single steps by x-IMU3, a fifth of the time lost here or there."""
    run = run_inertial(
        shared_data / "imu" / "ximu3_lower_body", tmp_path / "out", InertialOptions(gait=False)
    )
    kinematics = run.analysis.kinematics
    for side in "rl":
        knee = kinematics.of(f"knee_angle_{side}")[
            kinematics.valid[:, kinematics.column(f"knee_angle_{side}")]
        ]
        assert 110 < knee.max() < 150  # a deep squat
        assert np.abs(np.percentile(knee, 10)) < 15  # mostly standing
