"""Files that others read: OpenSense's own readers, the columns of Xsens' text, CSV with units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from kinelab.body.own_body import own_body
from kinelab.errors import InputError
from kinelab.files.sensors.opensense import write_orientations_sto
from kinelab.files.sensors.own_tables import write_imu_csv, write_imu_npz
from kinelab.files.sensors.xsens_text import write_xsens_folder
from kinelab.virtual_lab.sensors.imu import SensorMotion, fine_steps, sensor_motion
from kinelab.virtual_lab.sensors.imu_faults import Recorded, record
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


def bodies_of(truth: SensorMotion) -> list[str]:
    return [mounting.body for mounting in truth.mountings]


def test_csv_holds_si_units_and_empty_cells_where_a_packet_was_lost(trial, tmp_path: Path) -> None:
    _, seen = trial
    paths = write_imu_csv(seen.imu, tmp_path / "imu")
    assert [path.stem for path in paths] == list(seen.imu.segments)
    table = pd.read_csv(tmp_path / "imu" / "thigh_r.csv")
    assert list(table.columns[:7]) == ["time_s", "acc_x_mps2", "acc_y_mps2", "acc_z_mps2",
                                       "gyr_x_radps", "gyr_y_radps", "gyr_z_radps"]  # fmt: skip
    np.testing.assert_allclose(table.iloc[:, 4:7], seen.imu.gyr_radps[:, 1], atol=5.1e-7)
    np.testing.assert_array_equal(table["acc_x_mps2"].isna(), seen.lost[:, 1])


def test_npz_holds_the_recording_and_is_the_same_every_time(trial, tmp_path: Path) -> None:
    _, seen = trial
    for name in ("a.npz", "b.npz"):
        write_imu_npz(seen.imu, tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    with np.load(tmp_path / "a.npz") as held:
        assert set(held) == {"segments", "time_s", "acc_mps2", "gyr_radps", "mag_ut"}  # and no truth
        np.testing.assert_array_equal(held["acc_mps2"], seen.imu.acc_mps2)
        assert list(held["segments"]) == list(seen.imu.segments)


def test_opensense_reads_the_orientations(trial, tmp_path: Path) -> None:
    import opensim

    truth, _ = trial
    bodies = bodies_of(truth)
    write_orientations_sto(truth.time, bodies, truth.rotation, tmp_path / "o.sto")
    table = opensim.TimeSeriesTableQuaternion(str(tmp_path / "o.sto"))
    assert list(table.getColumnLabels()) == [f"{body}_imu" for body in bodies]
    assert table.getNumRows() == truth.time.n
    row = table.getRowAtIndex(30)
    for s in range(len(bodies)):
        q = row.getElt(0, s)
        found = Rotation.from_quat([q.get(i) for i in range(4)], scalar_first=True).as_matrix()
        np.testing.assert_allclose(found, truth.rotation[30, s], atol=1e-9)


def test_opensense_reads_the_texts_by_their_mappings(trial, tmp_path: Path) -> None:
    """XsensDataReader, told by our mappings.xml, finds each sensor, its readings and its orientation."""
    import opensim

    truth, _ = trial
    imu = truth.imu()  # with nothing lost: OpenSense refuses files of different lengths, real ones too
    write_xsens_folder(imu, bodies_of(truth), truth.rotation, tmp_path / "xsens")
    settings = opensim.XsensDataReaderSettings(str(tmp_path / "xsens" / "mappings.xml"))
    tables = opensim.XsensDataReader(settings).read(f"{tmp_path}/xsens/")
    turns = opensim.IMUDataReader.getOrientationsTable(tables)
    forces = opensim.IMUDataReader.getLinearAccelerationsTable(tables)
    assert list(turns.getColumnLabels()) == [f"{body}_imu" for body in bodies_of(truth)]
    s, t = 2, 40
    force = forces.getRowAtIndex(t)[s]
    np.testing.assert_allclose([force[i] for i in range(3)], imu.acc_mps2[t, s], atol=1e-6)
    q = turns.getRowAtIndex(t).getElt(0, s)
    found = Rotation.from_quat([q.get(i) for i in range(4)], scalar_first=True).as_matrix()
    to_xsens = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # their Z is our Y
    np.testing.assert_allclose(found, to_xsens @ truth.rotation[t, s], atol=1e-5)


@pytest.mark.shared
def test_xsens_text_has_the_columns_and_frames_of_a_real_log(
    trial, tmp_path: Path, shared_data: Path
) -> None:
    """At rest acc turned by Mat points along +Z of Xsens' earth frame, in the real log as in ours."""
    truth, seen = trial
    s = seen.imu.segments.index("pelvis")
    paths = write_xsens_folder(seen.imu, bodies_of(truth), truth.rotation, tmp_path)
    real = next((shared_data / "imu" / "opensense_example").glob("MT_*_00B42268.txt"))
    tables = [pd.read_csv(path, sep="\t", comment="/") for path in (real, paths[s])]
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
    bodies = bodies_of(truth)
    with pytest.raises(InputError, match="rotations of shape"):
        write_xsens_folder(seen.imu, bodies, truth.rotation[:, 0], tmp_path)
    with pytest.raises(InputError, match="these files tell them apart by their body, one on each"):
        write_xsens_folder(seen.imu, ["pelvis"] * 7, truth.rotation, tmp_path)
    with pytest.raises(InputError, match="rotations of shape"):
        write_orientations_sto(truth.time, ["pelvis"], truth.rotation, tmp_path / "x.sto")
    assert not list(tmp_path.iterdir())
