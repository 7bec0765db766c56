from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.keypoints.projects.labels import (
    Labels,
    State,
    labels_path,
    load_labels,
    no_labels,
    raters,
    save_labels,
)
from kinelab.keypoints.projects.project import Project

LANDMARKS = ("left_hip", "left_knee", "right_hip")


def write(folder: Path, frames: str, *, rater: str = "joe", video: str = "walk") -> Path:
    path = labels_path(folder, "joe", "walk")
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f'{{"format": "kinelab labels 1", "video": "{video}", "rater": "{rater}", "frames": '
    path.write_text(head + frames + "}")
    return path


def test_labels_come_back_with_every_state(folder: Path, project: Project) -> None:
    position = np.array([[[1.25, 2.5], [3, 4], [np.nan] * 2], [[np.nan] * 2, [95.4, 63.4], [-0.4, 0]]])
    state = np.array([[State.VISIBLE, State.OCCLUDED, State.ABSENT],
                      [State.UNLABELLED, State.VISIBLE, State.VISIBLE]])  # fmt: skip
    labels = Labels("walk", "joe", LANDMARKS, np.array([7, 30]), position, state.astype(np.uint8))
    save_labels(labels, folder)
    read = load_labels(folder, project, "joe", "walk")
    np.testing.assert_array_equal(read.frame, labels.frame)
    np.testing.assert_array_equal(read.position_px, labels.position_px)
    np.testing.assert_array_equal(read.state, labels.state)
    np.testing.assert_array_equal(read.complete, [True, False])
    assert raters(folder) == ("joe",)


def test_one_frame_is_put_in_replaced_and_taken_out() -> None:
    seen = np.full(3, State.VISIBLE, np.uint8)
    labels = no_labels("walk", "joe", LANDMARKS)
    for frame, value in ((9, 1.0), (4, 2.0), (9, 3.0)):
        labels = labels.with_frame(frame, np.full((3, 2), value), seen)
    np.testing.assert_array_equal(labels.frame, [4, 9])
    np.testing.assert_array_equal(labels.position_px[:, 0, 0], [2, 3])
    labels = labels.with_frame(4, np.full((3, 2), np.nan), np.zeros(3, np.uint8))
    np.testing.assert_array_equal(labels.frame, [9])


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (
            '{"3": {"left_hip": [1, 2, "visible"], "left_hip": [5, 6, "visible"]}}',
            "left_hip is in it more than",
        ),
        ('{"3": {"left_hip": [1, 2, "visible"]}, "3": {}}', "3 is in it more than once"),
        ('{"3": {"left_hip": [1, 2, "visible"]}, "03": {"left_hip": [5, 6, "visible"]}}', "as 7 and 07"),
        ('{"3": {"left_hip": [1, 2, "seen"]}}', r"frames.3.left_hip.2: Input should be 'visible'"),
        ('{"3": {"left_hip": [1, 2', "is no file of labels"),
        ('{"3": {"hip": [1, 2, "visible"]}}', "labels hip, but .* renamed by hand"),
        ('{"3": {"left_hip": [96, 2, "visible"]}}', r"at \(96, 2\), outside the picture of 96 x 64"),
        ('{"3": {"left_hip": [NaN, 2, "visible"]}}', "outside the picture"),
        ('{"60": {"left_hip": [1, 2, "visible"]}}', "frame 60 is labelled, but the video has frames 0 to 59"),
        ('{"3": {"left_hip": [1, 2, "absent"]}}', "contradicts itself"),
        ('{"3": ' + "[" * 100_000, "is no file of labels"),
    ],
)
def test_a_damaged_file_is_refused_by_name_and_stays(
    folder: Path, project: Project, frames: str, message: str
) -> None:
    path = write(folder, frames)
    before = path.read_bytes()
    with pytest.raises(FileFormatError, match=message) as error:
        load_labels(folder, project, "joe", "walk")
    assert error.value.path == path
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"\xff\xfe\x00 not text", b"", b"[]", b"null"])
def test_what_is_no_label_file_is_refused(folder: Path, project: Project, damage: bytes) -> None:
    write(folder, "{}").write_bytes(damage)
    with pytest.raises(FileFormatError, match=r"walk\.json"):
        load_labels(folder, project, "joe", "walk")


@pytest.mark.parametrize("wrong", [{"rater": "mia"}, {"video": "run"}])
def test_a_copied_file_is_not_taken_for_anothers(
    folder: Path, project: Project, wrong: dict[str, str]
) -> None:
    write(folder, "{}", **wrong)
    with pytest.raises(FileFormatError, match="was it copied here"):
        load_labels(folder, project, "joe", "walk")


def test_a_rater_cannot_lead_elsewhere(folder: Path, project: Project) -> None:
    with pytest.raises(InputError, match="no plain name"):
        load_labels(folder, project, "../joe", "walk")


def test_nobody_has_labelled_yet(folder: Path, project: Project, label_it: Callable[..., Labels]) -> None:
    assert load_labels(folder, project, "joe", "walk").frame.size == 0
    label_it("mia", {5: [[1, 2], None, [3, 4]]})
    assert load_labels(folder, project, "joe", "walk").frame.size == 0
    assert load_labels(folder, project, "mia", "walk").frame.tolist() == [5]
