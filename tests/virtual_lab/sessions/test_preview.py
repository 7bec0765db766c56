"""The preview: three moments side by side, the person large in each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinelab.errors import OutputError
from kinelab.virtual_lab.sessions.design import Filming, LabDesign, Task
from kinelab.virtual_lab.sessions.filming import Actor
from kinelab.virtual_lab.sessions.preview import draw_preview
from kinelab.virtual_lab.sessions.stage import Stage, set_stage
from kinelab.virtual_lab.sessions.trial import TrialPlan, perform, person_of


@pytest.fixture(scope="module")
def scene() -> tuple[Stage, Actor]:
    filming = Filming(("frontal",), (192, 144), place="studio")
    design = LabDesign(filming=filming, tasks=(Task("walk", duration_s=3.0),), body="solids", seed=2)
    movement = perform(design, TrialPlan(0, 0, 0, 0), person_of(design, 0), 20)
    return set_stage(filming, movement, np.random.default_rng(0)), Actor(person_of(design, 0), movement)


def test_three_large_pictures_of_the_person(scene: tuple[Stage, Actor], tmp_path: Path) -> None:
    draw_preview(*scene, tmp_path / "preview.jpg")
    with Image.open(tmp_path / "preview.jpg") as opened:
        picture = np.asarray(opened.convert("RGB")).astype(float)
    assert picture.shape[0] == 320
    third = picture.shape[1] // 3
    assert 100 < third < 500
    # The walker comes 3 m nearer, and fills the last moment as the first.
    for start in (0, third, 2 * third):
        middle = picture[60:290, start + third // 2 - 12 : start + third // 2 + 12]
        edge = picture[60:290, start + 2 : start + 14]
        assert np.abs(middle.mean(axis=(1, 2)) - edge.mean(axis=(1, 2))).mean() > 12


def test_no_half_written_preview(scene: tuple[Stage, Actor], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="part of its path is a file"):
        draw_preview(*scene, tmp_path / "file" / "preview.jpg")
