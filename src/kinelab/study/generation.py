"""The study of synthetic strides: are they like real ones, are they copies, and do they help a classifier?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from kinelab.errors import InputError, KinelabError
from kinelab.files.atomic import sha256_of, write_text
from kinelab.files.tables import write_csv
from kinelab.patterns.curve_files import read_stride_curves
from kinelab.patterns.generator_training import need_torch
from kinelab.patterns.stride_curves import HEALTHY, measured_only
from kinelab.pipeline.workers.doing import Where
from kinelab.pipeline.workers.job import Job, Say
from kinelab.reports.figure_generation import draw_bands, draw_benefit
from kinelab.reports.figure_style import save_figure
from kinelab.study.generation_benefit import benefit_cell
from kinelab.study.generation_likeness import likeness_cell
from kinelab.study.generation_tables import GROUPS, NAMED, benefit_rows, page
from kinelab.study.grid import run_grid

PUBLIC = Path("gait/curves_healthy_pd_amputee/FGDI_strides_WBDS42_PD22onoff_TFA18.csv")
TEXT_FILE, TABLE_FILE = "generation.md", "benefit.csv"
_, OFF, ON, AMPUTEE = GROUPS
# Nobody is asked to tell a person's walk with the drug from his own without: one state of Parkinson's a task.
TASKS = {OFF: (HEALTHY, OFF, AMPUTEE), ON: (HEALTHY, ON, AMPUTEE)}
RARE = {OFF: TASKS[OFF], ON: TASKS[ON], AMPUTEE: TASKS[OFF]}


@dataclass(frozen=True)
class GenerationPlan:
    """known: people of the rare group who are learned from; repeats: with other folds and people."""

    known: tuple[int, ...] = (3, 6, 12)
    folds: int = 5
    repeats: int = 4
    steps: int = 400
    drawn: int = 40
    permutations: int = 2000
    seed: int = 0

    @classmethod
    def quick(cls, seed: int) -> GenerationPlan:
        """The same path in under a minute; its numbers mean nothing."""
        return cls(known=(3,), folds=2, repeats=1, steps=10, drawn=10, permutations=200, seed=seed)


@dataclass(frozen=True)
class GenerationStudy:
    """The page of tables and the files beside it."""

    text: str
    folder: Path


def study_generation(
    curves: str | Path, out: str | Path, plan: GenerationPlan, console: Console, *, processes: int = 1
) -> GenerationStudy:
    """Do what is missing of the study of a table of curves in `out`, and write tables and figures there.

    A stopped study goes on with the same command.

    Raises:
        InputError: no such table, a group that it lacks, too few people, or a synthetic stride in it.
        MissingExtraError: torch is not installed.
        RunFolderError: `out` holds a study with other settings.
        OutputError: the disk is full.
    """
    need_torch()
    curves, out = Path(curves), Path(out)
    _check(curves, plan)
    jobs = _jobs(curves, plan)
    done = run_grid(jobs, generation_cell, out, console, Where(processes))
    if done.failed:
        name, why = next(iter(done.failed.items()))
        raise KinelabError(f"{len(done.failed)} of {len(jobs)} cells failed; {name}: {why}")
    likeness = done.results["likeness"]
    rows = benefit_rows(
        {job.name: {**job.settings, **done.results[job.name]} for job in jobs if "rare" in job.settings}
    )
    text = page(likeness, rows, plan.folds, plan.repeats, plan.drawn)
    write_text(out / TEXT_FILE, text)
    write_csv(pd.DataFrame(rows), out / TABLE_FILE)
    for kind in ("gaussian", "gan"):
        figure = draw_bands({name: likeness["curves"][kind][name] for name in GROUPS}, NAMED[kind])
        save_figure(figure, out / f"bands_{kind}.svg", png=True)
    for outcome, name in (("balanced accuracy", "benefit"), ("sensitivity", "benefit_sensitivity")):
        save_figure(draw_benefit(rows, outcome), out / f"{name}.svg", png=True)
    return GenerationStudy(text, out)


def generation_cell(job: Job, folder: Path, say: Say) -> Mapping[str, Any]:
    """One cell, of either kind."""
    cell = benefit_cell if "rare" in job.settings else likeness_cell
    return cell(job, folder, say)


def _check(path: Path, plan: GenerationPlan) -> None:
    curves = measured_only(read_stride_curves(path), "the study of synthetic strides")
    people = {
        name: len({who for who, of in zip(curves.person, curves.group, strict=True) if of == name})
        for name in GROUPS
    }
    least = plan.folds if plan.folds > max(plan.known) else max(plan.known) * plan.folds / (plan.folds - 1)
    for name, count in people.items():
        if count < least:
            have = ", ".join(f"{name} {count}" for name, count in people.items())
            raise InputError(
                f"{path}: group {name!r} has {count} people, and {least:.0f} or more are needed ({have});"
                " the study is of the public table of 42 healthy adults, 22 people with Parkinson's disease"
                " and 18 amputees"
            )


def _jobs(curves: Path, plan: GenerationPlan) -> list[Job]:
    same = {"folds": plan.folds, "steps": plan.steps, "curves_sha256": sha256_of(curves)}
    places = {"curves": str(curves.resolve())}
    own = {key: asdict(plan)[key] for key in ("seed", "drawn", "permutations")}
    tasks = {name: list(groups) for name, groups in TASKS.items()}
    jobs = [Job("likeness", {**same, **own, "groups": list(GROUPS), "tasks": tasks}, places)]
    seeds = [plan.seed + i for i in range(plan.repeats)]
    for rare, groups in RARE.items():
        for known in plan.known:
            name = f"{rare.replace(' ', '_')}-{known}"
            settings = {**same, "groups": list(groups), "rare": rare, "known": known, "seeds": seeds}
            jobs.append(Job(name, settings, places))
    return jobs
