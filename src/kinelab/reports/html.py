"""The report as one HTML file that opens without a network, prints on A4, and holds all it shows."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
import numpy.typing as npt
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from kinelab.core.report import Finding
from kinelab.errors import FileFormatError
from kinelab.reports.colours import SIDE_HEX
from kinelab.reports.figures import LEFT_RIGHT
from kinelab.reports.measure_rows import grouped_rows, key_rows
from kinelab.reports.page import CHANGE_TITLE, Page, Picture
from kinelab.reports.stride_finding import StrideFinding

_LEVEL_WORDS = {"warning": "Warning", "attention": "Look at", "info": "Note"}
MOST_FOUND, MOST_DOUBTS = 6, 3  # the most serious; the first page stays one page
MOST_CHANGED = 3  # where there is an earlier visit; then fewer of the others stand on the first page


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


def report_html(page: Page, run_folder: str | Path) -> str:
    """The whole page. Every name from outside is escaped; nothing is fetched and no script is in it.

    run_folder is where the paths of the pictures start. The first thumbnail stands in the head. Only the
    annotated video is another file: its links lead to the one beside the page.

    Raises:
        FileFormatError: a picture is missing or neither SVG, PNG nor JPEG.
    """
    report, folder = page.report, Path(run_folder)
    drawn = _Drawn(folder)
    figures = [drawn.block(picture) for picture in page.pictures]
    found, doubts, notes = first_page(report.findings)
    most, most_doubts = (MOST_FOUND, MOST_DOUBTS) if not page.since else (MOST_FOUND - 2, MOST_DOUBTS - 1)
    quantities = {one.quantity: i for i, one in enumerate(page.behind, start=1)}
    shown = [*found[:most], *doubts[:most_doubts]]
    return template("report.html").render(
        page=report,
        synthetic=report.provenance.synthetic,
        report=report,
        key_rows=(rows := key_rows(report.measures)),
        key_reference=any(row.reference for row in rows),
        groups=grouped_rows(report.measures),
        with_mdc=any(m.mdc95 is not None for m in report.measures),
        with_reference=any(m.reference is not None for m in report.measures),
        found=found[:most],
        since=page.since,
        changed=list(page.changed[:MOST_CHANGED]),
        change_part=next((i for i, part in enumerate(page.parts, 1) if part.title == CHANGE_TITLE), 0),
        doubts=doubts[:most_doubts],
        further=[f for f in (*found, *doubts) if f not in shown],
        notes=notes,
        behind_of={
            i: [quantities[name] for name in getattr(f, "measures", ()) if name in quantities]
            for i, f in enumerate(found[:most])
        },
        level_words=_LEVEL_WORDS,
        first_figure=next((f for f in figures if f.title == LEFT_RIGHT), None),
        first_caption=page.first_caption,
        figures=[f for f in figures if f.title != LEFT_RIGHT],
        parts=[(part, [drawn.block(picture) for picture in part.pictures]) for part in page.parts],
        strides=page.strides,
        strides_in_all=page.strides_in_all,
        behind=[(one, drawn.block(one.picture)) for one in page.behind],
        look_at=page.look_at,
        video=page.video,
        slow=page.slow,
        cards=page.cards,
        tables=page.tables,
        thumbnails=[(picture.title, _jpeg_uri(folder / picture.path)) for picture in page.thumbnails],
        colours=SIDE_HEX,
    )


def first_page(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding], list[Finding]]:
    """What was found of the person, what to doubt, and notes; the order within each is kept.

    How the person walked comes first, then what asks for attention, then what is as usual.
    """
    person = [f for f in findings if isinstance(f, StrideFinding)]
    rest = [f for f in findings if not isinstance(f, StrideFinding)]
    walked = [f for f in person if f.measures[:1] in (("speed_mps",), ("cadence_spm",)) and f.level == "info"]
    others = [f for f in person if f not in walked[:1]]
    doubts = [f for f in rest if f.level != "info"]
    return [*walked[:1], *others], doubts, [f for f in rest if f.level == "info"]


class _Drawn:
    """Counts the pictures of a page, so that the ids of each are its own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0

    def block(self, picture: Picture) -> FigureBlock:
        self._count += 1
        drawn = _picture(self._folder / picture.path, picture, self._count)
        return FigureBlock(picture.title, picture.caption, drawn)


def _picture(path: Path, picture: Picture, number: int) -> Markup:
    """A figure's file as an element of the page, with its alternative text."""
    if not path.is_file():
        raise FileFormatError(path, f"the figure {picture.title!r} is not there; draw the figures again")
    words = escape(" ".join(filter(None, (f"{picture.title}.", picture.caption))), quote=True)
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


def _jpeg_uri(path: Path) -> str:
    if not path.is_file():
        raise FileFormatError(path, "a picture of the report is not there; analyse the recording again")
    return f"data:image/jpeg;base64,{base64.b64encode(path.read_bytes()).decode()}"
