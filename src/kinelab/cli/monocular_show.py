"""What `kinelab monocular` prints and draws of a network's errors."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinelab.monocular.calibration_finishing import Finished

DOUBTS = "doubts"


def show_doubts(done: Finished, out: Path) -> None:
    """Print a network's errors and doubts on people held out; write doubts.csv, .svg and .png."""
    import numpy as np
    from rich.console import Console
    from rich.table import Table

    from kinelab.files.atomic import atomic_path
    from kinelab.reports.figure_monocular_doubts import draw_doubts
    from kinelab.reports.figure_style import save_figure

    report = done.calibrated
    table = Table("picture", "n", "error, RMS deg", "stated sd, deg", "within 1 sd", "within 1.96 sd")
    rows: list[tuple[str, int, list[float]]] = []
    for kind in report.kinds:
        count = int(report.rows(kind).sum())
        error, stated = report.mean_error_deg(kind), report.mean_stated_deg(kind)
        shares = [report.coverage(percent, kind) for percent in (68, 95)]
        rows.append((kind, count, [error, stated, *shares]))
        table.add_row(kind, str(count), f"{error:.2f}", f"{stated:.2f}", *(f"{s:.1%}" for s in shares))
    Console().print(table)
    good = report.rows("good")
    mean = float(np.abs(report.error_deg[good]).mean())
    print(f"mean absolute error over {len(report.names)} angles: {mean:.2f} deg")
    out.mkdir(parents=True, exist_ok=True)
    with (
        atomic_path(out / f"{DOUBTS}.csv") as temporary,
        temporary.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ("picture", "pictures", "error_rms_deg", "stated_sd_deg", "within_1_sd", "within_1.96_sd")
        )
        writer.writerows((name, n, *(round(value, 4) for value in values)) for name, n, values in rows)
    by_kind = {kind: (values[1], values[0]) for kind, _, values in rows}
    figure = draw_doubts(done.told.curve(), report.curve(), by_kind, done.people)
    save_figure(figure, out / f"{DOUBTS}.svg", png=True)
    print(f"figure: {out / DOUBTS}.png")
