"""What holds for the report of every way of measuring: offline, in order, in words, its first page one A4."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from kinelab.core.report import Finding
from kinelab.errors import FileFormatError, MissingExtraError
from kinelab.inertial.calibration.calibration import Calibration
from kinelab.inertial.checking.check import SensorCheck
from kinelab.reports import figure_evidence, figure_style, figures, pdf
from kinelab.reports.analysis import Analysis, InSpace, Worn
from kinelab.reports.html import Thumbnail, first_page, report_html
from kinelab.reports.json import report_json
from kinelab.reports.look_at import look_at
from kinelab.reports.reading import read_page
from kinelab.reports.report_files import write_report
from kinelab.reports.sections import Section, StudyFigure
from kinelab.reports.table import Table

PICTURE = np.full((60, 40, 3), 120, dtype=np.uint8)
WORN = Worn(
    SensorCheck((), (), True, True),
    Calibration(("pelvis",), np.eye(3)[None], np.ones((1, 3)), np.zeros((1, 3)), (0.0, 2.0)),
    np.ones(1), 100.0, "orientation filter",
)  # fmt: skip
KINDS: dict[str, Callable[[Analysis], Analysis]] = {
    "camera": lambda a: a,
    "camera in space": lambda a: replace(a, in_space=InSpace(("the person's height",))),
    "sensors": lambda a: replace(a, tracking=None, worn=WORN),
    "markers": lambda a: replace(a, given="markers"),
    "angles": lambda a: replace(a, given="angles", tracking=None),
}


@pytest.fixture(scope="module")
def blank_figures() -> Iterator[None]:
    """Figures as empty boxes of their size: what they show has its own tests."""

    def blank(figure: Figure) -> str:
        width, height = 72 * figure.get_size_inches()
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"></svg>'

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure_style, "svg_text", blank)
        patch.setattr(figure_evidence, "svg_text", blank)
        patch.setattr(figures, "draw_sensors", lambda check: Figure())  # these sensors recorded nothing
        yield


@pytest.fixture(scope="module", params=[*KINDS, "nothing measured"])
def written(
    request: pytest.FixtureRequest,
    analysis: Analysis,
    empty_analysis: Analysis,
    blank_figures: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Analysis]:
    folder = tmp_path_factory.mktemp("run")
    made = empty_analysis if request.param == "nothing measured" else KINDS[request.param](analysis)
    section = Section(
        "A further part", ("In words.",), (StudyFigure("further", "Drawn", "How to read it.", Figure()),),
        (Table("Counted", ("a",), (("1",),)),),
    )  # fmt: skip
    made = replace(made, sections=(section,), remarks=(Finding("attention", "Look here.", "why"),))
    with_video = made.source.startswith("camera")
    if with_video:
        (folder / "annotated.mp4").write_bytes(b"")
    write_report(made, folder, thumbnails=[Thumbnail("Person 1", PICTURE)] if with_video else ())
    return folder, made


def text_of(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_it_asks_for_nothing_and_runs_nothing(written: tuple[Path, Analysis]) -> None:
    text = text_of(written[0])
    links = re.findall(r'\b(?:src|href)="([^"]*)"', text)
    assert all(re.match(r"#|data:image/|annotated\.mp4#t=\d", link) for link in links)
    assert not re.search(r"<script|<link|<iframe|\bon\w+=|javascript:|@import|url\((?!#)", text)
    assert "default-src 'none'" in text


def test_headings_are_in_order_and_pictures_have_words(written: tuple[Path, Analysis]) -> None:
    text = text_of(written[0])
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    for tag in re.findall(r"<(?:svg|img)[^>]*>", text):
        words = re.search(r'(?:aria-label|alt)="([^"]*)"', tag)
        assert words is not None
        assert words[1].strip()
    assert text.count("<table") == text.count("<caption")


def test_every_finding_on_the_person_names_n(written: tuple[Path, Analysis]) -> None:
    found, _, _ = first_page(read_page(written[0]).report.findings)
    assert all(re.search(r"n = \d", f"{f.text} {f.evidence}") for f in found)
    assert bool(found) == bool(written[1].strides.used.any())


def test_findings_lead_to_their_strides_and_back(written: tuple[Path, Analysis]) -> None:
    folder, made = written
    text, page = text_of(folder), read_page(folder)
    assert set(re.findall(r'href="#(behind-\d+)"', text)) <= set(re.findall(r'id="(behind-\d+)"', text))
    if made.strides.used.any():
        assert 'href="#behind-1"' in text
        assert text.count('type="radio"') == len(page.behind) * (made.strides.n + 1)
        assert "not used: the ankle was not seen for 0.42 s of the stride" in text
        assert ("annotated.mp4#t=" in text) == made.source.startswith("camera")


def test_each_source_says_what_to_look_at(written: tuple[Path, Analysis]) -> None:
    folder, made = written
    text = text_of(folder)
    assert look_at(made.source)[0].replace("'", "&#39;") in text
    assert ("annotated video" in text) == made.source.startswith("camera")
    assert ("One camera" in " ".join(read_page(folder).report.limits)) == made.source.startswith("camera")


def test_a_further_section_is_in_the_page_and_in_the_data(written: tuple[Path, Analysis]) -> None:
    text = text_of(written[0])
    for words in ("A further part", "In words.", "Drawn", "How to read it.", "Counted"):
        assert words in text
    assert [part.title for part in read_page(written[0]).parts][-1] == "A further part"


def test_read_back_it_is_the_same_page(written: tuple[Path, Analysis]) -> None:
    folder = written[0]
    page = read_page(folder)
    assert report_html(page, folder) == text_of(folder)
    assert report_json(page) == (folder / "report.json").read_text(encoding="utf-8")


def test_the_first_page_is_one_a4(written: tuple[Path, Analysis]) -> None:
    try:
        weasyprint = pdf._weasyprint()
    except MissingExtraError as error:
        pytest.skip(str(error))
    # The details are left out: only whether all of the first page stands on one is asked.
    first = text_of(written[0]).split('<div class="details">')[0] + "</main></body></html>"
    drawn = pdf.rendered(weasyprint, first)
    assert len(drawn.pages) == 1
    assert pdf.LAST_OF_FIRST_PAGE in drawn.pages[0].anchors


def test_reports_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="there is no such report"):
        read_page(tmp_path)
    (tmp_path / "report.json").write_text('{"format": "kinelab report 1"}')
    with pytest.raises(FileFormatError, match="analyse the recording again"):
        read_page(tmp_path)
    (tmp_path / "report.json").write_text('{"format": "kinelab report 2"}')
    with pytest.raises(FileFormatError, match="or it was altered"):
        read_page(tmp_path)
