from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kinelab.core.report import Report
from kinelab.core.strides import Strides
from kinelab.errors import OutputError
from kinelab.exchange.research import ResearchSession, ResearchTables, research_tables
from kinelab.exchange.research_files import write_research


@pytest.fixture
def tables(report: Report, strides: Strides) -> ResearchTables:
    """Two people; the second has an angle more, and was never alive."""
    curves = np.concatenate([strides.curves_deg, strides.curves_deg[:, :, :1] + 5], axis=2)
    other = replace(strides, names=(*strides.names, "hip_flexion_l"), curves_deg=curves)
    virtual = replace(report.provenance, synthetic=True, inputs=())
    second = replace(report, subject=replace(report.subject, id="P-18"), provenance=virtual)
    sessions = [ResearchSession(report, strides), ResearchSession(second, other)]
    return research_tables(sessions, b"a key of the tests.")


def test_files_are_tidy_and_every_column_is_explained(tables: ResearchTables, tmp_path: Path) -> None:
    written = write_research(tables, tmp_path / "out", licence="CC BY 4.0")
    assert sorted(path.name for path in written) == sorted(p.name for p in (tmp_path / "out").iterdir())
    words = pd.read_csv(tmp_path / "out" / "dictionary.csv").fillna("")
    assert (words["meaning"] != "").all()
    for name in ("people.csv", "sessions.csv", "measures.csv", "strides.csv"):
        columns = pd.read_csv(tmp_path / "out" / name).columns
        assert set(columns) <= set(words.loc[words["file"] == name, "name"])
    speed = words[words["name"] == "speed_mps"].iloc[0]
    assert (speed["unit"], speed["source"][:6]) == ("m/s", "Levine")
    assert (tmp_path / "out" / "LICENCE.txt").read_text().startswith("CC BY 4.0\n")


def test_numbers_come_back_as_they_were(tables: ResearchTables, tmp_path: Path) -> None:
    write_research(tables, tmp_path / "out")
    again = pd.read_csv(tmp_path / "out" / "measures.csv")
    assert again["value"].tolist() == tables.measures["value"].tolist()
    assert "ask who exported" in (tmp_path / "out" / "LICENCE.txt").read_text().lower()


def test_curves_of_sessions_with_other_angles_stand_in_one_file(
    tables: ResearchTables, strides: Strides, tmp_path: Path
) -> None:
    write_research(tables, tmp_path / "out", licence="CC BY 4.0")
    with xr.open_dataset(tmp_path / "out" / "curves.nc", engine="h5netcdf") as data:
        assert data["curve"].shape == (8, 101, 4)
        assert data["curve"].attrs["units"] == "degree"
        assert data.attrs["license"] == "CC BY 4.0"
        assert data.attrs["synthetic"] == 1
        knee = data["curve"].sel(coordinate="knee_angle_l").to_numpy()
        np.testing.assert_allclose(knee[:4], strides.curves_deg[:, :, 0], rtol=1e-6)
        hip = np.isnan(data["curve"].sel(coordinate="hip_flexion_l").to_numpy()).all(axis=1)
        assert sorted(hip.tolist()) == [False] * 4 + [True] * 4
        assert set(data["session"].to_numpy()) == {session for session, _ in tables.curves}
        assert data["used"].to_numpy().tolist() == [1, 1, 1, 0] * 2


def test_a_folder_that_holds_something_is_refused(tables: ResearchTables, tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("x")
    with pytest.raises(OutputError, match="is not empty; an export goes into a new folder"):
        write_research(tables, tmp_path)
