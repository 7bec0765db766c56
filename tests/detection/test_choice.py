from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kinelab.core.checks import Array
from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import COCO_17
from kinelab.detection.choice import choose_person
from kinelab.detection.contact_sheet import contact_sheet
from kinelab.detection.person_track import PersonTrack
from kinelab.errors import InputError, OutputError, PersonError

SIZE = (1280, 720)


def person(number: int, x: Array, leg_px: float = 0.0, height: float = 200.0) -> PersonTrack:
    n = x.size
    time_s = np.arange(n) / 30
    box = np.stack([x - 40, np.full(n, 300.0), x + 40, np.full(n, 300.0 + height)], axis=1)
    position = np.repeat(np.stack([x, np.full(n, 400.0)], axis=1)[:, None], 17, axis=1)
    swing = leg_px * np.sin(2 * np.pi * time_s)
    position[:, COCO_17.index("left_ankle"), 0] += swing
    position[:, COCO_17.index("right_ankle"), 0] -= swing
    points = Keypoints(COCO_17, time_s, position, np.full((n, 17), 0.9))
    picture = np.full((320, 160, 3), 40 * number, dtype=np.uint8)
    return PersonTrack(number, np.arange(n), box, np.full(n, 0.8), points, picture, SIZE)


STANDING = person(1, np.full(120, 300.0), leg_px=2)
JUMPING = person(2, np.full(120, 900.0), leg_px=60)
WALKING = person(3, np.linspace(100, 1100, 120), leg_px=50)
PASSING = person(4, np.linspace(100, 1100, 10))


def test_the_one_who_walks_through_the_view_is_chosen() -> None:
    assert choose_person([STANDING, JUMPING, WALKING, PASSING], None, SIZE) is WALKING
    assert WALKING.travel == pytest.approx(0.9 * 1000 / 200, rel=0.01)


def test_on_a_treadmill_it_is_the_one_whose_legs_move() -> None:
    assert choose_person([STANDING, person(5, np.full(120, 600.0), leg_px=45)], None, SIZE).id == 5


def test_whoever_is_asked_for_is_taken() -> None:
    assert choose_person([STANDING, WALKING], 1, SIZE) is STANDING


def test_somebody_who_is_not_there() -> None:
    match = r"no person 7 in the video; there are 1 \(frames 0-119, moves 0.0 body heights.*; 3 \(frames"
    with pytest.raises(PersonError, match=match):
        choose_person([STANDING, WALKING], 7, SIZE)


def test_nobody_at_all() -> None:
    with pytest.raises(PersonError, match=r"no person was found in the video \(1280 x 720 px\)"):
        choose_person([], None, SIZE)


def test_the_contact_sheet_frames_the_chosen_one(tmp_path: Path) -> None:
    path = tmp_path / "contact_sheet.png"
    contact_sheet([STANDING, WALKING], WALKING, path)
    with Image.open(path) as picture:
        sheet = np.asarray(picture.convert("RGB")).astype(int)
    green = np.abs(sheet - [11, 110, 79]).max(axis=2) < 4
    columns = np.flatnonzero(green.sum(axis=0) > 300)
    first, second = 28, 28 + 160 + 24
    assert columns.min() == second - 5
    assert columns.max() == second + 164
    assert (sheet[200, first + 80] == 40).all()
    assert (sheet[200, second + 80] == 120).all()


def test_many_persons_fill_several_rows_and_none_is_a_sheet_too(tmp_path: Path) -> None:
    contact_sheet([STANDING] * 8, None, tmp_path / "many.png")
    contact_sheet([], None, tmp_path / "none.png")
    with Image.open(tmp_path / "many.png") as many, Image.open(tmp_path / "none.png") as none:
        assert many.height > 2 * 320
        assert none.width >= 500


def test_a_sheet_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "sheet.png").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        contact_sheet([STANDING], None, tmp_path / "sheet.png")


def test_a_track_whose_parts_do_not_fit() -> None:
    with pytest.raises(InputError, match=r"PersonTrack 1: box has shape \(120, 3\), expected \(120, 4\)"):
        PersonTrack(
            1,
            STANDING.frame_index,
            STANDING.box[:, :3],
            STANDING.score,
            STANDING.keypoints,
            STANDING.thumbnail,
            SIZE,
        )
