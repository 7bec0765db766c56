"""The figure of a patient's course in docs/follow_up.md: a person who does not exist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from matplotlib.figure import Figure

from kinelab.gait.follow_up.rule import follow
from kinelab.gait.follow_up.visits import Acknowledged, Visit
from kinelab.reports.figure_timeline import draw_timeline

_SPEEDS_MPS = (1.11, 1.13, 1.08, 1.10, 0.93, 1.09, 0.92, 0.90, 0.94, 0.91, 0.78, 0.76, 0.80)
_START, _BETWEEN = datetime(2025, 1, 10, tzinfo=UTC), timedelta(weeks=6)
_MDC95_MPS, _ERROR_MPS = 0.12, 0.012
_AMENDED, _ALERT, _SEEN = 4, 6, 7


def draw_example() -> Figure:
    """A baseline, one bad day, an alert that was acknowledged, a further one, a result that nobody signed."""
    visits = [
        Visit(f"v{i}", _START + i * _BETWEEN, speed, i < len(_SPEEDS_MPS) - 1, _ERROR_MPS)
        for i, speed in enumerate(_SPEEDS_MPS)
    ]
    value = sum(_SPEEDS_MPS[_ALERT : _SEEN + 1]) / 2
    said = Acknowledged(visits[_ALERT].key, visits[_SEEN].at, value)
    course = follow("speed_mps", visits, _MDC95_MPS, acknowledged=[said])
    return draw_timeline(course, "m/s", versions={visits[_AMENDED].key: "v2"}, synthetic=True)
