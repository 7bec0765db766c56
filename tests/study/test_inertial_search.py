from __future__ import annotations

import csv
import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from kinelab.errors import InputError, RunFolderError
from kinelab.inertial.motions.files import write_motions
from kinelab.inertial.networks.evaluation import TrialErrors
from kinelab.inertial.networks.recipe import Recipe, preset, read_recipe
from kinelab.pipeline.workers.doing import Where
from kinelab.pipeline.workers.job import Job
from kinelab.reports.figure_search import draw_search
from kinelab.study import inertial_search
from kinelab.study.grid import GridResult
from kinelab.study.inertial_search import SearchPlan, error_deg, search, suggested, try_settings

optuna = pytest.importorskip("optuna")
QUIET = Console(quiet=True)
BASE = replace(preset("rapp2021")[0], noise=0.15)


def plan(**changes: Any) -> SearchPlan:
    return replace(SearchPlan(("people.npz",), "knee", BASE, trials=12), **changes)


def valley(recipe: Recipe) -> float:
    """A made-up error with its best at 40 cells and a rate of 1e-3."""
    return 3 + abs(recipe.width - 40) / 20 + abs(np.log10(recipe.learning_rate) + 3)


class MadeUpGrid:
    """Stands in for the training: counts the cells, and stops where it is told to."""

    def __init__(self, stop_before: int = 10**6) -> None:
        self.done: list[int] = []
        self.stop_before = stop_before

    def __call__(self, jobs: list[Job], *_: Any, **__: Any) -> GridResult:
        results: dict[str, Mapping[str, Any]] = {}
        failed: dict[str, str] = {}
        for job in jobs:
            number = int(job.name.split("-")[1])
            if number >= self.stop_before:
                raise KeyboardInterrupt
            self.done.append(number)
            if number == 3:
                failed[job.name] = "the training diverged"
                continue
            results[job.name] = {
                "error_deg": valley(inertial_search.recipe_from(dict(job.settings["recipe"])))
            }
        return GridResult(results, failed)


def test_it_goes_on_where_it_stopped_and_finds_the_valley(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = MadeUpGrid(stop_before=7)
    monkeypatch.setattr(inertial_search, "run_grid", grid)
    with pytest.raises(KeyboardInterrupt):
        search(plan(trials=40), tmp_path / "s", QUIET, Where(2))
    again = MadeUpGrid()
    monkeypatch.setattr(inertial_search, "run_grid", again)
    tried = search(plan(trials=40), tmp_path / "s", QUIET, Where(2))
    assert grid.done == [*range(7)]
    assert again.done == [*range(6, 40)]  # 6 and 7 were asked for together
    assert [one.number for one in tried] == [n for n in range(40) if n != 3]
    assert min(one.error_deg for one in tried[:12]) > min(one.error_deg for one in tried)
    assert np.mean([one.error_deg for one in tried[-10:]]) < np.mean([one.error_deg for one in tried[:10]])
    best = min(tried, key=lambda one: one.error_deg)
    assert read_recipe(tmp_path / "s" / "best.json") == best.recipe
    with (tmp_path / "s" / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[0]["error_deg"]) == pytest.approx(tried[0].error_deg, abs=1e-4)
    assert (tmp_path / "s" / "history.png").stat().st_size > 10_000
    more = search(plan(trials=42), tmp_path / "s", QUIET)
    assert len(more) == 41
    with pytest.raises(RunFolderError, match="holds a run with another joint"):
        search(plan(joint="hip"), tmp_path / "s", QUIET)


@pytest.mark.parametrize("kind", ["conv1d", "lstm"])
def test_the_space_is_the_published_one(kind: str) -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    drawn = [suggested(study.ask(), replace(BASE, kind=kind)) for _ in range(200)]
    rates = np.array([r.learning_rate for r in drawn])
    assert 1e-5 <= rates.min() < 3e-5
    assert 3e-3 < rates.max() <= 1e-2
    decay = np.array([r.decay for r in drawn])
    assert 0.9 <= decay.min() < 0.95
    assert 0.9995 < decay.max() <= 0.9997
    assert {r.steps for r in drawn} == {500, 1000, 5000}
    assert {r.layers for r in drawn} == {1, 2, 3}
    assert {min(r.width for r in drawn) // 10, max(r.width for r in drawn)} <= {1, 69, 70}
    assert 0 <= min(r.dropout for r in drawn) < max(r.dropout for r in drawn) <= 0.3
    if kind == "conv1d":
        assert {r.window for r in drawn} == {5, 11, 15, 21, 25}
    else:
        assert {r.bidirectional for r in drawn} == {False, True}


def test_a_cell_trains_and_measures(tmp_path: Path) -> None:
    pytest.importorskip("lightning")
    place = Path(__file__).parents[1] / "inertial" / "networks" / "conftest.py"
    spec = importlib.util.spec_from_file_location("swings", place)
    assert spec is not None
    assert spec.loader is not None
    swings = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(swings)
    write_motions(tmp_path / "people.npz", [swings.swinging(person, 3.0) for person in range(4)])
    recipe = replace(BASE, width=8, layers=1, window=5, iterations=(30, 0), batch=8, learning_rate=1e-2)
    settings = {"recipe": recipe.described(), "joint": "knee", "hold_out": 0.25, "people": None, "seed": 0}
    said: list[float] = []
    job = Job("trial-0000", settings, {"motions 0": str(tmp_path / "people.npz")})
    found = try_settings(job, tmp_path, said.append)
    assert 0 < found["error_deg"] < 10
    assert said[-1] == 1.0
    with pytest.raises(InputError, match="nobody with a hip to learn from"):
        try_settings(Job("trial-0001", settings | {"joint": "hip"}, job.places), tmp_path / "b", said.append)


def test_people_count_alike() -> None:
    none = np.full((2, 2), np.nan)
    angle = [
        TrialErrors(p, "", np.array([[0.0] * 3, [e] * 3]), none) for p, e in (("a", 1), ("a", 1), ("b", 4))
    ]
    assert error_deg(angle) == pytest.approx(2.5)
    turned = [TrialErrors("a", "", np.full((2, 3), np.nan), np.array([[3.0, 6.0], [4.0, 8.0]]))]
    assert error_deg(turned) == pytest.approx(7.5)


def test_plans_that_make_no_sense_are_said() -> None:
    with pytest.raises(InputError, match="no joint 'elbow' of the leg"):
        plan(joint="elbow")
    with pytest.raises(InputError, match="trials is 0, expected 1 or more"):
        plan(trials=0)


def test_the_figure_takes_one_trial() -> None:
    figure = draw_search([0], [4.2], {"width": [30], "bidirectional": ["yes"]})
    assert [ax.get_xlabel() for ax in figure.axes] == ["trial", "width", "bidirectional"]
