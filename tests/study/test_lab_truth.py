"""The page about the virtual laboratory: every mark is on it, and a part that fails says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import main
from kinelab.errors import FileFormatError
from kinelab.study import lab_truth_repeat
from kinelab.study.lab_truth_gait import healthy_curves
from kinelab.study.lab_truth_pace import read_norms
from kinelab.study.lab_truth_parts import Mark, Part, page, prose, spread
from kinelab.study.lab_truth_repeat import describe, differing, digests

PAGE = "# Validation\n\n<!-- begin lab -->\n<!-- end lab -->\n"


def test_a_missed_mark_is_told_as_missed() -> None:
    parts = [
        Part("Feet", "Ten people.", (Mark("feet do not slide", "<= 5 mm", "7.0 mm", met=False),)),
        Part("People", "Ten people.", (Mark("tall enough", "within 10 mm", "3 mm", met=True),)),
    ]
    text = page("Synthetic.", parts)
    assert "| feet do not slide | <= 5 mm | 7.0 mm | **no** |" in text
    assert "| tall enough | within 10 mm | 3 mm | yes |" in text
    assert text.index("| tall enough") < text.index("### Feet") < text.index("### People")


def test_spread_of_one_value_has_no_sd() -> None:
    assert spread([2.0], 1) == "2.0"
    assert spread([1.0, 3.0, np.nan], 1) == "2.0 ± 1.4"
    assert spread([np.nan], 1) == "-"
    assert (
        prose("""a
        b""")
        == "a b"
    )


def test_quick_fills_its_section_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """End to end, without real recordings; one process, for spawning more takes longer than all the rest."""
    pytest.importorskip("opensim")
    monkeypatch.setattr(lab_truth_repeat, "RUNS", {"first": 1, "again": 1})
    (tmp_path / "page.md").write_text(PAGE)
    assert main(["validate", "lab", "--quick", "--page", str(tmp_path / "page.md")]) == 0
    text = (tmp_path / "page.md").read_text()
    assert "Made by `kinelab validate lab --seed 0 --quick`" in text
    assert "Without --shared walking is not set beside real people." in text
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines()}
    for mark in (
        "OpenSim IK returns the angles, frames away from limits",
        "kinelab's IK returns the angles, all frames",
        "gyroscope re-integrated over 3 s, strap-down increments",
        "accelerometer at rest reads +g up",
        "projected joint centres inside the silhouette, unless covered",
        "cadence grows with a power of speed",
        "joint centres of skeleton and mesh",
        "same seed, same bytes, whatever the number of processes",
    ):
        assert rows[mark].endswith("| yes |"), rows[mark]
    for row in ("walk", "hip", "young_adults", "drop_foot", "population: children"):
        assert row in rows


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="is missing; --shared is the folder that holds gait/"):
        healthy_curves(tmp_path / "curves.csv")
    (tmp_path / "curves.csv").write_text("a,b,c,d,e,f,g,h,i,0\n")
    with pytest.raises(FileFormatError, match="holds no HipAngles, dimension 2, of right legs"):
        healthy_curves(tmp_path / "curves.csv")
    with pytest.raises(FileFormatError, match="is missing; --shared is the folder that holds gait/"):
        read_norms(tmp_path / "norms.txt")
    (tmp_path / "norms.txt").write_text("Gender;Age (min);Age (max);Pace\n")
    with pytest.raises(FileFormatError, match="holds no rows of pace 'Normal'"):
        read_norms(tmp_path / "norms.txt")


def test_one_other_byte_is_found(tmp_path: Path) -> None:
    made = {}
    for name in ("first", "again", "by two processes"):
        (tmp_path / name / "truth").mkdir(parents=True)
        (tmp_path / name / "truth" / "a.csv").write_bytes(b"1,2" if name != "again" else b"1,3")
        made[name] = digests(tmp_path / name)
    assert differing(made["first"], made["by two processes"]) == []
    assert differing(made["first"], made["again"]) == ["truth/a.csv"]
    assert differing(made["first"], {}) == ["truth/a.csv"]
    part = describe(made)
    assert not part.marks[0].met
    assert part.marks[0].found == "1 of 1 files differ"
    assert "Different: truth/a.csv." in part.text
