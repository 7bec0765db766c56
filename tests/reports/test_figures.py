from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib import rcParams

from kinelab.core.events import GaitEvents
from kinelab.core.kinematics import Kinematics
from kinelab.core.strides import Strides
from kinelab.core.timebase import Timebase
from kinelab.reports.analysis import Analysis, Tracking
from kinelab.reports.colours import SIDE_HEX
from kinelab.reports.figure_agreement import differences_ms, draw_agreement
from kinelab.reports.figure_phases import draw_phases, overlaps, stance_spans
from kinelab.reports.figure_quality import draw_quality
from kinelab.reports.figure_strides import draw_left_right, draw_strides
from kinelab.reports.figure_style import save_figure, svg_text
from kinelab.reports.figure_trace import MOST_EVENTS, MOST_SAMPLES, draw_trace
from kinelab.reports.figures import CAPTIONS, write_figures
from kinelab.reports.stride_curves import side_curves


def events(rows: list[tuple[float, str, str]]) -> GaitEvents:
    return GaitEvents([r[1] for r in rows], [r[2] for r in rows], [r[0] for r in rows],
                      [np.nan] * len(rows), ["m"] * len(rows))  # fmt: skip


def all_texts(svg: str) -> str:
    return " | ".join(t.text or "" for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def test_every_figure_is_written_named_and_explained(analysis: Analysis, tmp_path: Path) -> None:
    before = dict(rcParams)
    paths = write_figures(analysis, tmp_path)
    assert dict(rcParams) == before
    assert set(paths) == set(CAPTIONS) - {"Sensors", "Strides, other planes"}  # those are of worn sensors
    for path in paths.values():
        ET.parse(tmp_path / path)


def test_png_beside_the_svg(analysis: Analysis, tmp_path: Path) -> None:
    save_figure(draw_phases(analysis.events), tmp_path / "phases.svg", png=True)
    assert (tmp_path / "phases.svg").read_text(encoding="utf-8").startswith("<?xml")
    assert (tmp_path / "phases.png").read_bytes().startswith(b"\x89PNG")


def test_axes_have_units_and_panels_have_n(analysis: Analysis) -> None:
    strides = all_texts(svg_text(draw_strides(analysis.strides)))
    assert "Knee, left  (n = 4 strides)" in strides
    assert "angle (deg), + flexion" in strides
    assert "stride (%), 0 = initial contact" in strides
    both = all_texts(svg_text(draw_left_right(analysis.strides)))
    assert "Ankle  (n = 4 left, 5 right)" in both
    trace = all_texts(svg_text(draw_trace(analysis.kinematics, analysis.events)))
    assert "time (s)" in trace
    assert "Hip, left, + flexion  (measured 89 % of the time)" in trace


def test_svg_holds_no_date_and_no_address_to_fetch(analysis: Analysis) -> None:
    svg = svg_text(draw_trace(analysis.kinematics, analysis.events))
    assert "<metadata" not in svg
    assert not re.search(r'(href|src)="(?!#|data:)', svg)


def test_drawn_mean_is_the_mean_of_the_used_strides(analysis: Analysis) -> None:
    figure = draw_strides(analysis.strides)
    mean_line = figure.axes[2].lines[-2]
    assert mean_line.get_color() == SIDE_HEX["left"]
    wanted = analysis.strides.curves("left", "knee_angle_l").mean(axis=0)
    np.testing.assert_allclose(mean_line.get_ydata(), wanted)


def test_toe_off_and_spread_of_known_strides() -> None:
    curves = np.zeros((3, 101, 1))
    curves[:, :, 0] = np.array([1.0, 2.0, 6.0])[:, None]
    strides = Strides(["left"] * 3, [0, 1, 2], [0.6, 1.62, 2.64], [1, 2, 3], [True] * 3, [""] * 3,
                      ["knee_angle_l"], curves)  # fmt: skip
    left = side_curves(strides, "knee_angle", "left")
    assert left.toe_off() == pytest.approx((62.0, 2.0))
    np.testing.assert_allclose(left.mean_deg, 3.0)
    np.testing.assert_allclose(left.sd_deg, np.sqrt(7.0))
    assert side_curves(strides, "knee_angle", "right").n == 0


def test_stances_are_never_guessed() -> None:
    walk = events(
        [(0.0, "left", "ic"), (0.5, "right", "ic"), (0.6, "left", "to"), (1.0, "left", "ic"),
         (1.1, "right", "to"), (2.0, "left", "ic"), (2.6, "left", "to")]
    )  # fmt: skip
    np.testing.assert_allclose(stance_spans(walk, "left"), [[0.0, 0.6], [2.0, 2.6]])
    np.testing.assert_allclose(stance_spans(walk, "right"), [[0.5, 1.1]])
    both = overlaps(stance_spans(walk, "left"), stance_spans(walk, "right"))
    np.testing.assert_allclose(both, [[0.5, 0.6]])


def test_differences_are_method_minus_consensus_of_the_same_foot() -> None:
    merged = events([(1.0, "left", "ic"), (1.5, "right", "ic"), (2.0, "left", "ic")])
    late = events([(1.02, "left", "ic"), (1.49, "right", "ic"), (2.5, "left", "ic")])
    np.testing.assert_allclose(differences_ms(late, merged, "left", "ic"), [20.0])
    np.testing.assert_allclose(differences_ms(late, merged, "right", "ic"), [-10.0])
    assert differences_ms(late, merged, "left", "to").size == 0


def test_no_empty_axes_are_drawn(empty_analysis: Analysis, tmp_path: Path) -> None:
    assert list(write_figures(empty_analysis, tmp_path)) == ["Joint angles"]
    assert [p.name for p in (tmp_path / "figures").iterdir()] == ["trace.svg"]


def test_side_without_strides_says_so(analysis: Analysis) -> None:
    strides = analysis.strides
    right_only = replace(strides, used=strides.chosen("right"))
    assert "no stride was used" in all_texts(svg_text(draw_strides(right_only)))
    assert "no gait event was found" in all_texts(svg_text(draw_phases(events([]))))


def test_one_stride_has_no_band_and_says_so(analysis: Analysis) -> None:
    s = analysis.strides
    used = np.zeros(s.n, dtype=bool)
    used[0] = True
    one = replace(s, used=used)
    assert "right, the only stride" in all_texts(svg_text(draw_left_right(one)))


def test_long_recording_stays_small() -> None:
    n = 20 * MOST_SAMPLES
    time = Timebase(100.0, n)
    names = ("knee_angle_r", "knee_angle_l")
    curve = np.stack([30 + 30 * np.sin(6 * time.time_s)] * 2, axis=1)
    long = Kinematics(names, time, curve, np.full((n, 2), 2.0), np.ones((n, 2), dtype=bool))
    contacts = np.arange(0, time.duration_s, 1.1)
    walk = events([(float(t), "right", "ic") for t in contacts])
    assert walk.time_s.size > MOST_EVENTS
    svg = svg_text(draw_trace(long, walk))
    assert "too many events to draw" in svg
    assert "every 20. sample drawn" in svg
    assert len(svg) < 2_000_000
    assert "first 60 of" in svg_text(draw_phases(walk))


def test_hostile_names_in_figures_are_text(analysis: Analysis) -> None:
    name = "<b>$x_1$</b>&"
    svg = svg_text(draw_agreement({name: next(iter(analysis.methods.values()))}, analysis.events))
    assert name in all_texts(svg)


def test_mended_frames_are_coloured(analysis: Analysis) -> None:
    tracking = analysis.tracking
    assert tracking is not None
    picture = np.asarray(draw_quality(tracking).axes[0].images[0].get_array())
    row = tracking.keypoints.skeleton.index("left_heel")
    orange, purple = np.array([0xE6, 0x9F, 0x00]) / 255, np.array([0x7B, 0x2D, 0x8E]) / 255
    np.testing.assert_allclose(picture[row, 60:66], np.tile(orange, (6, 1)))
    np.testing.assert_allclose(picture[row, 120:131], np.tile(purple, (11, 1)))
    ankle = tracking.keypoints.skeleton.index("left_ankle")
    np.testing.assert_allclose(picture[ankle, -40:], 1.0)


def test_darker_is_more_confident(analysis: Analysis, make_analysis: Callable[..., Analysis]) -> None:
    tracking = analysis.tracking
    assert tracking is not None
    k = tracking.keypoints
    confidence = np.tile(np.linspace(0, 1, k.n)[:, None], (1, len(k.skeleton)))
    rising = replace(k, confidence=confidence, position=np.zeros(k.position.shape))
    none = np.zeros(confidence.shape, dtype=bool)
    picture = np.asarray(draw_quality(Tracking(rising, none, none)).axes[0].images[0].get_array())
    light = picture[0].sum(axis=1)
    assert all(b <= a + 1e-9 for a, b in pairwise(light))
