from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.measures import Measure, Measures
from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Finding
from kinelab.errors import InputError
from kinelab.reports.analysis import Analysis, Tracking
from kinelab.reports.asymmetry import side_differences
from kinelab.reports.limits import limits
from kinelab.reports.phrases import _PHRASES, smaller_on
from kinelab.reports.printing import interval, mean_sd, number
from kinelab.reports.stride_finding import StrideFinding
from kinelab.reports.tables import Table, detail_tables
from kinelab.reports.words import findings


def texts(analysis: Analysis) -> str:
    return "\n".join(f"{f.level}: {f.text} [{f.evidence}]" for f in findings(analysis))


def pair(left: float, right: float, half: float, unit: str = "deg", n: int = 5) -> Measures:
    name = "knee_rom_deg" if unit == "deg" else "step_time_s"

    def one(side: str, value: float) -> Measure:
        return Measure(name, value, unit, n, side, half, (value - half, value + half))

    return Measures([one("left", left), one("right", right)])


@pytest.mark.parametrize(
    ("left", "right", "half", "unit", "beyond"),
    [
        (50.0, 55.1, 1.0, "deg", True),
        (50.0, 54.9, 1.0, "deg", False),  # below 5 deg
        (50.0, 58.0, 6.0, "deg", False),  # 8 deg, but the interval of the difference is 8.5 deg
        (0.50, 0.56, 0.01, "s", True),  # 11.3 % of the mean
        (0.50, 0.55, 0.01, "s", False),  # 9.5 %
    ],
)
def test_asymmetry_needs_size_and_certainty(
    left: float, right: float, half: float, unit: str, beyond: bool
) -> None:
    (difference,) = side_differences(pair(left, right, half, unit))
    assert difference.difference == pytest.approx(left - right)
    assert difference.interval == pytest.approx(half * np.sqrt(2))
    assert difference.beyond is beyond


def test_asymmetry_is_said_with_its_evidence(analysis: Analysis) -> None:
    said = texts(replace(analysis, measures=pair(44.0, 58.5, 1.5)))
    wanted = "The left knee moves through a smaller range than the right: 44.0 ± 1.5 against 58.5 ± 1.5 deg."
    assert f"attention: {wanted}" in said
    assert "n = 5 left, 5 right; 14.5 deg apart, 95 % interval 12.4 to 16.6 deg" in said
    assert "differences are told from 5 deg on" in said


def test_one_story_is_told_once(analysis: Analysis) -> None:
    rows = [
        Measure(name, value, "deg", 4, side, 1.0, (value - 1, value + 1))
        for name, values in (
            ("knee_rom_deg", (40.0, 60.0)),
            ("knee_max_flexion_swing_deg", (45.0, 62.0)),
            ("hip_rom_deg", (30.0, 42.0)),
        )
        for side, value in zip(("left", "right"), values, strict=True)
    ]
    found = findings(replace(analysis, measures=Measures(rows)))
    told = [f for f in found if isinstance(f, StrideFinding) and f.level == "attention"]
    assert [f.measures for f in told] == [("knee_rom_deg",), ("hip_rom_deg",)]
    (more,) = [f for f in found if "more value differs" in f.text]
    assert more.evidence == "Peak knee flexion in swing: 17.0 deg (n = 4 left, 4 right)"


def test_a_difference_within_the_error_from_day_to_day_is_none(analysis: Analysis) -> None:
    rows = [replace(m, mdc95=20.0) for m in pair(44.0, 58.5, 1.5)]
    assert "Left and right are alike" in texts(replace(analysis, measures=Measures(rows)))
    rows = [replace(m, mdc95=4.0) for m in pair(44.0, 58.5, 1.5)]
    said = texts(replace(analysis, measures=Measures(rows)))
    assert "more than the error from day to day (MDC95 4.0 deg)" in said


def test_equal_sides_are_said_too(analysis: Analysis) -> None:
    said = texts(replace(analysis, measures=pair(57.0, 58.0, 1.5)))
    assert "info: Left and right are alike" in said
    assert "1 values, n = 5" in said


def test_one_stride_a_side_has_no_interval(analysis: Analysis) -> None:
    measures = Measures(
        [Measure("knee_rom_deg", v, "deg", 1, s) for v, s in ((44.0, "left"), (58.5, "right"))]
    )
    assert "with one stride nobody knows how much strides vary" in texts(replace(analysis, measures=measures))


def test_outside_a_reference_names_range_and_source(analysis: Analysis) -> None:
    said = texts(analysis)
    assert "attention: Cadence: below the range of the healthy." in said
    assert "healthy 112.0 to 132.0 steps/min (Example 2011, table 1)" in said


def test_phrases_are_of_quantities_that_exist() -> None:
    assert set(_PHRASES) <= set(QUANTITIES)
    assert smaller_on("knee_max_flexion_swing_deg", "left") == (
        "The left knee bends less in swing than the right"
    )
    assert smaller_on("shank_rom_deg", "right").endswith("is smaller on the right than on the left")


def test_tracking_faults_are_said(analysis: Analysis) -> None:
    said = texts(analysis)
    assert "Left and right were mixed up by the network in 11 of 350 frames and set right." in said
    assert "Short gaps of single landmarks were filled in 6 of 350 frames." in said
    assert "The right side faced the camera. The left leg was hidden" in said
    assert "typical sd of a joint angle: right 1.8 deg, left 2.6 deg" in said
    assert "left hip 89 %, left knee 89 %, left ankle 89 %" in said


def test_before_and_after_the_person_nothing_is_missing(analysis: Analysis) -> None:
    kinematics = analysis.kinematics
    valid = np.zeros(kinematics.valid.shape, dtype=bool)
    valid[50:200] = True
    said = texts(replace(analysis, kinematics=replace(kinematics, valid=valid)))
    assert "could not be measured" not in said
    valid[100:120, 0] = False
    said = texts(replace(analysis, kinematics=replace(kinematics, valid=valid)))
    assert "measured share of that time: right hip 87 %" in said
    nothing = replace(kinematics, valid=np.zeros(valid.shape, dtype=bool))
    assert "measured share" not in texts(replace(analysis, kinematics=nothing))


def test_serious_comes_first(make_analysis: Callable[..., Analysis]) -> None:
    made = make_analysis(synthetic=True)
    problem = "frame 812 of 1000 could not be decoded"
    remark = Finding("info", "Something small.", "")
    found = findings(replace(made, video_problem=problem, remarks=(remark,)))
    assert [f.level for f in found[:2]] == ["warning", "warning"]
    assert found[0].text.startswith("Synthetic data")
    assert found[1].evidence == problem
    assert found[-1] == remark


def test_no_diagnosis_is_made(analysis: Analysis) -> None:
    said = (texts(analysis) + " ".join(limits(analysis))).lower()
    for word in ("abnormal", "patholog", "disease", "impaired", "deficit"):
        assert word not in said


def test_limits_name_plane_trunk_scale_and_frame(analysis: Analysis) -> None:
    said = " ".join(limits(analysis))
    assert "One camera measures only movement in the plane of the picture." in said
    assert "against the trunk" in said
    assert "a frame lasts 20 ms" in said
    assert "no length and no speed is reported" in said


def test_known_scale_is_named(analysis: Analysis) -> None:
    tracking = analysis.tracking
    assert tracking is not None
    known = replace(tracking, lengths_known=True, scale_source="body height 1.72 m")
    said = " ".join(limits(replace(analysis, tracking=known)))
    assert "Lengths rest on this scale: body height 1.72 m." in said
    assert "no length" not in said


def test_numbers_in_print() -> None:
    assert number(-0.04, "deg") == "0.0"
    assert number(-7.25, "deg") == "−7.2"
    assert number(1.0966, "s") == "1.10"
    assert number(float("nan"), "s") == "–"
    assert interval(None, "s") == "–"
    assert mean_sd(Measure("a", 1.25, "1", 1)) == "1.25"


def test_tables_keep_every_stride_and_cut_what_is_endless(analysis: Analysis) -> None:
    tables = {table.caption: table for table in detail_tables(analysis)}
    assert len(tables["Strides"].rows) == analysis.strides.n
    assert tables["Strides"].note == "Strides used: left 4 of 5, right 5 of 5."
    assert len(tables["Gait events"].rows) == analysis.events.time_s.size
    zeni = [row for row in tables["Agreement of the event methods"].rows if row[0] == "Zeni 2008"]
    assert float(zeni[0][4].replace("−", "-")) == pytest.approx(-18.0, abs=5.0)


def test_table_refuses_ragged_rows() -> None:
    with pytest.raises(InputError, match="Table x: row 1 has 1 cells for 2 columns"):
        Table("x", ("a", "b"), (("1", "2"), ("3",)))


def test_tracking_masks_must_fit(analysis: Analysis) -> None:
    tracking = analysis.tracking
    assert tracking is not None
    with pytest.raises(InputError, match=r"swapped has shape \(3, 2\), expected \(350, 20\)"):
        Tracking(tracking.keypoints, np.zeros((3, 2)), tracking.filled)
