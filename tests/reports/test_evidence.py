"""The strides behind findings, the healthy beside them: what is shown is what was measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinelab.core.events import SIDES
from kinelab.core.measures import Measures
from kinelab.gait.norms_store import find_norms
from kinelab.reports.analysis import Analysis, Tracking
from kinelab.reports.evidence import evidence_of, stem_of, stride_values
from kinelab.reports.figure_evidence import draw_evidence, evidence_svg
from kinelab.reports.healthy import healthy_of, outside
from kinelab.reports.stride_curves import side_curves
from kinelab.reports.stride_finding import StrideFinding
from kinelab.reports.words_healthy import against_healthy

KNEE = "knee_angle"


def like_the_healthy(analysis: Analysis, add_deg: float = 0.0, where: slice = slice(0, 101)) -> Analysis:
    """The strides with the healthy mean in place of knee and ankle, `add_deg` more of the left knee there."""
    norms, strides = find_norms(), analysis.strides
    curves = np.array(strides.curves_deg)
    for name, variable in (("hip_flexion", 3), (KNEE, 6), ("ankle_angle", 7)):
        for side in SIDES:
            at = strides.names.index(f"{name}_{side[0]}")
            curves[:, :, at] = norms.measured.mean_deg[norms.columns.index(variable)]
    left = strides.names.index(f"{KNEE}_l")
    curves[:, where, left] += add_deg
    return replace(analysis, strides=replace(strides, curves_deg=curves))


def test_the_mean_over_the_strides_is_the_measure(analysis: Analysis) -> None:
    wanted = ["knee_rom_deg", "stance_pct", "stride_time_s", "symmetry_index_knee_rom_pct"]
    values = stride_values(analysis, wanted)
    assert set(values) == set(wanted[:3])  # of one stride there is no symmetry
    for name, row in values.items():
        assert not np.isfinite(row[~analysis.strides.used]).any()
        for side in SIDES:
            mean = row[analysis.strides.chosen(side)].mean()
            assert mean == pytest.approx(analysis.measures.get(name, side).value)


def test_values_of_other_strides_than_the_measure_are_not_shown(analysis: Analysis) -> None:
    moved = Measures([replace(m, value=m.value + 0.01) for m in analysis.measures])
    assert not stride_values(replace(analysis, measures=moved), ["knee_rom_deg"])


def test_scores_of_strides_are_those_of_the_deviation(analysis: Analysis) -> None:
    healthy = healthy_of(analysis)
    assert healthy is not None
    (row,) = stride_values(analysis, ["gvs_knee_flexion_deg"], healthy).values()
    for side in SIDES:
        gvs = healthy.found.measured[side].gvs_deg[:, 6]
        np.testing.assert_allclose(row[analysis.strides.chosen(side)], gvs)


def test_which_curve_tells_a_quantity(analysis: Analysis) -> None:
    strides = analysis.strides
    assert stem_of("knee_max_flexion_swing_deg", strides) == KNEE
    assert stem_of("gvs_ankle_dorsiflexion_deg", strides) == "ankle_angle"
    assert stem_of("stance_pct", strides) is None
    assert stem_of("foot_at_ic_deg", strides) is None  # not among these angles


def test_a_finding_leads_to_its_strides_and_each_has_its_number(analysis: Analysis) -> None:
    finding = StrideFinding("attention", "x", "", ("knee_rom_deg", "stance_pct"))
    knee, stance = evidence_of(analysis, [finding], None)
    assert (knee.stem, stance.stem) == (KNEE, None)
    svg = evidence_svg(draw_evidence(knee, analysis.strides, analysis.measures))
    for number in range(1, analysis.strides.n + 1):
        used = analysis.strides.used[number - 1]
        assert svg.count(f'class="s{number}"') == (2 if used else 1)  # its curve, and its value where used
    assert 'id="stride-' not in svg


def test_who_moves_like_the_healthy_is_told_so(analysis: Analysis) -> None:
    same = like_the_healthy(analysis)
    healthy = healthy_of(same)
    assert healthy is not None
    assert outside(same, healthy) == ()
    (told,) = against_healthy(same, healthy)
    assert told.text.startswith(
        "6 of 6 joint curves are, over the whole stride, as near to the mean of the healthy"
    )
    assert "n = 4 to 5 strides" in told.evidence
    assert "outside" not in told.text


def test_a_curve_that_is_near_on_the_whole_has_its_places_outside_the_band_told(analysis: Analysis) -> None:
    late = like_the_healthy(analysis, 14.0, slice(91, 101))
    healthy = healthy_of(late)
    assert healthy is not None
    assert outside(late, healthy) == ()
    (told,) = against_healthy(late, healthy)
    assert "left knee (outside ±2 SD at 91 to 100 %), " in told.text


def test_a_planted_deviation_is_found_with_its_joint_side_phase_and_size(analysis: Analysis) -> None:
    bent = like_the_healthy(analysis, 25.0, slice(60, 81))
    healthy = healthy_of(bent)
    assert healthy is not None
    (found,) = outside(bent, healthy)
    assert (found.stem, found.side, found.shifted) == (KNEE, "left", False)
    assert (found.start_pct, found.stop_pct, found.gap_deg) == (60, 80, pytest.approx(25.0))
    assert found.share_pct == pytest.approx(100 * 21 / 101)
    told = against_healthy(bent, healthy)[0]
    assert told.text == (
        "Knee flexion, left: 25.0 deg more at 60 to 80 % of the stride (early swing) than in the healthy."
    )
    assert "n = 4 left" in told.evidence


def test_a_curve_shifted_as_a_whole_is_called_so(analysis: Analysis) -> None:
    shifted = like_the_healthy(analysis, 20.0)
    healthy = healthy_of(shifted)
    assert healthy is not None
    (found,) = outside(shifted, healthy)
    assert found.shifted
    said = against_healthy(shifted, healthy)[0]
    assert "a curve of the usual shape, shifted as a whole" in said.text
    assert "placed otherwise" in said.evidence


def test_planar_hips_have_no_band(analysis: Analysis) -> None:
    healthy = healthy_of(analysis)
    assert healthy is not None
    assert "hip_flexion" in healthy.bands
    kinematics = analysis.kinematics
    trunk = np.zeros((kinematics.time.n, 1))
    planar = replace(
        kinematics,
        names=(*kinematics.names, "trunk_lean"),
        angle_deg=np.hstack([kinematics.angle_deg, trunk]),
        sd_deg=np.hstack([kinematics.sd_deg, trunk]),
        valid=np.hstack([kinematics.valid, trunk == 0]),
    )
    other = healthy_of(replace(analysis, kinematics=planar))
    assert other is not None
    assert set(other.bands) == {KNEE, "ankle_angle"}
    assert not np.isfinite(other.found.measured["left"].gvs_deg[:, 3]).any()


def test_nobody_to_compare_without_strides(empty_analysis: Analysis) -> None:
    assert healthy_of(empty_analysis) is None


def test_the_same_model_makes_no_difference(analysis: Analysis) -> None:
    healthy = healthy_of(analysis)
    assert healthy is not None
    assert "this person with one camera" in healthy.differs
    same = replace(analysis.kinematics.provenance, settings={"model": healthy.norms.label.model})
    told = healthy_of(replace(analysis, kinematics=replace(analysis.kinematics, provenance=same)))
    assert told is not None
    assert told.differs == ""


def test_lengths_need_a_known_scale(analysis: Analysis) -> None:
    assert isinstance(analysis.tracking, Tracking)
    assert not stride_values(analysis, ["step_length_m"])
    curves = side_curves(analysis.strides, KNEE, "left")
    assert curves.n == 4
