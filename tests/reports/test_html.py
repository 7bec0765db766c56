from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from kinelab.core.report import Finding
from kinelab.errors import FileFormatError
from kinelab.reports.analysis import Analysis
from kinelab.reports.build import build_report
from kinelab.reports.html import MOST_DOUBTS, MOST_FOUND, Thumbnail, first_page, inline_svg, report_html
from kinelab.reports.json import report_json
from kinelab.reports.page import Page as ReportPage
from kinelab.reports.page import Picture
from kinelab.reports.printing import label, mean_sd
from kinelab.reports.report_files import REPORT_FILES, write_report
from kinelab.reports.stride_finding import StrideFinding
from kinelab.reports.tables import detail_tables

VOID = {"meta", "img", "br", "link", "input", "hr"}
HOSTILE = '<script>alert("x")</script>&\'$a_b$'


class Page(HTMLParser):
    """Checks that every element is closed in order, and keeps what the tests ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.images_without_words = 0
        self.cells: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [named["id"] or ""] if "id" in named else []
        self.links += [named[k] or "" for k in ("src", "href", "xlink:href", "action", "data") if k in named]
        self.images_without_words += (tag == "img" and not named.get("alt")) or (
            tag == "svg" and not named.get("aria-label")
        )
        if tag == "tr":
            self.cells.append([])
        if tag in ("td", "th") and self.cells:
            self.cells[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and {"td", "th"} & set(self.open) and self.cells:
            self.cells[-1][-1] += data.strip()


def pictures() -> list[Thumbnail]:
    grey = np.full((40, 60, 3), 120, dtype=np.uint8)
    return [Thumbnail("Frame 10", grey), Thumbnail("Frame 20", grey)]


@pytest.fixture(scope="module")
def page_text(analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("run")
    write_report(analysis, folder, thumbnails=pictures())
    assert all((folder / name).is_file() for name in REPORT_FILES)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_page_is_well_formed_and_holds_all_it_shows(page_text: str) -> None:
    page = Page(page_text)
    assert page.links
    assert all(link.startswith(("#", "data:")) for link in page.links)
    assert "annotated.mp4" not in page_text  # there is none beside it
    assert not {"script", "link", "iframe", "object"} & page.tags
    assert not re.search(r"url\((?!#)|@import", page_text)


def test_ids_are_unique_and_every_inner_link_has_its_target(page_text: str) -> None:
    page = Page(page_text)
    assert len(page.ids) > 100
    assert len(set(page.ids)) == len(page.ids)
    wanted = {link[1:] for link in page.links if link.startswith("#")}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", page_text))
    assert wanted <= set(page.ids)


def test_pictures_have_words_and_tables_captions(page_text: str) -> None:
    page = Page(page_text)
    assert page.images_without_words == 0
    assert page_text.count("<table") == page_text.count("<caption")
    assert '<html lang="en">' in page_text
    assert page_text.count("<h1") == 1


def test_every_measure_stands_there_with_side_unit_and_n(analysis: Analysis, page_text: str) -> None:
    rows = [row for row in Page(page_text).cells if len(row) >= 6]
    for m in analysis.measures:
        unit = "ratio" if m.unit == "1" else m.unit
        found = [row for row in rows if row[:3] == [label(m.quantity), m.side, unit]]
        assert len(found) == 1, m
        assert found[0][3].startswith(mean_sd(m))
        assert found[0][5] == str(m.n)


def test_stride_that_was_not_used_is_shown_with_its_reason(page_text: str) -> None:
    assert "not used: the ankle was not seen for 0.42 s of the stride" in page_text


def test_outside_reference_is_said_with_source(page_text: str) -> None:
    assert '<strong class="outside">outside</strong>' in page_text
    assert "Example 2011, table 1" in page_text


def test_provenance_is_complete(page_text: str) -> None:
    for text in ("ab" * 32, "cd" * 32, "rtmpose-m-halpe26", "cutoff_hz = 6.0", "numpy 2.4.0", "0.1.0"):
        assert text in page_text


def test_hostile_names_are_escaped(make_analysis: Callable[..., Analysis], tmp_path: Path) -> None:
    hostile = make_analysis(HOSTILE)
    write_report(
        replace(hostile, methods={HOSTILE: hostile.events}), tmp_path, title=HOSTILE, sign_off=HOSTILE
    )
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    Page(text)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["subject"]["id"] == HOSTILE


def test_synthetic_data_has_a_banner(make_analysis: Callable[..., Analysis], page_text: str) -> None:
    text = report_html(ReportPage(build_report(make_analysis(synthetic=True), {})), Path())
    assert 'class="banner"' in text
    assert 'class="banner"' not in page_text


def test_equal_analyses_give_equal_files(analysis: Analysis, page_text: str, tmp_path: Path) -> None:
    write_report(analysis, tmp_path, thumbnails=pictures())
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page_text


def test_without_gait_the_page_says_so(empty_analysis: Analysis, tmp_path: Path) -> None:
    report = write_report(empty_analysis, tmp_path)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    Page(text)
    assert "No gait quantity was measured" in text
    assert "No stride was measured" in report.findings[0].text


def test_signed_report_names_who_signed(analysis: Analysis) -> None:
    report = build_report(analysis, {}, sign_off="A. Reviewer, 2026-03-15")
    text = report_html(ReportPage(report), Path())
    assert "Reviewed and released: <strong>A. Reviewer, 2026-03-15</strong>" in text
    assert "Not reviewed yet" not in text


def test_findings_beyond_the_first_page_are_counted_and_kept(analysis: Analysis) -> None:
    remarks = tuple(Finding("attention", f"Remark number {i}.") for i in range(9))
    report = build_report(replace(analysis, remarks=remarks), {})
    text = report_html(ReportPage(report), Path())
    found, doubts, _ = first_page(report.findings)
    further = len(found[MOST_FOUND:]) + len(doubts[MOST_DOUBTS:])
    assert f"{further} more</a> under Notes and limits" in text
    # What is on the first page stands once more among what the findings rest on, for print.
    assert all(text.count(remark.text) == (2 if remark in doubts[:MOST_DOUBTS] else 1) for remark in remarks)


def test_how_the_person_walked_comes_first_and_doubts_apart(analysis: Analysis) -> None:
    found, doubts, notes = first_page(build_report(analysis, {}).findings)
    assert all(isinstance(f, StrideFinding) and "n = " in f"{f.text} {f.evidence}" for f in found)
    assert {f.level for f in doubts} <= {"warning", "attention"}
    assert {f.level for f in notes} == {"info"}


def test_json_has_null_for_nan_and_full_precision(analysis: Analysis) -> None:
    text = report_json(ReportPage(build_report(analysis, {}), tables=detail_tables(analysis)))
    data = json.loads(text, parse_constant=pytest.fail)
    by_name = {(m["quantity"], m["side"]): m for m in data["measures"]}
    assert by_name["symmetry_index_knee_rom_pct", "both"]["sd"] is None
    for m in analysis.measures:
        assert by_name[m.quantity, m.side]["value"] == m.value
        assert by_name[m.quantity, m.side]["n"] == m.n
    assert {table["caption"] for table in data["tables"]} >= {"Strides", "Gait events", "Landmarks"}


def test_missing_and_unknown_figures(analysis: Analysis, tmp_path: Path) -> None:
    report = build_report(analysis, {})
    with pytest.raises(FileFormatError, match=r"trace\.svg: the figure 'Joint angles' is not there"):
        report_html(ReportPage(report, pictures=(Picture("Joint angles", "", "trace.svg"),)), tmp_path)
    (tmp_path / "trace.pdf").write_text("x")
    with pytest.raises(FileFormatError, match=r"neither \.svg nor \.png"):
        report_html(ReportPage(report, pictures=(Picture("Joint angles", "", "trace.pdf"),)), tmp_path)
    with pytest.raises(FileFormatError, match=r"gone\.jpg: a picture of the report is not there"):
        report_html(ReportPage(report, thumbnails=(Picture("Person 1", "", "gone.jpg"),)), tmp_path)


def test_inline_svg_keeps_ids_of_figures_apart() -> None:
    svg = '<?xml?>\n<svg><path id="a"/><use xlink:href="#a"/><g clip-path="url(#a)"/></svg>'
    wanted = '<svg><path id="f1-a"/><use xlink:href="#f1-a"/><g clip-path="url(#f1-a)"/></svg>'
    assert inline_svg(svg, "f1-") == wanted
