"""Changes between two visits: the verdict of each kind of measure, in words and in the figure."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from kinelab.core.measures import MeasureSide
from kinelab.reports.figure_spm import DayCurves, draw_spm
from kinelab.reports.figure_style import svg_text
from kinelab.reports.visits import Change, change_findings, change_table, changes, draw_changes
from kinelab.stats.spm import paired


def change(
    quantity: str, before: float, after: float, mdc95: float | None = 1.0, unit: str = "deg"
) -> Change:
    return Change(quantity, "left", unit, before, after, 5, 7, mdc95)


@pytest.mark.parametrize(
    ("quantity", "before", "after", "verdict"),
    [
        ("speed_mps", 1.0, 2.5, "improved"),
        ("speed_mps", 2.5, 1.0, "worse"),
        ("speed_mps", 1.0, 2.0, "within the error of measurement"),
        ("gps_deg", 9.0, 6.0, "improved"),
        ("gvs_knee_flexion_deg", 6.0, 9.0, "worse"),
        ("gdi", 70.0, 85.0, "improved"),
        ("symmetry_index_stance_pct", -12.0, 3.0, "improved"),
        ("symmetry_ratio_stance", 1.1, 3.1, "worse"),
        ("knee_rom_deg", 50.0, 60.0, "changed"),
    ],
)
def test_verdicts(quantity: str, before: float, after: float, verdict: str) -> None:
    assert change(quantity, before, after).verdict == verdict
    assert change(quantity, before, after, None).verdict == "not judged"


def test_words_and_table_say_how_much_and_against_what() -> None:
    found = (
        change("speed_mps", 0.8, 1.1, 0.1, "m/s"),
        change("knee_rom_deg", 50.0, 62.0, 4.0),
        change("gps_deg", 6.0, 9.0, 2.0),
        change("hip_rom_deg", 40.0, 41.0, 4.0),
        change("ankle_rom_deg", 40.0, 41.0, None),
    )
    said = change_findings(found)
    assert (said[0].level, said[0].text) == (
        "attention",
        "Gait profile score, left: worse, larger by 3.0 deg.",
    )
    assert said[1].text == "Walking speed, left: improved, larger by 0.30 m/s."
    assert said[1].evidence == "0.80 (n = 5) to 1.10 m/s (n = 7); a change above 0.10 is real (MDC95)"
    assert "larger by 12.0 deg, more than the error of measurement; whether for the better" in said[2].text
    assert said[3].text == "1 of 5 measures changed by no more than the error of measurement."
    assert "Not judged: 1 of 5 measures" in said[4].text
    table = change_table(found)
    assert [row[-1] for row in table.rows][-1] == "not judged"
    assert table.rows[-1][6] == "–"


def test_only_measures_of_both_visits_in_one_unit_are_compared() -> None:
    key: tuple[str, MeasureSide] = ("speed_mps", "both")
    before = {key: (1.0, "m/s", 3), ("cadence_spm", "both"): (110.0, "steps/min", 3)}
    found = changes(before, {key: (1.2, "m/s", 4), ("cadence_spm", "both"): (2.0, "1/s", 4)}, {key: 0.1})  # type: ignore[arg-type]
    assert [(c.quantity, c.n_before, c.n_after, c.verdict) for c in found] == [
        ("speed_mps", 3, 4, "improved")
    ]


def texts(svg: str) -> str:
    return " | ".join(t.text or "" for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def test_the_figures_name_what_they_show() -> None:
    many = [change("knee_rom_deg", 50.0, 50.0 + i) for i in range(40)]
    drawn = texts(svg_text(draw_changes(many)))
    assert "the 10 smallest are in the table" in drawn
    assert "change / MDC95" in drawn
    assert "no measure with a known error" in texts(svg_text(draw_changes([])))
    rng = np.random.default_rng(0)
    day1, day2 = rng.normal(size=(6, 101)), rng.normal(size=(6, 101))
    rows = [
        DayCurves("knee_angle_l", day1, day2, paired(day2, day1)),
        DayCurves("trunk_lean", day1[:2], day2[:2], None),
    ]
    drawn = texts(svg_text(draw_spm(rows)))
    assert "64 permutations" in drawn
    assert "Knee, left" in drawn
    assert "not tested" in drawn
