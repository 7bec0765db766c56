from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("timm")

from kinelab.errors import InputError, RunFolderError, VideoError  # noqa: E402
from kinelab.files.video import open_video  # noqa: E402
from kinelab.files.video_writer import VideoWriter  # noqa: E402
from kinelab.keypoints.projects.project import Project, load_project, save_project  # noqa: E402
from kinelab.keypoints.projects.training_set import TrainingSet, training_set  # noqa: E402
from kinelab.keypoints.transfer import unlabelled as unlabelled_file  # noqa: E402
from kinelab.keypoints.transfer.batches import Batches  # noqa: E402
from kinelab.keypoints.transfer.recipe import (  # noqa: E402
    TransferRecipe,
    Unlabelled,
    recipe_of,
    retraining,
)
from kinelab.keypoints.transfer.run_files import read_log  # noqa: E402
from kinelab.keypoints.transfer.trained import read_network  # noqa: E402
from kinelab.keypoints.transfer.training import train  # noqa: E402
from kinelab.keypoints.transfer.unlabelled import UnlabelledVideo, unlabelled_video, windows_of  # noqa: E402
from kinelab.learning.augmentation import NONE  # noqa: E402
from kinelab.learning.splits import Split  # noqa: E402

SIZE = (96, 64)


def film(path: Path, n: int, *, rate_hz: float = 50) -> Path:
    """Frame i is grey of brightness 10 + 6 i, so that a picture tells its number."""
    with VideoWriter(path, SIZE, rate_hz) as writer:
        for i in range(n):
            writer.write(np.full((SIZE[1], SIZE[0], 3), 10 + 6 * i, np.uint8))
    return path


def numbers(windows: torch.Tensor) -> np.ndarray:
    """(n, 3) which frames the windows hold."""
    return np.asarray((windows.float().mean(dim=(2, 3, 4)) - 10) / 6).round().astype(int)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "long.mp4", 40)


def recipe_for(project: Path, out: Path, *videos: Path) -> TransferRecipe:
    return TransferRecipe(
        project,
        out,
        backbone="test_efficientnet",
        steps=12,
        batch=2,
        long_side_px=96,
        threads=1,
        evaluate_every=4,
        unlabelled=Unlabelled(tuple(map(str, videos)), windows=5, weight=1.0),
    )


def seen_by(recipe: TransferRecipe, **changes: Any) -> UnlabelledVideo:
    project, frames, parts = parts_of(recipe.project)
    found = unlabelled_video(recipe, replace(project, **changes), frames, parts, SIZE)
    assert found is not None
    return found


def parts_of(folder: Path) -> tuple[Project, TrainingSet, Split]:
    """The last of three videos is tested."""
    project = load_project(folder)
    frames = training_set(folder, project)
    test = np.array([video == "v2" for video in frames.video])
    return project, frames, Split("video", 0, np.flatnonzero(~test), np.flatnonzero(test), "")


def test_windows_are_consecutive_frames_spread_over_all_videos(video: Path, tmp_path: Path) -> None:
    videos = [open_video(video), open_video(film(tmp_path / "short.mp4", 4))]
    windows = windows_of(videos, SIZE, 20, seed=0)
    assert (windows.shape, windows.dtype) == ((12, 3, 3, SIZE[1], SIZE[0]), torch.uint8)
    found = numbers(windows)
    assert (np.diff(found, axis=1) == 1).all()
    edges = np.linspace(0, 38, 11).astype(int)
    assert ((found[:10, 0] >= edges[:-1]) & (found[:10, 0] < edges[1:])).all()
    assert found[10:, 0].tolist() == [0, 1]  # a video of four frames has two windows
    assert torch.equal(windows, windows_of(videos, SIZE, 20, seed=0))
    assert not np.array_equal(found[:10], numbers(windows_of(videos, SIZE, 20, seed=1))[:10])


def test_memory_has_a_limit_and_far_windows_are_jumped_to(
    video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = [open_video(video)]
    through = numbers(windows_of(opened, SIZE, 5, seed=0))
    monkeypatch.setattr(unlabelled_file, "_SKIPPED", 3)
    np.testing.assert_array_equal(numbers(windows_of(opened, SIZE, 5, seed=0)), through)
    monkeypatch.setattr(unlabelled_file, "_MEMORY_BYTES", 4 * 3 * 3 * SIZE[0] * SIZE[1] - 1)
    assert len(windows_of(opened, SIZE, 1000, seed=0)) == 3


def test_each_step_has_its_window(dumbbells: Path, video: Path) -> None:
    frames = training_set(dumbbells, load_project(dumbbells))
    windows = windows_of([open_video(video)], SIZE, 4, seed=0)
    batches = Batches(frames, SIZE, batch=2, seed=0, augmentation=NONE, windows=windows, every=2)
    assert [len(batches.at(step)) for step in range(4)] == [4, 3, 4, 3]
    of_a_round = [numbers(batches.at(step)[3][None])[0, 0] for step in range(0, 8, 2)]
    assert sorted(of_a_round) == numbers(windows)[:, 0].tolist()
    plain = Batches(frames, SIZE, batch=2, seed=0, augmentation=NONE)
    for with_video, without in zip(batches.at(6), plain.at(6), strict=False):
        torch.testing.assert_close(with_video, without, rtol=0, atol=0, equal_nan=True)


def test_limits_come_from_the_labels_and_the_rate(dumbbells: Path, video: Path, tmp_path: Path) -> None:
    recipe = recipe_for(dumbbells, tmp_path, video)
    fast = seen_by(recipe)
    _, frames, parts = parts_of(dumbbells)
    ends = frames.position_px[parts.train]
    size = np.median(np.linalg.norm(np.ptp(ends, axis=1), axis=-1))
    assert fast.limit_px == pytest.approx(0.06 * size)
    slow = seen_by(recipe_for(dumbbells, tmp_path, film(tmp_path / "slow.mp4", 5, rate_hz=15)))
    assert slow.limit_px == pytest.approx(4 * fast.limit_px, rel=1e-3)
    assert fast.poses is not None  # the middle is always between the ends
    assert fast.poses.limit_px < 0.05
    assert "and from 5 windows of 3 unlabelled frames (videos: 1): jumps beyond 1.8 px" in fast.said
    assert "(1 of 3 dimensions)" in fast.said
    few = replace(parts, train=parts.train[:9])
    alone = unlabelled_video(recipe, load_project(dumbbells), frames, few, SIZE)
    assert alone is not None
    assert alone.poses is None
    assert "poses not (that needs 10 frames with all of 3 or more landmarks placed)" in alone.said


@pytest.fixture(scope="module")
def run(dumbbells: Path, video: Path, tmp_path_factory: pytest.TempPathFactory) -> TransferRecipe:
    """A finished run whose second half learns from the video too."""
    recipe = recipe_for(dumbbells, tmp_path_factory.mktemp("runs") / "whole", video)
    assert recipe.unlabelled is not None
    recipe = replace(recipe, unlabelled=replace(recipe.unlabelled, begin=0.5, every=1))
    assert "and from 5 windows of 3 unlabelled frames" in train(recipe).evaluation.split.said
    return recipe


def test_a_stopped_run_ends_with_the_same_weights(run: TransferRecipe, tmp_path: Path) -> None:
    stopped = replace(run, out=tmp_path / "stopped", save_minutes=1e-6)

    class Killed(BaseException):
        pass

    def stop(step: Any) -> None:
        if step.step >= 8:
            raise Killed

    with pytest.raises(Killed):
        train(stopped, stop)
    assert not (stopped.out / "network.safetensors").exists()
    with pytest.raises(RunFolderError, match="another unlabelled"):
        train(replace(stopped, unlabelled=None))
    train(stopped)
    networks = [read_network(one.out / "network.safetensors") for one in (run, stopped)]
    for name, array in networks[0].arrays.items():
        np.testing.assert_array_equal(networks[1].arrays[name], array, err_msg=name)
    np.testing.assert_array_equal(read_log(run.out)["loss"], read_log(stopped.out)["loss"])


def test_unlabelled_video_changes_a_run_once_it_begins(run: TransferRecipe, tmp_path: Path) -> None:
    """The first steps are those of a run without it, bit for bit; the later ones are not."""
    train(replace(run, out=tmp_path / "without", unlabelled=None))
    with_video, without = (read_log(out)["loss"] for out in (run.out, tmp_path / "without"))
    assert with_video[0] == without[0]  # steps 1 to 4
    assert with_video[2] != without[2]  # steps 9 to 12


def test_the_recipe_tells_what_was_learnt_from(run: TransferRecipe, tmp_path: Path) -> None:
    network = run.out / "network.safetensors"
    held = json.loads(read_network(network).card.recipe)["unlabelled"]
    assert (held["videos"], held["windows"]) == (["long.mp4"], 5)  # no folders of the computer
    assert recipe_of(run.out) == run
    assert retraining(network, run.project, tmp_path / "next").unlabelled is None


def test_the_projects_own_videos_but_for_the_tested(dumbbells: Path, tmp_path: Path) -> None:
    recipe = recipe_for(dumbbells, tmp_path / "out")
    project = load_project(dumbbells)
    found = [
        replace(video, path=str(film(tmp_path / f"{video.id}.mp4", 6)), n_frames=6)
        for video in project.videos
    ]
    assert "unlabelled frames (videos: 2)" in seen_by(recipe, videos=tuple(found)).said
    with pytest.raises(InputError, match="video 'v0' is not at"):
        seen_by(recipe)
    pictures = tuple(replace(video, path=f"frames/{video.id}") for video in project.videos)
    with pytest.raises(InputError, match=r"has pictures and no video.*name some: --unlabelled VIDEO"):
        seen_by(recipe, videos=pictures)
    with pytest.raises(InputError, match="all 1 videos are of what is tested only"):
        seen_by(recipe, videos=tuple(found[2:]))


def test_what_cannot_be_learnt_from_is_said_before_anything_is_written(
    dumbbells: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(VideoError, match=r"gone.mp4: no such file"):
        train(recipe_for(dumbbells, out, tmp_path / "gone.mp4"))
    short = film(tmp_path / "two.mp4", 2)
    with pytest.raises(InputError, match=r"none of 1 videos has 3 frames or more .*two.mp4 has 2\)"):
        train(recipe_for(dumbbells, out, short))
    assert not out.exists()
    for wrong, message in (
        ({"windows": 0}, "windows is 0, expected 1 or more"),
        ({"weight": 0.0}, "weight is 0.0, expected positive"),
        ({"begin": 1.0}, "begin is 1.0, expected 0 to below 1"),
    ):
        with pytest.raises(InputError, match=message):
            Unlabelled(**wrong)


def test_a_single_landmark_jumps_by_its_peaks_radius(dumbbells: Path, video: Path, tmp_path: Path) -> None:
    project, frames, parts = parts_of(dumbbells)
    one = replace(
        frames,
        landmarks=frames.landmarks[2:],
        mirror_order=(0,),
        position_px=frames.position_px[:, 2:],
        state=frames.state[:, 2:],
    )
    folder = tmp_path / "one"
    save_project(replace(project, landmarks=one.landmarks, pairs=()), folder)
    found = unlabelled_video(recipe_for(folder, tmp_path, video), load_project(folder), one, parts, SIZE)
    assert found is not None
    assert (found.limit_px, found.poses) == (5.0, None)
