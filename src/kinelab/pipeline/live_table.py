"""Live angles in a terminal: number, standard deviation and a bar for each."""

from __future__ import annotations

import math

from rich.table import Table

from kinelab.pipeline.live import Moment

_REACH_DEG = 90.0
_CELLS = 18  # to each side of zero


def live_table(moment: Moment) -> Table:
    """The angles of one moment."""
    angles = moment.angles
    table = Table(
        title=f"{moment.frame.time_s:.1f} s, delay {1000 * moment.latency_s:.0f} ms", title_justify="left"
    )
    for name, justify in (("angle", "left"), ("deg", "right"), ("sd", "right"), ("", "left")):
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    for name, value, sd in zip(angles.names, angles.angle_deg, angles.sd_deg, strict=True):
        if math.isfinite(value):
            table.add_row(name, f"{value:.0f}", f"{sd:.0f}", _bar(float(value)))
        else:
            table.add_row(name, "not seen", "", "", style="dim")
    return table


def _bar(value_deg: float) -> str:
    """A bar from the middle, to the right for positive angles."""
    n = min(_CELLS, round(abs(value_deg) / _REACH_DEG * _CELLS))
    left, right = (n, 0) if value_deg < 0 else (0, n)
    return " " * (_CELLS - left) + "█" * left + "│" + "█" * right
