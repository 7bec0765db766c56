"""`kinelab study`: what its options mean, and a study of test and retest from the command to the page."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import study
from kinelab.core.kinematics import Kinematics
from kinelab.core.timebase import Timebase
from kinelab.errors import InputError
from kinelab.files.native import save


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    study.add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    "example", re.findall(r"^  kinelab study ((?:.+\\\n)*.+)$", study.EPILOG, re.MULTILINE)
)
def test_every_example_of_the_help_is_understood(example: str) -> None:
    given = shlex.split(example.replace("\\\n", " "))
    assert parse(*given).out == Path(given[given.index("--out") + 1])


def test_lists_of_levels() -> None:
    args = parse(
        "training-parameters", "P", "--out", "O", "--frames", "80,20,40", "--iterations", "25k:100k:25k"
    )
    assert args.frames == (20, 40, 80)
    assert args.iterations == (25_000, 50_000, 75_000, 100_000)


def test_a_list_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("training-parameters", "P", "--out", "O", "--frames", "many")
    assert "'many' is no list of numbers; give 20,40,80 or 25k:250k:25k" in capsys.readouterr().err


def test_two_days_from_the_command_to_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    time = Timebase(50.0, 300)
    wave = 0.5 * (1 + np.cos(2 * np.pi * time.time_s / 0.83))
    for day in (1, 2):
        for person in range(3):
            angle = ((60 + 8 * person + day) * wave)[:, None]
            held = Kinematics(
                ("knee_angle_r",), time, angle, np.full(angle.shape, np.nan), np.ones(angle.shape, bool)
            )
            save(held, tmp_path / f"day{day}" / f"P{person}.nc")
    out = tmp_path / "out"
    args = parse("test-retest", str(tmp_path / "day1"), str(tmp_path / "day2"), "--out", str(out))
    assert study.run(args) == 0
    said = capsys.readouterr().out
    assert re.search(r"Angles: ICC\(A,1\) .*0\.99, ", said)
    assert f"Look at: {out / 'retest.html'}" in said
    whole = parse("test-retest", str(tmp_path), "--out", str(tmp_path / "both"))
    assert study.run(whole) == 0
    assert capsys.readouterr().out.splitlines()[:-1] == said.splitlines()[:-1]
    with pytest.raises(InputError, match="3 folders were given; give one for each of the two days"):
        study.run(parse("test-retest", "a", "b", "c", "--out", "o"))


def test_no_project_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"project\.json: no such file"):
        study.run(parse("training-parameters", str(tmp_path), "--out", str(tmp_path / "o"), "--quiet"))
