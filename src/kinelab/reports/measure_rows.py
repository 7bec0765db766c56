"""Measures as rows of the page: left and right beside each other on the first page, all of them after."""

from __future__ import annotations

from dataclasses import dataclass

from kinelab.core.measures import Measure, Measures
from kinelab.core.quantities import QUANTITIES
from kinelab.reports.printing import NOT_KNOWN, interval, label, mean_sd, number, unit_text

GROUPS = {
    "spatiotemporal": "Time and distance",
    "angles": "Angles",
    "symmetry": "Symmetry",
    "variability": "Variability",
    "landing": "Landing",
    "scores": "Deviation from healthy walking",
    "other": "Other",
}


@dataclass(frozen=True)
class Cell:
    """One measure in print; `outside` None = no reference range."""

    mean_sd: str
    ci95: str
    n: int
    outside: bool | None  # of the range of the healthy


@dataclass(frozen=True)
class KeyRow:
    """One quantity of the first page; a side that was not measured is None."""

    label: str
    unit: str
    left: Cell | None
    right: Cell | None
    both: Cell | None
    reference: str


@dataclass(frozen=True)
class FullRow:
    """One measure with everything that is known of it."""

    label: str
    side: str
    unit: str
    cell: Cell
    mdc95: str
    reference: str


def key_rows(measures: Measures) -> list[KeyRow]:
    """The key quantities of the catalogue, in the order of the measures."""
    rows = []
    for name in dict.fromkeys(m.quantity for m in measures):
        known = QUANTITIES.get(name)
        # Differences between the sides are told by the findings.
        if known is not None and known.key and known.group != "symmetry":
            sides = {m.side: m for m in measures if m.quantity == name}
            first = next(iter(sides.values()))
            cells = {side: _cell(m) for side, m in sides.items()}
            rows.append(
                KeyRow(known.label, unit_text(first.unit), cells.get("left"), cells.get("right"),
                       cells.get("both"), _range(first))
            )  # fmt: skip
    return rows


def grouped_rows(measures: Measures) -> dict[str, list[FullRow]]:
    """Heading of the group -> its measures; groups without any are left out."""
    groups: dict[str, list[FullRow]] = {heading: [] for heading in GROUPS.values()}
    for m in measures:
        known = QUANTITIES.get(m.quantity)
        heading = GROUPS[known.group if known else "other"]
        mdc95 = NOT_KNOWN if m.mdc95 is None else number(m.mdc95, m.unit)
        row = FullRow(label(m.quantity), m.side, unit_text(m.unit), _cell(m), mdc95, _reference(m))
        groups[heading].append(row)
    return {heading: rows for heading, rows in groups.items() if rows}


def _cell(m: Measure) -> Cell:
    return Cell(mean_sd(m), interval(m.ci95, m.unit), m.n, _outside(m))


def _outside(m: Measure) -> bool | None:
    """Whether the value leaves its range on the side that matters: nobody walks too much like the healthy."""
    if m.reference is None:
        return None
    if m.quantity.startswith(("gps_", "gvs_", "anomaly_")):
        return m.value > m.reference.high
    return m.value < m.reference.low if m.quantity.startswith("gdi") else m.outside


def _range(m: Measure) -> str:
    return "" if m.reference is None else interval((m.reference.low, m.reference.high), m.unit)


def _reference(m: Measure) -> str:
    return "" if m.reference is None else f"{_range(m)} ({m.reference.source})"
