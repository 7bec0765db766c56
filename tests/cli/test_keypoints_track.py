"""A round of active learning on the command line, with a hand-made network."""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from kinelab.cli import keypoints_track
from kinelab.core.keypoints import Keypoints
from kinelab.errors import FileFormatError, InputError, RunFolderError
from kinelab.files.keypoint_files import read_keypoints
from kinelab.files.native import load_as
from kinelab.keypoints.projects.adding import add_videos
from kinelab.keypoints.projects.frame_pictures import write_frames
from kinelab.keypoints.projects.labels import Labels, State, load_labels, save_labels
from kinelab.keypoints.projects.making import new_project
from kinelab.keypoints.projects.merging import merge_project
from kinelab.keypoints.projects.project import chosen_frames, load_project
from kinelab.keypoints.tracks import follow as follow_module
from kinelab.keypoints.transfer.gain import NEW, TESTED, network_gain
from kinelab.learning.run_folder import RECIPE_FILE
from kinelab.reports.figure_gain import figure_gain

N = 60
HIDDEN = slice(30, 33)  # frames without an ankle


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    keypoints_track.add_actions(parser.add_subparsers(required=True))
    args = parser.parse_args([str(word) for word in words])
    code: int = args.act(args)
    return code


def places(discs: ModuleType) -> np.ndarray:
    found: np.ndarray = discs.leg(np.arange(N) / 50)
    return found


@pytest.fixture
def project(tmp_path: Path, discs: ModuleType) -> Path:
    """A project with one film, in which the ankle is hidden for three frames, and a network."""
    shown = places(discs)
    shown[HIDDEN, 2] = np.nan
    video = discs.write_film(tmp_path / "walk.mp4", shown, np.arange(N) / 50)
    folder = tmp_path / "project"
    new_project(folder, discs.LANDMARKS, links=discs.LINKS)
    add_videos(folder, [video])
    discs.write_finder(folder / "networks" / "first" / "network.safetensors")
    return folder


def label(
    folder: Path, discs: ModuleType, frames: list[int], rater: str = "ann", off_px: float = 0.0
) -> None:
    write_frames(folder, load_project(folder), "walk", frames)
    state = np.full((len(frames), 3), State.VISIBLE, np.uint8)
    position = places(discs)[frames] + off_px
    save_labels(Labels("walk", rater, discs.LANDMARKS, np.array(frames), position, state), folder)


def test_track_writes_what_other_programs_read(
    project: Path, discs: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--formats", "nc,csv,h5,json", "--smooth", "--threads", 1, "--quiet")
    assert run("track", project, *options) == 0
    assert "walk: 60 of 60 frames" in capsys.readouterr().out
    folder = project / "tracks" / "walk"
    truth = places(discs)
    raw = load_as(Keypoints, folder / "track.nc")
    good = np.r_[0:30, 33:N]
    assert np.linalg.norm(raw.position[good] - truth[good], axis=-1).max() < 0.6
    smooth = load_as(Keypoints, folder / "track_smoothed.nc")
    # The ankle was not there to be seen: its raw place is wrong, its smoothed one bridges the gap.
    assert np.linalg.norm(raw.position[HIDDEN, 2] - truth[HIDDEN, 2], axis=-1).min() > 10
    assert np.linalg.norm(smooth.position[HIDDEN, 2] - truth[HIDDEN, 2], axis=-1).max() < 3
    for name in ("track.csv", "track.h5", "track.json"):
        timed = name == "track.csv"
        read = read_keypoints(folder / name, rate_hz=None if timed else 50.0)
        np.testing.assert_allclose(read.position, smooth.position, atol=1e-3)
    held = json.loads((folder / "run.json").read_text())
    assert held["models"][0]["name"] == "discs"
    assert not (folder / "parts").exists()


def test_a_killed_track_goes_on_and_a_done_one_is_not_done_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = follow_module._look
    looked: list[int] = []

    def killed(network: object, frames: list[object]) -> object:
        if len(looked) == 4:
            raise KeyboardInterrupt
        looked.append(len(frames))
        return real(network, frames)  # type: ignore[arg-type]

    monkeypatch.setattr(follow_module, "PART_FRAMES", 16)
    monkeypatch.setattr(follow_module, "_look", killed)
    with pytest.raises(KeyboardInterrupt):
        run("track", project, "--quiet", "--threads", 1)
    assert not (project / "tracks" / "walk" / "track.nc").exists()
    looked[:] = [0] * 10
    assert run("track", project, "--quiet", "--threads", 1) == 0
    assert sum(looked) == N - 32
    looked[:] = [0] * 10
    assert run("track", project, "--quiet", "--threads", 1) == 0
    assert sum(looked) == 0


def test_doubtful_frames_wait_in_the_project_to_be_labelled(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("track", project, "--quiet", "--threads", 1)
    assert run("outliers", project, "--per-video", 5) == 0
    shown = capsys.readouterr().out
    assert "unsure" in shown
    assert "kinelab label" in shown
    chosen = chosen_frames(project, "walk")
    assert any(30 <= frame < 33 for frame in chosen)
    with (project / "tracks" / "walk" / "doubted_frames.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in rows] == list(chosen)
    assert (project / "tracks" / "walk" / "doubted_frames.png").is_file()
    hidden = next(row for row in rows if 30 <= int(row["frame"]) < 33)
    assert hidden["landmark"] == "right_ankle"
    assert run("outliers", project, "--per-video", 5) == 0  # the same command finds nothing that is new
    assert "Nothing doubtful that is not chosen already" in capsys.readouterr().out
    assert chosen_frames(project, "walk") == chosen


def test_a_strange_video_is_tracked_but_not_taken_into_the_project(
    project: Path, tmp_path: Path, discs: ModuleType
) -> None:
    other = discs.write_film(tmp_path / "other day.mp4", places(discs)[:20], np.arange(20) / 50)
    out = tmp_path / "out"
    assert run("track", project, other, "--network", "first", "--out", out, "--quiet", "--threads", 1) == 0
    with pytest.raises(InputError, match=r"is the track of other day.mp4, which is not a video of the pro"):
        run("outliers", project, out / "other_day")
    discs.write_film(other, places(discs)[:10], np.arange(10) / 50)
    with pytest.raises(RunFolderError, match="holds the run of another file"):
        run("track", project, other, "--out", out, "--quiet")


def test_videos_that_cannot_be_read_are_all_named_before_the_first_is_tracked(
    project: Path, tmp_path: Path
) -> None:
    film = tmp_path / "walk.mp4"
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(film.read_bytes()[:600])
    with pytest.raises(InputError, match="2 of 3 videos cannot be used; nothing was done") as told:
        run("track", project, "walk", damaged, tmp_path / "gone.mp4", "--quiet", "--threads", 1)
    assert "damaged.mp4: " in str(told.value)
    assert "gone.mp4: no such file" in str(told.value)
    film.unlink()
    with pytest.raises(InputError, match="'walk' is not at"):
        run("track", project, "--quiet", "--threads", 1)
    assert not (project / "tracks").exists()


def finished_run(folder: Path, name: str, train: list[int], test: list[int]) -> Path:
    """A run folder as training leaves it: recipe and split beside the network."""
    out = folder / "networks" / name
    recipe = {"project": str(folder), "out": str(out), "benchmarks": []}
    (out / RECIPE_FILE).write_text(json.dumps(recipe))
    split = {part: [f"walk/{i}" for i in frames] for part, frames in (("train", train), ("test", test))}
    (out / "split.json").write_text(json.dumps(split))
    return out


@pytest.fixture
def two_runs(project: Path, discs: ModuleType) -> tuple[Path, Path]:
    """The first network is 3 px off to the right, the second is right; frames 0 to 15 were learnt from."""
    label(project, discs, [*range(0, 30, 2), 40, 42, 44])
    discs.write_finder(project / "networks" / "first" / "network.safetensors", off_px=3.0)
    discs.write_finder(project / "networks" / "second" / "network.safetensors")
    first = finished_run(project, "first", list(range(0, 16, 2)), list(range(16, 30, 2)))
    second = finished_run(project, "second", [*range(0, 16, 2), 16, 44], [18, 20, 22])
    return first, second


def test_the_gain_is_measured_on_frames_that_neither_learnt(
    two_runs: tuple[Path, Path], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gain = network_gain(*two_runs, project)
    tested = gain.of(TESTED)
    assert tested.n == 6  # 18 to 28: 16 was learnt from by the second
    assert gain.of(NEW).n == 2  # 40 and 42
    assert tested.before_px == pytest.approx(3.0, abs=0.3)
    assert tested.after_px < 0.4
    assert tested.difference_px == pytest.approx(tested.after_px - tested.before_px)
    assert tested.ci95_px is not None
    assert tested.ci95_px[1] < 0
    assert gain.of(TESTED, "right_knee").n == 6
    assert "8 of them are of videos of which other frames were learnt" in gain.said
    assert run("gain", project, "first", "second") == 0
    assert "Negative differences are a gain" in capsys.readouterr().out
    out = two_runs[1] / "gain"
    assert {"gain.csv", "gain.json", "gain.svg", "gain.png"} == {path.name for path in out.iterdir()}
    texts = [ax.get_title(loc="left") for ax in figure_gain(gain).axes]
    assert "Frames tested before (n = 6)" in texts


def test_a_gain_that_cannot_be_measured_is_said(two_runs: tuple[Path, Path], project: Path) -> None:
    finished_run(project, "second", list(range(0, 60, 2)), [])
    with pytest.raises(InputError, match="nothing is left to compare them on"):
        network_gain(*two_runs)
    (two_runs[0] / "split.json").unlink()
    with pytest.raises(FileFormatError, match="does not say which frames the network learnt from"):
        network_gain(*two_runs)
    with pytest.raises(
        InputError, match=r"third is no run of the project.*finished networks of .*first, sec"
    ):
        run("gain", project, "first", "third")


def test_labels_of_a_colleague_come_in(project: Path, tmp_path: Path, discs: ModuleType) -> None:
    label(project, discs, [0, 2, 4])
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    label(copy, discs, [0, 2, 4, 6, 8])
    label(copy, discs, [2, 10], rater="mia")
    merged = merge_project(project, copy)
    assert merged.frames == {"ann": 2, "mia": 2}
    assert merged.pictures == 3
    assert merged.unknown_videos == ()
    about = load_project(project)
    assert load_labels(project, about, "ann", "walk").frame.tolist() == [0, 2, 4, 6, 8]
    np.testing.assert_allclose(
        load_labels(project, about, "mia", "walk").position_px, places(discs)[[2, 10]], atol=1e-3
    )
    assert chosen_frames(project, "walk") == (0, 2, 4, 6, 8, 10)
    assert merge_project(project, copy).frames == {}  # the same again changes nothing


def test_labels_that_contradict_stop_the_merge_before_it_begins(
    project: Path, tmp_path: Path, discs: ModuleType
) -> None:
    label(project, discs, [0, 2])
    copy = tmp_path / "copy"
    shutil.copytree(project, copy)
    label(copy, discs, [2, 6], off_px=1.0)
    with pytest.raises(InputError, match="ann labelled frame 2 of walk in both copies, and differently"):
        merge_project(project, copy)
    assert chosen_frames(project, "walk") == (0, 2)
    assert load_labels(project, load_project(project), "ann", "walk").frame.tolist() == [0, 2]


def test_what_cannot_be_is_refused(project: Path, tmp_path: Path, discs: ModuleType) -> None:
    with pytest.raises(InputError, match="unknown format mp3; known are nc, csv, h5, slp, json"):
        run("track", project, "--formats", "nc,mp3")
    with pytest.raises(InputError, match="has no tracks yet"):
        run("outliers", project)
    with pytest.raises(FileFormatError, match=r"track.nc"):
        run("outliers", project, tmp_path)
    empty = tmp_path / "empty"
    new_project(empty, discs.LANDMARKS)
    with pytest.raises(InputError, match="has no videos yet"):
        run("track", empty)
    with pytest.raises(InputError, match="has no trained network yet"):
        run("track", empty, project.parent / "walk.mp4")
