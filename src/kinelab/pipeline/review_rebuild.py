"""Results and report made again from a run and the corrections of a person, into a folder of their own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from kinelab.core.measures import Measures
from kinelab.core.provenance import ModelRecord
from kinelab.errors import InputError
from kinelab.files.atomic import atomic_path, write_text
from kinelab.files.native import load_as
from kinelab.pipeline.corrections import Stored, write_corrections
from kinelab.pipeline.results import corrected
from kinelab.pipeline.review_data import REVIEW_FILE
from kinelab.pipeline.review_replay import Replayed, replay
from kinelab.pipeline.review_runs import Filmed
from kinelab.pipeline.review_state import ReviewState, open_review
from kinelab.pipeline.review_words import TITLE, finding, people, section
from kinelab.pipeline.run_folder import RUN_FILE, RunFolder, recorded_source
from kinelab.reports.analysis import Analysis
from kinelab.reports.json import compact_json
from kinelab.reports.page import Page, Picture
from kinelab.reports.reading import read_page
from kinelab.reports.report_files import REPORT_FILES, write_page, write_report

CORRECTIONS_FILE = "corrections.json"
_CARRIED = ("Sensors",)  # figures of raw readings, which no correction changes
_OF_SOURCE = ("Picture",)  # facts of the video, of which a run keeps the analysed frames alone


def rebuild(
    run_folder: str | Path,
    corrections: Sequence[Stored],
    out: str | Path,
    *,
    sign_off: str | None = None,
    source: str | Path | None = None,
    console: Console | None = None,
) -> dict[str, Any]:
    """Write what `corrections` make of the run of a folder into `out`; what review.json there holds.

    The same run and list give the same numbers, and files of the same bytes (run.json tells when it was
    done). No network runs again. sign_off: who released the report and when. source: the video, to draw the
    corrected result on it; without it there is no annotated video beside the report.

    Raises:
        InputError: a correction is impossible, or `out` is the run's own folder.
        FileFormatError: a result is missing or damaged. RunFolderError: `out` holds another run.
        OutputError: the disk is full.
    """
    console = console or Console(stderr=True, quiet=True)
    run_folder, out = Path(run_folder), Path(out)
    if out.resolve() == run_folder.resolve():
        raise InputError(f"{out} holds the machine's own result, which stays as it is; choose another folder")
    state = open_review(run_folder)
    replayed = replay(state.machine, corrections)
    record = json.loads((run_folder / RUN_FILE).read_text(encoding="utf-8"))
    folder = RunFolder(out, recorded_source(run_folder), command=f"kinelab review of {record['command']}")
    folder.add_models(*(ModelRecord(**model) for model in record.get("models", ())))
    choices = {"machine": record["stages"]["results"]["key"], "corrections": _sha256(corrections)}
    folder.stage("results", choices, lambda: _save(state, replayed, corrections, folder))
    run = state.run
    if source is not None and isinstance(run, Filmed):
        folder.stage("overlay", {}, lambda: _overlay(run, replayed, Path(source), folder, console))
    folder.stage(
        "report",
        {"sign_off": sign_off},
        lambda: _write_report(state, replayed, corrections, folder, sign_off),
    )
    review: dict[str, Any] = json.loads((out / REVIEW_FILE).read_text(encoding="utf-8"))
    return review


def _sha256(corrections: Sequence[Stored]) -> str:
    rows = [one.model_dump(mode="json") for one in corrections]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def _save(
    state: ReviewState, replayed: Replayed, corrections: Sequence[Stored], folder: RunFolder
) -> list[str]:
    written = state.run.save(replayed, folder)
    write_corrections(corrections, folder.file(CORRECTIONS_FILE))
    write_text(folder.file(REVIEW_FILE), compact_json(state.review(corrections)))
    return [*written, CORRECTIONS_FILE, REVIEW_FILE]


def _overlay(run: Filmed, replayed: Replayed, source: Path, folder: RunFolder, console: Console) -> list[str]:
    # Here: only this draws.
    from kinelab.pipeline.overlay_video import write_drawing

    video, drawing, stop = run.drawing(replayed, source)
    return write_drawing(video, drawing, folder, console, stop)


def _write_report(
    state: ReviewState,
    replayed: Replayed,
    corrections: Sequence[Stored],
    folder: RunFolder,
    sign_off: str | None,
) -> list[str]:
    analysis = state.run.analysis(replayed, full=True)
    machine = load_as(Measures, state.run.folder / "measures.nc")
    if corrections:
        analysis = _said(analysis, state, replayed, corrections, machine)
    write_report(analysis, folder.path, sign_off=sign_off)
    page = _carried(read_page(folder.path), read_page(state.run.folder), state.run.folder, folder.path)
    if corrections:
        report = page.report
        facts = {**report.facts, "Reviewed by": people(corrections)}
        first = sorted(page.parts, key=lambda part: part.title != TITLE)
        page = replace(page, report=replace(report, facts=facts), parts=tuple(first))
    page = write_page(page, folder.path)
    return [*REPORT_FILES, *page.report.figures.values()]


def _said(
    analysis: Analysis,
    state: ReviewState,
    replayed: Replayed,
    corrections: Sequence[Stored],
    machine: Measures,
) -> Analysis:
    """The analysis that says that, and how, it was corrected."""
    part = section(state.machine, corrections, machine, analysis.measures)
    told = finding(replayed)
    if told is None:
        return replace(analysis, sections=(part, *analysis.sections))
    kinematics = corrected(analysis.kinematics)
    return replace(
        analysis,
        kinematics=kinematics,
        provenance=kinematics.provenance,
        remarks=(told, *analysis.remarks),
        sections=(part, *analysis.sections),
    )


def _carried(page: Page, machine: Page, run: Path, out: Path) -> Page:
    """The page with the pictures and facts of the machine's report that no correction changes."""
    figures = tuple(one for one in machine.pictures if one.title in _CARRIED)
    for picture in (*figures, *machine.thumbnails):
        _copy(picture, run, out)
    kept = {name: text for name, text in machine.report.facts.items() if name in _OF_SOURCE}
    report = replace(page.report, facts={**page.report.facts, **kept})
    return replace(page, report=report, pictures=(*page.pictures, *figures), thumbnails=machine.thumbnails)


def _copy(picture: Picture, run: Path, out: Path) -> None:
    with atomic_path(out / picture.path) as temporary:
        temporary.write_bytes((run / picture.path).read_bytes())
