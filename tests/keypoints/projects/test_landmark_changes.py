from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.keypoints.projects import landmark_changes
from kinelab.keypoints.projects.labels import Labels, State, labels_path, load_labels
from kinelab.keypoints.projects.landmark_changes import add_landmarks, remove_landmark, rename_landmark
from kinelab.keypoints.projects.project import PROJECT_FILE, load_project, save_project

LabelIt = Callable[..., Labels]
MARKS = {4: [[1.0, 2.0], [3.0, 4.0], None], 9: [None, [5.0, 6.0], [7.0, 8.0]]}


def positions(folder: Path, rater: str = "joe") -> np.ndarray:
    return load_labels(folder, load_project(folder), rater, "walk").position_px


def test_a_landmark_is_renamed_everywhere(folder: Path, label_it: LabelIt) -> None:
    for rater in ("joe", "mia"):
        label_it(rater, MARKS)
    before = positions(folder)
    project = rename_landmark(folder, "left_hip", "hip_l")
    assert project.landmarks == ("hip_l", "left_knee", "right_hip")
    assert project.links == (("hip_l", "left_knee"),)
    assert project.pairs == (("hip_l", "right_hip"),)
    for rater in ("joe", "mia"):
        np.testing.assert_array_equal(positions(folder, rater), before)
        text = labels_path(folder, rater, "walk").read_text()
        assert "hip_l" in text
        assert "left_hip" not in text


@pytest.mark.parametrize("killed_at", [0, 1, 2, 3])
def test_a_kill_while_renaming_leaves_a_project_that_can_be_read(
    folder: Path, label_it: LabelIt, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    """Each step writes a file; whichever is the last one, everybody's labels are read as before."""
    for rater in ("joe", "mia"):
        label_it(rater, MARKS)
    before = positions(folder)
    steps = 0

    def until_killed(write: Callable[..., Path]) -> Callable[..., Path]:
        def one(*arguments: object) -> Path:
            nonlocal steps
            steps += 1
            if steps > killed_at + 2:  # the first two only bring old files up to date
                raise KeyboardInterrupt
            return write(*arguments)

        return one

    for name in ("save_project", "save_labels"):
        monkeypatch.setattr(landmark_changes, name, until_killed(getattr(landmark_changes, name)))
    try:
        rename_landmark(folder, "left_hip", "hip_l")
    except KeyboardInterrupt:
        assert killed_at < 3
    monkeypatch.undo()
    assert ("hip_l" in load_project(folder).landmarks) == (killed_at > 0)
    for rater in ("joe", "mia"):
        np.testing.assert_array_equal(positions(folder, rater), before)


def test_names_can_be_exchanged(folder: Path, label_it: LabelIt) -> None:
    label_it("joe", MARKS)
    before = positions(folder)
    for old, new in (("left_hip", "x"), ("right_hip", "left_hip"), ("x", "right_hip")):
        rename_landmark(folder, old, new)
    assert load_project(folder).landmarks == ("right_hip", "left_knee", "left_hip")
    np.testing.assert_array_equal(positions(folder), before)


def test_labels_written_by_the_old_name_later_are_still_read(folder: Path, label_it: LabelIt) -> None:
    """A page that was open during the rename saves once more by the old name."""
    label_it("joe", MARKS)
    old_text = labels_path(folder, "joe", "walk").read_text()
    before = positions(folder)
    rename_landmark(folder, "left_hip", "hip")
    rename_landmark(folder, "hip", "pelvis")
    labels_path(folder, "joe", "walk").write_text(old_text)
    np.testing.assert_array_equal(positions(folder), before)
    both = old_text.replace('"left_hip"', '"pelvis": [1, 2, "visible"],\n"left_hip"')
    labels_path(folder, "joe", "walk").write_text(both)
    with pytest.raises(FileFormatError, match="pelvis twice, by its old name and its new"):
        positions(folder)


def test_labels_follow_a_rename_by_hand(folder: Path, label_it: LabelIt) -> None:
    label_it("joe", MARKS)
    before = positions(folder)
    path = folder / PROJECT_FILE
    path.write_text(path.read_text().replace("left_knee", "knee"))
    with pytest.raises(FileFormatError, match=r"labels left_knee, .* renamed by hand.*keypoints rename"):
        positions(folder)
    rename_landmark(folder, "left_knee", "knee")
    np.testing.assert_array_equal(positions(folder), before)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("hip", "pelvis", "no landmark 'hip'; it has left_hip"),
        ("left_hip", "right_hip", "a landmark already"),
        ("left_hip", "left_hip", "expected another name"),
        ("left_hip", " ", "expected another name"),
    ],
)
def test_what_cannot_be_renamed_is_said(folder: Path, old: str, new: str, message: str) -> None:
    before = (folder / PROJECT_FILE).read_bytes()
    with pytest.raises(InputError, match=message):
        rename_landmark(folder, old, new)
    assert (folder / PROJECT_FILE).read_bytes() == before


def test_a_damaged_label_file_stops_the_change_before_it_begins(folder: Path, label_it: LabelIt) -> None:
    label_it("joe", MARKS)
    label_it("mia", MARKS)
    labels_path(folder, "mia", "walk").write_text("{")
    before = {p: p.read_bytes() for p in folder.rglob("*.json")}
    for change in (
        lambda: rename_landmark(folder, "left_hip", "hip"),
        lambda: add_landmarks(folder, ["toe"]),
        lambda: remove_landmark(folder, "left_hip"),
    ):
        with pytest.raises(FileFormatError, match=r"mia/walk\.json"):
            change()
    assert {p: p.read_bytes() for p in folder.rglob("*.json")} == before


def test_an_added_landmark_is_not_labelled_yet(folder: Path, label_it: LabelIt) -> None:
    label_it("joe", MARKS)
    project = add_landmarks(folder, ["left_toe", "right_toe"])
    labels = load_labels(folder, project, "joe", "walk")
    assert (labels.state[:, 3:] == State.UNLABELLED).all()
    assert not labels.complete.any()
    with pytest.raises(InputError, match="landmarks holds left_toe more than once"):
        add_landmarks(folder, ["left_toe"])


def test_labels_of_a_removed_landmark_are_kept_aside(folder: Path, label_it: LabelIt) -> None:
    label_it("joe", MARKS)
    before = positions(folder)
    text = labels_path(folder, "joe", "walk").read_text()
    project, archive = remove_landmark(folder, "left_knee")
    assert project.landmarks == ("left_hip", "right_hip")
    assert project.links == ()
    np.testing.assert_array_equal(positions(folder), before[:, [0, 2]])
    assert archive is not None
    assert (archive / "joe" / "walk.json").read_text() == text
    labels_path(folder, "joe", "walk").write_text(text)  # as a page that was open would
    np.testing.assert_array_equal(positions(folder), before[:, [0, 2]])
    add_landmarks(folder, ["left_knee"])  # another landmark of that name begins without labels
    np.testing.assert_array_equal(positions(folder)[:, :2], before[:, [0, 2]])
    assert np.isnan(positions(folder)[:, 2]).all()


def test_the_last_landmark_stays(folder: Path) -> None:
    save_project(replace(load_project(folder), landmarks=("a",), links=(), pairs=()), folder)
    with pytest.raises(InputError, match="only landmark"):
        remove_landmark(folder, "a")
