"""The study of training parameters with a planted learning curve instead of networks."""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import replace
from html import escape
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from PIL import Image
from rich.console import Console

from kinelab.errors import InputError, KinelabError, RunFolderError
from kinelab.keypoints.error_grid import ErrorGrid
from kinelab.keypoints.projects.labels import Labels, State, save_labels
from kinelab.keypoints.projects.project import Project, ProjectVideo, load_project, save_project
from kinelab.keypoints.projects.training_set import TrainingSet, training_set
from kinelab.pipeline.workers.doing import Where
from kinelab.study.training_analysis import analyse
from kinelab.study.training_files import write_study
from kinelab.study.training_parameters import TrainingStudy, error_grid, quick, study_training_parameters
from kinelab.study.training_plan import Training, TrainingPlan, jobs_of, rows_of
from kinelab.study.training_words import limits

QUIET = Console(quiet=True)
LANDMARKS = tuple(f"{side}_{name}" for side in ("left", "right") for name in ("hip", "knee", "ankle", "foot"))
PEOPLE, FRAMES_EACH = 8, 6
ITERATIONS = (250, 500, 750, 1000, 1500, 2000)
PLAN = TrainingPlan((8, 16, 24, 32), ITERATIONS, (0, 1, 2))
# A network whose test error falls by a decay of 300 iterations and of 8 frames; knees are twice as hard.
PLANTED = """
import numpy as np

def planted(job, folder, say):
    s = job.settings
    rng = np.random.default_rng([s["frames"], s["seed"]])
    hard = np.array([2.0 if "knee" in name else 1.0 for name in s["landmarks"]])[None]
    late = np.exp(-np.array(s["iterations"]) / 300)[:, None]
    noise = rng.normal(1, 0.05, (len(late), hard.size)) * rng.normal(1, 0.01)
    test = (2 + 1.5 * np.exp(-s["frames"] / 8) + 6 * late) * hard * noise
    train = (1.5 - 0.3 * np.exp(-s["frames"] / 8) + 6 * late) * hard * noise
    px = np.stack([train, test], axis=-1)
    return {"n_frames": [len(s["train_rows"]), len(s["test_rows"])], "error_px": px.tolist(),
            "error_mm": (2.5 * px).tolist()}

def planted_but_one(job, folder, say):
    if job.name == "frames_00016_seed_01":
        raise RuntimeError("out of memory")
    return planted(job, folder, say)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight people, a video each, six labelled frames each."""
    folder = tmp_path_factory.mktemp("project")
    rng = np.random.default_rng(0)
    videos = tuple(
        ProjectVideo(f"v{i}", f"v{i}.mp4", (64, 48), 100, 50.0, person=f"P{i}", mm_per_px=2.5, synthetic=True)
        for i in range(PEOPLE)
    )
    made = Project("landings", LANDMARKS, videos=videos)
    save_project(made, folder)
    for video in videos:
        frames = np.sort(rng.choice(100, FRAMES_EACH, replace=False))
        position = rng.uniform(5, 40, (FRAMES_EACH, len(LANDMARKS), 2))
        state = np.full(position.shape[:2], State.VISIBLE, np.uint8)
        save_labels(Labels(video.id, "ann", LANDMARKS, frames, position, state), folder)
        (folder / "frames" / video.id).mkdir(parents=True)
        for frame in frames:
            Image.new("RGB", (64, 48)).save(folder / "frames" / video.id / f"{frame:06d}.png")
    return folder


@pytest.fixture
def works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "planted_works.py").write_text(PLANTED)
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    monkeypatch.delitem(sys.modules, "planted_works", raising=False)
    return importlib.import_module("planted_works")


def planted_grid(works: ModuleType, frames: TrainingSet, plan: TrainingPlan) -> ErrorGrid:
    jobs, _ = jobs_of(plan, Path("p"), frames)
    results = {job.name: works.planted(job, Path(), lambda share: None) for job in jobs}
    return error_grid(plan, frames, jobs, results)


@pytest.fixture
def frames(project: Path) -> TrainingSet:
    return training_set(project, load_project(project))


def test_one_test_set_of_other_people_and_nested_frames(frames: TrainingSet) -> None:
    cells, said = rows_of(PLAN, frames)
    tests = {tuple(cell.test) for cell in cells}
    assert len(tests) == 1
    tested = {frames.person[i] for i in tests.pop()}
    assert "person" in said
    for cell in cells:
        assert cell.train.size == cell.frames
        assert not tested & {frames.person[i] for i in cell.train}
    by_seed = {seed: [set(c.train.tolist()) for c in cells if c.seed == seed] for seed in PLAN.seeds}
    for sets in by_seed.values():
        assert all(small < large for small, large in pairwise(sets))
    assert by_seed[0][0] != by_seed[1][0]  # a seed draws its own frames


def test_the_published_design_tests_every_network_on_other_frames_of_known_people(
    frames: TrainingSet,
) -> None:
    cells, said = rows_of(replace(PLAN, frames=(10, 20, 40), design="as-published"), frames)
    assert len({tuple(cell.test) for cell in cells}) == len(cells)
    for cell in cells:
        assert cell.train.size + cell.test.size == cell.frames
        assert cell.test.size == cell.frames // 10
    large = cells[-1]
    assert {frames.person[i] for i in large.test} & {frames.person[i] for i in large.train}
    assert "different frames" in said


def test_planted_plateaus_and_effects_are_found(works: ModuleType, frames: TrainingSet) -> None:
    found = analyse(planted_grid(works, frames, PLAN))
    test = found.iterations["test"]
    assert test.units == 3 * 4 * len(LANDMARKS)
    assert (test.effect.df, test.effect.df_error) == (5, 5 * 95)
    assert test.effect.p_gg < 1e-6
    assert test.decay is not None
    assert test.decay.scale == pytest.approx(300, rel=0.1)
    # 6 exp(-n / 300) x 1.25 (mean of knees and others) is 5 % of the end at 1,200; 1,500 is the next tried.
    assert test.plateau_fitted == 1500
    # The last two differ by 0.04 px, less than 96 units with 5 % of noise tell apart.
    assert test.plateau_tested == 1500
    assert found.at == 1500
    group, iterations, both = test.network_effects
    assert iterations.p_gg < 1e-6
    assert group.p < 0.01  # frames matter for the test error
    assert both.df == 15
    assert found.frames["test"].mean[0] > found.frames["test"].mean[-1]
    assert found.frames["train"].mean[0] < found.frames["train"].mean[-1]  # fewer frames are learned by heart


def test_a_study_leaves_its_tables_figures_and_words(
    works: ModuleType, frames: TrainingSet, tmp_path: Path
) -> None:
    grid = planted_grid(works, frames, PLAN)
    written = write_study(
        grid,
        analyse(grid),
        tmp_path,
        {"Preset": "fast"},
        limits(grid, "How it was split.", constant_rate=True),
    )
    table = pd.read_csv(tmp_path / "errors.csv")
    assert len(table) == 4 * 3 * 6 * len(LANDMARKS) * 2
    assert table.synthetic.all()
    one = table.query(
        "frames == 16 and seed == 2 and iterations == 750 and landmark == 'left_knee' and part == 'test'"
    )
    expected = grid.error("test", "mm")[1, 2, 2, LANDMARKS.index("left_knee")]
    assert one.error_mm.item() == pytest.approx(expected)
    with xr.open_dataset(tmp_path / "errors.nc", engine="h5netcdf") as held:
        np.testing.assert_array_equal(held.error_px.values, grid.error_px)
        assert held.attrs["synthetic"] == 1
    said = json.loads((tmp_path / "study.json").read_text())
    assert said["analysis"]["iterations"]["test"]["plateau_fitted"] == 1500
    assert "Use 1,500 training iterations" in written.answer[0]
    assert "knee" in written.answer[-1]
    page = (tmp_path / "study.html").read_text()
    assert all(escape(text, quote=False) in page for text in written.answer)
    assert "Synthetic data" in page
    assert "Greenhouse" in page
    assert "How it was split." in page
    assert "constant rate of learning" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http-equiv", "")
    drawn = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert drawn == sorted(
        f"{name}_{unit}.{kind}"
        for name in ("by_iterations", "by_frames", "frame_curve")
        for unit in ("px", "mm")
        for kind in ("svg", "png")
    )


def run(project: Path, works: ModuleType, out: Path, plan: TrainingPlan) -> TrainingStudy:
    return study_training_parameters(project, plan, out, QUIET, where=Where(2), work=works.planted)


def test_a_failed_network_is_named_and_the_same_command_does_only_it(
    project: Path, works: ModuleType, tmp_path: Path
) -> None:
    plan = replace(PLAN, frames=(8, 16), seeds=(0, 1))
    with pytest.raises(
        KinelabError, match=r"1 of 4 networks failed(.|\n)*seed_01: RuntimeError: out of memory"
    ):
        study_training_parameters(project, plan, tmp_path, QUIET, where=Where(2), work=works.planted_but_one)
    assert not (tmp_path / "study.html").exists()
    done = tmp_path / "cells" / "frames_00008_seed_00" / "result.json"
    before = done.stat().st_mtime_ns
    run(project, works, tmp_path, plan)
    assert done.stat().st_mtime_ns == before
    with pytest.raises(RunFolderError, match="of other iterations"):
        run(project, works, tmp_path, replace(plan, iterations=(10, 20)))


def test_one_seed_two_levels_and_no_curve_still_make_a_study(
    project: Path, works: ModuleType, tmp_path: Path
) -> None:
    study = run(project, works, tmp_path, replace(PLAN, frames=(8,), iterations=(250, 2000), seeds=(0,)))
    assert study.analysis.frames == {}
    assert study.analysis.iterations["test"].plateau is None
    assert "No plateau was reached within 2,000 training iterations" in study.text


def test_quick_is_the_same_path_on_less() -> None:
    small = quick(PLAN, available=48)
    assert small.frames == (12, 24)
    assert max(small.iterations) <= 20
    assert small.training == Training(long_side_px=128, batch=2)


def test_refusals(project: Path, works: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"frames holds a number below 1; design is 'mine', allowed"):
        TrainingPlan((0, 2), (10,), (0,), design="mine")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="seeds is empty"):
        TrainingPlan((2,), (10,), ())
    with pytest.raises(InputError, match="400 frames are asked for, and there are"):
        run(project, works, tmp_path, replace(PLAN, frames=(400,)))
    with pytest.raises(InputError, match="splits by frame"):
        run(project, works, tmp_path, replace(PLAN, design="as-published", split_by="person"))
    with pytest.raises(InputError, match="no such file of weights"):
        run(project, works, tmp_path, replace(PLAN, training=Training(weights="nowhere.safetensors")))


def test_a_landmark_that_was_never_tested_is_named(works: ModuleType, frames: TrainingSet) -> None:
    grid = planted_grid(works, frames, PLAN)
    px = grid.error_px.copy()
    px[1, 2, :, 3] = np.nan
    with pytest.raises(InputError, match=r"the first: unit left_foot, 16 frames, seed 2 at level 250"):
        analyse(replace(grid, error_px=px))
    with pytest.raises(InputError, match="no millimetres"):
        replace(grid, error_mm=None).error("test", "mm")
