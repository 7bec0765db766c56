"""Two days of the same people in, a folder with their reliability out; of one person, what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinelab.core.quantities import QUANTITIES
from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.pipeline.reliability_files import (
    PAGE,
    RESULT_JSON,
    curve_frame,
    measure_frame,
    result_json,
    value_frame,
    write_page,
)
from kinelab.pipeline.reliability_inputs import PairedDays, pair_visits, strides_of
from kinelab.pipeline.reliability_rows import CurveRow, ReliabilityRow, curve_rows, measure_rows
from kinelab.pipeline.reliability_tables import reliability_tables
from kinelab.pipeline.visits_run import run_visits
from kinelab.reports.figure_bland_altman import Compared, draw_bland_altman
from kinelab.reports.figure_spm import DayCurves, draw_spm
from kinelab.reports.printing import label, number
from kinelab.reports.study_page import StudyFigure, StudyPage

MEASURES_CSV, VALUES_CSV, CURVES_CSV = "reliability.csv", "values.csv", "curves.csv"
_SHOWN_CURVES, _SHOWN_MEASURES = 8, 12


@dataclass(frozen=True)
class ReliabilityRun:
    """A finished run: its page, and the answer in some lines."""

    page: Path
    answer: tuple[str, ...]


def run_reliability(
    day1: str | Path,
    day2: str | Path,
    out: str | Path,
    *,
    person: str | None = None,
    mdc: str | Path | None = None,
    seed: int = 0,
) -> ReliabilityRun:
    """Reliability of two days' results; with one person (or `person`), the change between the two visits.

    Everything is computed before the first file is written. mdc: reliability.json of a study of the same way
    of measuring, against which a change is judged. Files: reliability.csv, values.csv, curves.csv,
    reliability.json, figures/ and reliability.html; of one person changes.csv and changes.json instead.

    Raises:
        InputError: see `pair_visits`; no measure in common, two people, or one person without `mdc`.
        FileFormatError: a result or `mdc` is damaged.
        OutputError: `out` cannot be written.
    """
    paired = pair_visits(day1, day2)
    if person is None and len(paired.people) == 1:
        person = next(iter(paired.people))
    if person is not None:
        return ReliabilityRun(Path(out) / PAGE, run_visits(paired, person, Path(out), mdc))
    return _many(paired, Path(out), seed)


def _many(paired: PairedDays, out: Path, seed: int) -> ReliabilityRun:
    rows = measure_rows({name: (a.values(), b.values()) for name, (a, b) in paired.people.items()})
    curves = curve_rows({name: (a.strides, b.strides) for name, (a, b) in paired.people.items()}, seed)
    if not rows:
        raise InputError(_nothing_in_common(paired))
    synthetic = any(visit.synthetic for visits in paired.people.values() for visit in visits)
    figures = (
        StudyFigure(
            "agreement",
            "Agreement of the days",
            "A point a person. Line: mean difference; dashed: limits of agreement, which hold 95 % of the"
            " differences; grey: their 95 % intervals. After Bland and Altman.",
            draw_bland_altman([_compared(row) for row in _first(rows)]),
        ),
        StudyFigure(
            "curves",
            "Curves of both days",
            "Left: mean and standard deviation of the people's mean curves. Right: t of the paired"
            " differences (day 2 − day 1); beyond the dashed lines, grey, the days differ at a level of 5 %"
            " for the whole curve. After Pataky et al. (SPM).",
            draw_spm([DayCurves(c.angle, c.day1_deg, c.day2_deg, c.test) for c in curves]),
        ),
    )
    page = StudyPage(
        title="Reliability over two days",
        answer=_answer(rows, curves),
        facts={"People": str(len(paired.people)), "Strides a day": strides_of(paired.people)},
        limits=_limits(paired.left_out, len(curves)),
        figures=figures,
        tables=reliability_tables(rows, curves),
        synthetic=synthetic,
    )
    write_csv(measure_frame(rows), out / MEASURES_CSV, synthetic=synthetic)
    write_csv(value_frame(rows), out / VALUES_CSV, synthetic=synthetic)
    write_csv(curve_frame(curves), out / CURVES_CSV, synthetic=synthetic)
    write_text(out / RESULT_JSON, result_json(rows, curves, page))
    write_page(page, out)
    return ReliabilityRun(out / PAGE, page.answer)


def _nothing_in_common(paired: PairedDays) -> str:
    people = len(paired.people)
    if people < 3:
        return (
            f"{people} people are on both days ({', '.join(paired.people)}); reliability needs three or more."
            " For the change of one of them give --person and --mdc"
        )
    sets = [
        sorted({quantity for quantity, _ in visit.values()})[:4]
        for visit in next(iter(paired.people.values()))
    ]
    return (
        f"no measure of three people or more on both days in one unit: day 1 has {', '.join(sets[0])} ...,"
        f" day 2 {', '.join(sets[1])} ...; were other joints measured?"
    )


def _first(rows: Sequence[ReliabilityRow]) -> list[ReliabilityRow]:
    """Those of the first page of a report before others, so many as are drawn."""
    known = (QUANTITIES.get(row.quantity) for row in rows)
    key = [quantity is not None and quantity.key for quantity in known]
    order = sorted(range(len(rows)), key=lambda i: not key[i])
    return [rows[i] for i in order[:_SHOWN_MEASURES]]


def _compared(row: ReliabilityRow) -> Compared:
    side = "" if row.side == "both" else f", {row.side}"
    return Compared(label(row.quantity) + side, row.unit, np.array(row.values), row.agreement)


def _answer(rows: Sequence[ReliabilityRow], curves: Sequence[CurveRow]) -> tuple[str, ...]:
    sentences = []
    angles = [row for row in rows if row.unit == "deg"]
    if angles:
        sem = [row.sem_within.sem for row in angles]
        change = [row.sem_within.mdc95 for row in angles]
        form = [row.icc_a1.value for row in angles]
        sentences.append(
            f"{len(angles)} angles: median ICC(A,1) {np.median(form):.2f}, median standard error of"
            f" measurement {np.median(sem):.1f} deg, median smallest real change (MDC95)"
            f" {np.median(change):.1f} deg, largest {max(change):.1f} deg."
        )
    sentences += [
        f"{label(row.quantity)}: ICC(A,1) {row.icc_a1.value:.2f}, a change above"
        f" {number(row.sem_within.mdc95, row.unit)} {row.unit} is real."
        for row in rows
        if row.quantity in ("speed_mps", "cadence_spm", "gps_deg") and row.side == "both"
    ]
    least = min(rows, key=lambda row: row.icc_a1.value)
    form_least = least.icc_a1
    sentences.append(
        f"Least reliable: {label(least.quantity).lower()}, {least.side} (ICC(A,1) {form_least.value:.2f},"
        f" 95 % interval {form_least.ci95[0]:.2f} to {form_least.ci95[1]:.2f}, n = {len(least.people)})."
    )
    tested = [row for row in curves if row.test is not None]
    if tested:
        differ = [row.angle for row in tested if row.test is not None and row.test.different]
        named = f": {', '.join(differ)}" if differ else ""
        sentences.append(f"{len(differ)} of {len(tested)} curves differ between the days{named}.")
    return tuple(sentences)


def _limits(left_out: Sequence[str], curves: int) -> tuple[str, ...]:
    sentences = [
        "ICC(A,1) after McGraw and Wong (1996): one day, absolute agreement; a shift between the days is an"
        " error. It depends on how much these people differ. All six forms are in reliability.json.",
        "Standard error of measurement (SEM) from the standard deviation within people, which does not depend"
        " on how much they differ; MDC95 = 1.96 √2 SEM.",
        "What people really did otherwise on the second day is part of the error.",
    ]
    if curves > _SHOWN_CURVES:
        sentences.append(f"The first {_SHOWN_CURVES} of {curves} curves are drawn; all are in curves.csv.")
    if left_out:
        sentences.append(f"Left out: {'; '.join(left_out)}.")
    return tuple(sentences)
