"""Two days of made-up people whose habits, errors and changes are known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.cli import main
from kinelab.core.events import SIDES
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measure, Measures, MeasureSide
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import FileFormatError, InputError
from kinelab.files.native import save
from kinelab.pipeline.reliability_inputs import pair_visits
from kinelab.pipeline.reliability_run import run_reliability

PEOPLE, STRIDES = 6, 4
BETWEEN, WITHIN = 0.15, 0.03  # sd of walking speed between people and from day to day, m/s
STEMS = ("hip_flexion", "knee_angle")


def strides_of(
    rng: np.random.Generator, own: float, shift_deg: float, n: int, stems: tuple[str, ...]
) -> Strides:
    phase = 2 * np.pi * np.linspace(0, 1, 101)
    names = tuple(f"{stem}_{end}" for stem in stems for end in "lr")
    sides = tuple(SIDES[i % 2] for i in range(2 * n))
    bump = shift_deg * np.exp(-(((np.arange(101) - 70) / 6) ** 2))
    base = 25 - (20 + own) * np.cos(phase + 0.1 * own)
    curves = np.stack([base + 3 * k * np.sin(2 * phase) for k in range(len(names))], axis=1)
    of_day = rng.normal(0, 0.7, (2, 1, len(names)))
    for k, wave in enumerate((np.ones(101), np.cos(3 * phase))):
        wander = of_day[k] + rng.normal(0, 0.7, (2 * n, len(names)))
        curves = curves + wander[:, None, :] * wave[None, :, None]
    curves[:, :, 2 if len(names) > 2 else 0] += bump
    start = 0.55 * np.arange(2 * n)
    return Strides(
        sides, start, start + 0.7, start + 1.1, np.ones(2 * n, bool), ("",) * (2 * n), names, curves
    )


def write_run(
    folder: Path, person: str, speed_mps: float, own: float, *, seed: int, shift_deg: float = 0.0,
    n: int = STRIDES, stems: tuple[str, ...] = STEMS,
) -> None:  # fmt: skip
    rng = np.random.default_rng(seed)
    strides = strides_of(rng, own, shift_deg, n, stems)
    table = np.zeros((5, len(strides.names)))
    kinematics = Kinematics(
        strides.names, Timebase(50.0, 5), table, table + np.nan, table == 0, Subject(person)
    )
    rows = [Measure("speed_mps", speed_mps, "m/s", n)]
    for name, base in (("knee_rom_deg", 55.0), ("hip_rom_deg", 40.0)):
        if name.startswith(tuple(stem.split("_")[0] for stem in stems)):
            sides: tuple[MeasureSide, MeasureSide] = SIDES
            rows += [Measure(name, base + 3 * own + rng.normal(), "deg", n, side, sd=1.0) for side in sides]
    save(kinematics, folder / "kinematics.nc")
    save(strides, folder / "strides.nc")
    save(Measures(tuple(rows)), folder / "measures.nc")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Six people; on the second day the left knee bends 10 deg more about 70 % of the stride."""
    root, rng = tmp_path_factory.mktemp("days"), np.random.default_rng(7)
    for i in range(PEOPLE):
        own = float(rng.normal())
        for day in (1, 2):
            write_run(
                root / f"day{day}" / f"r{i}", f"P{i:02d}",
                1.2 + BETWEEN * own + WITHIN * float(rng.normal()), own,
                seed=10 * i + day, shift_deg=10.0 * (day - 1),
            )  # fmt: skip
    write_run(root / "day1" / "alone", "P99", 1.0, 0.0, seed=1)
    return root / "day1", root / "day2"


@pytest.fixture(scope="module")
def study(days: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("study")
    run_reliability(*days, out)
    return out


def test_the_planted_error_and_difference_are_found(study: Path) -> None:
    table = pd.read_csv(study / "reliability.csv").set_index(["quantity", "side"])
    speed = table.loc[("speed_mps", "both")]
    assert speed["n"] == PEOPLE
    assert speed["sem"] == pytest.approx(WITHIN, rel=0.6)
    assert speed["mdc95"] == pytest.approx(1.96 * np.sqrt(2) * speed["sem"], rel=1e-4)
    assert speed["ICC(A,1)"] > 0.8
    assert {"ICC(1)", "ICC(C,1)", "ICC(k)", "ICC(A,k)", "ICC(C,k)"} <= set(table.columns)
    curves = pd.read_csv(study / "curves.csv").set_index("angle")
    assert (curves["spm"] == "permutation").all()
    start, stop = (float(x) for x in curves.loc["knee_angle_l", "beyond_pct"].split(";")[0].split(" to "))
    assert 55 < start < stop < 85  # the bump is at 70 %, its standard deviation 6 %
    assert curves.loc["knee_angle_l", "cmc_between"] < curves.loc["knee_angle_l", "cmc_within"]
    values = pd.read_csv(study / "values.csv")
    assert len(values[values["quantity"] == "speed_mps"]) == PEOPLE


def test_the_page_says_it_and_who_is_left_out(study: Path) -> None:
    page = (study / "reliability.html").read_text(encoding="utf-8")
    for text in ("a change above", "Agreement of the days", "Curves of both days", "P99 (only in", "MDC95"):
        assert text in page
    said = json.loads((study / "reliability.json").read_text(encoding="utf-8"))
    assert said["format"] == "kinelab reliability 1"
    assert len(said["curves"][0]["t"]) == 101
    for name in ("agreement", "curves"):
        assert (study / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_change_of_one_person_is_judged(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(tmp_path / "a", "anna", 0.80, 0.0, seed=1)
    write_run(tmp_path / "b" / "deep" / "er", "anna", 1.10, 0.1, seed=2)
    mdc = study / "reliability.json"
    code = main(["reliability", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "out"),
                 "--mdc", str(mdc)])  # fmt: skip
    said = capsys.readouterr().out
    assert code == 0
    assert "Walking speed: improved, larger by 0.30 m/s. (0.80 (n = 4) to 1.10 m/s (n = 4);" in said
    assert "measures changed by no more than the error of measurement" in said
    table = pd.read_csv(tmp_path / "out" / "changes.csv").set_index(["quantity", "side"])
    assert table.loc[("speed_mps", "both"), "verdict"] == "improved"
    assert table.loc[("knee_rom_deg", "left"), "verdict"] == "within the error of measurement"


def test_several_recordings_of_a_day_count_by_their_strides(tmp_path: Path) -> None:
    write_run(tmp_path / "one", "anna", 1.0, 0.0, seed=1, n=2)
    write_run(tmp_path / "two", "anna", 1.3, 0.0, seed=2, n=4)
    first, _ = pair_visits(tmp_path, tmp_path).people["anna"]
    assert first.values()["speed_mps", "both"] == (pytest.approx(1.2), "m/s", 6)
    assert first.most_strides == 6


def test_without_an_id_the_folder_tells_who_it_is(tmp_path: Path) -> None:
    write_run(tmp_path / "ben", "anonymous", 1.0, 0.0, seed=1)
    assert set(pair_visits(tmp_path, tmp_path).people) == {"ben"}


def refused(*arguments: str | Path) -> int:
    return main(["reliability", *map(str, arguments)])


def test_refusals(days: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    one = days[0] / "r0"  # a folder of one person's result
    write_run(tmp_path / "x" / "r", "somebody", 1.0, 0.0, seed=1)
    assert refused(one, tmp_path / "x", "--out", out) == 2
    error = capsys.readouterr().err
    assert "nobody is in both folders" in error
    assert "P00" in error
    assert "somebody" in error
    write_run(tmp_path / "y" / "r", "P00", 1.0, 0.0, seed=1, n=1)
    assert refused(one, tmp_path / "y", "--out", out) == 2
    assert "P00 (only one stride of a foot on a day" in capsys.readouterr().err
    assert refused(one, one, "--out", out, "--person", "P99", "--mdc", "none.json") == 2
    assert "no 'P99' with strides on both days; there are P00" in capsys.readouterr().err
    assert refused(one, one, "--out", out) == 2
    assert "give --mdc" in capsys.readouterr().err
    assert not out.exists()
    with pytest.raises(InputError, match="no such folder"):
        pair_visits(tmp_path / "none", one)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no results with strides"):
        pair_visits(tmp_path / "empty", one)
    (tmp_path / "other.json").write_text("[]")
    with pytest.raises(FileFormatError, match=r"is no reliability\.json of kinelab reliability"):
        run_reliability(one, one, out, mdc=tmp_path / "other.json")


def test_other_joints_on_the_second_day_are_said(tmp_path: Path) -> None:
    for i in range(3):
        write_run(tmp_path / "a" / f"r{i}", f"P{i}", 1.0, float(i), seed=i, n=2)
        shutil.copytree(tmp_path / "a" / f"r{i}", tmp_path / "b" / f"r{i}")
        lean = Measure("trunk_lean_deg", 3.0 + i, "deg", 2)
        save(Measures((lean,)), tmp_path / "b" / f"r{i}" / "measures.nc")
    with pytest.raises(InputError, match=r"no measure of three people or more on both days.*other joints"):
        run_reliability(tmp_path / "a", tmp_path / "b", tmp_path / "out")


def test_two_people_are_too_few(tmp_path: Path) -> None:
    for i in range(2):
        write_run(tmp_path / f"r{i}", f"P{i}", 1.0 + i, float(i), seed=i)
    with pytest.raises(InputError, match=r"2 people are on both days \(P0, P1\); reliability needs three"):
        run_reliability(tmp_path, tmp_path, tmp_path / "out")
