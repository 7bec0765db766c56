"""The main job from the first door to the last: a video in, a folder with a report out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from kinelab.core.report import Report
from kinelab.files.video import open_video
from kinelab.pipeline.enough_strides import want_strides
from kinelab.pipeline.evaluate import Evaluation, cleaning_options, evaluate
from kinelab.pipeline.landmarks import Landmarks, find_landmarks
from kinelab.pipeline.overlay_video import write_overlay
from kinelab.pipeline.recorded import as_recorded
from kinelab.pipeline.results import save_results
from kinelab.pipeline.run_folder import RunFolder, source_record
from kinelab.pipeline.settings import AnalyzeSettings
from kinelab.reports.analysis import Analysis
from kinelab.reports.build import build_report
from kinelab.reports.html import Thumbnail
from kinelab.reports.report_files import REPORT_FILES, write_report


@dataclass(frozen=True, eq=False)
class Analysed:
    """An analysed video: what was found, the report, and the folder in which all of it lies."""

    evaluation: Evaluation
    report: Report
    folder: Path


def analyze(
    video_path: str | Path,
    out: str | Path,
    settings: AnalyzeSettings | None = None,
    console: Console | None = None,
) -> Analysed:
    """Analyse one video into the folder `out`; the same call again goes on where it stopped.

    Everything that could be found is written before a `GaitError` is raised: a recording without enough
    whole strides still gives its angles, its annotated video and a report that says what is missing.

    Raises:
        VideoError: no such file, not a video, no frames.
        PersonError: nobody in view, or not the person that was asked for.
        ModelError: no pose model installed, or one with the wrong outputs.
        GaitError: fewer whole strides than `settings.min_strides`.
        RunFolderError: `out` belongs to another run.
        OutputError: the disk is full.
    """
    settings = as_recorded(settings or AnalyzeSettings(), video_path)
    console = console or Console(stderr=True, quiet=True)
    video = open_video(video_path, slow_motion=settings.slow_motion)
    folder = RunFolder(out, source_record(video_path), command=f"kinelab analyze {video.path.name}")
    folder.facts["size_px"] = list(video.size_px)
    landmarks = find_landmarks(video, folder, settings, console)
    choices = _choices(settings)
    evaluation = evaluate(landmarks, settings, folder.provenance(choices, synthetic=settings.synthetic))
    analysis = evaluation.analysis(video)
    folder.stage("results", choices, lambda: save_results(evaluation, folder))
    if settings.annotate:
        folder.stage("overlay", {}, lambda: write_overlay(video, evaluation, folder, console))
    folder.stage("report", {}, lambda: _write_report(analysis, landmarks, folder))
    if settings.gait:
        hint = (
            f"The angles, the annotated video and a report of what there is are in {folder.path}. Film more"
            " of the walk; for another movement than walking use --no-gait."
        )
        want_strides(evaluation.strides, settings.min_strides, evaluation.remarks, hint)
    return Analysed(evaluation, build_report(analysis, {}), folder.path)


def _choices(settings: AnalyzeSettings) -> dict[str, object]:
    """The settings that decide what comes after the landmarks."""
    return {
        **asdict(cleaning_options(settings)),
        "subject": asdict(settings.subject),
        "gait": settings.gait,
        "min_strides": settings.min_strides,
        "synthetic": settings.synthetic,
    }


def _write_report(analysis: Analysis, landmarks: Landmarks, folder: RunFolder) -> list[str]:
    thumbnails = []
    if landmarks.thumbnail is not None:
        thumbnails.append(Thumbnail(f"Person {landmarks.person}, analysed here", landmarks.thumbnail))
    report = write_report(analysis, folder.path, thumbnails=thumbnails)
    return [*REPORT_FILES, *report.figures.values()]
