from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError
from kinelab.files.asf_amc import Asf, read_amc, read_asf

ASF = """# a comment
:version 1.10
:name small
:units
  mass 1.0
  length 0.45
  angle deg
:documentation
  some words
:root
  order TX TY TZ RX RY RZ
  axis XYZ
  position 0 0 0
  orientation 0 0 0
:bonedata
  begin
    id 1
    name lfemur
    direction 0 -2 0
    length 7.5
    axis 0 0 20 XYZ
    dof rx ry rz
    limits (-160.0 20.0)
           (-70.0 70.0)
           (-60.0 70.0)
  end
  begin
    id 2
    name ltibia
    direction 0 -1 0
    length 7.2
    axis 0 0 20 XYZ
    dof rx
    limits (-10.0 170.0)
  end
  begin
    id 3
    name lhipjoint
    direction 1 0 0
    length 2
    axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root lhipjoint
    lhipjoint lfemur
    lfemur ltibia
  end
"""
AMC = """#!OML:ASF F:\\small.ASF
:FULLY-SPECIFIED
:DEGREES
1
root 1 2 3 4 5 6
lfemur 10 20 30
ltibia 40
2
root 1 2 3 4 5 6
ltibia 41
lfemur 11 20 30
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def asf(tmp_path: Path) -> Asf:
    return read_asf(write(tmp_path / "small.asf", ASF))


def test_the_skeleton(asf: Asf) -> None:
    assert [bone.name for bone in asf.bones] == ["lhipjoint", "lfemur", "ltibia"]  # parents first
    assert dict(asf.parents) == {"lhipjoint": "root", "lfemur": "lhipjoint", "ltibia": "lfemur"}
    np.testing.assert_array_equal(asf.bones[1].direction, [0, -1, 0])  # made a unit vector
    assert asf.bones[1].length == 7.5
    assert asf.bones[1].dof == ("rx", "ry", "rz")
    assert asf.unit_m == pytest.approx(0.056444, abs=1e-6)  # mocap.cs.cmu.edu/faqs.php
    assert "lhipjoint" not in asf.dof


def test_the_motion_in_any_order_of_bones(tmp_path: Path, asf: Asf) -> None:
    amc = read_amc(write(tmp_path / "a.amc", AMC), asf)
    assert amc.frames == 2
    np.testing.assert_array_equal(amc.values["lfemur"], [[10, 20, 30], [11, 20, 30]])
    np.testing.assert_array_equal(amc.values["ltibia"], [[40], [41]])


def test_radians_become_degrees(tmp_path: Path, asf: Asf) -> None:
    amc = read_amc(write(tmp_path / "a.amc", AMC.replace(":DEGREES", ":RADIANS")), asf)
    np.testing.assert_allclose(amc.values["ltibia"][:, 0], np.degrees([40, 41]))
    np.testing.assert_allclose(amc.values["root"][0], [1, 2, 3, *np.degrees([4, 5, 6])])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (":hierarchy", ":family", "has no :hierarchy"),
        ("# a comment\n:version", "<html>\n:version", "row 1: begins with '<html>'; an ASF file begins"),
        ("length 0.45", "length 0", "row 6: length unit is 0"),
        ("length 0.45", "length wide", "row 6: 'wide' are not 1 numbers"),
        ("order TX TY TZ RX RY RZ", "order TX TY TZ", "row 11: root order is TX TY TZ"),
        ("axis XYZ", "axis XYY", "row 12: axis order is 'XYY'"),
        ("    name lfemur\n", "", "row 16: a bone lacks name"),
        ("    length 7.5\n", "", "row 16: a bone lacks length"),
        ("direction 0 -2 0", "direction 0 -2", "row 19: '0 -2' are not 3 finite numbers"),
        ("direction 0 -2 0", "direction 0 nan 0", "row 19: '0 nan 0' are not 3 finite numbers"),
        ("direction 0 -2 0", "direction 0 0 0", "row 16: bone lfemur has length 7.5 and a direction of 0"),
        ("length 7.5", "length -7.5", "row 16: bone lfemur has length -7.5"),
        ("name ltibia", "name lfemur", "row 27: bone lfemur occurs twice"),
        ("dof rx ry rz", "dof rx ry rz l", "row 22: dof of lfemur are rx ry rz l"),
        ("    lfemur ltibia\n", "", "bones ltibia are not in the hierarchy"),
        ("lfemur ltibia", "lfemur ltoe", "row 47: 'ltoe' in the hierarchy is no bone"),
        ("lhipjoint lfemur", "ltibia lfemur", "row 46: lfemur hangs on ltibia, which comes later"),
        ("lfemur ltibia", "lfemur ltibia\n    root ltibia", "row 48: ltibia hangs on root, and on lfemur"),
        ("  end\n:hierarchy", ":hierarchy", "row 36: 'begin' without 'end'"),
        ("  end\n  begin\n    id 2", "  begin\n    id 2", "row 26: 'begin' before the 'end'"),
    ],
)
def test_what_is_wrong_with_a_skeleton(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in ASF
    with pytest.raises(FileFormatError, match=message):
        read_asf(write(tmp_path / "bad.asf", ASF.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (AMC, "", "holds no frame"),
        (AMC, "<html>\n1\n", "row 1: '<html>' before the first frame"),
        (AMC, ":FULLY-SPECIFIED\n1\n", "row 2: frame 1 lacks its bones"),
        ("lfemur 10 20 30", "lfemur 10 20", r"row 6: lfemur has 2 values, the skeleton says 3 \(rx ry rz\)"),
        ("lfemur 10 20 30", "lfemur 10 20 nan", "row 6: '10 20 nan' are not 3 finite numbers"),
        ("lfemur 10 20 30", "lfemur 10 20 x", "row 6: '10 20 x' are not 3 numbers"),
        ("lfemur 10 20 30", "tail 10 20 30", "row 6: bone 'tail' does not turn.*another person"),
        ("lfemur 10 20 30", "lhipjoint 1", "row 6: bone 'lhipjoint' does not turn"),
        ("ltibia 40\n", "", "row 7: frame 1 lacks ltibia"),
        ("lfemur 11 20 30\n", "", "row 10: frame 2 lacks lfemur; the file may be cut off"),
        ("\n2\n", "\n3\n", "row 8: frame 3 follows frame 1: frames are missing"),
        ("ltibia 41\n", "ltibia 41\nltibia 41\n", "frame 2 lacks"),
    ],
)
def test_what_is_wrong_with_a_motion(tmp_path: Path, asf: Asf, old: str, new: str, message: str) -> None:
    assert old in AMC
    with pytest.raises(FileFormatError, match=message):
        read_amc(write(tmp_path / "bad.amc", AMC.replace(old, new, 1)), asf)
