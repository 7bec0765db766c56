from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError
from kinelab.files.bvh import read_bvh

SMALL = """HIERARCHY
ROOT Hips
{
\tOFFSET 0.00 90.0 0.00
\tCHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
\tJOINT Left Leg
\t{
\t\tOFFSET 10.0 -5.0 0.0
\t\tCHANNELS 3 Zrotation Xrotation Yrotation
\t\tEnd Site
\t\t{
\t\t\tOFFSET 0 -40 0
\t\t}
\t}
}
MOTION
Frames: 2
Frame Time: 0.008333
0 90 0 1 2 3 4 5 6
0 91 0 1 2 3 4 5 6.5e0
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_skeleton_and_motion_are_the_files_own_numbers(tmp_path: Path) -> None:
    bvh = read_bvh(write(tmp_path / "a.bvh", SMALL))
    assert bvh.names == ("Hips", "Left_Leg", "Left_Leg_end")
    assert bvh.parents == (-1, 0, 1)
    np.testing.assert_array_equal(bvh.offset, [[0, 90, 0], [10, -5, 0], [0, -40, 0]])
    assert bvh.channels[1] == ("zrotation", "xrotation", "yrotation")
    assert bvh.channels[2] == ()
    assert bvh.rate_hz == 120  # 0.008333 s is 120 Hz, not 120.005
    np.testing.assert_array_equal(bvh.values[1], [0, 91, 0, 1, 2, 3, 4, 5, 6.5])


@pytest.mark.parametrize(
    ("printed", "rate_hz"),
    [("0.0333", 30.0), ("0.0333333", 30.0), ("1e-2", 100.0), ("0.033367", 29.97), ("0.041708", 23.976)],
)
def test_a_rate_is_whole_where_the_printed_digits_allow_it(
    tmp_path: Path, printed: str, rate_hz: float
) -> None:
    """Television's 29.97 Hz is no 30 Hz: after ten minutes they are 0.6 s apart."""
    bvh = read_bvh(write(tmp_path / "a.bvh", SMALL.replace("0.008333", printed)))
    assert bvh.rate_hz == pytest.approx(rate_hz, rel=2e-5)


@pytest.mark.parametrize(
    "dialect",
    [
        " ".join(SMALL.split("MOTION")[0].split()) + "\nMOTION" + SMALL.split("MOTION")[1],  # one line
        SMALL.replace("\n", "\r\n"),
        SMALL.replace("\t", "  ").replace("{", " { "),
        SMALL.replace("rotation", "ROTATION").replace("OFFSET", "Offset").replace("JOINT", "Joint"),
        SMALL.replace("Frames: 2", "Frames:\t2").replace("Frame Time:", "Frame  Time:\t") + "\n\n",
        "\ufeff" + SMALL,
        "\n" + SMALL,
    ],
)
def test_dialects_read_the_same(tmp_path: Path, dialect: str) -> None:
    plain = read_bvh(write(tmp_path / "a.bvh", SMALL))
    path = tmp_path / "b.bvh"
    path.write_bytes(dialect.encode())
    other = read_bvh(path)
    assert (other.names, other.parents, other.channels) == (plain.names, plain.parents, plain.channels)
    np.testing.assert_array_equal(other.values, plain.values)


def test_several_ends_of_one_joint_have_names_of_their_own(tmp_path: Path) -> None:
    end = "End Site\n\t\t{\n\t\t\tOFFSET 0 -40 0\n\t\t}\n"
    text = SMALL.replace(end, end + end + end)
    names = read_bvh(write(tmp_path / "a.bvh", text)).names
    assert names[2:] == ("Left_Leg_end", "Left_Leg_end.2", "Left_Leg_end.3")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HIERARCHY", "<!DOCTYPE html>", r"row 1: begins with '<!DOCTYPE html>'.*a web page was saved"),
        ("HIERARCHY", "name,x,y", "row 1: begins with 'name,x,y', a BVH file with HIERARCHY$"),
        ("MOTION", "MOVES", "no line 'MOTION'"),
        ("\tCHANNELS 6", "\tCHANNELS 7", "row 5: CHANNELS announces 7, names 6"),
        ("Yrotation\n\t\tEnd", "Wrotation\n\t\tEnd", "row 9: channels are .*wrotation"),
        ("Yrotation\n\t\tEnd", "Xrotation\n\t\tEnd", "row 9: .*each once"),
        ("JOINT Left Leg", "JOINT Hips", "row 6: joint Hips occurs twice"),
        ("JOINT Left Leg", "ROOT Left", "row 6: ROOT at the wrong depth"),
        ("JOINT Left Leg", "JOINT", "row 6: JOINT without a name"),
        ("10.0 -5.0 0.0", "10.0 -5.0", "row 8: has 2 values for 3 columns"),
        ("10.0 -5.0 0.0", "10.0 nan 0.0", "row 8: an OFFSET that is no number"),
        ("10.0 -5.0 0.0", "10,0 -5.0 0.0", r"row 8: column 'OFFSET X' holds '10,0'.*decimal point"),
        ("\t\tOFFSET 10.0 -5.0 0.0\n", "", "joint Left_Leg has no OFFSET"),
        ("\t}\n}\n", "\t}\n", "joint Hips is not closed"),
        ("\t}\n}\n", "\t}\n}\n}\n", "row 16: '}' without '{'"),
        ("\tJOINT", "\tSTUFF", "row 5: CHANNELS announces 6, names 9"),
        ("Frames: 2", "Frames: many", "expected 'Frames: n'"),
        ("Frames: 2", "Frames: 0", "announces 0 frames: there is no motion"),
        ("Frames: 2", "Frames: 99999999999", "row 20: holds 2 frames, announces 99999999999; .* cut off"),
        ("Frames: 2", "Frames: 1", "holds 2 frames, announces 1; rows were added"),
        ("Frame Time: 0.008333", "Frame Time: 0", "Frame Time is 0 s"),
        ("Frame Time: 0.008333", "Frame Time: 120", "row 18: Frame Time is 120 s.*is it a rate"),
        ("0 91 0 1 2 3 4 5 6.5e0", "0 91 0 1 2 3 4 5", r"row 20: has 8 values for 9 columns"),
        ("0 91 0 1 2 3 4 5 6.5e0", "0 91 0 1 2 3 4 5 nan", r"row 20: Left_Leg yrotation is nan"),
        ("0 91 0 1 2 3 4 5 6.5e0", "0 91 0 1 2 3 4 5 inf", r"row 20: Left_Leg yrotation is inf"),
        ("0 91 0 1 2 3 4 5 6.5e0", "0 91 0 1 2 3 4 5 x", r"row 20: column 'Left_Leg yrotation' holds 'x'"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SMALL
    path = write(tmp_path / "a.bvh", SMALL.replace(old, new, 1))
    with pytest.raises(FileFormatError, match=message):
        read_bvh(path)


def test_no_bvh_at_all(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="no such file"):
        read_bvh(tmp_path / "none.bvh")
    with pytest.raises(FileFormatError, match="is empty"):
        read_bvh(write(tmp_path / "empty.bvh", "\n"))
    (tmp_path / "zeros.bvh").write_bytes(b"\x00" * 100)
    with pytest.raises(FileFormatError, match="is not text"):
        read_bvh(tmp_path / "zeros.bvh")


def test_a_skeleton_of_any_depth_does_not_stop_the_reader(tmp_path: Path) -> None:
    depth = 3000
    joints = "".join(f"JOINT j{i} {{ OFFSET 0 1 0 CHANNELS 1 Xrotation\n" for i in range(depth))
    text = f"HIERARCHY\nROOT r {{ OFFSET 0 0 0 CHANNELS 1 Xrotation\n{joints}{'}' * (depth + 1)}\n"
    text += f"MOTION\nFrames: 1\nFrame Time: 0.01\n{' 0' * (depth + 1)}\n"
    assert len(read_bvh(write(tmp_path / "deep.bvh", text)).names) == depth + 1
