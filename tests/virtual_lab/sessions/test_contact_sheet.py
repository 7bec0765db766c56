"""The contact sheet: captions that say who did what, rows that fill the width, clear errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, InputError
from kinelab.files.session import Label, Session, write_session
from kinelab.virtual_lab.sessions.contact_sheet import PREVIEW_FILE, caption, draw_contact_sheet

WHO = Subject("V0007", height_m=1.684, mass_kg=71.6, sex="female")


def session(**labels: Label) -> Session:
    return Session(WHO, (), synthetic=True, labels=labels)


def add_trial(study: Path, name: str, width: int) -> None:
    (study / name).mkdir(parents=True)
    Image.new("RGB", (width, 320), (200, 30, 30)).save(study / name / PREVIEW_FILE)
    write_session(session(movement="walk"), study / name)


def drawn(study: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(draw_contact_sheet(study, study / "sheet.jpg", "lab")) as opened:
        return np.asarray(opened.convert("RGB"))


def test_captions_say_what_was_done_how_and_by_whom() -> None:
    first, second = caption(
        session(
            movement="walk",
            pattern="stiff_knee",
            dose=0.6213,
            affected="left",
            day=2,
            trial=3,
            age_years=41.7,
        )
    )
    assert first == "V0007  walk, stiff knee, dose 0.62, left"
    assert second == "day 2 trial 3, female, 42 y, 1.68 m, 72 kg"
    assert caption(session(movement="walk", pattern="stiff_knee", dose=0.0))[0] == "V0007  walk"
    assert caption(session())[0] == "V0007  "


def test_rows_fill_the_width(tmp_path: Path) -> None:
    for i in range(9):
        add_trial(tmp_path, f"V0001/walk_{i:02d}", 480 + 60 * (i % 3))
    sheet = drawn(tmp_path)
    red = (sheet[..., 0] > 150) & (sheet[..., 1] < 80)
    rows = red.any(axis=1)
    assert np.count_nonzero(np.diff(rows.astype(int)) == 1) >= 2
    columns = np.flatnonzero(red[np.flatnonzero(rows)[5]])
    assert columns[0] <= 12
    assert columns[-1] >= sheet.shape[1] - 14


def test_unfinished_trials_are_left_out_and_many_are_thinned(tmp_path: Path) -> None:
    for i in range(60):
        add_trial(tmp_path, f"V{i:04d}/walk_01", 400)
    add_trial(tmp_path, "V0001/.walk_02.part", 400)
    sheet = drawn(tmp_path)
    red = (sheet[..., 0] > 150) & (sheet[..., 1] < 80)
    starts = np.diff(red.astype(int), axis=1, prepend=0) == 1
    tops = np.flatnonzero(np.diff(red.any(axis=1).astype(int)) == 1) + 20
    assert starts[tops].sum() == 48


def test_a_sheet_of_nothing_and_of_a_damaged_trial(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no trial with a preview\.jpg; make one with"):
        draw_contact_sheet(tmp_path, tmp_path / "sheet.jpg", "lab")
    add_trial(tmp_path, "V0001/walk_01", 400)
    (tmp_path / "V0001/walk_01/session.json").write_text("{")
    with pytest.raises(FileFormatError, match=r"V0001/walk_01/session\.json: file: Invalid JSON"):
        draw_contact_sheet(tmp_path, tmp_path / "sheet.jpg", "lab")
    assert not (tmp_path / "sheet.jpg").exists()
