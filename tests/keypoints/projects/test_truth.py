from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.keypoints.projects.frame_pictures import write_frames
from kinelab.keypoints.projects.labels import Labels, State, labels_path, save_labels
from kinelab.keypoints.projects.pictures import write_picture
from kinelab.keypoints.projects.project import Project, frame_picture
from kinelab.keypoints.projects.training_set import training_set
from kinelab.keypoints.projects.truth import mean_of, truth

LabelIt = Callable[..., Labels]
A, V, H, U = State.ABSENT, State.VISIBLE, State.OCCLUDED, State.UNLABELLED


def one_frame(rater: str, states: list[State], x: float, frame: int = 5) -> Labels:
    state = np.array([states], np.uint8)
    placed = np.isin(state, (V, H))[..., None]
    position = np.where(placed, np.full((1, len(states), 2), x), np.nan)
    names = tuple("abcdef"[: len(states)])
    return Labels("walk", rater, names, np.array([frame]), position, state)


def test_the_mean_of_raters_follows_the_majority() -> None:
    first = one_frame("1", [V, V, V, A, U, U], 10.0)
    second = one_frame("2", [V, H, A, A, V, U], 20.0)
    third = one_frame("3", [V, H, A, V, U, U], 60.0)
    mean = mean_of([first, second, third])
    assert mean.state[0].tolist() == [V, H, A, A, V, U]
    np.testing.assert_allclose(mean.position_px[0, :, 0], [30, 30, np.nan, np.nan, 20, np.nan])


def test_a_frame_of_one_rater_is_that_raters(folder: Path, project: Project, label_it: LabelIt) -> None:
    label_it("joe", {4: [[0, 0], [10, 10], None], 9: [[1, 1], None, None]})
    label_it("mia", {4: [[4, 2], None, None], 12: [[5, 5], None, None]})
    mean = truth(folder, project, "walk")
    assert mean.rater == "mean"
    assert mean.frame.tolist() == [4, 9, 12]
    np.testing.assert_array_equal(mean.position_px[:, 0], [[2, 1], [1, 1], [5, 5]])
    np.testing.assert_array_equal(mean.position_px[0, 1], [10, 10])  # half of two placed it
    assert truth(folder, project, "walk", "joe").frame.tolist() == [4, 9]
    with pytest.raises(InputError, match="nobody called 'bob' has labelled; there are joe, mia"):
        truth(folder, project, "walk", "bob")


def test_exact_places_go_before_any_mean(folder: Path, project: Project, label_it: LabelIt) -> None:
    label_it("joe", {4: [[0, 0], None, None]})
    label_it("truth", {4: [[6, 6], None, None]})
    assert truth(folder, project, "walk").position_px[0, 0].tolist() == [3, 3]  # a person called so
    virtual = replace(project, videos=(replace(project.videos[0], synthetic=True),))
    assert truth(folder, virtual, "walk").position_px[0, 0].tolist() == [6, 6]


def test_a_training_set_is_all_that_is_labelled(folder: Path, project: Project, label_it: LabelIt) -> None:
    write_frames(folder, project, "walk", [4, 9, 30])
    joe = label_it("joe", {4: [[0, 0], [10, 10], None], 9: [[1, 1], None, [2, 2]]})
    found = training_set(folder, project)
    assert found.landmarks == project.landmarks
    assert found.mirror_order == (2, 1, 0)
    assert [path.name for path in found.images] == ["000004.png", "000009.png"]
    assert (found.video, found.person) == (("walk", "walk"), ("ann", "ann"))
    np.testing.assert_array_equal(found.position_px, joe.position_px)
    np.testing.assert_array_equal(found.state, joe.state)
    np.testing.assert_array_equal(found.size_px, [[96, 64], [96, 64]])
    np.testing.assert_array_equal(found.mm_per_px, [2, 2])
    second = found.take([1])
    assert (second.n, second.frame.tolist(), second.images) == (1, [9], found.images[1:])


def test_what_hinders_training_is_named(folder: Path, project: Project, label_it: LabelIt) -> None:
    with pytest.raises(InputError, match="no frame is labelled yet; label some with `kinelab label"):
        training_set(folder, project)
    label_it("joe", {4: [[80, 60], None, None]})
    with pytest.raises(InputError, match=r"000004\.png: .* picture is missing; .* --restore"):
        training_set(folder, project)
    write_picture(np.zeros((32, 48, 3), np.uint8), frame_picture(folder, "walk", 4))
    with pytest.raises(InputError, match="outside this picture of 48 x 32 px"):
        training_set(folder, project)
    frame_picture(folder, "walk", 4).write_bytes(b"no picture")
    with pytest.raises(FileFormatError, match="cannot be read as a picture"):
        training_set(folder, project)


def test_training_needs_no_video(folder: Path, project: Project, label_it: LabelIt) -> None:
    write_frames(folder, project, "walk", [4])
    label_it("joe", {4: [[80, 60], None, None]})
    gone = replace(project, videos=(replace(project.videos[0], path="gone.mp4"),))
    assert training_set(folder, gone).n == 1


def test_frames_that_nobody_dealt_with_are_left_out(folder: Path, project: Project) -> None:
    empty = Labels("walk", "joe", project.landmarks, np.array([3]), np.full((1, 3, 2), np.nan),
                   np.zeros((1, 3), np.uint8))  # fmt: skip
    save_labels(empty, folder)
    assert labels_path(folder, "joe", "walk").is_file()
    with pytest.raises(InputError, match="no frame is labelled"):
        training_set(folder, project)
