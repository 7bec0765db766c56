from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinelab.cli import keypoints as command
from kinelab.errors import InputError
from kinelab.files.video_writer import VideoWriter
from kinelab.keypoints.projects.labels import Labels, State, save_labels
from kinelab.keypoints.projects.project import chosen_frames, load_project

Run = Callable[..., int]


@pytest.fixture
def run() -> Run:
    """run("new", folder, ...): one `kinelab keypoints` command."""

    def one(*words: object) -> int:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args([str(word) for word in words]))

    return one


def filmed(path: Path, shade: int) -> Path:
    with VideoWriter(path, (64, 48), 25.0) as writer:
        for n in range(30):
            image = np.full((48, 64, 3), shade, np.uint8)
            image[10:30, 2 * n : 2 * n + 6] = 255
            writer.write(image, n / 25)
    return path


def label(folder: Path, rater: str, shift_px: float) -> None:
    project = load_project(folder)
    for video in project.videos:
        frames = np.array(chosen_frames(folder, video.id))
        shape = (frames.size, len(project.landmarks))
        state = np.full(shape, State.VISIBLE, np.uint8)
        save_labels(
            Labels(video.id, rater, project.landmarks, frames, np.full((*shape, 2), 20 + shift_px), state),
            folder,
        )


def test_a_project_from_its_beginning_to_two_raters_and_other_tools(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "runners"
    videos = [filmed(tmp_path / f"day{n}.mp4", 40 * n) for n in (1, 2)]
    assert run("new", folder, "--landmarks", "hip_l,hip_r,head", "--links", "hip_l:hip_r") == 0
    assert "left and right: hip_l | hip_r" in capsys.readouterr().out
    assert run("add", folder, *videos, "--person", "ann", "--length-mm", 610, "--length-px", 305) == 0
    assert "added day1: 64 x 48 px, 30 frames, 25 Hz, person ann, 2 mm/px" in capsys.readouterr().out
    assert run("status", folder) == 0
    assert f"kinelab keypoints frames {folder}" in capsys.readouterr().out
    assert run("frames", folder, "--per-video", 4) == 0
    assert "day2: 4 frames written; 4 chosen now" in capsys.readouterr().out
    assert run("frames", folder, "--video", "day1", "--frame", "0,29") == 0
    assert set(chosen_frames(folder, "day1")) >= {0, 29}
    label(folder, "joe", 0)
    label(folder, "mia", 1)
    capsys.readouterr()
    assert run("agree", folder) == 0
    said = capsys.readouterr().out
    assert "1.41 ± 0.00" in said
    assert "2.83 ± 0.00" in said  # mm
    assert (folder / "agreement" / "joe_mia" / "worst_frames.png").is_file()
    assert run("rename", folder, "head", "crown") == 0
    assert run("landmarks", folder, "--add", "toe") == 0
    assert run("landmarks", folder, "--remove", "toe") == 0
    assert run("export", folder, "--to", "coco", "--out", tmp_path / "coco", "--rater", "joe") == 0
    assert run("import", tmp_path / "again", tmp_path / "coco", "--rater", "joe") == 0
    assert "landmarks hip_l, hip_r, crown" in capsys.readouterr().out
    assert run("import", tmp_path / "again", tmp_path / "coco", "--rater", "joe") == 0  # again: nothing new
    assert "0 new pictures" in capsys.readouterr().out


def test_a_lost_picture_is_cut_again(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "p"
    run("new", folder, "--from", "coco17", "--pairs", "none")
    assert load_project(folder).pairs == ()
    run("add", folder, filmed(tmp_path / "a.mp4", 50))
    run("frames", folder, "--per-video", 3, "--method", "uniform", "--start", 0.4)
    label(folder, "joe", 0)
    lost = next((folder / "frames" / "a").glob("*.png"))
    before = lost.read_bytes()
    lost.unlink()
    capsys.readouterr()
    run("status", folder)
    assert "(1 lost)" in capsys.readouterr().out
    assert run("frames", folder, "--restore") == 0
    assert "a: 1 frames written; 3 chosen now" in capsys.readouterr().out
    assert lost.read_bytes() == before


def test_videos_that_cannot_be_used_are_all_named_before_any_frame_is_cut(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "p"
    run("new", folder, "--landmarks", "a")
    paths = {name: filmed(tmp_path / f"{name}.mp4", 40 + n) for n, name in enumerate("abcd")}
    run("add", folder, *paths.values())
    whole = paths["d"].read_bytes()
    paths["b"].unlink()
    paths["d"].write_bytes(whole[:700])
    with pytest.raises(InputError, match="2 of 4 videos cannot be used; nothing was done") as told:
        run("frames", folder, "--per-video", 3)
    assert "'b' is not at" in str(told.value)
    assert str(paths["d"].name) in str(told.value)
    filmed(paths["b"], 41)
    with pytest.raises(InputError, match=r"d.mp4: .*without its table of contents"):
        run("frames", folder, "--per-video", 3)
    paths["d"].write_bytes(whole)
    run("frames", folder, "--video", "d", "--per-video", 28, "--method", "uniform")
    with pytest.raises(InputError, match="d has 2 frames there that are not chosen yet, 3 are asked for"):
        run("frames", folder, "--per-video", 3)
    assert all(not chosen_frames(folder, name) for name in "abc")
    run("frames", folder, "--video", "b", "--per-video", 2)
    label(folder, "joe", 0)
    (folder / "frames" / "b" / f"{chosen_frames(folder, 'b')[0]:06d}.png").unlink()
    paths["a"].unlink()
    assert run("frames", folder, "--restore") == 0  # of a nothing is lost: its video is not asked for
    assert len(chosen_frames(folder, "b")) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("new", "{}/x"), "give either --landmarks"),
        (("new", "{}/x", "--from", "gait99"), "unknown landmark set"),
        (("new", "{}/x", "--landmarks", "a,b", "--links", "a-b"), "expected two landmarks with a colon"),
        (("new", "{}/x", "--landmarks", "a,b", "--pairs", "a:c"), "pairs name c"),
        (("add", "{}/p", "v.mp4", "--length-mm", "610"), "--length-mm and --length-px together"),
        (("frames", "{}/p"), "has no videos yet"),
        (("agree", "{}/p"), "two raters are compared, these are none"),
        (("import", "{}/x", "{}/p"), "is no set of labels"),
        (("import", "{}/x", "{}/nothing.csv"), "no such file"),
        (("import", "{}/x", "{}/p", "--rater", "a/b"), "letters, digits"),
        (("status", "{}/nowhere"), "make a project with `kinelab keypoints new"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    run("new", tmp_path / "p", "--landmarks", "a")
    with pytest.raises(InputError, match=message):
        run(*(word.format(tmp_path) for word in words))
    assert not (tmp_path / "x").exists()
