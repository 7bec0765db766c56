"""What the terminal shows at the end of an analysis."""

from __future__ import annotations

import math
from pathlib import Path

from rich.console import Console
from rich.table import Table

from kinelab.core.measures import Measure
from kinelab.core.quantities import QUANTITIES
from kinelab.core.report import Report


def print_summary(report: Report, folder: Path, console: Console) -> None:
    """The key measures left and right, what wants attention, where to look."""
    if len(report.measures):
        console.print(_table(report))
    for finding in report.findings:
        if finding.level != "info":
            console.print(f"[yellow]![/] {finding.text}", highlight=False, soft_wrap=True)
    print_place(folder, console)


def print_place(folder: Path, console: Console) -> None:
    """Where the results are."""
    console.print(f"Report: [bold]{folder / 'report.html'}[/]", highlight=False, soft_wrap=True)
    if (folder / "annotated.mp4").is_file():
        console.print(f"Video:  [bold]{folder / 'annotated.mp4'}[/]", highlight=False, soft_wrap=True)


def cell(measure: Measure | None) -> str:
    """A value with its spread, short; empty without one."""
    if measure is None:
        return ""
    digits = 1 if abs(measure.value) >= 10 else 2
    spread = "" if math.isnan(measure.sd) else f" ± {measure.sd:.{digits}f}"
    return f"{measure.value:.{digits}f}{spread}"


def _table(report: Report) -> Table:
    table = Table(title="Key measures (mean ± sd over strides)", title_justify="left")
    for column in ("", "left", "right", "both"):
        table.add_column(column, justify="right" if column else "left", no_wrap=bool(column))
    values = {(m.quantity, m.side): m for m in report.measures}
    for name, row in QUANTITIES.items():
        left, right, both = (values.get((name, side)) for side in ("left", "right", "both"))
        if row.key and (left or right or both):
            table.add_row(f"{row.label} ({row.unit})", cell(left), cell(right), cell(both))
    return table
