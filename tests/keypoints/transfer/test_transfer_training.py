from __future__ import annotations

import errno
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("timm")

from kinelab.errors import InputError, ModelError, OutputError, RunFolderError  # noqa: E402
from kinelab.keypoints.projects.pictures import read_picture  # noqa: E402
from kinelab.keypoints.projects.project import frame_picture, load_project  # noqa: E402
from kinelab.keypoints.projects.training_set import training_set  # noqa: E402
from kinelab.keypoints.transfer import diary as diary_file  # noqa: E402
from kinelab.keypoints.transfer.evaluation import evaluate_run  # noqa: E402
from kinelab.keypoints.transfer.export import begin_with  # noqa: E402
from kinelab.keypoints.transfer.network import KeypointNet  # noqa: E402
from kinelab.keypoints.transfer.recipe import (  # noqa: E402
    TransferRecipe,
    preset,
    quick,
    recipe_of,
    retraining,
)
from kinelab.keypoints.transfer.run_files import continued_split, last_state, read_log  # noqa: E402
from kinelab.keypoints.transfer.trained import open_trained, read_network  # noqa: E402
from kinelab.keypoints.transfer.training import train  # noqa: E402
from kinelab.learning.backbones import backbone  # noqa: E402
from kinelab.learning.lightning_run import DivergenceError  # noqa: E402

LENGTH = 75


def tiny(project: Path, out: Path) -> TransferRecipe:
    return TransferRecipe(
        project,
        out,
        backbone="test_efficientnet",
        steps=LENGTH,
        batch=4,
        long_side_px=96,
        radius_px=5.0,
        offset_radius_px=8.0,
        average_decay=0.95,
        threads=1,
        evaluate_every=50,
        benchmarks=(50,),
        spread=0.5,
    )


@pytest.fixture(scope="module")
def run(dumbbells: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "whole"
    train(tiny(dumbbells, out))
    return out


def test_a_run_learns(run: Path) -> None:
    result = evaluate_run(run)
    assert np.nanmean(result.error_px[result.split.test]) < 4  # the picture's middle would be 17 px off
    assert result.split.by == "video"
    log = read_log(run)
    assert log["step"][-1] == LENGTH
    assert log["loss"][-1] < log["loss"][0] / 2


def test_a_run_leaves_its_folder(run: Path) -> None:
    assert {path.name for path in run.iterdir()} == {
        "recipe.json", "split.json", "log.csv", "checkpoints", "network.safetensors", "evaluation.json",
        "evaluation.csv", "predictions.csv",
    }  # fmt: skip
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"last.ckpt", "step_000050.safetensors"}
    held = json.loads((run / "evaluation.json").read_text())
    assert {row["landmark"] for row in held["rows"]} == {"left_end", "right_end", "middle", "all"}
    assert held["split"].startswith("split by video (persons are not said")
    assert recipe_of(run).steps == LENGTH


def test_a_benchmark_is_a_network_of_its_own(run: Path) -> None:
    early = evaluate_run(run, checkpoint=50).test_error_px()
    assert early != evaluate_run(run).test_error_px()
    with pytest.raises(RunFolderError, match="no network of step 51; benchmarks kept: 50"):
        evaluate_run(run, checkpoint=51)


def test_a_stopped_run_ends_with_the_same_weights(
    dumbbells: Path, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(tiny(dumbbells, tmp_path / "stopped"), save_minutes=1e-6)

    class Killed(BaseException):
        pass

    def stop(step: Any) -> None:
        if step.step >= 50:
            raise Killed

    with pytest.raises(Killed):
        train(recipe, stop)
    assert last_state(recipe.out).is_file()
    assert not (recipe.out / "network.safetensors").exists()
    train(recipe)
    whole, stopped = (read_network(folder / "network.safetensors") for folder in (run, recipe.out))
    for name, array in whole.arrays.items():
        np.testing.assert_array_equal(stopped.arrays[name], array, err_msg=name)
    for column in ("step", "loss", "test_error_px"):
        np.testing.assert_array_equal(read_log(run)[column], read_log(recipe.out)[column])


def test_a_picture_twice_as_large_gives_twice_the_places(run: Path, dumbbells: Path) -> None:
    picture = read_picture(frame_picture(dumbbells, "v0", 20))
    found = open_trained(run).predict([picture])
    large = np.asarray(picture).repeat(2, axis=0).repeat(2, axis=1)
    twice = open_trained(run).predict([large])
    np.testing.assert_allclose(twice.position_px, 2 * found.position_px + 0.5, atol=4)
    np.testing.assert_allclose(twice.sd_px, 2 * found.sd_px, rtol=0.3)


def test_retraining_begins_where_the_run_ended(run: Path, dumbbells: Path, tmp_path: Path) -> None:
    """Its first network, after a step of next to nothing, is the run's; its tested frames are the run's."""
    recipe = retraining(run / "network.safetensors", dumbbells, tmp_path / "next")
    result = train(replace(recipe, steps=1, benchmarks=(), learning_rate=1e-9)).evaluation
    before = evaluate_run(run)
    assert np.abs(result.predicted_px - before.predicted_px).mean() < 0.1  # norms follow the one batch
    np.testing.assert_array_equal(result.split.test, before.split.test)
    assert "as in whole, with 0 new frames" in result.split.said


def test_new_frames_are_learnt_from_but_for_those_of_tested_videos(
    run: Path, dumbbells: Path, tmp_path: Path
) -> None:
    frames = training_set(dumbbells, load_project(dumbbells), None)
    old = Path(shutil.copytree(run, tmp_path / "old"))
    held = json.loads((old / "split.json").read_text())
    tested, learnt = held["test"][0].split("/")[0], held["train"][0].split("/")[0]
    held |= {"test": held["test"][1:], "train": held["train"][1:]}  # one new frame of each kind of video
    (old / "split.json").write_text(json.dumps(held))
    parts = continued_split(old, frames)
    assert {frames.video[i] for i in parts.test} == {tested}
    assert parts.test.size == frames.video.count(tested)
    assert [frames.video[i] for i in parts.train].count(learnt) == frames.video.count(learnt)
    assert "with 2 new frames" in parts.said
    (old / "split.json").write_text(json.dumps({**held, "by": "frame"}))
    parts = continued_split(old, frames)
    assert parts.test.size == len(held["test"])
    assert parts.train.size == frames.n - len(held["test"])
    (old / "split.json").unlink()
    with pytest.raises(RunFolderError, match="does not say which frames its network learnt from"):
        continued_split(old, frames)


def test_retraining_refuses_another_network(run: Path, dumbbells: Path, tmp_path: Path) -> None:
    recipe = retraining(run / "network.safetensors", dumbbells, tmp_path / "other")
    with pytest.raises(ModelError, match="a network of another kind than the recipe's"):
        train(replace(recipe, width=32))
    with pytest.raises(InputError, match="start keeps the frames of its own run"):
        replace(recipe, frames=5)
    net = KeypointNet(backbone("test_efficientnet"), 2, head="pyramid")
    with pytest.raises(InputError, match="knows the landmarks left_end, right_end, middle, the project has"):
        begin_with(net, run / "network.safetensors", ("left_end", "right_end"))


def test_a_finished_run_is_given_back(run: Path, dumbbells: Path) -> None:
    before = (run / "network.safetensors").stat().st_mtime_ns
    train(tiny(dumbbells, run))
    assert (run / "network.safetensors").stat().st_mtime_ns == before


def test_a_run_that_was_stopped_after_its_last_step_learns_no_more(
    run: Path, dumbbells: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(run, tmp_path / "copy"))
    (copy / "network.safetensors").unlink()
    train(tiny(dumbbells, copy))
    whole, again = (read_network(folder / "network.safetensors") for folder in (run, copy))
    for name, array in whole.arrays.items():
        np.testing.assert_array_equal(again.arrays[name], array, err_msg=name)
    assert read_log(copy)["step"][-1] == LENGTH


def test_another_recipe_is_refused(run: Path, dumbbells: Path) -> None:
    with pytest.raises(RunFolderError, match="another batch"):
        train(replace(tiny(dumbbells, run), batch=5))


def test_a_full_disk_keeps_the_last_state(
    dumbbells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(tiny(dumbbells, tmp_path / "full"), steps=50, benchmarks=(), save_minutes=1e-6)
    kept: list[bytes] = []
    saved = diary_file.save_state

    def full(trainer: Any, out: Path) -> None:
        if kept:
            monkeypatch.setattr(trainer, "save_checkpoint", no_space)
        saved(trainer, out)
        kept.append(last_state(out).read_bytes())

    def no_space(path: Path) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(diary_file, "save_state", full)
    with pytest.raises(OutputError, match="the disk is full; free some space"):
        train(recipe)
    assert last_state(recipe.out).read_bytes() == kept[0]
    assert [path.name for path in last_state(recipe.out).parent.glob("last*")] == ["last.ckpt"]
    monkeypatch.setattr(diary_file, "save_state", saved)
    monkeypatch.undo()
    assert train(recipe).network.is_file()


def test_a_diverged_run_says_so(dumbbells: Path, tmp_path: Path) -> None:
    recipe = replace(
        tiny(dumbbells, tmp_path / "wild"), learning_rate=1e9, optimizer="sgd", schedule="papers"
    )
    with pytest.raises(DivergenceError, match=r"the loss is (nan|inf) at step \d+.*Lower the learning rate"):
        train(recipe)


def test_what_cannot_be_trained_is_refused_before_anything_is_written(
    dumbbells: Path, tmp_path: Path
) -> None:
    good = tiny(dumbbells, tmp_path / "none")
    with pytest.raises(InputError, match="no network 'resnet5000'"):
        train(replace(good, backbone="resnet5000"))
    with pytest.raises(ModelError, match="there is no file of weights"):
        train(replace(good, weights=str(tmp_path / "gone.safetensors")))
    with pytest.raises(InputError, match="200 frames are asked for, and there are"):
        train(replace(good, frames=200))
    with pytest.raises(InputError, match="benchmarks at \\[999\\] lie outside"):
        replace(good, benchmarks=(999,))


def test_given_rows_are_the_split(dumbbells: Path, tmp_path: Path) -> None:
    recipe = quick(replace(tiny(dumbbells, tmp_path / "rows"), train_rows=(0, 3, 7, 9), test_rows=(1, 2)))
    assert train(recipe).evaluation.split.said == "split as given: 4 frames to learn from, 2 to test on"


def test_the_papers_recipe() -> None:
    recipe = preset("papers", "p", "o")
    assert (recipe.backbone, recipe.steps, recipe.batch, recipe.radius_px) == ("resnet50", 250_000, 1, 17.0)
    assert recipe.benchmarks == tuple(range(25_000, 250_001, 25_000))
