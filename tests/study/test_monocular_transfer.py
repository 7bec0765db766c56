"""The page of what a network gains and forgets."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("timm")

from kinelab.monocular.evaluation import Errors
from kinelab.monocular.transfer import Transferred
from kinelab.study.monocular_transfer import page


def errors(legs_deg: float, arms_deg: float) -> Errors:
    names = ("knee_angle_r", "elbow_flex_r")
    angle_deg = np.tile([legs_deg, -arms_deg], (24, 1))
    return Errors(names, angle_deg, np.zeros((24, 2)), np.zeros(24), 0.0, 0.0, 0.0)


def test_each_new_thing_has_a_row_with_what_is_lost() -> None:
    moved = Transferred(errors(15, 5), errors(9, 5), 16, errors(8, 6), errors(9, 7))
    text = page({"movement": moved, "model": Transferred(errors(20, 10), errors(12, 8), 4)}, 960)
    rows = [line for line in text.splitlines() if line.startswith("| a new")]
    assert rows == [
        "| a new movement (water_run) | 16, 24 | 10.0 (15.0) | 7.0 (9.0) | 7.0 (8.0) | 8.0 (9.0) |",
        "| a new model (gait2392, 17 angles) | 4, 24 | 15.0 (20.0) | 10.0 (12.0) |  |  |",
    ]
    assert "four fifths of 960 pictures" in text
