"""What changed between two visits of one person, judged against the error of measurement, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from kinelab.core.measures import MeasureSide
from kinelab.core.report import Finding
from kinelab.core.strides import Strides
from kinelab.gait.follow_up.better import gain
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style
from kinelab.reports.figure_visits import VISITS_CAPTION, draw_visits
from kinelab.reports.page import CHANGE_TITLE
from kinelab.reports.printing import label, number, unit_text
from kinelab.reports.sections import Section, StudyFigure
from kinelab.reports.table import Table

Verdict = Literal["improved", "worse", "changed", "within the error of measurement", "not judged"]
Key = tuple[str, MeasureSide]
_MOST_DRAWN = 30
CHANGES_CAPTION = (
    "A row a measure, its change in multiples of what the error of both visits explains in 95 % of cases"
    " (MDC95). Inside the grey band nothing is known to have changed. Blue: left, orange: right."
)


@dataclass(frozen=True)
class Change:
    """One measure at two visits: after - before against mdc95 (None: not known), n strides each."""

    quantity: str
    side: MeasureSide
    unit: str
    before: float
    after: float
    n_before: int
    n_after: int
    mdc95: float | None

    @property
    def change(self) -> float:
        """After minus before, in the unit."""
        return self.after - self.before

    @property
    def verdict(self) -> Verdict:
        """Beyond mdc95 it is real, and better, worse, or neither by itself."""
        if self.mdc95 is None:
            return "not judged"
        if abs(self.change) <= self.mdc95:
            return "within the error of measurement"
        better = gain(self.quantity, self.before, self.after)
        if better == 0:
            return "changed"
        return "improved" if better > 0 else "worse"


def changes(
    before: Mapping[Key, tuple[float, str, int]],
    after: Mapping[Key, tuple[float, str, int]],
    mdc95: Mapping[Key, float],
) -> tuple[Change, ...]:
    """Every measure of both visits in one unit; (quantity, side) -> value, unit, n strides.

    mdc95: smallest real changes in the same units, from a study of reliability of the same way of measuring.
    """
    found = []
    for key, (value, unit, n) in before.items():
        if key in after and after[key][1] == unit:
            other, _, m = after[key]
            found.append(Change(*key, unit, value, other, n, m, mdc95.get(key)))
    return tuple(found)


def change_findings(found: Sequence[Change]) -> tuple[Finding, ...]:
    """One sentence for each change beyond the error of measurement, then how many are within it.

    What got worse comes first, then what improved, then other changes, each the largest in MDC95 first.
    """
    order = ("worse", "improved", "changed")
    findings = []
    for change in sorted(
        (c for c in found if c.verdict in order),
        key=lambda c: (order.index(c.verdict), -abs(c.change) / (c.mdc95 or 1.0)),
    ):
        level: Literal["info", "attention"] = "attention" if change.verdict == "worse" else "info"
        findings.append(Finding(level, _sentence(change), _evidence(change)))
    within = [c for c in found if c.verdict == "within the error of measurement"]
    if within:
        names = ", ".join(_name(c) for c in within[:8]) + (" and others" if len(within) > 8 else "")
        text = f"{len(within)} of {len(found)} measures changed by no more than the error of measurement."
        findings.append(Finding("info", text, names))
    unknown = sum(1 for c in found if c.verdict == "not judged")
    if unknown:
        text = f"Not judged: {unknown} of {len(found)} measures, whose error of measurement is not known."
        findings.append(Finding("info", text, "a study of two days (kinelab reliability) tells it"))
    return tuple(findings)


def _sentence(c: Change) -> str:
    way = "larger" if c.change > 0 else "smaller"
    size = f"{way} by {number(abs(c.change), c.unit)}{_unit(c)}"
    if c.verdict == "changed":
        return f"{_name(c)}: {size}, more than the error of measurement; whether for the better is not said."
    return f"{_name(c)}: {c.verdict}, {size}."


def _evidence(c: Change) -> str:
    assert c.mdc95 is not None
    return (
        f"{number(c.before, c.unit)} (n = {c.n_before}) to {number(c.after, c.unit)}{_unit(c)}"
        f" (n = {c.n_after}); a change above {number(c.mdc95, c.unit)} is real (MDC95)"
    )


def _name(c: Change) -> str:
    return label(c.quantity) + ("" if c.side == "both" else f", {c.side}")


def _unit(c: Change) -> str:
    return "" if c.unit == "1" else f" {c.unit}"


def change_section(found: Sequence[Change], before: Strides, after: Strides, mdc: str) -> Section:
    """The part of a report that compares this visit with an earlier one.

    mdc: the study whose errors of measurement were taken, "" without one.
    """
    said = [
        "A change is told where it is larger than what two visits of an unchanged person differ by in 95 % of"
        " cases (MDC95). Among twenty measures one is beyond it by chance: look for changes that go"
        " together.",
        f"MDC95 are of the study in {mdc}; they hold for people, paths and equipment like those."
        if mdc
        else "No study of reliability was given (--mdc), so no change is judged: what is shown may be"
        " chance.",
    ]
    figures = [StudyFigure("visits", "Curves of both visits", VISITS_CAPTION, draw_visits(before, after))]
    if any(c.mdc95 for c in found):
        figures.append(
            StudyFigure("changes", "Change between two visits", CHANGES_CAPTION, draw_changes(found))
        )
    return Section(CHANGE_TITLE, tuple(said), tuple(figures), (change_table(found),))


def change_table(found: Sequence[Change]) -> Table:
    """All of them, in the order of the measures."""
    rows = tuple(
        (label(c.quantity), c.side, unit_text(c.unit), number(c.before, c.unit), number(c.after, c.unit),
         number(c.change, c.unit), number(math.nan if c.mdc95 is None else c.mdc95, c.unit), c.verdict)
        for c in found
    )  # fmt: skip
    columns = ("measure", "side", "unit", "visit 1", "visit 2", "change", "MDC95", "verdict")
    note_text = "MDC95: two visits of an unchanged person differ by more in 5 % of cases."
    return Table("Change between two visits", columns, rows, note_text)


def draw_changes(found: Sequence[Change]) -> Figure:
    """A row a measure, in multiples of its MDC95: within the grey band nothing is known to have changed."""
    judged = [c for c in found if c.mdc95]
    shown = sorted(judged, key=lambda c: -abs(c.change) / (c.mdc95 or 1.0))[:_MOST_DRAWN][::-1]
    with style():
        figure = new_figure(1.1 + 0.19 * max(len(shown), 4))
        ax = figure.subplots()
        ax.set_xlabel("change / MDC95")
        ax.axvspan(-1, 1, color=PALE, alpha=0.6, linewidth=0)
        ax.axvline(0, color=QUIET, linewidth=0.6)
        if not shown:
            note(ax, "no measure with a known error of measurement")
            return figure
        for i, c in enumerate(shown):
            ratio = c.change / (c.mdc95 or 1.0)
            colour = INK if c.side == "both" else SIDE_HEX[c.side]
            marker = {"improved": "^", "worse": "v", "changed": "D"}.get(c.verdict, "o")
            ax.plot([0, ratio], [i, i], color=colour, linewidth=1.0)
            ax.plot(ratio, i, marker, color=colour, markersize=4.5)
        ax.set_yticks(range(len(shown)), [f"{_name(c)}" for c in shown])
        ax.tick_params(axis="y", length=0)
        most = 1.15 * max(1.3, max(abs(c.change) / (c.mdc95 or 1.0) for c in shown))
        ax.set_xlim(-most, most)
        ax.set_ylim(-0.7, len(shown) - 0.3)
        left_out = len(judged) - len(shown)
        more = f"; the {left_out} smallest are in the table" if left_out else ""
        ax.set_title(f"▲ improved  ▼ worse  ◆ changed  ● within the error{more}", fontsize=7.5)
    return figure
