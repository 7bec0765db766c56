"""A person's course over many visits in words: the baseline, each alert, what is not known."""

from __future__ import annotations

from kinelab.core.measures import MeasureSide
from kinelab.gait.follow_up.rule import Alert, Course
from kinelab.reports.printing import label, number

TIMELINE_CAPTION = (
    "Each point is a visit. Filled: signed; hollow: preliminary, not counted. Line: what later visits are"
    " held against, the mean of the baseline visits (squares) or an acknowledged value; grey band: within"
    " MDC95 of it nothing is known to have changed. A ring marks a visit beyond it alone (watch), a triangle"
    " an alert: up improved, down worse, diamond changed. Dotted green: range of the healthy."
)
SOURCES = {
    "measure": "from a study of reliability",
    "own scatter": "from the scatter of these visits alone, so wide",
    "not known": "not known",
}


def name_words(quantity: str, side: MeasureSide) -> str:
    """`Walking speed`, or `Stance, left`."""
    return label(quantity) + ("" if side == "both" else f", {side}")


def baseline_words(course: Course, unit: str) -> str:
    """What the person is held against, and how large a change has to be; or why there is no baseline yet."""
    base, rule = course.baseline, course.rule.baseline
    if base is None:
        n = sum(judged.visit.signed for judged in course.visits)
        if course.unsettled:
            return (
                f"No baseline yet: no {rule.visits} of the first {n} signed visits in a row lie within MDC95"
                " of each other. The values are on the move: look at them."
            )
        return f"No baseline yet: {n} of {rule.visits} signed visits."
    words = (
        f"Baseline {with_sd(base.mean, base.sd, unit)} over visits {base.first + 1} to {base.first + base.n}"
    )
    if base.settled is False:
        words += ", which do not agree: the first visits were taken because none that agree followed"
    if base.mdc95 is None:
        return f"{words}. The error of measurement is not known, so no change is told."
    return f"{words}. A change above {value_words(base.mdc95, unit)} is real (MDC95, {SOURCES[base.source]})."


def alert_words(course: Course, alert: Alert, side: MeasureSide, unit: str) -> str:
    """One sentence: what changed, by how much, against what, and how often it was seen."""
    way = "larger" if alert.change > 0 else "smaller"
    against = (
        "the baseline"
        if course.baseline and alert.reference == course.baseline.mean
        else "the value acknowledged"
    )
    counted = course.rule.of if alert.counted >= course.rule.of else alert.counted
    now, then = value_words(alert.visit.value, unit), value_words(alert.reference, unit)
    by, limit = value_words(abs(alert.change), unit), value_words(alert.limit, unit)
    text = (
        f"{name_words(course.quantity, side)}: {alert.kind}, {now} against {then} of {against},"
        f" {way} by {by}, {'just ' if by == limit else ''}more than {limit}"
        f" in {alert.beyond} of the last {counted} visits."
    )
    if alert.kind == "changed":
        text += " Whether for the better depends on the person."
    return text if alert.stands or alert.acknowledged else f"{text} It has gone back since."


def value_words(value: float, unit: str) -> str:
    """`1.15 m/s`."""
    return number(value, unit) + ("" if unit == "1" else f" {unit}")


def with_sd(mean: float, sd: float, unit: str) -> str:
    """`1.15 ± 0.03 m/s`."""
    return f"{number(mean, unit)} ± {value_words(sd, unit)}"
