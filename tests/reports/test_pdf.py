"""A PDF of a report: its pages, its words, nothing fetched, no half file."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from kinelab.cli import main
from kinelab.errors import FileFormatError, MissingExtraError
from kinelab.reports import pdf
from kinelab.reports.pdf import write_pdf

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>A walk</title>
<style>@page { size: A4 } h2 { break-before: page }</style></head><body><h1>First</h1>
<svg viewBox="0 0 10 10" width="50"><rect width="10" height="10" style="fill: #d55e00"/></svg>
<img src="http://127.0.0.1:9/never.png" alt="from outside"><img src="file:///etc/hostname" alt="a file">
<h2>Second</h2></body></html>"""


@pytest.fixture(autouse=True)
def weasyprint_is_there() -> None:
    try:
        pdf._weasyprint()
    except MissingExtraError as error:
        pytest.skip(str(error))


def contents(path: Path) -> bytes:
    """All that the PDF draws."""
    data = path.read_bytes()
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    found = [data]
    for part in parts:
        try:
            found.append(zlib.decompress(part))
        except zlib.error:
            found.append(part)
    return b"\n".join(found)


def test_pages_and_drawings_are_there_and_nothing_is_fetched(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(PAGE, encoding="utf-8")
    assert write_pdf(page, tmp_path / "report.pdf") == 2
    drawn = contents(tmp_path / "report.pdf")
    assert drawn.startswith(b"%PDF-")
    assert b"A walk" in drawn
    assert re.search(rb"0\.83\d* 0\.36\d* 0 rg", drawn)  # the figure's vermillion
    assert b"/Image" not in drawn


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "report.html").write_text(PAGE, encoding="utf-8")
    assert main(["report", str(tmp_path / "two"), str(tmp_path / "one"), "--quiet"]) == 2
    told = capsys.readouterr()
    assert "there is no such page; kinelab writes report.html" in told.err
    assert "report.pdf (2 pages)" in told.out
    assert [path.name for path in sorted((tmp_path / "one").iterdir())] == ["report.html", "report.pdf"]
    assert main(["report", str(tmp_path / "one"), "--quiet", "--out", str(tmp_path / "x.pdf")]) == 0
    assert (tmp_path / "x.pdf").is_file()
    assert main(["report", "a", "b", "--out", "x.pdf"]) == 2
    assert "--out names one file for 2 runs" in capsys.readouterr().err


def test_what_is_no_page(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="is no page in UTF-8"):
        write_pdf(tmp_path / "report.html", tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_pictures_that_are_cut_off_stay_errors_elsewhere() -> None:
    """WeasyPrint switches that off for the whole process when it is imported."""
    run = "from kinelab.reports import pdf\npdf._weasyprint()\nfrom PIL import ImageFile"
    subprocess.run([sys.executable, "-c", f"{run}\nassert not ImageFile.LOAD_TRUNCATED_IMAGES"], check=True)
