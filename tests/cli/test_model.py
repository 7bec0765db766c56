from __future__ import annotations

from pathlib import Path

import pytest

from kinelab.body import opensim_check
from kinelab.body.model_file import save_model
from kinelab.body.opensim_check import Difference
from kinelab.body.osim import read_osim
from kinelab.cli import main

TEXT = """<?xml version="1.0"?><OpenSimDocument Version="40600"><Model name="leg[left]"><BodySet><objects>
<Body name="thigh"><mass>7.5</mass><inertia>1 1 1 0 0 0</inertia></Body>
<Body name="shank"><mass>3.25</mass><inertia>1 1 1 0 0 0</inertia></Body></objects></BodySet>
<JointSet><objects>
<PinJoint name="hip"><socket_parent_frame>/ground</socket_parent_frame>
<socket_child_frame>/bodyset/thigh</socket_child_frame><coordinates><Coordinate name="hip_flexion">
<default_value>0.5235987755982988</default_value><range>-0.5235987755982988 2.0943951023931953</range>
<clamped>true</clamped></Coordinate></coordinates></PinJoint>
<PinJoint name="knee"><socket_parent_frame>/bodyset/thigh</socket_parent_frame>
<socket_child_frame>/bodyset/shank</socket_child_frame><coordinates><Coordinate name="knee_angle">
<range>0 2</range></Coordinate></coordinates></PinJoint></objects></JointSet>
<ConstraintSet><objects><CoordinateCouplerConstraint name="follow"><coupled_coordinates_function>
<LinearFunction><coefficients>0.5 0</coefficients></LinearFunction></coupled_coordinates_function>
<independent_coordinate_names>hip_flexion</independent_coordinate_names>
<dependent_coordinate_name>knee_angle</dependent_coordinate_name></CoordinateCouplerConstraint></objects>
</ConstraintSet><MarkerSet><objects><Marker name="ankle">
<socket_parent_frame>/bodyset/shank</socket_parent_frame>
<location>0 -0.4 0</location></Marker></objects></MarkerSet></Model></OpenSimDocument>"""


@pytest.fixture
def leg(tmp_path: Path) -> Path:
    path = tmp_path / "leg.osim"
    path.write_text(TEXT)
    return path


def cells(text: str, first: str) -> list[str]:
    """The cells of the table row that begins with this word."""
    (row,) = [line for line in text.splitlines() if line.startswith(f"│ {first} ")]
    return [cell.strip() for cell in row.strip("│").split("│")]


def test_info_of_an_osim_and_of_the_same_json(leg: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "info", str(leg)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("leg[left]\n")
    assert "2, 10.75 kg" in text
    assert "2 PinJoint" in text
    assert "2, 1 of them coupled" in text
    assert "markers on shank: ankle" in text
    assert cells(text, "shank") == ["shank", "3.250", "thigh", "knee (PinJoint)"]
    assert cells(text, "hip_flexion") == ["hip_flexion", "30", "-30 to 120", "deg", "clamped"]
    assert cells(text, "knee_angle")[4].startswith("follows")
    save_model(read_osim(leg), leg.with_suffix(".json"))
    assert main(["model", "info", str(leg.with_suffix(".json"))]) == 0
    assert capsys.readouterr().out == text


def test_check_says_the_same_and_exits_with_0(leg: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "check", str(leg), "--poses", "7", "--seed", "3"]) == 0
    text = capsys.readouterr().out
    assert "7 random poses (seed 3), largest differences from OpenSim" in text
    assert all(what in text for what in ("forward", "layer float64 by depth", "layer float32 by joint"))
    assert text.endswith("the same: within 1e-09 m\n")


@pytest.mark.parametrize(
    ("apart_m", "double", "code"), [(2e-9, True, 1), (float("nan"), True, 1), (2e-6, False, 0)]
)
def test_check_exits_with_1_above_the_limit(
    apart_m: float,
    double: bool,
    code: int,
    leg: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = Difference("forward", double, apart_m, "shank", 0.0, "thigh")
    monkeypatch.setattr(opensim_check, "compare_with_opensim", lambda *_, **__: (found,))
    assert main(["model", "check", str(leg), "--no-layer"]) == code
    text = capsys.readouterr().out
    assert f"{apart_m:.1e} m at shank" in text
    assert ("not the same: forward above 1e-09 m" in text) == bool(code)


def test_what_is_no_model_has_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "info", str(tmp_path / "none.osim")]) == 2
    assert "no such file; expected the path of an OpenSim" in capsys.readouterr().err
    assert main(["model", "info", "walk.c3d"]) == 2
    assert "ends in .osim or .json, not in .c3d" in capsys.readouterr().err
    (tmp_path / "m.json").write_text("{}")
    assert main(["model", "check", str(tmp_path / "m.json")]) == 2
    assert "this is no XML" in capsys.readouterr().err
