"""`kinelab anomaly`, and what `kinelab gait` says of unusual movement."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.cli import main
from kinelab.core.checks import Array
from kinelab.core.events import SIDES, GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.measures import Measures
from kinelab.core.provenance import Provenance
from kinelab.core.strides import Strides
from kinelab.core.subject import Subject
from kinelab.core.timebase import Timebase
from kinelab.errors import ModelError
from kinelab.files.native import save
from kinelab.gait.deviation_variables import NAMES, VARIABLES
from kinelab.patterns.anomaly_file import load_anomaly
from kinelab.patterns.curve_files import read_stride_curves, write_stride_curves
from kinelab.patterns.planted import Planted, plant
from kinelab.patterns.stride_curves import StrideCurves, joined
from kinelab.pipeline import anomaly_run
from kinelab.pipeline.anomaly_run import anomaly_of, with_anomaly_section
from kinelab.reports.analysis import Analysis

STIFF = Planted("knee_flexion", 50, 90, -40)
FACTS = {"name": "ours", "version": "1", "laboratory": "our ward", "model": "our model", "source": "us",
         "licence": "none"}  # fmt: skip
LABELS = [part for name, value in FACTS.items() for part in (f"--{name}", value)]


def analysed(curves_deg: dict[str, Array]) -> Analysis:
    """One stride of each side with these nine curves, in kinelab's own angles and signs."""
    names = [v.angle + end for v in VARIABLES for end in ([""] if v.of_pelvis else ["_l", "_r"])]
    curves = np.zeros((2, 101, len(names)))
    for i, side in enumerate(SIDES):
        for k, variable in enumerate(VARIABLES):
            sign = variable.right if side == "right" else variable.left
            name = variable.angle + ("" if variable.of_pelvis else f"_{side[0]}")
            curves[i, :, names.index(name)] = sign * curves_deg[side][k]
    start = np.array([0.0, 0.5])
    strides = Strides(SIDES, start, start + 0.6, start + 1.0, np.ones(2, bool), ("", ""), tuple(names),
                      curves)  # fmt: skip
    table = np.zeros((150, len(names)))
    kinematics = Kinematics(
        tuple(names), Timebase(50.0, 150), table, table + np.nan, table == 0, Subject("P1"), Provenance()
    )
    events = GaitEvents((), (), np.empty(0), np.empty(0), ())
    return Analysis(kinematics, events, strides, Measures(()), Provenance(), given="angles")


def people(count: int, group: str) -> StrideCurves:
    """Two legs each, of five waves a curve as large as the person likes."""
    phase, rng = 2 * np.pi * np.linspace(0, 1, 101), np.random.default_rng(3)
    waves = np.stack([np.cos(k * phase / 2) for k in range(5)])
    curves = np.einsum("nvk,kt->nvt", np.repeat(rng.normal(5, 2, (count, 9, 5)), 2, axis=0), waves)
    curves += rng.normal(0, 1, (2 * count, 9, 1))
    names = tuple(f"{group} {i // 2}" for i in range(2 * count))
    return StrideCurves(
        curves, names, names, SIDES * count, (group,) * (2 * count), np.zeros(2 * count, bool)
    )  # fmt: skip


@pytest.fixture(autouse=True)
def one_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anomaly_run, "MOST_FIGURES", 1)


@pytest.fixture(scope="module")
def usual() -> Array:
    return np.asarray(load_anomaly().mean_deg)


def test_a_gait_analysis_gets_measure_finding_and_part(usual: Array) -> None:
    stiff = plant(usual[None], STIFF)[0]
    measures, findings = anomaly_of({"left": usual[None], "right": stiff[None]})
    assert {m.side: m.outside for m in measures} == {"left": False, "right": True, "both": True}
    finding = findings[0]
    assert finding.level == "attention"
    assert "unlike that of 42 healthy people, most of all the right knee flexion at" in finding.text
    assert "deg less than in the healthy" in finding.text
    assert "n = 1 left, 1 right strides" in finding.evidence
    assert "another way of measuring may be a part of it" in finding.evidence
    analysis = replace(analysed({"left": usual, "right": stiff}), measures=Measures(measures))
    part = with_anomaly_section(analysis).sections[0]
    assert part.title == "Unusual movement"
    assert "no diagnosis" in part.text[1]
    titles = [ax.get_title(loc="left") for ax in part.figures[0].figure.axes]
    assert "Knee flexion, right  (n = 1 stride)" in titles
    assert "Share of the left leg's score" in titles


def test_usual_movement_and_missing_curves_are_told_as_such(usual: Array) -> None:
    _, findings = anomaly_of({"left": usual[None], "right": usual[None]})
    assert findings[0].level == "info"
    assert "is not unusual beside that of 42 healthy people" in findings[0].text
    lacking = usual[None].copy()
    lacking[:, NAMES.index("hip_rotation")] = np.nan
    assert anomaly_of({"left": lacking, "right": lacking}) == ((), ())
    none = analysed({"left": usual, "right": usual})
    assert with_anomaly_section(none) is none


def test_a_damaged_model_costs_its_own_score_only(usual: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged() -> None:
        raise ModelError("weights are damaged")

    monkeypatch.setattr(anomaly_run, "load_anomaly", damaged)
    measures, findings = anomaly_of({"left": usual[None], "right": usual[None]})
    assert not measures
    assert (findings[0].text, findings[0].evidence) == (
        "Unusual movement was not looked for.", "weights are damaged"
    )  # fmt: skip


def test_sessions_of_a_table_are_scored_with_their_marks(
    usual: Array, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stiff = plant(usual[None], STIFF)[0]
    lacking = usual.copy()
    lacking[0] = np.nan
    rows = [
        StrideCurves(curve[None], (who,), ("visit",), (side,), ("",), np.array([made]))
        for who, curve, made in (("A", usual, False), ("B", stiff, True), ("C", lacking, False))
        for side in SIDES
    ]
    write_stride_curves(joined(*rows), tmp_path / "table.csv")
    assert main(["anomaly", "score", str(tmp_path / "table.csv"), "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "1 of 2 sessions are unusual" in said
    assert "1 sessions lack a curve" in said
    assert "Whether the norm set's model is that of these angles is not known" in said
    table = pd.read_csv(tmp_path / "out" / "anomaly.csv").set_index("person")
    assert table["synthetic"].tolist() == [0, 1, 0]
    assert table.loc["B", "right_curve"] == "knee_flexion"
    assert np.isnan(table.loc["C", "score_deg"])
    kept = json.loads((tmp_path / "out" / "anomaly.json").read_text())
    assert kept["sessions"][2]["why_not"] == "no leg has all nine curves"
    assert kept["sessions"][1]["synthetic"]
    assert (tmp_path / "out" / "figures" / "anomaly_01.png").is_file()


def test_results_of_kinelab_are_read(
    usual: Array, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = analysed({"left": usual, "right": usual})
    save(one.kinematics, tmp_path / "run" / "kinematics.nc")
    save(one.strides, tmp_path / "run" / "strides.nc")
    read = read_stride_curves(tmp_path, "healthy")
    assert (read.person, read.session, read.group) == (("P1", "P1"), ("run", "run"), ("healthy",) * 2)
    np.testing.assert_allclose(read.curves_deg[0, 6], usual[6], atol=1e-9)
    options = ["--model", FACTS["model"], "--laboratory", FACTS["laboratory"]]
    assert main(["anomaly", "score", str(tmp_path), "--out", str(tmp_path / "out"), *options]) == 0
    assert "against a norm set of another model" in capsys.readouterr().out


def test_a_model_of_your_own_is_trained_and_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    write_stride_curves(people(20, "healthy"), tmp_path / "healthy.csv")
    own = tmp_path / "own"
    arguments = ["anomaly", "train", str(tmp_path / "healthy.csv"), *LABELS, "--quick", "--out", str(own)]
    assert main(arguments) == 0
    assert "20 healthy people; a score above" in capsys.readouterr().out
    assert json.loads((own / "card.json").read_text())["data"].startswith("20 people, 40 legs")
    table = str(tmp_path / "healthy.csv")
    weights = [
        "--weights",
        str(own / "anomaly.safetensors"),
        "--laboratory",
        "our ward",
        "--model",
        "our model",
    ]
    assert main(["anomaly", "score", table, *weights, "--out", str(tmp_path / "out")]) == 0
    assert "of 20 sessions are unusual" in capsys.readouterr().out


def test_bad_input_ends_with_two_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    write_stride_curves(people(3, "amputee"), tmp_path / "table.csv")
    for arguments, said in (
        (["score", str(tmp_path / "none")], "there is no table of curves and no folder"),
        (
            ["score", str(tmp_path / "table.csv"), "--weights", str(tmp_path / "w")],
            "there is no network file",
        ),
        (["train", str(tmp_path / "table.csv"), *LABELS], "no row is of group 'healthy'; there are amputee"),
        (["train", str(tmp_path / "table.csv"), *LABELS, "--seeds", "0"], "seeds is 0"),
    ):
        assert main(["anomaly", *arguments, "--out", str(out)]) == 2
        assert said in capsys.readouterr().err
        assert not out.exists()
