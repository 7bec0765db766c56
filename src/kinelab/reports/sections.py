"""Further parts of a report: whoever finds something new about a walk adds one `Section` to the analysis."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from kinelab.reports.table import Table


@dataclass(frozen=True)
class StudyFigure:
    """A figure with its title and how to read it; name: of its files."""

    name: str
    title: str
    caption: str
    figure: Figure


@dataclass(frozen=True)
class Section:
    """A part of the report with its own heading, after the key figures.

    text: what it says, a paragraph each, in plain words; the caption of a figure is its alternative text too.
    What belongs on the first page goes into `Analysis.remarks` as a finding beside it.
    """

    title: str
    text: tuple[str, ...] = ()
    figures: tuple[StudyFigure, ...] = ()
    tables: tuple[Table, ...] = ()
