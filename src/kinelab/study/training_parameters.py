"""The study of training parameters: how many frames and iterations a keypoint network needs.

After Johnson, Sara, Kofton, Marshall, Hughes, Foulis & Davis 2022 (ISBS 40) and Cronin, Rantalainen,
Ahtiainen, Hynynen & Waller 2019 (J Biomech 87:75), for the user's own labelled frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from kinelab.core.checks import Array
from kinelab.errors import InputError, KinelabError
from kinelab.keypoints.error_grid import PARTS, ErrorGrid
from kinelab.keypoints.projects.project import load_project
from kinelab.keypoints.projects.training_set import TrainingSet, training_set
from kinelab.pipeline.workers.doing import Where
from kinelab.pipeline.workers.job import Job, Work
from kinelab.study.grid import run_grid
from kinelab.study.training_analysis import TrainingAnalysis, analyse
from kinelab.study.training_cell import train_cell
from kinelab.study.training_files import PAGE, write_study
from kinelab.study.training_plan import TrainingPlan, jobs_of
from kinelab.study.training_words import limits

_QUICK_ITERATIONS = (5, 10, 15, 20)
_QUICK_SIDE_PX = 128


@dataclass(frozen=True)
class TrainingStudy:
    """A finished study: its page, its errors, what they say; text: the answer in some lines."""

    page: Path
    grid: ErrorGrid
    analysis: TrainingAnalysis
    text: str


def study_training_parameters(
    project: str | Path,
    plan: TrainingPlan,
    out: str | Path,
    console: Console,
    *,
    where: Where | None = None,
    work: Work = train_cell,
) -> TrainingStudy:
    """Train and test every network of the plan, analyse, and write tables, figures and a page into `out`.

    What is there already is not done again: a stopped study goes on, a study of more frames or
    more seeds takes the networks that it has. `work` trains one network
    (`train_cell`); see `study.grid.run_grid` for where.

    Raises:
        InputError: too few labelled frames for the plan, or a landmark that was never tested.
        RunFolderError: `out` holds another study.
        KinelabError: networks failed; the others are kept and the same command does only these.
    """
    out = Path(out)
    frames = training_set(project, load_project(project), plan.rater)
    jobs, said = jobs_of(plan, Path(project), frames)
    console.print(said, highlight=False)
    done = run_grid(jobs, work, out, console, where)
    if done.failed:
        lines = "\n".join(f"  {name}: {why}" for name, why in done.failed.items())
        raise KinelabError(
            f"{len(done.failed)} of {len(jobs)} networks failed; the others are kept, and the same command"
            f" does only these:\n{lines}"
        )
    grid = error_grid(plan, frames, jobs, done.results)
    found = analyse(grid)
    cautions = limits(grid, said, constant_rate=plan.training.preset == "fast")
    page = write_study(grid, found, out, _facts(plan, frames), cautions)
    return TrainingStudy(out / PAGE, grid, found, "\n".join(page.answer))


def quick(plan: TrainingPlan, available: int) -> TrainingPlan:
    """The same path in about a minute: two numbers of frames, few iterations, two seeds, small pictures.

    available: how many labelled frames there are. The errors mean nothing.
    """
    most = max(2, available // 2)
    return replace(
        plan,
        frames=tuple(sorted({max(1, most // 2), most})),
        iterations=_QUICK_ITERATIONS,
        seeds=(0, 1),
        training=replace(plan.training, long_side_px=_QUICK_SIDE_PX, batch=2),
    )


def labelled_frames(project: str | Path, rater: str | None = None) -> int:
    """How many labelled frames a project has."""
    return training_set(project, load_project(project), rater).n


def error_grid(
    plan: TrainingPlan,
    frames: TrainingSet,
    jobs: Sequence[Job],
    results: Mapping[str, Mapping[str, Any]],
) -> ErrorGrid:
    """The errors of all cells in one table.

    Raises:
        InputError: a cell's result does not fit the plan.
    """
    shape = (len(plan.frames), len(plan.seeds), len(plan.iterations), len(frames.landmarks), len(PARTS))
    px, mm = np.full(shape, np.nan), np.full(shape, np.nan)
    counts = np.zeros((*shape[:2], len(PARTS)), dtype=np.int64)
    for job in jobs:
        f, s = plan.frames.index(job.settings["frames"]), plan.seeds.index(job.settings["seed"])
        result = results[job.name]
        px[f, s] = _values(result, "error_px", shape[2:], job.name)
        mm[f, s] = _values(result, "error_mm", shape[2:], job.name)
        counts[f, s] = result["n_frames"]
    known = bool(np.isfinite(mm).all())
    return ErrorGrid(
        plan.frames, plan.seeds, plan.iterations, frames.landmarks, px, counts, mm if known else None,
        frames.synthetic,
    )  # fmt: skip


def _values(result: Mapping[str, Any], name: str, shape: tuple[int, ...], cell: str) -> Array:
    values = np.array(result.get(name, []), dtype=np.float64)
    if values.shape != shape:
        raise InputError(
            f"{cell}: {name} has shape {values.shape}, expected {shape}; delete the cell's folder, and it is"
            " done again"
        )
    return values


def _facts(plan: TrainingPlan, frames: TrainingSet) -> dict[str, str]:
    training = plan.training
    people = len(set(frames.person) - {""})
    weights = Path(training.weights).name if training.weights != "none" else "none (random)"
    known = {
        "Labelled frames": f"{frames.n:,} of {len(set(frames.video)):,} videos",
        "People": f"{people:,}" if people else "",
        "Landmarks": str(len(frames.landmarks)),
        "Networks": f"{len(plan.frames)} numbers of frames x {len(plan.seeds)} seeds",
        "Design": plan.design,
        "Preset": training.preset,
        "Backbone": training.backbone or "",
        "First weights": weights,
        "Longer side": f"{training.long_side_px} px" if training.long_side_px else "",
    }
    return {name: text for name, text in known.items() if text}
