from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kinelab.cli import main
from kinelab.cli.lab import EPILOG
from kinelab.pipeline import lab

SMALL = ["--size", "64x64", "--fps", "10", "--duration", "0.3", "--body", "solids", "--jobs", "1", "--quiet"]


def test_from_the_command_to_the_contact_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "study"
    options = [
        "--movement", "walk", "--pattern", "stiff_knee", "--dose", "0.5,1", "--sensors", "pelvis",
        "--raters", "1", "--others", "1", "--occluders", "--masks", "--place", "corridor", "--seed", "2",
        "--camera-height", "0.8", "--sensor-format", "xsens", "--marker-format", "c3d", "--plates",
    ]  # fmt: skip
    assert main(["lab", "make", *SMALL, *options, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "1 trials of 1 virtual people, 1 made now" in said
    assert f"Look at: {out}/contact_sheet.jpg" in said
    trial = out / "V0001/walk_stiff_knee_01"
    for name in (
        "sagittal.mp4",
        "imu/MT_virtual_pelvis.txt",
        "markers.c3d",
        "labels/sagittal_rater1.csv",
        "truth/sagittal_part/000000.png",
    ):
        assert (trial / name).is_file()
    (out / "contact_sheet.jpg").unlink()
    assert main(["lab", "sheet", str(out)]) == 0
    assert (out / "contact_sheet.jpg").is_file()


def test_the_list_names_what_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "list"]) == 0
    said = capsys.readouterr().out
    for name in (
        "johnson2022",
        "drop_landing_left",
        "parkinsonian_shuffle",
        "overhead",
        "pool",
        "older_adults",
    ):
        assert re.search(rf"^  {name}\b", said, re.MULTILINE)


def test_the_examples_of_the_help_can_be_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every example is understood and asks for what exists."""
    monkeypatch.chdir(tmp_path)
    Path("clip.bvh").write_text("")
    checked = []

    def check_only(design: lab.LabDesign, out: Path, *_: object) -> lab.Study:
        lab._check(design, new=False)
        checked.append(out)
        return lab.Study(out, out, "")

    monkeypatch.setattr(lab, "make_study", check_only)
    examples = [re.split(r"\s{3,}", line.strip())[0] for line in EPILOG.splitlines() if "lab make" in line]
    for example in examples:
        assert main([*shlex.split(example)[1:], "--quiet"]) == 0
    assert len(checked) == len(examples) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--size", "abc"], "argument --size: 'abc' is no size; give WIDTHxHEIGHT, such as 960x540"),
        (["--size", "0x0"], "size_px is (0, 0), expected 64 to 4096 each"),
        (["--dose", "x"], "argument --dose: 'x' is no dose; give one number or two"),
        (["--pattern", "crouch", "--dose", "2"], "dose is (2.0, 2.0), expected 0 to 1"),
        (["--movement", "fly"], "no movement 'fly'; there are walk, run"),
        (["--cameras", "nonsense"], "no view 'nonsense'; there are frontal"),
        (["--sensors", "nonsense"], "no sensor site 'nonsense'; there are pelvis"),
        (["--place", "moon"], "no place 'moon'; there are laboratory"),
        (["--backgrounds", "none"], "none: there is no such folder of backgrounds"),
        (["--motion", "none.bvh"], "none.bvh: there is no such motion file"),
        (["--people", "0"], "people is 0, expected 1 to 100000"),
        (["--jobs", "0"], "jobs is 0, expected 1 or more processes"),
        (["--outfit", "suit"], "invalid choice: 'suit'"),
        (["--movement", "squat", "--treadmill"], "nobody does 'squat' on a treadmill"),
        (
            ["--cameras", "overhead", "--camera-height", "2"],
            "one camera is overhead; a camera that hangs over",
        ),
        (["--sensors", "foot_r,heel_r", "--sensor-format", "xsens"], "foot_r, heel_r are on one body"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    try:
        code = main(["lab", "make", "--quiet", "--out", str(out), *options])
    except SystemExit as stop:
        code = int(str(stop.code))
    assert code == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said
    assert not out.exists()
