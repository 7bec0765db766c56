"""What a study of training parameters leaves: tables, figures, JSON, and one page with all."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from kinelab.files.atomic import atomic_path, write_text
from kinelab.files.tables import write_csv
from kinelab.keypoints.error_grid import ErrorGrid, ErrorUnit
from kinelab.reports.figure_style import save_figure
from kinelab.reports.figure_training import draw_by_frames, draw_by_iterations, draw_frame_curve
from kinelab.reports.json import json_text
from kinelab.reports.study_page import StudyFigure, StudyPage, study_html
from kinelab.study.training_analysis import TrainingAnalysis
from kinelab.study.training_tables import tables
from kinelab.study.training_words import answer, findings

ERRORS_CSV, ERRORS_NC, RESULT_JSON, PAGE = "errors.csv", "errors.nc", "study.json", "study.html"
FORMAT = "kinelab training study 1"


def write_study(
    grid: ErrorGrid, found: TrainingAnalysis, out: Path, facts: dict[str, str], limits: tuple[str, ...]
) -> StudyPage:
    """Write errors.csv, errors.nc, study.json, figures/ and study.html.

    Raises:
        OutputError: the folder cannot be written.
    """
    frame = grid.to_frame()
    if grid.synthetic:
        frame["synthetic"] = True
    write_csv(frame, out / ERRORS_CSV)
    with atomic_path(out / ERRORS_NC) as temporary:
        grid.to_xarray().to_netcdf(temporary, engine="h5netcdf")
    drawn = {unit: _figures(grid, found, unit) for unit in grid.units}
    page = StudyPage(
        title="Training parameters",
        answer=answer(grid, found),
        facts=facts,
        findings=findings(found),
        limits=limits,
        figures=tuple(drawn[grid.units[-1]]),  # in mm where they are known
        tables=tables(grid, found),
        synthetic=grid.synthetic,
    )
    for shown in (figure for figures in drawn.values() for figure in figures):
        save_figure(shown.figure, out / "figures" / f"{shown.name}.svg", png=True)
    write_text(out / RESULT_JSON, _json(grid, found, page))
    write_text(out / PAGE, study_html(page))
    return page


def _figures(grid: ErrorGrid, found: TrainingAnalysis, unit: ErrorUnit) -> list[StudyFigure]:
    """A factor with one level has no figure."""
    drawn = []
    if found.iterations:
        drawn.append(StudyFigure(
            f"by_iterations_{unit}", f"Error by training iterations ({unit})",
            "Mean over all networks and landmarks; bands ±1 SD of the same. After Figure 2 of Johnson et al."
            " 2022.",
            draw_by_iterations(grid, unit, found.iterations["test"].plateau),
        ))  # fmt: skip
    if found.frames:
        drawn.append(StudyFigure(
            f"by_frames_{unit}", f"Error of each landmark by training frames ({unit})",
            f"After {found.at:,} iterations, mean over seeds; in colour the hardest landmark. After Figure 3"
            " of Johnson et al. 2022.",
            draw_by_frames(grid, unit, found.at),
        ))  # fmt: skip
        drawn.append(StudyFigure(
            f"frame_curve_{unit}", f"How many frames are enough ({unit})",
            "Left: test error while training, one line a number of frames. Right: mean ±1 SD over networks"
            " and landmarks; bars are single networks. The question of Cronin et al. 2019.",
            draw_frame_curve(grid, unit, found.at),
        ))  # fmt: skip
    return drawn


def _json(grid: ErrorGrid, found: TrainingAnalysis, page: StudyPage) -> str:
    data = {
        "format": FORMAT,
        "synthetic": grid.synthetic,
        "facts": dict(page.facts),
        "answer": page.answer,
        "findings": page.findings,
        "limits": page.limits,
        "frames": grid.frames,
        "seeds": grid.seeds,
        "iterations": grid.iterations,
        "landmarks": grid.landmarks,
        "analysis": asdict(found),
    }
    return json_text(data)
