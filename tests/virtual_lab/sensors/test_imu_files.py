"""Files that others read: OpenSense's own reader, the columns of Xsens' text, CSV with units."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.virtual_lab.sensors.imu import SensorMotion, fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.imu_faults import Recorded, record
from kinelab.virtual_lab.sensors.imu_files import (
    write_imu_folder,
    write_imu_npz,
    write_orientations_sto,
    write_xsens_text,
)
from kinelab.virtual_lab.sensors.imu_quality import ImuQuality, Triad
from kinelab.virtual_lab.sensors.magnetic import draw_field
from kinelab.virtual_lab.sensors.placement import BY_THE_WEARER, mount


@pytest.fixture(scope="module")
def trial(wave) -> tuple[SensorMotion, Recorded]:
    """A second of seven misplaced sensors with lost packets: (truth at 100 Hz, recorded)."""
    movement = wave(100.0, 1.0)
    worn = mount(
        own_body().scaled(movement.mover.scale), misplacement=BY_THE_WEARER, rng=np.random.default_rng(0)
    )
    motion = sensor_motion(movement, worn, 100.0)
    quality = ImuQuality(losses_per_min=200.0, mag=Triad())
    seen = record(motion, 100.0, quality, np.random.default_rng(1), draw_field(np.random.default_rng(2)))
    assert seen.lost.any()
    return motion.every(fine_steps(100.0)), seen


def test_csv_holds_si_units_and_the_json_where_each_sensor_was_worn(trial, tmp_path: Path) -> None:
    truth, seen = trial
    paths = write_imu_folder(seen.imu, truth.mountings, tmp_path / "imu")
    assert [path.name for path in paths][-1] == "sensors.json"
    table = pd.read_csv(tmp_path / "imu" / "thigh_r.csv")
    assert list(table.columns[:7]) == ["time_s", "acc_x_mps2", "acc_y_mps2", "acc_z_mps2",
                                       "gyr_x_radps", "gyr_y_radps", "gyr_z_radps"]  # fmt: skip
    np.testing.assert_allclose(table.iloc[:, 4:7], seen.imu.gyr_radps[:, 1], atol=1e-12)
    told = json.loads((tmp_path / "imu" / "sensors.json").read_text())
    assert told["rate_hz"] == 100
    thigh = told["sensors"][1]
    assert (thigh["segment"], thigh["body"], thigh["file"]) == ("thigh_r", "femur_r", "thigh_r.csv")
    np.testing.assert_array_equal(thigh["rotation"], truth.mountings[1].rotation)
    assert thigh["intended_position_m"] != thigh["position_m"]


def test_npz_holds_recording_and_truth_and_is_the_same_every_time(trial, tmp_path: Path) -> None:
    truth, seen = trial
    for name in ("a.npz", "b.npz"):
        write_imu_npz(seen.imu, truth, tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz") as held:
        np.testing.assert_array_equal(held["acc_mps2"], seen.imu.acc_mps2)
        np.testing.assert_array_equal(held["true_rotation"], truth.rotation)
        assert list(held["segments"]) == list(seen.imu.segments)


def test_opensense_reads_the_orientations(trial, tmp_path: Path) -> None:
    import opensim

    truth, _ = trial
    bodies = [mounting.body for mounting in truth.mountings]
    write_orientations_sto(truth.time, bodies, truth.rotation, tmp_path / "o.sto")
    table = opensim.TimeSeriesTableQuaternion(str(tmp_path / "o.sto"))
    assert list(table.getColumnLabels()) == [f"{body}_imu" for body in bodies]
    assert table.getNumRows() == truth.time.n
    row = table.getRowAtIndex(30)
    for s in range(len(bodies)):
        q = row.getElt(0, s)
        found = Rotation.from_quat([q.get(i) for i in range(4)], scalar_first=True).as_matrix()
        np.testing.assert_allclose(found, truth.rotation[30, s], atol=1e-9)


@pytest.mark.shared
def test_xsens_text_has_the_columns_and_frames_of_a_real_log(
    trial, tmp_path: Path, shared_data: Path
) -> None:
    """At rest acc turned by Mat points along +Z of Xsens' earth frame, in the real log as in ours."""
    truth, seen = trial
    s = seen.imu.segments.index("pelvis")
    write_xsens_text(seen.imu, "pelvis", truth.rotation[:, s], tmp_path / "MT.txt")
    real = next((shared_data / "imu" / "opensense_example").glob("MT_*_00B42268.txt"))
    tables = [pd.read_csv(path, sep="\t", comment="/") for path in (real, tmp_path / "MT.txt")]
    names = [name for name in tables[0].columns if name.startswith(("Acc", "Mat", "Packet"))]
    assert set(names) <= set(tables[1].columns)
    for table in tables:
        matrix = table[[n for n in names if n.startswith("Mat")]].to_numpy().reshape(-1, 3, 3).swapaxes(1, 2)
        acc = table[["Acc_X", "Acc_Y", "Acc_Z"]].to_numpy()
        up = np.einsum("tij,tj->ti", matrix, acc).mean(axis=0)
        np.testing.assert_allclose(up, [0, 0, 9.81], atol=1.5)
    assert len(tables[1]) == (~seen.lost[:, s]).sum()
    np.testing.assert_array_equal(tables[1]["PacketCounter"], np.flatnonzero(~seen.lost[:, s]))


def test_what_does_not_fit_is_refused(trial, tmp_path: Path) -> None:
    truth, seen = trial
    with pytest.raises(InputError, match="mountings are of others"):
        write_imu_folder(seen.imu, truth.mountings[:3], tmp_path)
    with pytest.raises(InputError, match=r"take motion\.every"):
        write_imu_npz(seen.imu, truth.every(2), tmp_path / "x.npz")
    with pytest.raises(InputError, match="no sensor on 'knee'"):
        write_xsens_text(seen.imu, "knee", truth.rotation[:, 0], tmp_path / "x.txt")
    with pytest.raises(InputError, match="rotations of shape"):
        write_orientations_sto(truth.time, ["pelvis"], truth.rotation, tmp_path / "x.sto")
