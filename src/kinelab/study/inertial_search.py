"""Search of a joint network's settings by tree-structured Parzen estimators (Bergstra et al. 2011).

The space is that of Rapp et al. 2021. A trial is a cell of a grid (`study.grid`): trained once, resumed after
a stop, here or on a Dask cluster. Trials and their errors are an Optuna study in a journal file, so that the
same command goes on, and Optuna's own tools can read it. The error is the RMSE on people held out.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from kinelab.errors import InputError, MissingExtraError
from kinelab.files.atomic import write_text
from kinelab.inertial.networks.evaluation import TrialErrors, judge
from kinelab.inertial.networks.examples import held_out, joint_trials, load_examples
from kinelab.inertial.networks.predicting import JointPredictor
from kinelab.inertial.networks.recipe import Recipe, quick, recipe_from
from kinelab.inertial.segment_motion import LEG_JOINTS
from kinelab.learning.run_folder import open_run
from kinelab.pipeline.workers.doing import Where
from kinelab.pipeline.workers.job import Job, Say
from kinelab.study.grid import run_grid

if TYPE_CHECKING:
    import optuna

JOURNAL_FILE, TRIALS_FILE, BEST_FILE = "study.journal", "trials.csv", "best.json"
HISTORY_FILE = "history.svg"
WINDOWS = (5, 11, 15, 21, 25)
"""Samples at 100 Hz: the published 11 to 51 at 200 Hz, made odd."""


@dataclass(frozen=True)
class SearchPlan:
    """What is searched: `base` says the kind, the outputs, the batch and how examples are varied.

    trials: how many settings are tried; hold_out: share of the people they are judged on; people: only the
    first so many of each file.
    """

    motions: tuple[str, ...]
    joint: str
    base: Recipe
    trials: int = 30
    hold_out: float = 0.1
    people: int | None = None
    seed: int = 0
    quick: bool = False

    def __post_init__(self) -> None:
        if self.joint not in LEG_JOINTS:
            raise InputError(f"no joint {self.joint!r} of the leg; there are {', '.join(LEG_JOINTS)}")
        if self.trials < 1:
            raise InputError(f"trials is {self.trials}, expected 1 or more")


@dataclass(frozen=True)
class Tried:
    """One trial that was trained: its number, its recipe and its error, deg."""

    number: int
    recipe: Recipe
    error_deg: float


def search(plan: SearchPlan, out: Path, console: Console, where: Where | None = None) -> list[Tried]:
    """Try settings until `plan.trials` are done; those that were done before count. By number.

    where.processes: trials that are trained at the same time (on a cluster: by its workers); the next ones
    learn from them. A trial that fails, because it diverged, counts as done and teaches nothing.

    Raises:
        MissingExtraError: Optuna is not installed.
        RunFolderError: the folder holds another search.
        InputError: every trial failed, or no cluster answers.
    """
    where = where or Where()
    at_once = where.processes
    optuna = _optuna()
    open_run(out, asdict(plan), ("trials",))
    study = optuna.create_study(
        storage=optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(out / JOURNAL_FILE))
        ),
        study_name="rapp2021",
        load_if_exists=True,
    )
    running, ended = (
        optuna.trial.TrialState.RUNNING,
        (
            optuna.trial.TrialState.COMPLETE,
            optuna.trial.TrialState.FAIL,
        ),
    )
    failed: Mapping[str, str] = {}
    while True:
        # of a search that was stopped, some are under way
        waiting = {t.number: dict(t.user_attrs) for t in study.get_trials(states=(running,))}
        left = plan.trials - len(study.get_trials(states=ended))
        if not waiting and left < 1:
            break
        if not waiting:
            study.sampler = optuna.samplers.TPESampler(
                seed=plan.seed + len(study.trials), constant_liar=True, n_startup_trials=min(10, at_once + 5)
            )
            waiting = dict(_asked(study, plan) for _ in range(min(at_once, left)))
        jobs = {number: _job(plan, number, held) for number, held in waiting.items()}
        done = run_grid(list(jobs.values()), try_settings, out, console, where)
        failed = {**failed, **done.failed}
        for number, job in jobs.items():
            result = done.results.get(job.name)
            error = None if result is None else float(result["error_deg"])
            study.tell(number, error, state=None if error is not None else optuna.trial.TrialState.FAIL)
    tried = _tried(study)
    if not tried:
        raise InputError(f"all {plan.trials} trials failed; the last: {list(failed.values())[-1:]}")
    _write(tried, out)
    return tried


def suggested(trial: Any, base: Recipe) -> Recipe:
    """The published space: a recipe drawn by an Optuna trial."""
    iterations = trial.suggest_categorical("iterations", (500, 1000, 5000))
    changes: dict[str, Any] = {
        "learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-2, log=True),
        # 0.9 to 0.9997, evenly in the logarithm of what is lost each step
        "decay": 1 - trial.suggest_float("decay_lost", 3e-4, 0.1, log=True),
        "iterations": (iterations // 2, iterations - iterations // 2),
        "dropout": trial.suggest_float("dropout", 0.0, 0.3),
        "layers": trial.suggest_int("layers", 1, 3),
        "width": trial.suggest_int("width", 10, 70),
    }
    if base.kind == "conv1d":
        changes["window"] = trial.suggest_categorical("window", WINDOWS)
    else:
        changes["bidirectional"] = trial.suggest_categorical("bidirectional", (False, True))
    return replace(base, **changes)


def try_settings(job: Job, folder: Path, say: Say) -> Mapping[str, Any]:
    """Train one trial's network and measure it: the work of a cell."""
    from kinelab.inertial.networks.training import train

    settings = job.settings
    recipe = recipe_from(dict(settings["recipe"]))
    examples = load_examples([Path(path) for path in job.places.values()], settings["people"])
    tested = held_out(examples, settings["hold_out"], settings["seed"])
    parts: dict[bool, list[Any]] = {False: [], True: []}
    for trial in joint_trials(examples, settings["joint"], mirror=recipe.mirror_left):
        parts[trial.person in tested].append(trial)
    if not parts[True] or not parts[False]:
        raise InputError(f"nobody with a {settings['joint']} to learn from and to judge on")
    network = train(recipe, parts[False], folder / "network", tell=lambda p: say(p.step / p.steps))
    return {"error_deg": error_deg(judge(JointPredictor(network, 1), parts[True]))}


def error_deg(errors: Sequence[TrialErrors]) -> float:
    """Mean over people of the RMSE over angles, or, of a network of orientations, over the two segments."""
    people: dict[str, list[float]] = {}
    for error in errors:
        turned = np.hypot(error.rotation_deg[0], error.rotation_deg[1])
        own = error.rmse_deg if np.isfinite(error.rmse_deg).all() else turned
        people.setdefault(error.person, []).append(float(np.mean(own)))
    return float(np.mean([np.mean(own) for own in people.values()]))


def _asked(study: optuna.Study, plan: SearchPlan) -> tuple[int, dict[str, Any]]:
    trial = study.ask()
    recipe = suggested(trial, replace(plan.base, name=f"trial {trial.number}", seed=plan.seed))
    described = (quick(recipe) if plan.quick else recipe).described()
    trial.set_user_attr("recipe", described)
    return trial.number, {"recipe": described}


def _job(plan: SearchPlan, number: int, held: Mapping[str, Any]) -> Job:
    settings = {
        "recipe": held["recipe"],
        "joint": plan.joint,
        "hold_out": plan.hold_out,
        "people": plan.people,
        "seed": plan.seed,
    }
    places = {f"motions {i}": str(Path(path).absolute()) for i, path in enumerate(plan.motions)}
    return Job(f"trial-{number:04d}", settings, places)


def _tried(study: optuna.Study) -> list[Tried]:
    return [
        Tried(trial.number, recipe_from(trial.user_attrs["recipe"]), trial.value)
        for trial in study.trials
        if trial.value is not None
    ]


def _write(tried: Sequence[Tried], out: Path) -> None:
    from kinelab.reports.figure_search import draw_search
    from kinelab.reports.figure_style import save_figure

    best = min(tried, key=lambda one: one.error_deg)
    write_text(out / BEST_FILE, json.dumps(best.recipe.described(), indent=1) + "\n")
    text = io.StringIO()
    names = ("kind", "layers", "width", "window", "bidirectional", "dropout", "learning_rate", "decay")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["trial", "error_deg", "iterations", *names])
    for one in tried:
        values = [getattr(one.recipe, name) for name in names]
        writer.writerow([one.number, round(one.error_deg, 4), one.recipe.steps, *values])
    write_text(out / TRIALS_FILE, text.getvalue())
    recipes = [one.recipe for one in tried]
    settings: dict[str, list[Any]] = {
        "layers": [str(r.layers) for r in recipes],
        "width": [r.width for r in recipes],
        "iterations": [str(r.steps) for r in recipes],
        "dropout": [r.dropout for r in recipes],
        "learning rate": [r.learning_rate for r in recipes],
        "lost a step (1 - decay)": [1 - r.decay for r in recipes],
        "window (samples)": [str(r.window) for r in recipes],
    }
    if best.recipe.kind == "lstm":
        del settings["window (samples)"]
        settings["bidirectional"] = ["yes" if r.bidirectional else "no" for r in recipes]
    figure = draw_search(
        [one.number for one in tried], [one.error_deg for one in tried], settings,
        logarithmic=("learning rate", "lost a step (1 - decay)"),
    )  # fmt: skip
    save_figure(figure, out / HISTORY_FILE, png=True)


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("searching settings", "search") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
