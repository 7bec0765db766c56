"""The figures and the page of a study."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from kinelab.keypoints.error_grid import ErrorGrid
from kinelab.reports.figure_style import svg_text
from kinelab.reports.figure_training import (
    PART_HEX,
    _apart,
    draw_by_frames,
    draw_by_iterations,
    draw_frame_curve,
)
from kinelab.reports.study_page import StudyFigure, StudyPage, study_html
from kinelab.reports.tables import Table

LANDMARKS = ("hip", "knee", "ankle")


@pytest.fixture
def grid() -> ErrorGrid:
    """2 x 3 x 4 x 3; the knee is hardest; error = 1 + 8 / iterations x hardness, test 1 px more."""
    late = 8 / np.array([1, 2, 4, 8])
    hard = np.array([1.0, 3.0, 2.0])
    one = (1 + late[:, None] * hard)[None, None, :, :, None] + np.array([0.0, 1.0])
    error = np.broadcast_to(one, (2, 3, 4, 3, 2)) + np.array([0.2, 0])[:, None, None, None, None]
    frames = np.full((2, 3, 2), 10)
    return ErrorGrid((20, 40), (0, 1, 2), (1000, 2000, 4000, 8000), LANDMARKS, error, frames, 2 * error)


def test_means_over_networks_and_landmarks_are_drawn(grid: ErrorGrid) -> None:
    (ax,) = draw_by_iterations(grid, "mm", plateau=4000).axes
    lines = {to_hex(line.get_color()): line for line in ax.lines if len(line.get_xdata()) == 4}
    for part, more in (("train", 0.0), ("test", 1.0)):
        # Mean hardness 2, mean of both numbers of frames 0.1 px above, 2 mm a px.
        expected = 2 * (1 + 2 * 8 / np.array([1, 2, 4, 8]) + 0.1 + more)
        assert lines[to_hex(PART_HEX["train" if part == "train" else "test"])].get_ydata() == pytest.approx(
            expected
        )
    assert ax.get_ylabel() == "mean error (mm)"
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1k", "2k", "4k", "8k"]
    assert any("plateau of the test error: 4k" in text.get_text() for text in ax.texts)


def test_the_hardest_landmark_stands_out(grid: ErrorGrid) -> None:
    left, right = draw_by_frames(grid, "px", 8000).axes
    for ax, part, more in ((left, "train", 0.0), (right, "test", 1.0)):
        coloured = [line for line in ax.lines if to_hex(line.get_color()) == to_hex(PART_HEX[part])]  # type: ignore[index]
        assert [line.get_label() for line in coloured] == ["knee"]
        assert coloured[0].get_ydata() == pytest.approx([4.2 + more, 4.0 + more])


def test_learning_curves_for_each_number_of_frames(grid: ErrorGrid) -> None:
    left, right = draw_frame_curve(grid, "px", 8000).axes
    assert [line.get_label() for line in left.lines] == ["20 frames", "40 frames"]
    assert right.get_title(loc="left").startswith("After 8k iterations")


def test_equal_grids_give_equal_pictures(grid: ErrorGrid) -> None:
    assert svg_text(draw_by_frames(grid, "px", 8000)) == svg_text(draw_by_frames(grid, "px", 8000))


def test_labels_are_moved_apart_and_keep_their_order() -> None:
    placed = _apart(np.array([0.5, 0.5, 0.51, 0.9, 0.0]))
    gaps = np.diff(np.sort(placed))
    assert gaps.min() > 0.04
    assert placed[3] == pytest.approx(0.9)
    assert placed[2] == max(placed[:3])


def test_the_page_escapes_what_comes_from_outside(grid: ErrorGrid) -> None:
    figure = StudyFigure("a", "A <title>", "a & b", draw_by_iterations(grid, "px"))
    table = Table("T", ("x",), (("<i>",),))
    page = StudyPage("<b>", ("use <5>",), figures=(figure, figure), tables=(table,), synthetic=True)
    text = study_html(page)
    assert "<b>" not in text
    assert "&lt;i&gt;" in text
    assert 'aria-label="A &lt;title&gt;. a &amp; b"' in text
    assert "Synthetic data" in text
    assert "<script" not in text
    ids = [part.split('"')[0] for part in text.split(' id="')[1:]]
    assert len(ids) == len(set(ids))  # two figures do not share clip paths
