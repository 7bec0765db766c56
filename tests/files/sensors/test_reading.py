"""One contract for all readers, and what each of them refuses."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from kinelab.core.recording import Imu
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.sensors.mapping import Mapping
from kinelab.files.sensors.opensense import write_orientations_sto, z_up_to_ground
from kinelab.files.sensors.own_netcdf import write_recording
from kinelab.files.sensors.own_tables import write_imu_csv, write_imu_npz, write_imu_table
from kinelab.files.sensors.reading import read_sensors
from kinelab.files.sensors.writing import write_sensors
from kinelab.files.sensors.xsens_text import write_xsens_folder


def by_segment(imu: Imu, wanted: tuple[str, ...]) -> list[int]:
    return [imu.segments.index(segment) for segment in wanted]


def test_every_format_gives_the_same_readings_in_si(wave, made: Path) -> None:
    recording = read_sensors(made)
    imu = recording.imu
    assert sorted(imu.segments) == ["shank_l", "shank_r"]
    assert (imu.time.n, imu.time.start_s) == (300, 0.0)
    assert imu.time.rate_hz == pytest.approx(100.0, rel=1e-9)
    order = by_segment(imu, wave.imu.segments)
    np.testing.assert_allclose(imu.acc_mps2[:, order], wave.imu.acc_mps2, atol=1e-6)
    np.testing.assert_allclose(imu.gyr_radps[:, order], wave.imu.gyr_radps, atol=1e-6)
    if recording.rotation is not None:
        assert recording.world == "Z up"
        np.testing.assert_allclose(recording.rotation[:, order], wave.rotation, atol=1e-6)


@pytest.mark.parametrize("write", [write_imu_npz, write_imu_table, write_imu_csv])
def test_kinelabs_own_tables_come_back_with_their_gaps_and_times(wave, write, tmp_path: Path) -> None:
    acc, gyr = np.array(wave.imu.acc_mps2), np.array(wave.imu.gyr_radps)
    acc[50:60, 0], gyr[50:60, 0] = np.nan, np.nan
    imu = Imu(wave.imu.segments, Timebase(60.0, 300, 2.5), acc, gyr)
    path = tmp_path / (
        "imu" if write is write_imu_csv else f"imu.{'npz' if write is write_imu_npz else 'csv'}"
    )
    write(imu, path)
    read = read_sensors(path)
    assert read.imu.time == imu.time
    order = by_segment(read.imu, imu.segments)
    np.testing.assert_allclose(read.imu.acc_mps2[:, order], acc, atol=5.1e-7)
    assert "shank_r: 1 gap, 10 of 300 samples missing; the longest 0.167 s at 3.333 s" in read.notes


def test_xsens_texts_come_back_by_opensenses_names(wave, tmp_path: Path) -> None:
    acc, gyr = np.array(wave.imu.acc_mps2), np.array(wave.imu.gyr_radps)
    acc[7:9, 1], gyr[7:9, 1] = np.nan, np.nan
    imu = Imu(wave.imu.segments, wave.imu.time, acc, gyr)
    write_xsens_folder(imu, ["tibia_r", "tibia_l"], z_up_to_ground(wave.rotation), tmp_path)
    read = read_sensors(tmp_path)
    order = by_segment(read.imu, imu.segments)
    np.testing.assert_allclose(read.imu.gyr_radps[:, order], gyr, atol=1e-6)
    there = np.isfinite(acc[:, 1, 0])
    np.testing.assert_allclose(read.rotation[there][:, order], wave.rotation[there], atol=1e-5)
    assert np.isnan(read.rotation[7:9, order[1]]).all()
    (tmp_path / "mappings.xml").unlink()
    (tmp_path / "MT_virtual_shank_l.txt").rename(tmp_path / "MT_0001.txt")
    with pytest.raises(InputError, match=r'1 of . sensors are worn; .*\[sensors\."MT_0001"\] segment = '):
        read_sensors(tmp_path)


def test_packet_counters_that_wrap_at_different_places_are_one_clock(wave, tmp_path: Path) -> None:
    """One sensor's first packet is 65,530, the other lost its first ten and begins at 4."""
    for name, first in (("LS", 0), ("RS", 10)):
        rows = [f"{(65530 + t) % 65536:05d}\t{t}\t0\t0\t9.8" for t in range(first, 300)]
        rows.insert(5, rows[4])  # a packet that came twice
        head = ["// Update Rate: 100.0Hz", "PacketCounter\tSampleTimeFine\tAcc_X\tAcc_Y\tAcc_Z"]
        text = "\n".join(head + [row.replace("\t", "\t\t", 1).replace("\t\t", "\t", 1) for row in rows])
        (tmp_path / f"MT_{name}.txt").write_text(text + "\n")
    read = read_sensors(tmp_path)
    assert read.imu.segments == ("foot_l", "foot_r") or read.imu.segments == ("shank_l", "shank_r")
    assert read.imu.time == Timebase(100.0, 300, 0.0)
    assert np.isnan(read.imu.acc_mps2[:10, 1]).all()
    assert np.isfinite(read.imu.acc_mps2[10:]).all()
    assert "shank_r: 1 packets that came twice were dropped" in read.notes
    assert not read.has_gyroscope


def test_lost_packets_are_nan_of_the_right_length_and_nothing_is_bridged(
    wave, makers, tmp_path: Path
) -> None:
    from_dot = makers["Movella DOT"](wave, tmp_path)
    for file in from_dot.glob("*.csv"):
        lines = file.read_text().splitlines()
        file.write_text("\n".join([*lines[:106], *lines[126:]]) + "\n")
    read = read_sensors(from_dot)
    lost = np.isnan(read.imu.gyr_radps).all(axis=2)
    assert lost.sum(axis=0).tolist() == [20, 20]
    assert lost[100:120].all()
    order = by_segment(read.imu, wave.imu.segments)
    np.testing.assert_allclose(read.imu.gyr_radps[120:][:, order], wave.imu.gyr_radps[120:], atol=1e-6)


def test_different_rates_are_brought_down_with_no_alias(tmp_path: Path) -> None:
    """A 3 Hz swing at 250 Hz keeps its shape at 50 Hz; a 60 Hz rattle does not fold back to 10 Hz."""
    fast, slow = np.arange(2500) / 250, np.arange(500) / 50
    for name, time_s in (("thigh_r", fast), ("shank_r", slow)):
        gyr = np.sin(2 * np.pi * 3 * time_s) + np.sin(2 * np.pi * 60 * time_s) * (name == "thigh_r")
        table = np.column_stack(
            [time_s, 0 * time_s, 0 * time_s, 9.8 + 0 * time_s, gyr, 0 * time_s, 0 * time_s]
        )
        head = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2,gyr_x_radps,gyr_y_radps,gyr_z_radps"
        if name == "thigh_r":
            table = np.delete(table, np.arange(1000, 1100), axis=0)
        np.savetxt(tmp_path / f"{name}.csv", table, delimiter=",", header=head, comments="", fmt="%.7g")
    read = read_sensors(tmp_path)
    assert read.imu.time.rate_hz == 50.0
    thigh = read.imu.gyr_radps[:, read.imu.segments.index("thigh_r"), 0]
    there = np.isfinite(thigh)
    assert (~there).sum() in (20, 21)  # 0.4 s stay open
    np.testing.assert_allclose(thigh[there][5:190], np.sin(2 * np.pi * 3 * slow[there][5:190]), atol=0.02)
    assert any(
        "from its own 250 Hz on 50 Hz by a spline after a low-pass at 20 Hz" in note for note in read.notes
    )


def test_netcdf_and_sto_come_back(wave, makers, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    first = read_sensors(makers["Opal h5"](wave, tmp_path / "raw"))
    write_sensors(first, tmp_path / "a.nc")
    again = read_sensors(tmp_path / "a.nc")
    np.testing.assert_array_equal(again.imu.acc_mps2, first.imu.acc_mps2)
    np.testing.assert_array_equal(again.rotation, first.rotation)
    assert (again.imu.segments, again.world, again.names) == (first.imu.segments, "Z up", first.names)
    assert set(first.notes) <= set(again.notes)
    write_sensors(first, tmp_path / "a.sto")
    turned = read_sensors(tmp_path / "a.sto")
    assert turned.imu.segments == first.imu.segments
    np.testing.assert_allclose(turned.rotation, z_up_to_ground(first.rotation), atol=1e-9)
    assert np.isnan(turned.imu.acc_mps2).all()
    with pytest.raises(InputError, match=r"written as \.nc, \.csv, \.npz, \.sto"):
        write_sensors(first, tmp_path / "a.mot")
    with pytest.raises(InputError, match=r"hold none; write \.nc, \.csv"):
        write_sensors(read_sensors(makers["plain csv"](wave, tmp_path)), tmp_path / "b.sto")


def test_clocks_that_are_not_common_begin_together_and_say_so(wave, makers, tmp_path: Path) -> None:
    folder = makers["Movella DOT"](wave, tmp_path)
    for s, file in enumerate(sorted(folder.glob("*.csv"))):
        text = file.read_text().replace("Synced", "Unsynced")
        file.write_text(text if s == 0 else "\n".join(text.splitlines()[:6] + text.splitlines()[26:]) + "\n")
    read = read_sensors(folder)
    assert any("clocks are not common" in note for note in read.notes)
    assert np.isfinite(read.imu.acc_mps2[:280]).all()
    later = Mapping.model_validate({"sensors": {"Left Shank": {"clock_offset_s": 0.2}}})
    read = read_sensors(folder, later)
    order = by_segment(read.imu, wave.imu.segments)
    found = read.imu.gyr_radps[:, order]
    np.testing.assert_allclose(found[20:], wave.imu.gyr_radps[20:], atol=1e-6)
    assert np.isnan(found[:20, 1]).all()


def refused(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_what_is_wrong_with_a_file_is_named(wave, makers, tmp_path: Path) -> None:
    cases = {
        "neither Acc, Gyr nor an orientation": "// Update Rate: 100Hz\nPacketCounter\tPressure\n1\t2\n",
        "ends before the line of names": "// Start Time: x\n// Update Rate: 100.0Hz\n",
        r"holds increments \(dq, dv\)": "PacketCounter,SampleTimeFine,dq_W\n1,2,3\n2,3,4\n",
        "uncalibrated readings": "sep=,\nS_1_Accel_WR_X_RAW,S_1_Gyro_X_RAW\nno_units,no_units\n1,2\n3,4\n",
        "has no column of times for S_1": "sep=,\nS_1_Gyro_X_CAL,S_1_Gyro_Y_CAL,S_1_Gyro_Z_CAL\n"
        "deg/s,deg/s,deg/s\n1,2,3\n1,2,4\n",
        "the packet number is 1.5": "// Update Rate: 9Hz\nPacketCounter\tAcc_X\tAcc_Y\tAcc_Z\n1.5\t0\t0\t9\n",
        "row 3: has 2 values for 4 columns": "// Update Rate: 9Hz\nPacketCounter\tAcc_X\tAcc_Y\tAcc_Z\n"
        "1\t2\n2\t0\t0\t9\n",
        "no Gyroscope X, Y, Z with a known unit": "Timestamp (us),Gyroscope X (rpm),Gyroscope Y (rpm),"
        "Gyroscope Z (rpm)\n1,2,3,4\n",
        "neither times nor a rate are told": "LF acc_x [g],LF acc_y [g],LF acc_z [g]\n0,0,1\n0,0,1\n",
        "unit of acc of sensor LF is not told": "time [s],LF acc_x,LF acc_y,LF acc_z\n0,0,0,1\n1,0,0,1\n",
        "speaks of left and right": "time [s],left right foot acc_x [g],left right foot acc_y [g],"
        "left right foot acc_z [g]\n0,0,0,1\n1,0,0,1\n",
        "is no file of worn sensors.*tried x-IMU3, Xsens MT text": "a,b\n1,2\n",
    }  # fmt: skip
    for i, (problem, text) in enumerate(cases.items()):
        with pytest.raises(InputError, match=problem):
            read_sensors(refused(tmp_path, f"case{i}.txt", text))
    with pytest.raises(FileFormatError, match="no such file or folder"):
        read_sensors(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileFormatError, match=r"holds no file with one of the suffixes"):
        read_sensors(tmp_path / "empty")
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    makers["Shimmer"](wave, mixed)
    makers["Opal h5"](wave, mixed)
    with pytest.raises(FileFormatError, match="holds several formats"):
        read_sensors(mixed)
    with h5py.File(tmp_path / "bare.h5", "w") as file:
        file.create_group("Sensors/7")
    with pytest.raises(FileFormatError, match="sensor 7 holds neither Accelerometer nor Gyroscope"):
        read_sensors(tmp_path / "bare.h5")
    np.savez(tmp_path / "o.npz", segments=np.array([{}]), time_s=np.arange(3), acc_mps2=np.zeros((3, 1, 3)))
    with pytest.raises(FileFormatError, match="Python objects, which could run a program"):
        read_sensors(tmp_path / "o.npz")


def test_sensors_that_never_record_together_are_refused(tmp_path: Path) -> None:
    head = "time_s,acc_x_mps2,acc_y_mps2,acc_z_mps2"
    for name, start in (("thigh_r", 0), ("shank_r", 1000)):
        rows = "\n".join(f"{start + t / 100},0,0,9.8" for t in range(200))
        (tmp_path / f"{name}.csv").write_text(f"{head}\n{rows}\n")
    with pytest.raises(InputError, match=r"never record together\. Are their clocks set to different times"):
        read_sensors(tmp_path)


def test_a_last_line_that_breaks_off_is_left_out_and_told(wave, makers, tmp_path: Path) -> None:
    path = makers["Opal csv"](wave, tmp_path)
    path.write_text(path.read_text()[:-60])
    read = read_sensors(path)
    assert read.imu.time.n == 299
    assert any("the last line (304) breaks off" in note for note in read.notes)


def test_writers_refuse_what_does_not_fit(wave, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rotations of shape"):
        write_orientations_sto(wave.imu.time, ["pelvis"], wave.rotation, tmp_path / "x.sto")
    with pytest.raises(FileFormatError, match="no such file"):
        read_sensors(tmp_path / "x.sto")
    recording = read_sensors_of(wave, tmp_path)
    write_recording(recording, tmp_path / "damaged.nc")
    data = (tmp_path / "damaged.nc").read_bytes()
    (tmp_path / "damaged.nc").write_bytes(data[: len(data) // 2])
    with pytest.raises(FileFormatError, match="is no file of worn sensors"):
        read_sensors(tmp_path / "damaged.nc")


def read_sensors_of(wave, folder: Path):
    write_imu_npz(wave.imu, folder / "w.npz")
    return read_sensors(folder / "w.npz")
