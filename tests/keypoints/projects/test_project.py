from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kinelab.core.subject import Subject
from kinelab.errors import FileFormatError, InputError, VideoError
from kinelab.files.session import Session, SessionFile, write_session
from kinelab.keypoints.projects.adding import add_videos
from kinelab.keypoints.projects.making import new_project
from kinelab.keypoints.projects.project import (
    PROJECT_FILE,
    Project,
    load_project,
    present_video,
    save_project,
    video_path,
)


def test_a_project_comes_back_and_finds_its_pairs(folder: Path, project: Project) -> None:
    assert project.name == "project"
    assert project.pairs == (("left_hip", "right_hip"),)
    assert project.mirror_order == (2, 1, 0)
    save_project(project, folder)
    assert load_project(folder) == project


def test_a_second_project_in_the_folder_is_refused(folder: Path) -> None:
    before = (folder / PROJECT_FILE).read_bytes()
    with pytest.raises(InputError, match="holds a project already"):
        new_project(folder, ["a"])
    assert (folder / PROJECT_FILE).read_bytes() == before


@pytest.mark.parametrize(
    ("landmarks", "links", "message"),
    [
        (["a", "b", "a"], (), "landmarks holds a more than once"),
        (["a", " "], (), "a landmark has no name"),
        (["a"], [("a", "b")], "links name b, which are not landmarks"),
    ],
)
def test_a_project_that_contradicts_itself_is_not_written(
    tmp_path: Path, landmarks: list[str], links: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        new_project(tmp_path / "new", landmarks, links=links)
    assert not (tmp_path / "new").exists()


def test_a_damaged_project_is_said(folder: Path) -> None:
    (folder / PROJECT_FILE).write_text('{"name": "x", "landmarks": ["a"], "videos": 3}')
    with pytest.raises(FileFormatError, match="videos"):
        load_project(folder)


def test_a_video_is_added_as_it_is(folder: Path, project: Project, video: Path) -> None:
    (added,) = project.videos
    assert (added.id, added.size_px, added.n_frames, added.rate_hz) == ("walk", (96, 64), 60, 30.0)
    assert (added.person, added.mm_per_px, added.synthetic) == ("ann", 2.0, False)
    assert not Path(added.path).is_absolute()
    assert video_path(folder, added).resolve() == video.resolve()


def test_the_same_video_twice_is_refused_under_any_name(folder: Path, video: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other name.mp4"
    copy.write_bytes(video.read_bytes())
    with pytest.raises(InputError, match=r"already, as 'walk'.*nothing was added"):
        add_videos(folder, [copy])
    assert len(load_project(folder).videos) == 1


def test_one_bad_file_among_several_adds_nothing(folder: Path, video: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.mp4", tmp_path / "bad.mp4"
    good.write_bytes(video.read_bytes() + b"\0\0\0\x08free")  # other bytes, the same pictures
    bad.write_bytes(b"no video")
    with pytest.raises(VideoError, match=r"bad\.mp4"):
        add_videos(folder, [good, bad])
    assert len(load_project(folder).videos) == 1


def test_all_bad_files_are_named_at_once(folder: Path, video: Path, tmp_path: Path) -> None:
    good, damaged, gone = tmp_path / "good.mp4", tmp_path / "damaged.mp4", tmp_path / "gone.mp4"
    good.write_bytes(video.read_bytes() + b"\0\0\0\x08free")
    damaged.write_bytes(video.read_bytes()[:500])
    with pytest.raises(InputError, match="2 of 3 videos cannot be used; nothing was done") as told:
        add_videos(folder, [damaged, good, gone])
    assert all(str(path) in str(told.value) for path in (damaged, gone))
    assert str(good) not in str(told.value)
    with pytest.raises(InputError, match=r"gone.mp4: no such file"):
        add_videos(folder, [good, gone])
    assert len(load_project(folder).videos) == 1


def test_equal_names_get_their_folders_in_front(folder: Path, video: Path, tmp_path: Path) -> None:
    paths = []
    for n, day in enumerate(("day 1", "day 2"), 1):
        path = tmp_path / day / "walk.mp4"
        path.parent.mkdir()
        path.write_bytes(video.read_bytes() + bytes((0, 0, 0, 8 + n)) + b"free" + b"\0" * n)
        paths.append(path)
    assert [one.id for one in add_videos(folder, paths)] == ["day_1_walk", "day_2_walk"]


def test_a_session_says_who_is_in_its_videos_and_that_nobody_was_filmed(
    folder: Path, video: Path, tmp_path: Path
) -> None:
    session = tmp_path / "study" / "V0007"
    session.mkdir(parents=True)
    (session / "side.mp4").write_bytes(video.read_bytes() + b"\0\0\0\x08free")
    write_session(
        Session(Subject("V0007"), (SessionFile("side.mp4", "video", "side"),), synthetic=True), session
    )
    (added,) = add_videos(folder, [session.parent])
    assert (added.id, added.person, added.synthetic) == ("side", "V0007", True)
    assert load_project(folder).synthetic
    with pytest.raises(InputError, match="without session folders"):
        add_videos(folder, [tmp_path / "project" / "frames"] if (folder / "frames").is_dir() else [folder])


def test_a_missing_video_is_asked_for_only_where_it_is_needed(folder: Path, project: Project) -> None:
    (video,) = project.videos
    gone = replace(video, path="gone.mp4")
    with pytest.raises(InputError, match=r"gone\.mp4; bring it back.*Labels and chosen frames are kept"):
        present_video(folder, gone)
    (folder / "frames" / "walk").mkdir(parents=True)
    with pytest.raises(InputError, match="set of pictures without a video"):
        present_video(folder, replace(video, path="frames/walk"))
