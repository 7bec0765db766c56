from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.cli import main
from kinelab.errors import FileFormatError, InputError
from kinelab.study.fairness import fairness


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Sixty people, three rows each; old ones are told 3 deg worse."""
    rng = np.random.default_rng(1)
    age = rng.uniform(20, 80, 60)
    rows = [
        {"person": i, "mae_deg": 5 + 3 * (age[i] >= 65) + rng.normal(0, 0.5), "age_years": age[i],
         "sex": "f" if i % 2 else "m", "synthetic": 1}
        for i in range(60) for _ in range(3)
    ]  # fmt: skip
    path = tmp_path / "errors.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_who_is_served_worse_is_named(table: Path, tmp_path: Path) -> None:
    found = fairness(table, tmp_path / "out", value="mae_deg")
    assert [row.trait for row in found.rows if row.p_adjusted is not None and row.p_adjusted < 0.05]
    old = next(row for row in found.rows if row.level == "65 and above")
    assert old.difference == pytest.approx(3, abs=0.3)
    assert "age_years 65 and above" in found.text
    assert "sex" not in found.text
    written = pd.read_csv(found.table)
    assert written.people[written.trait == "sex"].sum() == 60  # people, not rows
    assert (written.synthetic == 1).all()
    assert found.figure.read_text(encoding="utf-8").count("n = ") == len(found.rows)


def test_on_the_command_line(table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    given = ["study", "fairness", str(table), "--value", "mae_deg", "--by", "age_years", "--out", str(out)]
    assert main([*given, "--edges", "age_years=50"]) == 0
    assert "below 50" in pd.read_csv(out / "fairness.csv").level.tolist()
    assert "fairness.svg" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([*given, "--edges", "age_years:50"])
    assert "is not TRAIT=A,B" in capsys.readouterr().err
    assert main([*given[:4], "error", *given[5:]]) == 2
    assert "has no column 'error'; there are person, mae_deg" in capsys.readouterr().err


def test_refusals(table: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(table)
    frame.loc[1, "sex"] = "m" if frame.sex[0] == "f" else "f"
    frame.to_csv(tmp_path / "changing.csv", index=False)
    with pytest.raises(FileFormatError, match="sex of person 0 differs between rows"):
        fairness(tmp_path / "changing.csv", tmp_path / "out", value="mae_deg")
    frame[["person", "mae_deg"]].to_csv(tmp_path / "bare.csv", index=False)
    with pytest.raises(FileFormatError, match="has none of the traits sex, age_years"):
        fairness(tmp_path / "bare.csv", tmp_path / "out", value="mae_deg")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(FileFormatError, match="is no table"):
        fairness(tmp_path / "empty.csv", tmp_path / "out", value="mae_deg")
    with pytest.raises(InputError, match="there is no file"):
        fairness(tmp_path / "none.csv", tmp_path / "out", value="mae_deg")
    assert not (tmp_path / "out").exists()
