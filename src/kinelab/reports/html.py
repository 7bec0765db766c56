"""The report as one HTML file that opens without a network, prints on A4, and holds all it shows."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup
from PIL import Image

from kinelab.core.report import Report
from kinelab.errors import FileFormatError
from kinelab.reports.colours import SIDE_HEX
from kinelab.reports.figures import CAPTIONS, LEFT_RIGHT
from kinelab.reports.measure_rows import grouped_rows, key_rows
from kinelab.reports.tables import Table

_LEVEL_WORDS = {"warning": "Warning", "attention": "Look at", "info": "Note"}
_JPEG_QUALITY = 82
MOST_FIRST_FINDINGS = 6  # the most serious; the first page stays one page


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A small picture of the recording: image (H, W, 3) uint8 RGB, and what it shows."""

    caption: str
    image: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FigureBlock:
    """A figure ready to stand in the page."""

    title: str
    caption: str
    picture: Markup


def template(name: str) -> Template:
    """A page of `templates/`: what comes from outside is escaped, what is not given is an error."""
    environment = Environment(
        loader=PackageLoader("kinelab.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def report_html(
    report: Report,
    run_folder: str | Path,
    *,
    tables: Iterable[Table] = (),
    thumbnails: Sequence[Thumbnail] = (),
) -> str:
    """The whole page. Every name from outside is escaped; nothing is fetched and no script is in it.

    run_folder is where the paths of `report.figures` start. The first thumbnail stands in the head.

    Raises:
        FileFormatError: a figure is missing or neither SVG nor PNG.
    """
    figures = [
        FigureBlock(title, CAPTIONS.get(title, ""), _picture(Path(run_folder) / path, title, number))
        for number, (title, path) in enumerate(report.figures.items(), start=1)
    ]
    first = [f for f in report.findings if f.level != "info"][:MOST_FIRST_FINDINGS]
    return template("report.html").render(
        page=report,
        synthetic=report.provenance.synthetic,
        report=report,
        key_rows=key_rows(report.measures),
        groups=grouped_rows(report.measures),
        with_mdc=any(m.mdc95 is not None for m in report.measures),
        with_reference=any(m.reference is not None for m in report.measures),
        first_findings=first,
        further_findings=[f for f in report.findings if f not in first],
        level_words=_LEVEL_WORDS,
        first_figure=next((f for f in figures if f.title == LEFT_RIGHT), None),
        figures=[f for f in figures if f.title != LEFT_RIGHT],
        tables=list(tables),
        thumbnails=[(thumbnail.caption, _jpeg_uri(thumbnail.image)) for thumbnail in thumbnails],
        colours=SIDE_HEX,
    )


def _picture(path: Path, title: str, number: int) -> Markup:
    """A figure's file as an element of the page, with its alternative text."""
    if not path.is_file():
        raise FileFormatError(path, f"the figure {title!r} is not there; draw the figures again")
    words = escape(" ".join(filter(None, (f"{title}.", CAPTIONS.get(title)))), quote=True)
    if path.suffix == ".png":
        data = base64.b64encode(path.read_bytes()).decode()
        return Markup(f'<img src="data:image/png;base64,{data}" alt="{words}">')  # noqa: S704 - escaped above
    if path.suffix == ".svg":
        svg = inline_svg(path.read_text(encoding="utf-8"), f"f{number}-")
        return Markup(svg.replace("<svg", f'<svg role="img" aria-label="{words}"', 1))  # noqa: S704
    raise FileFormatError(path, "is neither .svg nor .png; figures of a report are one of these")


def inline_svg(svg: str, prefix: str) -> str:
    """An SVG file's element with `prefix` before each of its ids.

    matplotlib counts ids from 1 in every figure; two figures in one page would otherwise draw each other's
    clip paths and markers.
    """
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'\bid="', f'id="{prefix}', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}', svg)
    return re.sub(r"url\(#", f"url(#{prefix}", svg)


def _jpeg_uri(image: npt.NDArray[np.uint8]) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
