"""Test and retest: the same people on two days, after Cronin et al. 2019 (J Biomech 87:75)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinelab.core.events import SIDES, Side
from kinelab.errors import InputError
from kinelab.files.atomic import write_text
from kinelab.files.tables import write_csv
from kinelab.pipeline.reliability_files import result_json, value_frame
from kinelab.pipeline.reliability_rows import CurveRow, ReliabilityRow
from kinelab.pipeline.reliability_tables import reliability_tables
from kinelab.reports.figure_style import save_figure
from kinelab.reports.figure_two_days import draw_two_days
from kinelab.reports.study_page import StudyFigure, StudyPage, study_html
from kinelab.study.retest_pairing import pair_days
from kinelab.study.retest_reliability import Days, curve_likeness, reliability
from kinelab.study.retest_sessions import open_session

TABLE_CSV, RESULT_JSON, PAGE = "reliability.csv", "retest.json", "retest.html"


@dataclass(frozen=True)
class RetestStudy:
    """A finished study: its page, its rows, and the answer in some lines."""

    page: Path
    rows: tuple[ReliabilityRow, ...]
    curves: tuple[CurveRow, ...]
    text: str


def study_test_retest(
    day1: str | Path,
    day2: str | Path | None,
    out: str | Path,
    *,
    rate_hz: float | None = None,
    cutoff_hz: float = 6.0,
) -> RetestStudy:
    """Reliability of two days' folders, each with one recording a person; see `pair_days`, `open_session`.

    day2 None: both days are in one folder, and names say which.

    Raises:
        InputError, FileFormatError: see there; or fewer than three people with a measure on both days.
        GaitError: a recording without one whole cycle.
        OutputError: `out` cannot be written.
    """
    pairing = pair_days(Path(day1), None if day2 is None else Path(day2))
    people: dict[str, Days] = {
        name: (open_session(first, rate_hz, cutoff_hz, name), open_session(second, rate_hz, cutoff_hz, name))
        for name, (first, second) in pairing.people.items()
    }
    return write_retest(people, out, left_out=pairing.left_out)


def write_retest(people: Mapping[str, Days], out: str | Path, *, left_out: Sequence[str] = ()) -> RetestStudy:
    """Analyse people's two days and write reliability.csv, retest.json, figures/ and retest.html.

    Raises:
        InputError: fewer than three people with a measure on both days.
        OutputError: `out` cannot be written.
    """
    out = Path(out)
    rows, curves = reliability(people), curve_likeness(people)
    if not rows:
        raise InputError(
            f"no measure of three people or more on both days (people: {', '.join(people)}); film more"
            " people, or see why their strides are not used"
        )
    synthetic = any(day.kinematics.provenance.synthetic for days in people.values() for day in days)
    shown, side = _whom_to_show(people)
    days = people[shown]
    figure = draw_two_days((days[0].kinematics, days[1].kinematics), (days[0].strides, days[1].strides), side)
    page = StudyPage(
        title="Test-retest reliability",
        answer=_answer(rows),
        facts={"People": str(len(people)), "Days": "2", "Strides": _stride_count(people)},
        limits=_limits(left_out),
        figures=(
            StudyFigure(
                "two_days",
                f"{shown} on two days, {side} side",
                "Left: angles as measured, from the first stride on; ticks: where strides are cut. Right:"
                " every used stride of both days (thin) and their means; 0 % is the largest hip flexion. Seen"
                " from landmarks in the camera's plane: hip 0 = thigh in line with the trunk, knee 0 ="
                " straight, ankle 0 = foot at a right angle to the shank. After Cronin et al. 2019.",
                figure,
            ),
        ),
        tables=reliability_tables(rows, curves),
        synthetic=synthetic,
    )
    save_figure(figure, out / "figures" / "two_days.svg", png=True)
    write_csv(value_frame(rows), out / TABLE_CSV, synthetic=synthetic)
    write_text(out / RESULT_JSON, result_json(rows, curves, page))
    write_text(out / PAGE, study_html(page))
    return RetestStudy(out / PAGE, rows, curves, "\n".join(page.answer))


def _whom_to_show(people: Mapping[str, Days]) -> tuple[str, Side]:
    """The person and side with most strides on the poorer day: the first of them."""
    counts = {
        (name, side): min(int(day.strides.chosen(side).sum()) for day in days)
        for name, days in people.items()
        for side in SIDES
    }
    return max(counts, key=lambda key: counts[key])


def _answer(rows: Sequence[ReliabilityRow]) -> tuple[str, ...]:
    angles = [row for row in rows if row.unit == "deg"]
    sentences = []
    for what, chosen in (("Angles", angles), ("Cadence", [r for r in rows if r.quantity == "Cadence"])):
        if chosen:
            unit = chosen[0].unit
            sem, change = [r.sem_within.sem for r in chosen], max(r.sem_within.mdc95 for r in chosen)
            sentences.append(
                f"{what}: ICC(A,1) {_span([r.icc_a1.value for r in chosen], 2)}, standard error of"
                f" measurement {_span(sem, 1)} {unit}; a change above {change:.1f} {unit} is more than the"
                " error of both days."
            )
    least = min(rows, key=lambda row: row.icc_a1.value)
    sentences.append(
        f"Least reliable: {least.quantity.lower()}, {least.side} (ICC(A,1) {least.icc_a1.value:.2f}, 95 %"
        f" interval {least.icc_a1.ci95[0]:.2f} to {least.icc_a1.ci95[1]:.2f})."
    )
    return tuple(sentences)


def _span(values: Sequence[float], digits: int) -> str:
    """0.92 to 0.99, or one number where both print alike."""
    low, high = f"{min(values):.{digits}f}", f"{max(values):.{digits}f}"
    return low if low == high else f"{low} to {high}"


def _limits(left_out: Sequence[str]) -> tuple[str, ...]:
    sentences = [
        "ICC(A,1) after McGraw and Wong (1996): one day, absolute agreement; a shift between the days is an"
        " error. It depends on how much these people differ: other people give another ICC.",
        "Standard error of measurement (SEM) by two definitions: from the ICC, SD √(1 − ICC), and from the"
        " standard deviation within people. The second does not depend on how much people differ. MDC95 ="
        " 1.96 √2 SEM: two days of one person that differ by less may be alike.",
        "Both days' true differences are part of the error: a person does not run twice in the same way.",
    ]
    if left_out:
        sentences.append(f"Left out: {', '.join(left_out)}.")
    return tuple(sentences)


def _stride_count(people: Mapping[str, Days]) -> str:
    counts = [int(day.strides.used.sum()) for days in people.values() for day in days]
    return f"{min(counts)} to {max(counts)} a day"
