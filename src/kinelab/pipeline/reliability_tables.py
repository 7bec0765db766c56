"""The tables of a run of reliability."""

from __future__ import annotations

from collections.abc import Sequence

from kinelab.pipeline.reliability_rows import CurveRow, ReliabilityRow
from kinelab.reports.printing import NOT_KNOWN, label, unit_text
from kinelab.reports.tables import Table


def reliability_tables(rows: Sequence[ReliabilityRow], curves: Sequence[CurveRow]) -> tuple[Table, ...]:
    """Reliability, agreement of the days, curves."""
    return _reliability(rows), _agreement(rows), _curves(curves)


def _reliability(rows: Sequence[ReliabilityRow]) -> Table:
    cells = []
    for r in rows:
        form, digits = r.icc_a1, _digits(r.unit)
        low_high = r.sem_within.sem_ci95
        interval = NOT_KNOWN if low_high is None else f"{low_high[0]:.{digits}f} to {low_high[1]:.{digits}f}"
        cells.append(
            (label(r.quantity), r.side, unit_text(r.unit), str(len(r.people)), f"{form.value:.2f}",
             f"{form.ci95[0]:.2f} to {form.ci95[1]:.2f}", f"{r.icc['ICC(C,1)'].value:.2f}",
             f"{r.sem_within.sem:.{digits}f}", interval, f"{r.sem_within.mdc95:.{digits}f}")
        )  # fmt: skip
    heads = ("measure", "side", "unit", "n", "ICC(A,1)", "95 % interval", "ICC(C,1)", "SEM", "95 % interval",
             "MDC95")  # fmt: skip
    return Table("Reliability", heads, tuple(cells))


def _agreement(rows: Sequence[ReliabilityRow]) -> Table:
    cells = []
    for r in rows:
        a, digits = r.agreement, _digits(r.unit)
        cells.append(
            (label(r.quantity), r.side, unit_text(r.unit), f"{a.bias:.{digits}f}",
             f"{a.bias_ci95[0]:.{digits}f} to {a.bias_ci95[1]:.{digits}f}",
             f"{a.lower:.{digits}f} to {a.upper:.{digits}f}")
        )  # fmt: skip
    heads = ("measure", "side", "unit", "day 2 − day 1", "95 % interval", "limits of agreement")
    return Table("Agreement of the days (Bland and Altman)", heads, tuple(cells))


def _curves(rows: Sequence[CurveRow]) -> Table:
    cells = []
    for r in rows:
        p, where = NOT_KNOWN, NOT_KNOWN
        if r.test is not None:
            p = f"{r.test.p:.3f}"
            where = "; ".join(f"{c.start:.0f} to {c.stop:.0f} %" for c in r.test.clusters) or "nowhere"
        cmc = (r.cmc_within, r.cmc_between, r.cmc_between_least)
        cells.append(
            (r.angle, str(len(r.people)), *(f"{value:.3f}" for value in cmc), f"{r.rmsd_deg:.1f}", p, where)
        )
    heads = ("angle", "n", "CMC within a day", "between days", "least", "RMS difference (deg)", "SPM p",
             "differs at")  # fmt: skip
    note = "CMC: coefficient of multiple correlation (Kadaba et al. 1989), 1 = alike. p: of the largest |t|."
    return Table("Curves", heads, tuple(cells), note)


def _digits(unit: str) -> int:
    """As many decimals as show the error of measurement, not the value."""
    return {"s": 3, "m": 3, "m/s": 3, "1": 3}.get(unit, 2)
