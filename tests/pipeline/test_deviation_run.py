"""Norm sets made of results, and recordings scored against them, by the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.cli import main
from kinelab.core.checks import Array
from kinelab.core.events import SIDES
from kinelab.core.kinematics import Kinematics
from kinelab.core.provenance import Provenance
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.files.native import save
from kinelab.gait.norms_store import FOLDER_VARIABLE

STEMS = ("hip_flexion", "hip_adduction", "hip_rotation", "knee_angle", "ankle_angle", "foot_progression")
NAMES = ("pelvis_tilt", "pelvis_list", "pelvis_rotation", *(f"{s}_{e}" for s in STEMS for e in "lr"))


def write_run(
    folder: Path, person: str, rng: np.random.Generator, bent_deg: float = 0.0, *, synthetic: bool = False
) -> Strides:
    """Two strides of each leg; bent_deg more of left knee flexion all along."""
    phase = 2 * np.pi * np.linspace(0, 1, 101)
    waves: Array = np.stack([np.sin(phase), np.cos(phase), np.sin(2 * phase)])
    common = np.random.default_rng(0).normal(0, 8, (len(NAMES), 3)) @ waves
    common[4::2] = common[3::2]  # both legs alike
    common[NAMES.index("knee_angle_l")] += bent_deg
    own = rng.normal(0, 1, (4, len(NAMES), 3)) @ waves + rng.normal(0, 1, (1, len(NAMES), 1))
    start = np.arange(4) * 0.55
    strides = Strides(
        SIDES * 2, start, start + 0.7, start + 1.1, np.ones(4, bool), ("",) * 4, NAMES,
        np.swapaxes(common + own, 1, 2),
    )  # fmt: skip
    table = np.zeros((150, len(NAMES)))
    kinematics = Kinematics(
        NAMES, Timebase(50.0, 150), table, table + np.nan, table == 0, Subject(person),
        Provenance(settings={"model": "our model"}, synthetic=synthetic),
    )  # fmt: skip
    save(kinematics, folder / "kinematics.nc")
    save(strides, folder / "strides.nc")
    return strides


@pytest.fixture
def norms_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "mine"))
    rng = np.random.default_rng(1)
    for i in range(5):
        write_run(tmp_path / "healthy" / f"r{i}", f"H{i}", rng)
    out = tmp_path / "any.safetensors"
    facts = {"name": "ours", "version": "3", "laboratory": "our ward", "model": "our model",
             "source": "our own", "licence": "none"}  # fmt: skip
    options = [part for name, value in facts.items() for part in (f"--{name}", value)]
    assert main(["norms", "make", str(tmp_path / "healthy"), "--out", str(out), *options]) == 0
    return out


def test_a_set_is_made_added_listed_and_scored_against(
    norms_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["norms", "add", str(norms_file)]) == 0
    assert main(["norms", "list"]) == 0
    said = capsys.readouterr().out
    assert "ours 3: 5 people" in said
    assert "adults-fukuchi2018 1: 42 people" in said
    strides = write_run(tmp_path / "run", "P1", np.random.default_rng(9), bent_deg=12.0)
    arguments = ["norms", "score", str(tmp_path / "run"), "--norms", "ours", "--laboratory", "our ward"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "another" not in said
    table = pd.read_csv(tmp_path / "out" / "scores.csv").set_index(["quantity", "side"])
    knee = table.loc[("gvs_knee_flexion_deg", "left")]
    assert (knee["n"], bool(knee["outside"])) == (2, True)
    assert knee["value"] == pytest.approx(12, abs=3)
    assert table.loc[("gps_deg", "left"), "value"] > table.loc[("gps_deg", "right"), "value"]
    assert table.loc[("gdi", "left"), "value"] < table.loc[("gdi", "right"), "value"]
    offset_free = table.loc[("gps_offset_free_deg", "left"), "value"]
    assert offset_free < 0.75 * table.loc[("gps_deg", "left"), "value"]
    scores = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    assert scores["norms"]["laboratory"] == "our ward"
    assert (tmp_path / "out" / "map.png").is_file()
    # None of its strides is used: nothing to score, and said.
    save(replace(strides, used=np.zeros(4, bool)), tmp_path / "run" / "strides.nc")
    assert main([*arguments, "--out", str(tmp_path / "none")]) == 2
    assert "none of its 4 strides was used" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_nobody_who_was_not_measured_is_a_norm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    for i in range(5):
        write_run(tmp_path / "people" / f"r{i}", f"H{i}", rng, synthetic=i == 3)
    options = [
        "--name",
        "n",
        "--version",
        "1",
        "--laboratory",
        "l",
        "--model",
        "m",
        "--source",
        "s",
        "--licence",
        "none",
    ]
    made = tmp_path / "set.safetensors"
    assert main(["norms", "make", str(tmp_path / "people"), "--out", str(made), *options]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "r3: is synthetic (a virtual person, or a twin altered in silico)" in said
    assert not made.exists()


def test_another_laboratory_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "run", "P1", np.random.default_rng(9))
    assert main(["norms", "score", str(tmp_path / "run"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "against a norm set of another model" in said
    assert "Whether the norm set's laboratory is that of these angles is not known" in said
    assert main(["norms", "score", str(tmp_path), "--out", str(tmp_path / "out2")]) == 2
    assert "holds no kinematics.nc and strides.nc" in capsys.readouterr().err
    arguments = ["norms", "score", str(tmp_path / "run"), "--out", str(tmp_path / "o"), "--norms", "theirs"]
    assert main(arguments) == 2
    assert "no norm set 'theirs'" in capsys.readouterr().err
