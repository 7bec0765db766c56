"""Curves of strides: the mark of what nobody walked is never lost, and files come back as they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.gait.deviation_variables import NAMES
from kinelab.patterns.curve_files import read_stride_curves, write_stride_curves
from kinelab.patterns.stride_curves import StrideCurves, joined, leg_means, measured_only

People = Callable[..., StrideCurves]
PUBLIC = "SubjectStudyID,GLID,SessionID,SessionName,TrialName,Side,VariableName,Dim,StrideID"


def test_the_mark_stays_with_its_row(people: People, tmp_path: Path) -> None:
    real, made = people(3), people(2, "made", first=7)
    made = replace(made, synthetic=np.ones(4, bool))
    both = joined(real, made, real.chosen([0]))
    assert both.synthetic.tolist() == [False] * 6 + [True] * 4 + [False]
    assert both.chosen(both.of_group("made")).synthetic.all()
    write_stride_curves(both, tmp_path / "both.csv")
    back = read_stride_curves(tmp_path / "both.csv")
    np.testing.assert_allclose(back.curves_deg, both.curves_deg, rtol=1e-6, atol=1e-9)
    for name in ("person", "session", "side", "group"):
        assert getattr(back, name) == getattr(both, name)
    assert back.synthetic.tolist() == both.synthetic.tolist()
    with pytest.raises(InputError, match=r"4 of 11 strides are synthetic, and this table rests on measured"):
        measured_only(back, "this table")
    assert measured_only(real, "this table") is real


def test_a_mean_with_one_synthetic_stride_is_synthetic(people: People) -> None:
    real = people(2)
    mixed = joined(real, replace(real.chosen([0]), synthetic=np.array([True])), real.chosen([2, 2]))
    means = leg_means(mixed)
    assert means.n == 4
    assert means.synthetic.tolist() == [True, False, False, False]
    np.testing.assert_allclose(means.curves_deg, real.curves_deg)


def test_a_curve_that_is_not_whole_is_left_out_of_the_mean(people: People) -> None:
    one = people(1).chosen([0, 0])
    curves = np.array(one.curves_deg)
    curves[1, 6] += 9
    curves[1, 2, 50] = np.nan
    means = leg_means(replace(one, curves_deg=curves))
    np.testing.assert_allclose(means.curves_deg[0, 2], one.curves_deg[0, 2])
    np.testing.assert_allclose(means.curves_deg[0, 6], one.curves_deg[0, 6] + 4.5)
    assert replace(one, curves_deg=curves).whole.tolist() == [True, False]


def public_row(session: str, side: str, name: str, dim: int, value: float) -> str:
    return ",".join(
        ["7", "1", session, "FirstCondition", "t", side, name, str(dim), "1", *[f"{value}"] * 101]
    )


def test_the_public_table_is_read_by_its_sessions(tmp_path: Path) -> None:
    heads = f"{PUBLIC},{','.join(f'GCpc_{i}' for i in range(101))}"
    sessions = {
        "WBDS07": "healthy",
        "SUB01_off": "parkinson off",
        "SUB01_on": "parkinson on",
        "TF5": "amputee",
    }
    rows = [public_row(s, "R", "KneeAngles", 2, 5.5) for s in sessions]
    path = tmp_path / "public.csv"
    path.write_text("\n".join([heads, *rows, public_row("WBDS07", "L", "PelvisAngles", 2, -3)]))
    read = read_stride_curves(path)
    assert read.group == (*sessions.values(), "healthy")
    assert read.side == ("right",) * 4 + ("left",)
    assert (read.curves_deg[0, NAMES.index("knee_flexion")] == 5.5).all()
    assert (read.curves_deg[4, NAMES.index("pelvic_tilt")] == -3).all()
    assert np.isfinite(read.curves_deg).sum() == 5 * 101
    path.write_text("\n".join([heads, *rows, public_row("X07", "L", "PelvisAngles", 2, -3)]))
    with pytest.raises(FileFormatError, match=r"row 6: session 'X07' is of no group"):
        read_stride_curves(path)


def test_what_is_wrong_with_a_table_is_told_with_its_row(people: People, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_stride_curves(people(1), path)
    lines = path.read_text().splitlines()
    for old, new, said in (
        (",0,pelvic", ",maybe,pelvic", r"row 2: synthetic is 'maybe', allowed are 0, 1"),
        (",left,", ",both,", r"row 2: side is 'both', allowed are left, right"),
        ("pelvic_tilt", "tilt", r"row 2: variable is 'tilt', allowed are pelvic_tilt"),
    ):
        path.write_text("\n".join([lines[0], lines[1].replace(old, new)]))
        with pytest.raises(FileFormatError, match=said):
            read_stride_curves(path)
    path.write_text("\n".join([lines[0], f"{lines[1]},5"]))
    with pytest.raises(FileFormatError, match=r"row 2: has 109 cells, expected 108"):
        read_stride_curves(path)
    # Without the column nobody could say whether these strides were walked.
    path.write_text("\n".join([lines[0].replace("synthetic,", ""), lines[1]]))
    with pytest.raises(
        FileFormatError, match=r"row 1: begins with person, .*expected the columns .*synthetic"
    ):
        read_stride_curves(path)
    path.write_text(lines[0])
    with pytest.raises(FileFormatError, match="holds no curves"):
        read_stride_curves(path)


def test_folders_without_results_and_noun_errors(people: People, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no results with strides"):
        read_stride_curves(tmp_path)
    with pytest.raises(InputError, match="there is no table of curves"):
        read_stride_curves(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no curves to join"):
        joined()
    with pytest.raises(InputError, match=r"synthetic has shape \(1,\), expected \(2,\)"):
        replace(people(1), synthetic=np.zeros(1, bool))
