"""What a report says of movement that is unlike the healthy: a finding, and a part of its own."""

from __future__ import annotations

from kinelab.gait.deviation_variables import VARIABLES
from kinelab.patterns.anomaly import AnomalousLeg, Anomaly
from kinelab.patterns.anomaly_measures import QUANTITY
from kinelab.reports.figure_anomaly import ANOMALY_CAPTION, draw_anomaly
from kinelab.reports.printing import number
from kinelab.reports.sections import Section, StudyFigure
from kinelab.reports.stride_finding import StrideFinding

TITLE = "Unusual movement"
_LABELS = {variable.name: variable.label for variable in VARIABLES}


def anomaly_finding(found: Anomaly) -> StrideFinding:
    """One sentence: unusual or not, where, how rare among the healthy, and with what n."""
    people = found.model.label.people
    what = "shape of the movement" if found.model.offset_free else "movement"
    limit = found.model.limit_deg if len(found.legs) > 1 else found.model.leg_limit_deg
    counts = ", ".join(f"{leg.n} {side}" for side, leg in found.legs.items())
    usual = f"{100 * (1 - found.model.rate):g} % of {people} healthy people"
    evidence = (
        f"n = {counts} strides; score {number(found.score_deg, 'deg')} deg, {usual} up to"
        f" {number(limit, 'deg')}, about {_in_100(found.p)} healthy people score as high; {people} people of"
        f" {found.model.label.laboratory}, {found.model.label.model}: another way of measuring may be a part"
        " of it"
    )
    if not found.unusual:
        text = f"The {what} is not unusual beside that of {people} healthy people."
        return StrideFinding("info", text, evidence, (QUANTITY,))
    side, leg = max(found.legs.items(), key=lambda one: one[1].score_deg)
    text = f"The {what} is unlike that of {people} healthy people, most of all the {side} {_where(leg)}."
    return StrideFinding("attention", text, evidence, (QUANTITY,))


def anomaly_section(found: Anomaly) -> Section:
    """The score, where it comes from, what it can and cannot say, and the figure."""
    model = found.model
    legs = ", ".join(
        f"{side} {number(leg.score_deg, 'deg')} deg (most of it {_where(leg)})"
        for side, leg in found.legs.items()
    )
    offset = (
        " Each curve's own mean was taken off, so that posture and the zero of the angles do not count."
        if model.offset_free
        else ""
    )
    label, limit = model.label, number(model.limit_deg, "deg")
    said = (
        f"Two networks have learnt the strides of {label.people} healthy people ({label.population};"
        f" {label.laboratory}). The score is what they cannot give back of this person's mean stride, over"
        f" all nine curves: {legs}.{offset}",
        f"With a limit of {limit} deg for the more unusual leg about {100 * model.rate:g} in 100 healthy"
        " people who were measured in the same way are called unusual. The score is no diagnosis: it says"
        " where to look. Another marker model, another speed or another age than those people's can make a"
        " stride unusual.",
    )
    figure = StudyFigure(
        "anomaly", "Where the score of unusual movement comes from", ANOMALY_CAPTION, draw_anomaly(found)
    )
    return Section(TITLE, said, (figure,))


def _in_100(p: float) -> str:
    """`2 in 100`; p has no finer steps than 1 in 43 here."""
    return f"{max(1, round(100 * p))} in 100"


def _where(leg: AnomalousLeg) -> str:
    """`knee flexion at 20 to 40 % of the stride, 12.0 deg less than in the healthy`."""
    cause = leg.cause
    stop = cause.stop_pct - 100 if cause.stop_pct > 100 else cause.stop_pct
    more = "more" if cause.mean_deg > 0 else "less"
    return (
        f"{_LABELS[cause.variable].lower()} at {cause.start_pct} to {stop} % of the stride,"
        f" {number(abs(cause.mean_deg), 'deg')} deg {more} than in the healthy"
    )
