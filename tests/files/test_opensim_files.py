from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import HALPE_26, Skeleton
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.landmark_names import map_landmarks
from kinelab.files.opensim_files import read_mot, read_trc, write_mot, write_trc

MOT = "Coordinates\nversion=1\nnRows=4\nnColumns=3\n{degrees}\nendheader\ntime\tpelvis_tilt\tknee_angle_r\n"
ROWS = "0.000\t1.0\t60.0\n0.010\t2.0\t61.0\n0.020\t3.0\t62.0\n0.030\t3.0\t63.0\n"
TRC = (
    "PathFileType\t4\t(X/Y/Z)\ta.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    "100\t100\t2\t2\tmm\t100\t1\t2\n"
    "Frame#\tTime\tR.ASIS\t\t\tLHip\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\n\n"
)


def kinematics() -> Kinematics:
    angle = np.random.default_rng(1).normal(10, 30, (50, 3))
    angle[4, 1] = np.nan
    return Kinematics(
        ("knee_angle_r", "knee_angle_r_beta", "pelvis_tilt"),
        Timebase(50.0, 50, 2.0),
        angle,
        np.full((50, 3), np.nan),
        np.isfinite(angle),
        pelvis_position_m=np.random.default_rng(2).normal(size=(50, 3)),
    )


def test_a_motion_comes_back(tmp_path: Path) -> None:
    write_mot(kinematics(), tmp_path / "a.mot")
    read = read_mot(tmp_path / "a.mot")
    assert read.names == kinematics().names
    assert read.time == kinematics().time
    assert read.provenance.steps == ()
    np.testing.assert_allclose(read.angle_deg, kinematics().angle_deg, rtol=1e-15)
    np.testing.assert_array_equal(read.valid, kinematics().valid)
    np.testing.assert_array_equal(read.pelvis_position_m, kinematics().pelvis_position_m)


def test_coupled_coordinates_stand_in_radians_in_a_file_in_degrees(tmp_path: Path) -> None:
    write_mot(kinematics(), tmp_path / "a.mot")
    labels, first = (tmp_path / "a.mot").read_text().split("endheader\n")[1].splitlines()[:2]
    row = dict(zip(labels.split(), map(float, first.split()), strict=True))
    assert row["knee_angle_r"] == kinematics().angle_deg[0, 0]
    assert row["knee_angle_r_beta"] == np.deg2rad(kinematics().angle_deg[0, 1])


@pytest.mark.parametrize(
    ("degrees", "factor"), [("inDegrees=yes", 1), ("inDegrees=no", 180 / np.pi), ("", 1)]
)
def test_degrees_come_out_whatever_stands_in_the_file(degrees: str, factor: float, tmp_path: Path) -> None:
    (tmp_path / "a.mot").write_text(MOT.format(degrees=degrees) + ROWS)
    np.testing.assert_allclose(
        read_mot(tmp_path / "a.mot").of("knee_angle_r"), np.array([60, 61, 62, 63]) * factor
    )


def test_a_file_of_states_keeps_positions_and_leaves_out_speeds(tmp_path: Path) -> None:
    joint = "/jointset/knee_r/knee_angle_r"
    labels = f"time  {joint}/value\t{joint}/speed /forceset/soleus/activation"
    text = f"states\ninDegrees=no\nendheader\n\n{labels}\n0 0.5 9 0\n0.01 0.5 9 0\n"
    (tmp_path / "a.sto").write_text(text)
    read = read_mot(tmp_path / "a.sto")
    assert read.names == ("knee_angle_r",)
    np.testing.assert_allclose(read.of("knee_angle_r"), np.rad2deg(0.5))
    assert "knee_angle_r/speed, /forceset/soleus/activation" in read.provenance.steps[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time knee\n0 1\n", "no line 'endheader'"),
        (MOT.replace("time\t", "frame\t") + ROWS, r"row 7: the first column is 'frame', expected 'time'"),
        (MOT + ROWS.replace("2.0\t61.0", "2.0"), r"row 9: has 2 values for 3 columns"),
        (MOT + ROWS.replace("61.0", "61,5"), r"row 9: column 'knee_angle_r' holds '61,5'.*decimal point"),
        (MOT + ROWS.replace("0.030", "0.060"), r"row 11: time is not uniform: 0.02 s then 0.06 s"),
        (MOT + ROWS.replace("0.020", "0.005"), r"row 10: time does not increase"),
        (MOT + "0.0 1.0 60.0\n", "holds 1 rows, its header announces 4; the file is cut off"),
        (MOT.replace("pelvis_tilt", "knee_angle_r") + ROWS, "row 7: column knee_angle_r occurs twice"),
        (MOT.replace("pelvis_tilt", "a_tx").replace("knee_angle_r", "b_ty") + ROWS, "holds no angles"),
    ],
)
def test_a_motion_with_a_fault_is_told_with_its_row(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.mot").write_text(text.replace("{degrees}", "inDegrees=yes"))
    with pytest.raises(FileFormatError, match=message):
        read_mot(tmp_path / "a.mot")


def test_times_printed_with_three_decimals_give_the_whole_rate(tmp_path: Path) -> None:
    rows = "".join(f"{i / 120:.3f} 1 2\n" for i in range(300))
    (tmp_path / "a.mot").write_text(MOT.format(degrees="").replace("nRows=4", "nRows=300") + rows)
    assert read_mot(tmp_path / "a.mot").time == Timebase(120.0, 300, 0.0)


def test_ntsc_rate_is_not_rounded(tmp_path: Path) -> None:
    rows = "".join(f"{i * 1001 / 60000:.9f} 1 2\n" for i in range(300))
    (tmp_path / "a.mot").write_text(MOT.format(degrees="").replace("nRows=4", "nRows=300") + rows)
    assert read_mot(tmp_path / "a.mot").time.rate_hz == pytest.approx(60000 / 1001, abs=1e-6)


def test_markers_come_back_and_planar_ones_lie_in_the_plane(tmp_path: Path) -> None:
    position = np.random.default_rng(0).normal(size=(30, 26, 2))
    position[3, 25] = np.nan
    written = Keypoints(HALPE_26, np.arange(30) / 30, position, np.ones((30, 26)), unit="m")
    write_trc(written, tmp_path / "a.trc")
    read = read_trc(tmp_path / "a.trc")
    np.testing.assert_array_equal(read.position[..., :2], position)
    np.testing.assert_array_equal(read.position[..., 2], np.where(np.isnan(position[..., 0]), np.nan, 0))
    np.testing.assert_allclose(read.time_s, written.time_s, rtol=1e-12)
    assert read.skeleton == HALPE_26
    assert read.unit == "m"


def test_a_marker_file_of_a_virtual_person_says_so_and_opens_everywhere(tmp_path: Path) -> None:
    import opensim

    position = np.random.default_rng(1).normal(size=(5, 2, 3))
    position[2, 1] = np.nan
    written = Keypoints(Skeleton("two", ("RASI", "LASI")), np.arange(5) / 100, position, np.ones((5, 2)), "m")
    for synthetic in (True, False):
        write_trc(written, tmp_path / "a.trc", synthetic=synthetic)
        told = "ynthetic" in (tmp_path / "a.trc").read_text().splitlines()[0]
        assert told == synthetic
        np.testing.assert_array_equal(read_trc(tmp_path / "a.trc").position, position)
        table = opensim.TimeSeriesTableVec3(str(tmp_path / "a.trc"))
        assert list(table.getColumnLabels()) == ["RASI", "LASI"]
        assert [table.getRowAtIndex(4)[1][axis] for axis in range(3)] == pytest.approx(list(position[4, 1]))
        assert opensim.MarkerData(str(tmp_path / "a.trc")).getNumFrames() == 5


def test_lost_markers_are_nan_however_they_are_written(tmp_path: Path) -> None:
    rows = "1\t0.00\t\t\t\t10\t20\t30\n\n2\t0.01\tNaN\tnan\tNaN\t0\t0\t0\n3\t0.02\t10\t20\t30\n"
    (tmp_path / "a.trc").write_text(TRC + rows)
    read = read_trc(tmp_path / "a.trc")
    assert read.skeleton.landmarks == ("R.ASIS", "LHip")
    np.testing.assert_array_equal(read.seen, [[False, True], [False, False], [True, False]])
    np.testing.assert_allclose(read.of("LHip")[0], [0.01, 0.02, 0.03])
    assert map_landmarks(read).skeleton.landmarks == ("R.ASIS", "left_hip")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Frame#\tTime\n", "row 1: its first line does not begin|is no .trc"),
        (TRC.replace("mm", "inch"), r"row 3: unit is 'inch', allowed are m, mm"),
        (TRC.replace("LHip", ""), r"row 4: names 1 markers after .*row 3 announces 2"),
        (TRC.replace("LHip", "R.ASIS"), r"row 4: marker R.ASIS occurs twice"),
        (TRC + "1\t0.0\t1\t2\t3\t4\tx\t6\n", r"row 7: column 'LHip Y' holds 'x', expected a number"),
        (TRC + "1\t0.0\t1\t2\n", r"row 7: has 4 values for 8 columns"),
        (TRC + "1\t0.0\t1\t2\t3\t4\t5\t6\n2\t0.0\t1\t2\t3\t4\t5\t6\n", r"row 8: time does not increase"),
    ],
)
def test_markers_with_a_fault_are_told_with_their_row(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.trc").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_trc(tmp_path / "a.trc")


def test_a_header_with_a_windows_path_in_its_old_encoding_is_read(tmp_path: Path) -> None:
    text = TRC.replace("a.trc", "C:\\Läufe\\a.trc") + "1\t0.0\t1\t2\t3\t4\t5\t6\n"
    (tmp_path / "a.trc").write_bytes(text.encode("cp1252"))
    assert read_trc(tmp_path / "a.trc").n == 1


def test_pixels_and_a_missing_rate_are_refused(tmp_path: Path) -> None:
    one = Keypoints(Skeleton("a", ("b",)), [0.0], np.ones((1, 1, 2)), np.ones((1, 1)))
    with pytest.raises(InputError, match="these keypoints are in px; scale them first"):
        write_trc(one, tmp_path / "a.trc")
    with pytest.raises(InputError, match="needs a frame rate, got 0 Hz from 1 frames"):
        write_trc(dataclasses.replace(one, unit="m"), tmp_path / "a.trc")


@pytest.mark.shared
def test_every_real_motion_reads_with_its_rate(shared_data: Path) -> None:
    rates = {
        "opensim/reference_ik/rajagopal_walk_acc1e-07.mot": (238, 36, 100.0),
        "opensim/opensim_core/Applications/IK/tests/resources/std_subject01_walk1_ik.mot": (73, 20, 60.0),
        "opensim/pipeline_gait2392/OutputReference/subject01_walk1_ik.mot": (
            211,
            20,
            60.0,
        ),  # SIMM, 165 columns
        "video/opencap_reference/Moco/exampleWalking/walking1_videoAndMocap.mot": (158, 32, 100.0),
    }
    for name, (n, j, rate) in rates.items():
        read = read_mot(shared_data / name)
        assert (*read.angle_deg.shape, read.time.rate_hz) == (n, j, rate), name
        assert read.pelvis_position_m is not None
        assert 0.8 < read.pelvis_position_m[:, 1].mean() < 1.2  # m above the ground, not degrees of anything


@pytest.mark.shared
def test_the_patella_follows_the_knee_after_conversion(shared_data: Path) -> None:
    """Rajagopal2016 couples knee_angle_r_beta to knee_angle_r one to one; the file has it in radians."""
    read = read_mot(shared_data / "opensim/reference_ik/rajagopal_walk_acc1e-07.mot")
    np.testing.assert_allclose(read.of("knee_angle_r_beta"), read.of("knee_angle_r"), atol=1e-6)
    assert np.ptp(read.of("knee_angle_r")) > 50


@pytest.mark.shared
def test_simm_and_opensim_files_of_one_trial_agree(shared_data: Path) -> None:
    """The same walk by two versions of OpenSim: a factor of 57 or a shifted column would show."""
    core = shared_data / "opensim/opensim_core/Applications/IK/tests/resources/std_subject01_walk1_ik.mot"
    simm = read_mot(core)
    new = read_mot(shared_data / "opensim/pipeline_gait2392/OutputReference/subject01_walk1_ik.mot")
    span = new.time.span(0.5, 1.5)
    other = simm.time.span(0.5, 1.5)
    for name in ("hip_flexion_r", "knee_angle_r", "pelvis_tilt"):
        assert np.abs(new.of(name)[span] - simm.of(name)[other]).max() < 1.0, name


@pytest.mark.shared
def test_every_real_marker_file_reads_in_metres_on_its_rate(shared_data: Path) -> None:
    files = sorted((shared_data / "opensim").rglob("*.trc")) + sorted((shared_data / "video").rglob("*.trc"))
    assert len(files) >= 15
    for file in files:
        read = read_trc(file)
        assert read.n > 10
        assert 0.3 < np.nanmax(read.position) < 3, file  # a person, in metres
        header = file.read_text(errors="replace").splitlines()
        named = dict(zip(header[1].split(), header[2].split(), strict=False))
        assert len(read.skeleton) == int(named["NumMarkers"])
        if file.name != "abdbonepin.trc":
            assert read.rate_hz == pytest.approx(float(named["DataRate"]), rel=1e-5), file
