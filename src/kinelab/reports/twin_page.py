"""The page of a digital twin: what was altered, what follows, and whether the twin keeps to the ground."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kinelab.core.events import SIDES
from kinelab.core.measures import Measure, Measures, MeasureSide
from kinelab.core.strides import Strides
from kinelab.reports.figure_twin import draw_twin_clearance, draw_twin_curves, draw_twin_walking
from kinelab.reports.printing import NOT_KNOWN, label, mean_sd, number, unit_text
from kinelab.reports.study_page import StudyFigure, StudyPage
from kinelab.reports.tables import Table
from kinelab.twin.alteration import Alteration
from kinelab.twin.altering import Twin
from kinelab.twin.checks import FootCheck, TwinCheck

TITLE = "Digital twin: altered in silico, not measured"
Key = tuple[str, MeasureSide]
_FIRST = ("speed_mps", "cadence_spm", "step_length_m", "stance_pct", "double_support_pct")
_SLIDES_MM, _UNDER_MM, _LACKS_M = 10.0, 10.0, 0.001
_LIMITS = (
    "This is a calculation, not a measurement and not a forecast: it says what a change alone does to this"
    " person's own curves when both feet keep to the ground. A person who is made to walk so adapts in ways"
    " of their own (docs/twin.md says how far twins were from people who really changed their speed).",
    "Trunk, head and arms keep the person's own curves. No force and no muscle is in it: whether a person is"
    " strong or steady enough is not known.",
    "Results of a twin are marked as synthetic in every file and are no part of norms or evaluations.",
)


@dataclass(frozen=True, eq=False)
class TwinSides:
    """What is compared: strides and measures of the person's own walk and of the twin's."""

    own_strides: Strides
    own: Measures
    twin_strides: Strides
    twin: Measures


@dataclass(frozen=True)
class TwinRow:
    """One measure of both; mdc95 None = not known."""

    own: Measure
    twin: Measure
    mdc95: float | None

    @property
    def change(self) -> float:
        """Twin less own, in the unit."""
        return self.twin.value - self.own.value

    @property
    def verdict(self) -> str:
        """Whether a measurement could tell the two apart."""
        if self.mdc95 is None:
            return "MDC not known"
        return "beyond MDC95" if abs(self.change) > self.mdc95 else "within MDC95"


def compared(sides: TwinSides, mdc95: Mapping[Key, float] | None = None) -> tuple[TwinRow, ...]:
    """Every measure that both have, in the order of the catalogue."""
    there = {(m.quantity, m.side): m for m in sides.twin}
    known = mdc95 or {}
    return tuple(
        TwinRow(m, there[m.quantity, m.side], known.get((m.quantity, m.side)))
        for m in sides.own
        if (m.quantity, m.side) in there
    )


def twin_page(
    alteration: Alteration, sides: TwinSides, rows: Sequence[TwinRow], facts: Mapping[str, str],
    twin: Twin | None, check: TwinCheck | None,
) -> StudyPage:  # fmt: skip
    """The whole page; twin and check are None for angles without a place of the pelvis."""
    said = "; ".join(alteration.words())
    ground = [] if check is None else _ground_words(check, alteration)
    figures = [
        StudyFigure(
            "curves",
            "Joint angles: own and twin",
            "Dashed and grey: the person's own mean and its spread. In colour (blue left, orange right): the"
            " twin at the same moments of the stride.",
            draw_twin_curves(sides.own_strides, sides.twin_strides),
        )
    ]
    tables = [_measures_table(rows)]
    if twin is not None and check is not None:
        shown = alteration.sides()[0]
        figures += [
            StudyFigure(
                "walking", "One stride from the side",
                "Hip, knee, ankle, heel and toes at moments of one stride, hips over each other; 0 % is the"
                " contact. The line is the level on which the foot stands.", draw_twin_walking(twin, shown),
            ),
            StudyFigure(
                "clearance", "How the swinging foot clears the ground",
                "The lowest of the five points of the sole; below 0 it would have to go through the ground."
                " Shaded: mid-swing, of which the clearance is told.", draw_twin_clearance(twin),
            ),
        ]  # fmt: skip
        tables.append(_ground_table(check))
    return StudyPage(
        title=TITLE,
        answer=(f"Altered: {said}.", *_running_words(twin), *_found(rows), *_raised_words(twin), *ground),
        facts=facts,
        findings=() if twin is None else twin.person.notes,
        limits=_LIMITS,
        figures=tuple(figures),
        tables=tuple(tables),
        synthetic=True,
        banner="Synthetic data: altered in silico, nobody walked like this",
    )


def _found(rows: Sequence[TwinRow]) -> list[str]:
    """The first measures in words, then what changes most."""
    said = [_words(row) for row in rows if row.own.quantity in _FIRST and _shows(row)]
    angles = [
        r for r in rows if r.own.unit == "deg" and r.own.quantity not in _FIRST and abs(r.change) >= 1.0
    ]
    angles = [
        r for r in angles if not r.own.quantity.startswith(("symmetry", "gps", "gvs", "gdi", "anomaly"))
    ]
    most = sorted(angles, key=lambda r: -abs(r.change))[:5]
    if most:
        said.append("Angles that change most: " + "; ".join(_words(r).rstrip(".") for r in most) + ".")
    if not said:
        said.append("No measure changes.")
    return said


def _shows(row: TwinRow) -> bool:
    """Whether the change is seen in print."""
    return number(row.own.value, row.own.unit) != number(row.twin.value, row.own.unit)


def _words(row: TwinRow) -> str:
    side = "" if row.own.side == "both" else f", {row.own.side}"
    unit = "" if row.own.unit == "1" else f" {row.own.unit}"
    own, new = number(row.own.value, row.own.unit), number(row.twin.value, row.own.unit)
    counts = str(row.own.n) if row.own.n == row.twin.n else f"{row.own.n} and {row.twin.n}"
    strides = "stride" if counts == "1" else "strides"
    return f"{label(row.own.quantity)}{side}: {own} to {new}{unit} (n = {counts} {strides})."


def _running_words(twin: Twin | None) -> list[str]:
    if twin is None or not twin.pace.runs or not twin.alteration.moves_feet:
        return []
    return [
        "This person runs. Joint angles and cadence of runners' twins were further from real ones at that"
        " speed than the unaltered ones are (docs/twin.md): take step length from this, and nothing else."
    ]


def _raised_words(twin: Twin | None) -> list[str]:
    joints = {"steppage": "hip flexion", "hiking": "pelvic obliquity", "circumduction": "hip abduction"}
    if twin is None:
        return []
    return [
        f"The {side} foot gets over the ground by {sum(one.raised_deg) / len(one.raised_deg):.0f} deg more"
        f" {joints[twin.alteration.clearing]} (mean of {len(one.raised_deg)} swings)"
        + (
            f"; {1e3 * max(one.lacking_m):.0f} mm are still lacking."
            if max(one.lacking_m) > _LACKS_M
            else "."
        )
        for side, one in twin.raised.items()
        if one.raised_deg
    ]


def _ground_words(check: TwinCheck, alteration: Alteration) -> list[str]:
    said = []
    helps = "try --clearing" if alteration.clearing == "none" else f"{alteration.clearing} alone does not"
    for foot in check.feet:
        if foot.scuffs_pct > 0 or foot.under_mm > foot.own_under_mm + _UNDER_MM:
            said.append(
                f"The {foot.side} foot would have to go through the ground, by up to {foot.under_mm:.0f} mm,"
                f" more than 1 cm for {foot.scuffs_pct:.0f} % of its swing; in mid-swing its clearance is"
                f" {_mm(foot.clearance_mm)} mm (own {_mm(foot.own_clearance_mm)} mm, n = {foot.n_swings}"
                f" swings). A person has to make up for that: {helps}."
            )
        elif abs(foot.clearance_mm - foot.own_clearance_mm) >= 1.0:
            said.append(
                f"Clearance of the {foot.side} foot in mid-swing: {_mm(foot.own_clearance_mm)} to"
                f" {_mm(foot.clearance_mm)} mm (n = {foot.n_swings} swings)."
            )
        if foot.slide_mm > max(_SLIDES_MM, foot.own_slide_mm + 1.0) or foot.away_mm > _SLIDES_MM:
            said.append(
                f"The standing {foot.side} foot slides by {foot.slide_mm:.0f} mm (own"
                f" {foot.own_slide_mm:.0f} mm): the leg does not reach what is asked; read this twin with"
                " care."
            )
    for name, degrees in check.outside_deg.items():
        said.append(f"{name} leaves its joint's range by {degrees:.0f} deg: a person could not do this.")
    if all(foot.slide_mm <= max(_SLIDES_MM, foot.own_slide_mm + 1.0) for foot in check.feet):
        slides = ", ".join(f"{f.side} {f.slide_mm:.1f} mm (own {f.own_slide_mm:.1f})" for f in check.feet)
        said.append(f"Standing feet stay where they stand: they slide by at most {slides}.")
    return said


def _measures_table(rows: Sequence[TwinRow]) -> Table:
    cells = tuple(
        (label(r.own.quantity), r.own.side, unit_text(r.own.unit), mean_sd(r.own), mean_sd(r.twin),
         number(r.change, r.own.unit), number(math.nan if r.mdc95 is None else r.mdc95, r.own.unit),
         r.verdict if r.mdc95 is not None else NOT_KNOWN, _norm(r.own), f"{r.own.n}, {r.twin.n}")
        for r in rows
    )  # fmt: skip
    columns = ("measure", "side", "unit", "own ± SD", "twin ± SD", "twin − own", "MDC95", "against MDC95",
               "norm", "n own, twin")  # fmt: skip
    text = (
        "Both are measured by the same functions from the same model. MDC95: two visits of an unchanged"
        " person differ by more in 5 % of cases (--mdc FILE of kinelab reliability); a smaller difference"
        " could not be seen in a clinic. A dash: not known."
    )
    return Table("Measures: own, twin, difference", columns, cells, text)


def _norm(measure: Measure) -> str:
    if measure.reference is None:
        return NOT_KNOWN
    low, high = (number(v, measure.unit) for v in (measure.reference.low, measure.reference.high))
    return f"{low} to {high}"


def _ground_table(check: TwinCheck) -> Table:
    names: tuple[tuple[str, str, str], ...] = (
        ("standing foot slides by at most, mm", "own_slide_mm", "slide_mm"),
        ("deepest point under the ground, mm", "own_under_mm", "under_mm"),
        ("clearance in mid-swing, mean, mm", "own_clearance_mm", "clearance_mm"),
    )
    rows = [
        (text, side, _mm(getattr(foot, own)), _mm(getattr(foot, new)))
        for text, own, new in names
        for side, foot in ((side, check.foot(side)) for side in SIDES)
    ]
    rows += [
        ("bearing point away from its place at most, mm", f.side, NOT_KNOWN, _mm(f.away_mm))
        for f in check.feet
    ]
    note = "The ground is the level on which each point of the sole stands in the person's own walk."
    return Table("Physical checks", ("check", "foot", "own", "twin"), tuple(rows), note)


def ground_json(foot: FootCheck) -> dict[str, object]:
    """One foot's checks for measures.json; what is not known is null."""
    return {k: (None if isinstance(v, float) and math.isnan(v) else v) for k, v in vars(foot).items()}


def _mm(value: float) -> str:
    return number(value, "mm")
