"""The tables of a study of test and retest."""

from __future__ import annotations

from collections.abc import Sequence

from kinelab.reports.tables import Table
from kinelab.study.retest_reliability import CurveRow, RetestRow


def retest_tables(rows: Sequence[RetestRow], curves: Sequence[CurveRow]) -> tuple[Table, ...]:
    """Reliability, agreement of the days, likeness of the curves."""
    return _reliability(rows), _agreement(rows), _likeness(curves)


def _reliability(rows: Sequence[RetestRow]) -> Table:
    heads = (
        "measure", "side", "unit", "n", "ICC(A,1)", "95 % interval",
        "SEM (within)", "MDC95 (within)", "SEM (ICC)", "MDC95 (ICC)",
    )  # fmt: skip
    cells = []
    for r in rows:
        digits = _digits(r.unit)
        errors = (r.sem_within.sem, r.sem_within.mdc95, r.sem_icc.sem, r.sem_icc.mdc95)
        interval = f"{r.icc.ci95[0]:.2f} to {r.icc.ci95[1]:.2f}"
        cells.append(
            (r.measure, r.side, r.unit, str(len(r.people)), f"{r.icc.value:.2f}", interval,
             *(f"{error:.{digits}f}" for error in errors))
        )  # fmt: skip
    return Table("Reliability", heads, tuple(cells))


def _digits(unit: str) -> int:
    """A stride lasts about a second: hundredths of it would hide the differences."""
    return 4 if unit == "s" else 2


def _agreement(rows: Sequence[RetestRow]) -> Table:
    cells = []
    for r in rows:
        a, digits = r.agreement, _digits(r.unit)
        interval = f"{a.bias_ci95[0]:.{digits}f} to {a.bias_ci95[1]:.{digits}f}"
        limits = f"{a.lower:.{digits}f} to {a.upper:.{digits}f}"
        cells.append((r.measure, r.side, r.unit, f"{a.bias:.{digits}f}", interval, limits))
    return Table(
        "Agreement of the days (Bland and Altman)",
        ("measure", "side", "unit", "day 2 − day 1", "95 % interval", "limits of agreement"),
        tuple(cells),
    )


def _likeness(rows: Sequence[CurveRow]) -> Table:
    cells = []
    for r in rows:
        values = (r.within_day, r.between_days, r.between_days_least)
        cells.append((r.angle, r.side, str(r.n), *(f"{value:.3f}" for value in values)))
    return Table(
        "Likeness of curves (CMC)",
        ("angle", "side", "n", "within a day", "between days", "between days, least"),
        tuple(cells),
        "Coefficient of multiple correlation, Kadaba et al. 1989: 1 = alike.",
    )
