"""The movement analysis profile: every curve named, missing ones not hidden."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np

from kinelab.core.checks import Array
from kinelab.gait.deviation import deviation
from kinelab.gait.norms_store import find_norms
from kinelab.reports.figure_map import draw_map
from kinelab.reports.figure_style import svg_text


def texts_of(left: Array, right: Array) -> str:
    svg = svg_text(draw_map(deviation({"left": left, "right": right}, find_norms())))
    return " | ".join(t.text or "" for t in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"))


def test_names_norms_and_strides_are_said() -> None:
    mean = find_norms().measured.mean_deg
    curves = mean + np.arange(3)[:, None, None]
    planar = curves[:1].copy()
    planar[:, [0, 1, 2, 8]] = np.nan
    drawn = texts_of(curves, planar)
    assert "against adults-fukuchi2018 1 (42 healthy)" in drawn
    for text in ("left  (n = 3 strides)", "right  (n = 1 stride)", "dorsiflexion", "GPS", "Free of offsets"):
        assert text in drawn
    assert drawn.count("–") >= 10  # five dashes a panel: four curves and GPS of the right leg


def test_nothing_measured_is_said() -> None:
    nothing = np.full((2, 9, 101), np.nan)
    assert texts_of(nothing, nothing).count("no curve of the norm set was measured") == 2
