"""One report as plain data with its pictures as files: HTML, PDF and JSON are views of it."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.report import Finding, Report
from kinelab.reports.table import Table

CHANGE_TITLE = "Change since the earlier visit"  # of the part that compares two visits


@dataclass(frozen=True)
class Picture:
    """A picture of the run folder: its title, how to read it, its path there (.svg, .png or .jpg)."""

    title: str
    caption: str
    path: str


@dataclass(frozen=True)
class Part:
    """A `sections.Section` whose figures are drawn."""

    title: str
    text: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class StrideRow:
    """One stride: its number from 1 in the order of time, its foot, times in s; why_not "" = used."""

    number: int
    side: str
    start_s: float
    stop_s: float
    why_not: str = ""


@dataclass(frozen=True)
class Behind:
    """The strides behind findings on one quantity: their picture, and the value of each in print.

    values: one text for each of `Page.strides`, a dash where there is none.
    """

    quantity: str
    label: str
    unit: str
    picture: Picture
    values: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """What a reader must know of a network: whose data it learned from, how good it was, its limits."""

    name: str
    licence: str
    data: str
    figures: str = ""
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """Everything that a report shows.

    since: the earlier visit with which this one is compared, "" without one; changed: what changed since.
    first_caption: how to read the figure of the first page, in a line.
    look_at: what to look at before signing, and what the signature then says was seen. video: the annotated
    video beside the page, "" without one; slow: its seconds for one of the recording. strides: those that are
    shown, of strides_in_all.
    """

    report: Report
    since: str = ""
    changed: tuple[Finding, ...] = ()
    pictures: tuple[Picture, ...] = ()
    first_caption: str = ""
    tables: tuple[Table, ...] = ()
    thumbnails: tuple[Picture, ...] = ()
    parts: tuple[Part, ...] = ()
    strides: tuple[StrideRow, ...] = ()
    strides_in_all: int = 0
    behind: tuple[Behind, ...] = ()
    look_at: tuple[str, str] = ("", "Recording seen, events checked")
    video: str = ""
    slow: float = 1.0
    cards: tuple[Card, ...] = ()
