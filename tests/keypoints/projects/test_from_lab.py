from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kinelab.core.keypoints import Keypoints
from kinelab.core.skeletons import Skeleton
from kinelab.core.subject import Subject
from kinelab.errors import InputError
from kinelab.files import native
from kinelab.files.calibration import WORLD_FROM_GROUND, CameraCalibration, write_calibration
from kinelab.files.keypoint_files import write_keypoints
from kinelab.files.session import Session, SessionFile, write_session
from kinelab.keypoints.projects.from_lab import mm_per_px, project_from_lab
from kinelab.keypoints.projects.labels import State, load_labels
from kinelab.keypoints.projects.project import chosen_frames, load_project
from kinelab.keypoints.projects.training_set import training_set

NAMES = ("mid_hip", "left_knee", "right_knee")
FOCAL_PX, DISTANCE_M = 800.0, 4.0


def in_image() -> Keypoints:
    """mid_hip seen, left_knee hidden in odd frames, right_knee out of the picture from frame 30 on."""
    number = np.arange(60)
    position = np.tile([[40.0, 20.0], [10.0, 30.0], [60.0, 50.0]], (60, 1, 1))
    position[:, 1, 0] += number
    position[30:, 2] = np.nan
    confidence = np.ones((60, 3))
    confidence[1::2, 1] = 0.0
    confidence[30:, 2] = np.nan
    return Keypoints(Skeleton("virtual", NAMES), number / 30, position, confidence)


@pytest.fixture
def study(tmp_path: Path, video: Path) -> Path:
    """Two trials with a camera at the side, and what a virtual rater clicked in one of them."""
    study = tmp_path / "study"
    for n in (1, 2):
        trial = study / f"V000{n}" / "walk_01"
        (trial / "truth").mkdir(parents=True)
        (trial / "side.mp4").write_bytes(video.read_bytes() + bytes((0, 0, 0, 8 + n)) + b"free" + b"\0" * n)
        native.save(in_image(), trial / "truth" / "side_landmarks.nc")
        in_space = np.tile([[0.1, 0.9, 0.0], [0.1, 0.5, 0.1], [0.1, 0.5, -0.1]], (60, 1, 1))
        space = Keypoints(Skeleton("virtual", NAMES), np.arange(60) / 30, in_space, np.ones((60, 3)), "m")
        native.save(space, trial / "truth" / "landmarks.nc")
        # At Z = 4 m to the person's right, looking to -Z: image x is X, image y is -Y.
        from_ground = np.diag([1.0, -1.0, -1.0])
        rotation = from_ground @ WORLD_FROM_GROUND.T
        turn = np.array(_rotvec(rotation))
        matrix = np.array([[FOCAL_PX, 0, 47.5], [0, FOCAL_PX, 31.5], [0, 0, 1]])
        shift = np.array([0.0, 0.9, DISTANCE_M])
        camera = CameraCalibration("side", (96, 64), matrix, np.zeros(4), turn, shift)
        write_calibration(trial / "cameras.toml", [camera])
        files = [SessionFile("side.mp4", "video", "side")]
        if n == 2:
            clicked = in_image()
            rows = [0, 13, 59]
            clicks = Keypoints(clicked.skeleton, clicked.time_s[rows], clicked.position[rows] + 0.5,
                               clicked.confidence[rows])  # fmt: skip
            (trial / "labels").mkdir()
            write_keypoints(clicks, trial / "labels" / "side_rater1.csv", "csv")
        write_session(Session(Subject(f"V000{n}"), tuple(files), synthetic=True), trial)
    return study


def _rotvec(rotation: np.ndarray) -> np.ndarray:
    from scipy.spatial.transform import Rotation

    return Rotation.from_matrix(rotation).as_rotvec()


def test_a_study_becomes_a_project_with_exact_labels(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    told: list[str] = []
    project = project_from_lab(folder, study, per_video=12, on_video=told.append)
    assert told == ["V0001_walk_01_side", "V0002_walk_01_side"]
    assert [video.person for video in project.videos] == ["V0001", "V0002"]
    assert project.synthetic
    assert project.landmarks == NAMES
    assert project.pairs == (("left_knee", "right_knee"),)
    labels = load_labels(folder, project, "truth", "V0002_walk_01_side")
    assert labels.frame.size == 12
    np.testing.assert_array_equal(labels.position_px[:, 1, 0], 10 + labels.frame)
    np.testing.assert_array_equal(labels.state[:, 1] == State.OCCLUDED, labels.frame % 2 == 1)
    np.testing.assert_array_equal(labels.state[:, 2] == State.ABSENT, labels.frame >= 30)
    found = training_set(folder, project)
    assert (found.n, found.synthetic) == (24, True)
    np.testing.assert_allclose(found.mm_per_px, 1000 * DISTANCE_M / FOCAL_PX, rtol=1e-9)


def test_the_same_call_goes_on_and_adds_nothing_else(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    first = project_from_lab(folder, study, per_video=5, landmarks=["left_knee"])
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    lost = next(folder.glob("labels/truth/*.json"))
    lost.unlink()
    assert project_from_lab(folder, study, per_video=5, landmarks=["left_knee"]) == first
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_virtual_raters_come_along_but_the_truth_is_trained_on(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    project = project_from_lab(folder, study, per_video=5, virtual_raters=True)
    name = "V0002_walk_01_side"
    clicks = load_labels(folder, project, "rater1", name)
    assert clicks.frame.tolist() == [0, 13, 59]
    assert set(chosen_frames(folder, name)) >= {0, 13, 59}
    assert clicks.state[1, 1] == State.OCCLUDED
    assert clicks.state[2, 2] == State.ABSENT
    np.testing.assert_array_equal(clicks.position_px[0, 0], [40.5, 20.5])
    found = training_set(folder, load_project(folder))
    np.testing.assert_array_equal(found.position_px[:, 0], np.tile([40.0, 20.0], (found.n, 1)))


def test_what_the_study_does_not_have_is_said(study: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no landmark tail; it has mid_hip"):
        project_from_lab(tmp_path / "a", study, landmarks=["tail"])
    with pytest.raises(InputError, match="cameras front asked for; its videos with truth are of side"):
        project_from_lab(tmp_path / "a", study, cameras=["front"])
    with pytest.raises(InputError, match="of no camera; make a study with"):
        project_from_lab(tmp_path / "a", tmp_path / "nowhere")
    assert not (tmp_path / "a").exists()
    project_from_lab(tmp_path / "a", study, per_video=1, landmarks=["left_knee"])
    with pytest.raises(InputError, match="a project of other landmarks"):
        project_from_lab(tmp_path / "a", study, per_video=1)
    assert mm_per_px(study / "V0001" / "walk_01" / "side.mp4") == pytest.approx(5.0)
