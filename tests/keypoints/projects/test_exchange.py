from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kinelab.errors import FileFormatError, InputError
from kinelab.files.sleap import read_sleap
from kinelab.keypoints.projects.coco_labels import read_coco_labels, write_coco_labels
from kinelab.keypoints.projects.deeplabcut_config import read_config
from kinelab.keypoints.projects.frame_pictures import write_frames
from kinelab.keypoints.projects.from_deeplabcut import read_deeplabcut_project, read_deeplabcut_table
from kinelab.keypoints.projects.incoming import Incoming, take_in
from kinelab.keypoints.projects.labels import Labels, State, labels_path, load_labels, raters, save_labels
from kinelab.keypoints.projects.making import new_project
from kinelab.keypoints.projects.pictures import read_picture, write_picture
from kinelab.keypoints.projects.project import Project, chosen_frames, frame_picture, load_project
from kinelab.keypoints.projects.to_deeplabcut import write_deeplabcut_project
from kinelab.keypoints.projects.to_sleap import write_sleap_labels
from kinelab.keypoints.projects.training_set import training_set

LabelIt = Callable[..., Labels]
OPENFIELD = "labelled/openfield"
MARKS = {4: [[1.25, 2.5], [30.0, 40.0], None], 9: [None, [50.0, 60.0], [7.0, 8.0]]}


@pytest.fixture
def labelled(folder: Path, project: Project, label_it: LabelIt) -> Project:
    """Two frames of three labelled by joe; in frame 9 the right hip is hidden."""
    write_frames(folder, project, "walk", [4, 9, 30])
    labels = label_it("joe", MARKS)
    state = labels.state.copy()
    state[1, 2] = State.OCCLUDED
    save_labels(Labels("walk", "joe", labels.landmarks, labels.frame, labels.position_px, state), folder)
    return load_project(folder)


def taken_back(tmp_path: Path, landmarks: tuple[str, ...], found: list[Incoming]) -> tuple[Path, Labels]:
    back = tmp_path / "back"
    new_project(back, landmarks)
    take_in(back, found)
    (rater,) = raters(back)
    return back, load_labels(back, load_project(back), rater, "walk")


def test_labels_go_to_deeplabcut_and_back(folder: Path, labelled: Project, tmp_path: Path) -> None:
    config_file = write_deeplabcut_project(folder, labelled, tmp_path / "dlc", "Nov21", "joe")
    config, found = read_deeplabcut_project(tmp_path / "dlc")
    assert config == read_config(config_file)
    assert (config.task, config.scorer, config.bodyparts) == ("project", "joe", labelled.landmarks)
    assert config.skeleton == labelled.links
    back, labels = taken_back(tmp_path, config.bodyparts, found)
    before = load_labels(folder, labelled, "joe", "walk")
    np.testing.assert_array_equal(labels.frame, before.frame)
    np.testing.assert_array_equal(labels.position_px, before.position_px)
    assert labels.state[1, 2] == State.VISIBLE  # DeepLabCut has no word for hidden
    assert chosen_frames(back, "walk") == (4, 9, 30)
    for frame in (4, 9, 30):
        np.testing.assert_array_equal(
            read_picture(frame_picture(back, "walk", frame)),
            read_picture(frame_picture(folder, "walk", frame)),
        )
    assert load_project(back).videos[0].sha256 == labelled.videos[0].sha256  # the video was found again


def test_the_table_is_as_deeplabcut_wants_it(folder: Path, labelled: Project, tmp_path: Path) -> None:
    """Levels, key and row names as its `create_training_dataset` reads them (checked by hand with 3.0.2)."""
    write_deeplabcut_project(folder, labelled, tmp_path / "dlc", "Nov21")
    stem = tmp_path / "dlc" / "labeled-data" / "walk" / "CollectedData_joe"
    table = pd.read_hdf(stem.with_suffix(".h5"), key="df_with_missing")
    assert list(table.columns.names) == ["scorer", "bodyparts", "coords"]
    assert table.index[0] == ("labeled-data", "walk", "img0004.png")
    assert table["joe", "left_knee", "y"].tolist() == [40, 60]
    lines = stem.with_suffix(".csv").read_text().splitlines()
    assert lines[:3] == [
        "scorer,,,joe,joe,joe,joe,joe,joe",
        "bodyparts,,,left_hip,left_hip,left_knee,left_knee,right_hip,right_hip",
        "coords,,,x,y,x,y,x,y",
    ]
    assert lines[3] == "labeled-data,walk,img0004.png,1.25,2.5,30.0,40.0,,"
    with pytest.raises(InputError, match="is not empty"):
        write_deeplabcut_project(folder, labelled, tmp_path / "dlc", "Nov21")


@pytest.mark.shared
def test_openfield_of_deeplabcut_comes_in_whole_and_goes_out_again(shared_data: Path, tmp_path: Path) -> None:
    config, found = read_deeplabcut_project(shared_data / OPENFIELD)
    folder = tmp_path / "mouse"
    new_project(folder, config.bodyparts, name=config.task)
    taken = take_in(folder, found)
    assert (taken.pictures, taken.frames, taken.landmarks) == (116, 116, 464)
    assert "pictures without a video" in taken.notes[0]
    project = load_project(folder)
    assert project.pairs == (("leftear", "rightear"),)
    everything = training_set(folder, project)
    source = shared_data / OPENFIELD / "labeled-data/m4s1"
    published = pd.read_csv(source / "CollectedData_Pranav.csv", header=[0, 1, 2], index_col=0)
    np.testing.assert_allclose(everything.position_px.reshape(116, -1), published.to_numpy(), atol=5.1e-4)
    assert everything.images[27].read_bytes() == (source / "img0027.png").read_bytes()
    assert take_in(folder, found).pictures == 0  # the same again changes nothing
    write_deeplabcut_project(folder, project, tmp_path / "dlc", "Nov21")
    config_again, again = read_deeplabcut_project(tmp_path / "dlc")
    assert config_again.bodyparts == config.bodyparts
    np.testing.assert_allclose(again[0].labels.position_px, found[0].labels.position_px, atol=5.1e-4)


@pytest.mark.shared
def test_a_table_beside_its_pictures_comes_in(shared_data: Path, tmp_path: Path) -> None:
    one = read_deeplabcut_table(shared_data / "labelled/lspet_250/CollectedData_LSPET.csv")
    folder = tmp_path / "sport"
    new_project(folder, one.labels.landmarks)
    taken = take_in(folder, [one])
    assert (taken.frames, taken.landmarks) == (250, 3499)
    assert any("1 of 3500 landmarks lie outside their picture (headtop)" in note for note in taken.notes)
    project = load_project(folder)
    assert len(project.pairs) == 6
    assert training_set(folder, project).n == 250


def test_labels_go_to_coco_and_back(folder: Path, labelled: Project, tmp_path: Path) -> None:
    path = write_coco_labels(folder, labelled, tmp_path / "coco")
    landmarks, links, found = read_coco_labels(path, "joe")
    assert (landmarks, links) == (labelled.landmarks, labelled.links)
    _, labels = taken_back(tmp_path, landmarks, found)
    before = load_labels(folder, labelled, "joe", "walk")
    np.testing.assert_array_equal(labels.frame, before.frame)
    np.testing.assert_array_equal(labels.position_px, before.position_px)
    np.testing.assert_array_equal(labels.state, before.state)
    held = json.loads(path.read_text())
    assert held["info"] == {"description": "project: labelled by hand"}
    assert held["images"][0] == {"id": 0, "file_name": "images/walk/000004.png", "width": 96, "height": 64}
    assert held["annotations"][1]["keypoints"] == [0, 0, 0, 50, 60, 2, 7, 8, 1]
    assert held["annotations"][0]["num_keypoints"] == 2


def test_coco_that_cannot_be_labels_is_refused(folder: Path, labelled: Project, tmp_path: Path) -> None:
    path = write_coco_labels(folder, labelled, tmp_path / "coco")
    held = json.loads(path.read_text())
    path.write_text(json.dumps({**held, "annotations": held["annotations"] * 2}))
    with pytest.raises(FileFormatError, match=r"annotations.2 is a second person in image 0"):
        read_coco_labels(path)
    (tmp_path / "coco" / "images" / "walk" / "000004.png").unlink()
    with pytest.raises(FileFormatError, match="not beside it; was the folder copied whole"):
        read_coco_labels(path)


def test_labels_go_to_sleap(folder: Path, labelled: Project, tmp_path: Path) -> None:
    path = write_sleap_labels(folder, labelled, tmp_path / "walk.slp")
    read = read_sleap(path, 30.0)
    assert read.skeleton.landmarks == labelled.landmarks
    np.testing.assert_allclose(read.time_s[[0, -1]], [4 / 30, 9 / 30])
    before = load_labels(folder, labelled, "joe", "walk")
    np.testing.assert_array_equal(read.position[[0, -1]], before.position_px)
    with pytest.raises(InputError, match=r"a SLEAP file is \.slp"):
        write_sleap_labels(folder, labelled, tmp_path / "walk.h5")


def incoming(tmp_path: Path, rater: str = "joe", shift: float = 0.0) -> Incoming:
    """A picture of 40 x 30 px, frame 2, with a landmark in it and one outside."""
    picture = tmp_path / "img2.png"
    write_picture(np.zeros((30, 40, 3), np.uint8), picture)
    position = np.array([[[5.0 + shift, 6.0], [45.0, 6.0]]])
    state = np.full((1, 2), State.VISIBLE, np.uint8)
    return Incoming(
        Labels("cam", rater, ("right_hip", "left_hip"), np.array([2]), position, state), {2: picture}
    )


def test_what_comes_in_is_put_in_order_and_nothing_is_written_over(folder: Path, tmp_path: Path) -> None:
    taken = take_in(folder, [incoming(tmp_path)])
    labels = load_labels(folder, load_project(folder), "joe", "cam")
    assert labels.state[0].tolist() == [State.ABSENT, State.UNLABELLED, State.VISIBLE]
    np.testing.assert_array_equal(labels.position_px[0, 2], [5, 6])
    assert any("1 of 2 landmarks lie outside their picture (left_hip)" in note for note in taken.notes)
    before = labels_path(folder, "joe", "cam").read_bytes()
    with pytest.raises(InputError, match="joe has other labels of cam already"):
        take_in(folder, [incoming(tmp_path, shift=1.0)])
    assert labels_path(folder, "joe", "cam").read_bytes() == before
    later = incoming(tmp_path, "mia", shift=1.0)
    more = {**later.pictures, 70: later.pictures[2]}  # a set of pictures may grow
    take_in(folder, [Incoming(later.labels, more)])
    assert load_project(folder).video("cam").n_frames == 71
    assert raters(folder) == ("joe", "mia")


def test_what_does_not_fit_is_said_before_anything_is_written(folder: Path, tmp_path: Path) -> None:
    one = incoming(tmp_path)
    other = Incoming(Labels("cam", "joe", ("tail", "left_hip"), *_arrays(one.labels)), one.pictures)
    with pytest.raises(InputError, match="name tail, but the project's landmarks are left_hip"):
        take_in(folder, [other])
    with pytest.raises(InputError, match="frames 2 are labelled, but have no picture"):
        take_in(folder, [Incoming(one.labels, {3: one.pictures[2]})])
    larger = Incoming(
        Labels("walk", "joe", ("left_hip", "left_knee"), *_arrays(one.labels)), {70: one.pictures[2]}
    )
    with pytest.raises(InputError, match="another video of the same name"):
        take_in(folder, [larger])
    assert [video.id for video in load_project(folder).videos] == ["walk"]
    assert raters(folder) == ()


def _arrays(labels: Labels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return labels.frame, labels.position_px, labels.state


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bodyparts: [a\n", "is no YAML"),
        ("- a\n", "is no DeepLabCut config"),
        ("bodyparts: []\n", "expected a list of names"),
        ("multianimalproject: true\nbodyparts: [a]\n", "several animals"),
        ("a: !!python/object/apply:os.system ['true']\n", "is no YAML"),
    ],
)
def test_a_config_that_cannot_be_read_is_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_config(tmp_path / "config.yaml")


def test_a_deeplabcut_folder_without_labels_is_said(folder: Path, labelled: Project, tmp_path: Path) -> None:
    dlc = tmp_path / "dlc"
    write_deeplabcut_project(folder, labelled, dlc, "Nov21")
    (dlc / "labeled-data" / "walk" / "img0004.png").unlink()
    _, found = read_deeplabcut_project(dlc)
    new_project(tmp_path / "back", labelled.landmarks)
    with pytest.raises(InputError, match="frames 4 are labelled, but have no picture"):
        take_in(tmp_path / "back", found)
    shutil.rmtree(dlc / "labeled-data" / "walk")
    with pytest.raises(FileFormatError, match="nothing is labelled"):
        read_deeplabcut_project(dlc)
    (tmp_path / "alone").mkdir()
    table = tmp_path / "alone" / "a.csv"
    table.write_text("scorer,N,N\nbodyparts,p,p\ncoords,x,y\nimg1.png,1,2\n")
    with pytest.raises(FileFormatError, match="has no pictures beside it"):
        read_deeplabcut_table(table)


def test_nothing_to_export_is_said(folder: Path, project: Project, tmp_path: Path) -> None:
    for write in (
        lambda: write_deeplabcut_project(folder, project, tmp_path / "a", "Nov21"),
        lambda: write_coco_labels(folder, project, tmp_path / "b"),
        lambda: write_sleap_labels(folder, project, tmp_path / "c.slp"),
    ):
        with pytest.raises(InputError, match="nothing is labelled yet"):
            write()
    assert not (tmp_path / "c.slp").exists()
