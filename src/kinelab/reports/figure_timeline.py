"""Figure: one measure of one person over all visits, with baseline, error of measurement and alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kinelab.core.measures import MeasureSide, Reference
from kinelab.gait.follow_up.rule import Course, Judged
from kinelab.reports.colours import INK, PALE, QUIET, SIDE_HEX
from kinelab.reports.figure_style import new_figure, note, style
from kinelab.reports.printing import unit_text
from kinelab.reports.words_follow_up import name_words

NORM_HEX = "#009E73"  # Okabe & Ito's green, as elsewhere for the healthy
_ALERT_MARKS = {"improved": "^", "worse": "v", "changed": "D"}


def draw_timeline(
    course: Course,
    unit: str,
    side: MeasureSide = "both",
    norm: Reference | None = None,
    versions: Mapping[str, str] | None = None,
    *,
    synthetic: bool = False,
) -> Figure:
    """One panel. versions: by the visit's key a short text beside its point ("v2": amended)."""
    colour = INK if side == "both" else SIDE_HEX[side]
    with style():
        figure = new_figure(2.7)
        ax = figure.subplots()
        ax.set_title(name_words(course.quantity, side) + (" (synthetic)" if synthetic else ""))
        ax.set_ylabel(unit_text(unit))
        if not course.visits:
            note(ax, "no result of this measure")
            return figure
        if norm is not None:
            ax.axhspan(norm.low, norm.high, color=NORM_HEX, alpha=0.08, linewidth=0)
            for edge in (norm.low, norm.high):
                ax.axhline(edge, color=NORM_HEX, linewidth=0.9, linestyle=":")
            ax.annotate(
                "healthy", (1, norm.high), xycoords=("axes fraction", "data"), xytext=(-3, -3),
                textcoords="offset points", ha="right", va="top", fontsize=6.5, color=NORM_HEX,
            )  # fmt: skip
        _references(ax, course)
        _points(ax, course.visits, colour)
        _alerts(ax, course)
        for judged in course.visits:
            text = (versions or {}).get(judged.visit.key)
            if text:
                at = (_x(judged.visit.at), judged.visit.value)
                ax.annotate(text, at, xytext=(4, 5), textcoords="offset points", fontsize=6.5, color=QUIET)
        _dates(ax, course.visits)
    return figure


def _references(ax: Axes, course: Course) -> None:
    """The value that visits are held against as steps, with the band of the error of measurement."""
    for reference, first, last in _stretches(course.visits):
        span = (_x(first), _x(last))
        if course.limit is not None:
            low, high = reference - course.limit, reference + course.limit
            ax.fill_between(span, low, high, color=PALE, alpha=0.55, linewidth=0)
        ax.plot(span, (reference, reference), color=QUIET, linewidth=0.9, zorder=1)
    if course.limit is not None and course.baseline is not None:
        start = next(judged.visit.at for judged in course.visits if judged.reference is not None)
        at = (_x(start), course.baseline.mean - course.limit)
        ax.annotate("± MDC95", at, xytext=(3, 3), textcoords="offset points", fontsize=6.5, color=QUIET)


def _stretches(visits: Sequence[Judged]) -> list[tuple[float, datetime, datetime]]:
    """(reference, from, to) for each run of visits that are held against one value."""
    found: list[tuple[float, datetime, datetime]] = []
    for judged in visits:
        if judged.reference is None:
            continue
        if found and found[-1][0] == judged.reference:
            found[-1] = (judged.reference, found[-1][1], judged.visit.at)
        else:
            start = found[-1][2] if found else judged.visit.at
            found.append((judged.reference, start, judged.visit.at))
    return found


def _points(ax: Axes, visits: Sequence[Judged], colour: str) -> None:
    signed = [judged.visit for judged in visits if judged.visit.signed]
    ax.plot([_x(v.at) for v in signed], [v.value for v in signed], color=colour, linewidth=1.0, alpha=0.5)
    for judged in visits:
        visit = judged.visit
        if visit.standard_error is not None:
            ax.errorbar(_x(visit.at), visit.value, 1.96 * visit.standard_error, color=colour, linewidth=0.7)
        mark = "s" if judged.state == "baseline" else "o"
        face = colour if visit.signed else "white"
        ax.plot(_x(visit.at), visit.value, mark, color=colour, markerfacecolor=face, markersize=4.5, zorder=3)
        if judged.state in ("watch", "quiet"):
            ax.plot(
                _x(visit.at), visit.value, "o", color=QUIET, markerfacecolor="none", markersize=9, zorder=4
            )


def _alerts(ax: Axes, course: Course) -> None:
    for alert in course.alerts:
        mark, colour = _ALERT_MARKS[alert.kind], "#B00020" if alert.kind == "worse" else INK
        face = "white" if alert.acknowledged else colour
        at = (_x(alert.visit.at), alert.visit.value)
        away = 13 if alert.change > 0 else -13
        ax.annotate(
            f"{alert.kind}{' (acknowledged)' if alert.acknowledged else ''}",
            at, xytext=(0, 1.7 * away), textcoords="offset points", ha="center", va="center", fontsize=6.5,
            color=colour,
        )  # fmt: skip
        ax.annotate(
            "", at, xytext=(0, away), textcoords="offset points",
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6},
        )  # fmt: skip
        ax.plot(*at, mark, color=colour, markerfacecolor=face, markersize=7, zorder=5)


def _dates(ax: Axes, visits: Sequence[Judged]) -> None:
    locator = dates.AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    first, last = (_x(at) for at in (visits[0].visit.at, visits[-1].visit.at))
    margin = max(0.05 * (last - first), 5.0)
    ax.set_xlim(first - margin, last + margin)
    ax.margins(y=0.18)


def _x(at: datetime) -> float:
    days: float = dates.date2num(at)  # type: ignore[no-untyped-call]
    return days
