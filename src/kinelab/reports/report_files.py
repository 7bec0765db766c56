"""The files of a report in a run folder: the page, the data, the figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from kinelab.core.report import Report
from kinelab.files.atomic import atomic_path, write_text
from kinelab.gait.norms import NormSet
from kinelab.reports.analysis import Analysis
from kinelab.reports.build import TITLE, build_report
from kinelab.reports.evidence import Evidence, evidence_of
from kinelab.reports.figure_evidence import draw_evidence, evidence_svg
from kinelab.reports.figure_style import save_figure
from kinelab.reports.figures import FOLDER, caption_of, first_caption, write_figures
from kinelab.reports.healthy import Healthy, healthy_of
from kinelab.reports.html import Thumbnail, report_html
from kinelab.reports.json import report_json
from kinelab.reports.look_at import look_at
from kinelab.reports.map_section import map_section
from kinelab.reports.model_cards import model_cards
from kinelab.reports.page import Behind, Page, Part, Picture, StrideRow
from kinelab.reports.printing import label, number, unit_text
from kinelab.reports.sections import Section
from kinelab.reports.tables import detail_tables

HTML_FILE, JSON_FILE = "report.html", "report.json"
REPORT_FILES = (HTML_FILE, JSON_FILE)
ANNOTATED = "annotated.mp4"
MOST_STRIDES = 60  # shown one by one; chosen evenly where there are more
_JPEG_QUALITY = 82


def write_report(
    analysis: Analysis,
    run_folder: str | Path,
    *,
    title: str = TITLE,
    thumbnails: Sequence[Thumbnail] = (),
    sign_off: str | None = None,
    norms: NormSet | None = None,
    png: bool = False,
) -> Report:
    """Draw the figures and write `REPORT_FILES`; the page holds the figures, so it may be sent alone.

    norms: the healthy to compare with; None takes the set that fits (`healthy.healthy_of`).

    Raises:
        FileFormatError: a norm set is damaged.
        OutputError: the folder cannot be written.
    """
    folder = Path(run_folder)
    healthy = healthy_of(analysis, norms)
    figures = write_figures(analysis, folder, healthy, png=png)
    report = build_report(analysis, figures, title=title, sign_off=sign_off, norms=norms)
    shown = _shown(analysis)
    evidence = evidence_of(analysis, report.findings, healthy)
    page = Page(
        report=report,
        pictures=tuple(Picture(name, caption_of(name, healthy), path) for name, path in figures.items()),
        first_caption=first_caption(healthy),
        tables=detail_tables(analysis),
        thumbnails=tuple(_save_thumbnail(one, i, folder) for i, one in enumerate(thumbnails, start=1)),
        parts=tuple(save_section(one, folder) for one in _sections(analysis, healthy)),
        strides=tuple(_row(analysis, i) for i in shown),
        strides_in_all=analysis.strides.n,
        behind=tuple(_behind(one, shown, analysis, healthy, folder) for one in evidence),
        look_at=look_at(analysis.source),
        video=ANNOTATED if (folder / ANNOTATED).is_file() else "",
        slow=1.0 if analysis.video is None else analysis.video.slow_motion,
        cards=model_cards(analysis.provenance.models),
    )
    return write_page(page, folder).report


def write_page(page: Page, folder: Path) -> Page:
    """Write `REPORT_FILES` of a page whose pictures are in the folder; the page with all of them named.

    Raises:
        OutputError: the folder cannot be written.
    """
    drawn = [
        *page.pictures,
        *(p for part in page.parts for p in part.pictures),
        *(b.picture for b in page.behind),
    ]
    every = {one.title: one.path for one in (*drawn, *page.thumbnails)}
    page = replace(page, report=replace(page.report, figures=every))
    write_text(folder / JSON_FILE, report_json(page))
    write_text(folder / HTML_FILE, report_html(page, folder))
    return page


def save_section(section: Section, folder: Path) -> Part:
    """Draw the figures of a section into the folder.

    Raises:
        OutputError: the folder cannot be written.
    """
    pictures = []
    for drawn in section.figures:
        path = f"{FOLDER}/{drawn.name}.svg"
        save_figure(drawn.figure, folder / path)
        pictures.append(Picture(drawn.title, drawn.caption, path))
    return Part(section.title, section.text, tuple(pictures), section.tables)


def _sections(analysis: Analysis, healthy: Healthy | None) -> list[Section]:
    return [*([map_section(healthy)] if healthy is not None else []), *analysis.sections]


def _shown(analysis: Analysis) -> list[int]:
    """Rows of the strides that are shown one by one."""
    n = analysis.strides.n
    return sorted({int(i) for i in np.linspace(0, n - 1, min(n, MOST_STRIDES)).round()})


def _row(analysis: Analysis, i: int) -> StrideRow:
    s = analysis.strides
    why = "" if s.used[i] else s.why_not[i] or "not used"
    return StrideRow(i + 1, s.side[i], float(s.start_s[i]), float(s.stop_s[i]), why)


def _behind(
    evidence: Evidence, shown: Sequence[int], analysis: Analysis, healthy: Healthy | None, folder: Path
) -> Behind:
    name = evidence.quantity
    unit = next((m.unit for m in analysis.measures if m.quantity == name), "deg")
    title = label(name).replace("Variable score, ", "Distance from the healthy, ")
    path = f"{FOLDER}/strides_{name}.svg"
    write_text(
        folder / path,
        evidence_svg(draw_evidence(evidence, analysis.strides, analysis.measures, healthy, shown)),
    )
    caption = (
        "Each stride one by one"
        + (", its curve and" if evidence.stem else ",")
        + " its value at its time in the recording. Dashed: not used."
        + (" Grey: the healthy." if healthy is not None and evidence.stem in healthy.bands else "")
    )
    values = tuple(number(float(evidence.values[i]), unit) for i in shown)
    return Behind(name, title, unit_text(unit), Picture(f"Strides: {title}", caption, path), values)


def _save_thumbnail(thumbnail: Thumbnail, count: int, folder: Path) -> Picture:
    path = f"{FOLDER}/picture_{count}.jpg"
    with atomic_path(folder / path) as temporary:
        Image.fromarray(thumbnail.image).save(temporary, format="JPEG", quality=_JPEG_QUALITY)
    return Picture(thumbnail.caption, "", path)
