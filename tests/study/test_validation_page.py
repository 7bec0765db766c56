from __future__ import annotations

import re
from pathlib import Path

import pytest

from kinelab.errors import FileFormatError
from kinelab.pipeline.demo import DemoResult
from kinelab.study.demo_accuracy import markdown
from kinelab.study.validation_page import commit, update_section

PAGE = "# Validation\n\n<!-- begin demo -->\nold\n<!-- end demo -->\n\nAfter.\n"


def test_a_section_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    page = tmp_path / "validation.md"
    page.write_text(PAGE)
    update_section(page, "demo", "| new |\n", "kinelab validate demo")
    text = page.read_text()
    assert text.startswith("# Validation\n\n<!-- begin demo -->\nMade by `kinelab validate demo`, kinelab ")
    assert f"commit {commit()}" in text
    assert text.endswith("| new |\n<!-- end demo -->\n\nAfter.\n")
    assert "old" not in text


def test_a_page_without_the_section_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "validation.md"
    page.write_text(PAGE)
    with pytest.raises(FileFormatError, match="no section between '<!-- begin swaps -->'"):
        update_section(page, "swaps", "x", "y")
    assert page.read_text() == PAGE


def test_table_of_walkers_holds_their_errors(walk: DemoResult) -> None:
    text = markdown([walk, walk], range(2))
    knee = next(row for row in walk.angles if row.name == "knee_angle_r")
    # Two equal walkers: the mean is the value, the spread is nil.
    assert f"| knee_angle_r | {knee.rmse_deg:.1f} ± 0.0 | {knee.rmse_deg:.1f} |" in text
    assert text.startswith("Synthetic data: 2 virtual walkers (seeds 0 to 1)")
    found = walk.analysed.report.measures.get("cadence_spm").value
    error = 100 * (found / walk.truth.get("cadence_spm").value - 1)
    assert re.search(rf"\| cadence \| {re.escape(f'{error:.2f}')} ± 0.00 % \|", text)
