from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.kinematics import Kinematics
from kinelab.core.skeletons import GAIT_20, Skeleton
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError
from kinelab.files.tables import keypoints_to_frame, read_keypoints_csv, read_kinematics_csv, write_csv


def keypoints(dims: int = 2, sd: bool = True) -> Keypoints:
    rng = np.random.default_rng(3)
    position = rng.normal(300, 90, (6, 20, dims))
    position[2, 4] = np.nan
    confidence = rng.uniform(0, 1, (6, 20))
    confidence[2, 4] = np.nan
    return Keypoints(
        GAIT_20,
        np.array([0.0, 0.033, 0.067, 0.1, 0.2, 0.233]),
        position,
        confidence,
        unit="px" if dims == 2 else "m",
        sd=np.abs(rng.normal(size=(6, 20))) if sd else None,
    )


def test_angles_come_back_with_their_names_rate_and_gaps(tmp_path: Path) -> None:
    angle = np.random.default_rng(1).normal(20, 30, (90, 2))
    valid = np.ones((90, 2), bool)
    valid[10:20, 1] = False
    names = ("knee_angle_r", "ankle_angle_é")
    written = Kinematics(names, Timebase(60.0, 90, 1.5), angle, np.full((90, 2), np.nan), valid)
    write_csv(written.to_frame(), tmp_path / "a.csv")
    read = read_kinematics_csv(tmp_path / "a.csv")
    assert read.names == names
    assert read.time == written.time
    np.testing.assert_array_equal(read.valid, valid)
    np.testing.assert_array_equal(read.angle_deg[valid], angle[valid])
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("time_s,knee_angle_r_deg,")


def test_a_table_of_a_virtual_person_says_so_in_a_column(tmp_path: Path) -> None:
    """pandas reads it without being asked to, kinelab knows it again, and a real table has no such column."""
    time = Timebase(50.0, 4)
    written = Kinematics(("knee_angle_r",), time, np.ones((4, 1)), np.ones((4, 1)), np.ones((4, 1), bool))
    write_csv(written.to_frame(), tmp_path / "virtual.csv", synthetic=True)
    write_csv(written.to_frame(), tmp_path / "real.csv")
    table = pd.read_csv(tmp_path / "virtual.csv")
    assert list(table.columns) == ["time_s", "knee_angle_r_deg", "synthetic"]
    assert (table["synthetic"] == 1).all()
    read = read_kinematics_csv(tmp_path / "virtual.csv")
    assert (read.names, read.time) == (written.names, time)
    assert read.provenance.synthetic
    assert not read_kinematics_csv(tmp_path / "real.csv").provenance.synthetic
    write_csv(keypoints_to_frame(keypoints()), tmp_path / "points.csv", synthetic=True)
    np.testing.assert_array_equal(read_keypoints_csv(tmp_path / "points.csv").position, keypoints().position)


@pytest.mark.parametrize("noun", [keypoints(), keypoints(3), keypoints(sd=False)])
def test_keypoints_come_back(noun: Keypoints, tmp_path: Path) -> None:
    write_csv(keypoints_to_frame(noun), tmp_path / "a.csv")
    read = read_keypoints_csv(tmp_path / "a.csv")
    assert read.skeleton == noun.skeleton
    assert read.unit == noun.unit
    for name in ("time_s", "position", "confidence", "sd"):
        np.testing.assert_array_equal(getattr(read, name), getattr(noun, name))


def test_confidence_is_one_where_the_file_has_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\ufefftime_s,snout_x_px,snout_y_px\n0,1,2\n\n0.1,,\n", encoding="utf-8")
    read = read_keypoints_csv(tmp_path / "a.csv")
    assert read.skeleton.landmarks == ("snout",)
    np.testing.assert_array_equal(read.confidence, [[1.0], [np.nan]])


def test_a_landmark_whose_name_ends_like_a_unit_is_kept(tmp_path: Path) -> None:
    odd = Skeleton("odd", ("toe_sd", "a_confidence"))
    one = Keypoints(odd, [0.0], np.ones((1, 2, 2)), np.ones((1, 2)))
    write_csv(keypoints_to_frame(one), tmp_path / "a.csv")
    assert read_keypoints_csv(tmp_path / "a.csv").skeleton.landmarks == odd.landmarks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("time_s;knee_angle_r_deg\n0;1\n", r"row 1: has no column time_s.*separated by ','"),
        ("t,knee_angle_r_deg\n0,1\n", r"row 1: has no column time_s.*there are t, knee_angle_r_deg"),
        ("time_s,knee_angle_r_rad\n0,1\n", r"row 1: column 'knee_angle_r_rad' is not in degrees"),
        ("time_s\n0\n1\n", "there is no angle"),
        ("time_s,a_deg,a_deg\n0,1,1\n", "row 1: column a_deg occurs twice"),
        ("time_s,a_deg\n0,1\n0.1,1,2\n", r"row 3: has 3 values for 2 columns"),
        ("time_s,a_deg\n0,1\n\n0.1\n", r"row 4: has 1 values for 2 columns"),
        ("time_s,a_deg\n0,1\n0.1,high\n", r"row 3: column 'a_deg' holds 'high', expected a number"),
        ("time_s,a_deg\n0,1\n,2\n", "row 3: the time is missing"),
        ("time_s,a_deg\n0,1\n0.1,2\n0.2,2\n0.4,2\n", r"row 5: time is not uniform: 0.2 s then 0.4 s"),
        ("time_s,a_deg\n0,1\n", "holds 1 rows; at least 2"),
    ],
)
def test_a_table_of_angles_with_a_fault(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_kinematics_csv(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("time_s,knee_angle_r_deg\n0,1\n", "holds no positions; expected columns such as left_hip_x_px"),
        ("time_s,a_x_px,a_y_m\n0,1,2\n", "holds positions in px and in m"),
        ("time_s,a_x_px,a_y_px,b_x_px\n0,1,2,3\n", "row 1: column 'b_y_px' is missing"),
        ("time_s,a_x_px,a_y_px,note\n0,1,2,3\n", "row 1: column 'note' is unknown"),
        (
            "time_s,a_x_px,a_y_px,a_confidence\n0,1,2,95\n",
            "row 2: column 'a_confidence' holds 95.*not per cent",
        ),
        ("time_s,a_x_px,a_y_px\n0,1,2\n0,1,2\n", "row 3: time does not increase"),
    ],
)
def test_a_table_of_keypoints_with_a_fault(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_keypoints_csv(tmp_path / "a.csv")


def test_files_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"time_s,caf\xe9_deg\n0,1\n")
    with pytest.raises(FileFormatError, match=r"row 1: is not UTF-8 text; save it again as UTF-8"):
        read_kinematics_csv(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_bytes(b"\x89HDF\x00\x00")
    with pytest.raises(FileFormatError, match="is not text"):
        read_kinematics_csv(tmp_path / "b.csv")


def test_not_a_number_in_a_reviewed_column_is_not_valid(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("time_s,a_deg\n0,NaN\n0.1,NA\n0.2,3\n")
    read = read_kinematics_csv(tmp_path / "a.csv")
    np.testing.assert_array_equal(read.valid[:, 0], [False, False, True])
    assert dataclasses.is_dataclass(read)
