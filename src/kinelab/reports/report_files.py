"""The files of a report in a run folder: the page, the data, the figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kinelab.core.report import Report
from kinelab.files.atomic import write_text
from kinelab.reports.analysis import Analysis
from kinelab.reports.build import TITLE, build_report
from kinelab.reports.figures import write_figures
from kinelab.reports.html import Thumbnail, report_html
from kinelab.reports.json import report_json
from kinelab.reports.tables import detail_tables

HTML_FILE, JSON_FILE = "report.html", "report.json"
REPORT_FILES = (HTML_FILE, JSON_FILE)


def write_report(
    analysis: Analysis,
    run_folder: str | Path,
    *,
    title: str = TITLE,
    thumbnails: Sequence[Thumbnail] = (),
    sign_off: str | None = None,
    png: bool = False,
) -> Report:
    """Draw the figures and write `REPORT_FILES`; the page holds the figures, so it may be sent alone.

    Raises:
        OutputError: the folder cannot be written.
    """
    folder = Path(run_folder)
    report = build_report(analysis, write_figures(analysis, folder, png=png), title=title, sign_off=sign_off)
    tables = detail_tables(analysis)
    write_text(folder / JSON_FILE, report_json(report, tables))
    write_text(folder / HTML_FILE, report_html(report, folder, tables=tables, thumbnails=thumbnails))
    return report
