"""The report of a gait analysis that rests on markers or on angles from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kinelab.core.report import Report
from kinelab.files.atomic import write_text
from kinelab.reports.analysis import Analysis
from kinelab.reports.build import build_report
from kinelab.reports.figures import write_figures
from kinelab.reports.html import report_html
from kinelab.reports.json import report_json
from kinelab.reports.report_files import HTML_FILE, JSON_FILE, REPORT_FILES
from kinelab.reports.tables import detail_tables

_LIMITS = (
    "Joint angles are those of the program that wrote them; kinelab cut them into strides and did not check "
    "them. Angles of different models and laboratories differ by an offset.",
    "Gait events found in markers differ from annotated ones by some 12 ms on average, by 50 ms in people "
    "who walk slowly (docs/validation.md, events); those of the file are as good as its annotation.",
)
_CAMERA = ("One camera measures", "Hip angles are against the trunk", "Lengths rest on this scale")


def gait_report(analysis: Analysis, figures: Mapping[str, str]) -> Report:
    """The report, with the limits of markers in place of those of a camera."""
    report = build_report(analysis, figures)
    kept = tuple(text for text in report.limits if not text.startswith(_CAMERA))
    limits = _LIMITS[0 if analysis.kinematics.names else 1 :]
    return replace(report, limits=(*limits, *kept))


def write_gait_report(analysis: Analysis, folder: Path) -> list[str]:
    """Draw the figures and write the page and the data; the names of the files.

    Raises:
        OutputError: the folder cannot be written.
    """
    report = gait_report(analysis, write_figures(analysis, folder))
    tables = detail_tables(analysis)
    write_text(folder / JSON_FILE, report_json(report, tables))
    write_text(folder / HTML_FILE, report_html(report, folder, tables=tables))
    return [*REPORT_FILES, *report.figures.values()]
