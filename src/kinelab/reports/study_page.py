"""The page of a study: what was found in plain words, figures and tables, in one file without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from markupsafe import Markup

from kinelab.reports.colours import SIDE_HEX
from kinelab.reports.figure_style import svg_text
from kinelab.reports.html import FigureBlock, inline_svg, template
from kinelab.reports.sections import StudyFigure
from kinelab.reports.table import Table

__all__ = ["StudyFigure", "StudyPage", "study_html"]


@dataclass(frozen=True)
class StudyPage:
    """title; facts: how it was made; answer: what to do, first; findings: what that rests on; limits.

    banner: what stands above a page that is synthetic.
    """

    title: str
    answer: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    figures: tuple[StudyFigure, ...] = ()
    tables: tuple[Table, ...] = ()
    synthetic: bool = False
    banner: str = "Synthetic data: not a real person"


def study_html(page: StudyPage) -> str:
    """The whole page; every name from outside is escaped, nothing is fetched and no script is in it."""
    return template("study.html").render(
        page=page, synthetic=page.synthetic, figures=_blocks(page.figures), colours=SIDE_HEX
    )


def _blocks(figures: Sequence[StudyFigure]) -> list[FigureBlock]:
    blocks = []
    for number, drawn in enumerate(figures, start=1):
        words = escape(f"{drawn.title}. {drawn.caption}", quote=True)
        svg = inline_svg(svg_text(drawn.figure), f"f{number}-")
        picture = Markup(svg.replace("<svg", f'<svg role="img" aria-label="{words}"', 1))  # noqa: S704 - escaped
        blocks.append(FigureBlock(drawn.title, drawn.caption, picture))
    return blocks
