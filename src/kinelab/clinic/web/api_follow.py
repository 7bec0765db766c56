"""The API's routes of follow-up: timelines, alerts, quiet periods, the next visit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.config import JsonDict

from kinelab.clinic.fields import Strict, Text
from kinelab.clinic.monitoring import alerts, timeline
from kinelab.clinic.web.api_patients import PatientId
from kinelab.clinic.web.dependencies import Acting, Store
from kinelab.clinic.web.errors import problems
from kinelab.core.measures import MeasureSide
from kinelab.gait.follow_up.rule import Kind, State

router = APIRouter(prefix="/api/v1", tags=["follow-up"])
_ID = "0f8fad5bd9cb469fa1658ec7d2ad51a1"
_ALERT: JsonDict = {
    "id": _ID, "patient_id": _ID, "visit_id": _ID, "quantity": "speed_mps", "side": "both", "kind": "worse",
    "text": "Walking speed: worse, 0.92 m/s against 1.10 m/s of the baseline, smaller by 0.18 m/s, more than"
            " 0.10 m/s in 2 of the last 3 visits.",
    "facts": {
        "value": 0.92, "reference": 1.10, "limit": 0.10, "change": -0.18, "unit": "m/s", "beyond": 2, "of": 3,
        "stands": True, "hushed": False, "latest": 0.91, "through": "2026-11-20T00:00:00Z",
        "mdc_source": "two days of 20 patients",
    },
    "raised_at": "2026-11-20T09:30:00Z", "acknowledged_by": "", "acknowledged_at": None, "note": "",
}  # fmt: skip
_QUIET: JsonDict = {
    "id": _ID, "patient_id": _ID, "quantity": "speed_mps", "until": "2027-01-15", "reason": "cast until then",
    "set_by": "dr_a", "set_at": "2026-11-20T09:35:00Z",
}  # fmt: skip
QUANTITY = "^[a-z0-9_]{1,64}$"
Quantity = Annotated[str, Query(pattern=QUANTITY, examples=["speed_mps"])]
RowPath = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=[_ID])]


class AlertFacts(BaseModel):
    """What an alert rests on, in the unit: the change of `value` from `reference` is beyond `limit`."""

    value: float
    reference: float
    limit: float
    change: float
    unit: str
    beyond: int
    of: int
    stands: bool
    hushed: bool
    latest: float
    through: datetime
    mdc_source: str


class AlertView(BaseModel):
    """A change that held. Open until somebody acknowledges it with a note."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ALERT]})

    id: str
    patient_id: str
    visit_id: str
    quantity: str
    side: MeasureSide
    kind: Kind
    text: str
    facts: AlertFacts
    raised_at: datetime
    acknowledged_by: str
    acknowledged_at: datetime | None
    note: str


class QuietView(BaseModel):
    """A time in which a measure of a patient raises no alert."""

    model_config = ConfigDict(json_schema_extra={"examples": [_QUIET]})

    id: str
    patient_id: str
    quantity: str
    until: date
    reason: str
    set_by: str
    set_at: datetime


class LineView(BaseModel):
    """A measure that a patient's results hold: its newest value and what the rule says of it."""

    quantity: str
    side: MeasureSide
    label: str
    unit: str
    n_visits: int
    value: float
    signed: bool
    state: State
    followed: bool
    better: str | None


class Point(BaseModel):
    """One visit's value. `reference`: what it was held against. `signed` false: preliminary, not counted."""

    visit_id: str
    visited_on: date
    result_id: str
    version: int
    value: float
    sd: float | None
    n: int
    machine_value: float | None
    signed: bool
    state: State
    reference: float | None


class BaselineView(BaseModel):
    """The own baseline: `n` signed visits from number `first` (from 0) on; `settled`: they agree."""

    mean: float
    sd: float
    first: int
    n: int
    settled: bool | None


class NormView(BaseModel):
    """The range of the healthy."""

    low: float
    high: float
    source: str


class LineAlert(BaseModel):
    """An alert in its place on the line."""

    visit_id: str
    kind: Kind
    text: str
    stands: bool
    acknowledged: bool
    hushed: bool


class TimelineView(BaseModel):
    """One measure over all visits. `limit`: the change that counts; None where it is not known."""

    quantity: str
    side: MeasureSide
    label: str
    unit: str
    better: str | None
    followed: bool
    words: str
    baseline: BaselineView | None
    mdc95: float | None
    mdc95_from: Literal["measure", "own scatter", "not known"] | None
    mdc95_source: str
    limit: float | None
    synthetic: bool
    norm: NormView | None
    points: list[Point]
    alerts: list[LineAlert]


class Note(Strict):
    """Why; for whoever looks next."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "New shoes; seen by the surgeon."}]})

    note: Text


class NewQuiet(Strict):
    """No alert of this quantity, of either side, before the day `until`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"quantity": "speed_mps", "until": "2027-01-15", "reason": "cast until then"}]
        }
    )

    quantity: Annotated[str, StringConstraints(pattern=QUANTITY)]
    until: date
    reason: Text


class NextVisit(Strict):
    """When the patient is expected next; null: not planned."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"on": "2027-01-15"}]})

    on: date | None


@router.get("/patients/{patient_id}/measures", summary="What can be followed", responses=problems(404))
def list_lines(actor: Acting, store: Store, patient_id: PatientId) -> list[LineView]:
    """Every measure of the patient's results; those that raise alerts come first."""
    with store.writing() as db:
        return [LineView.model_validate(one) for one in timeline.followed(db, actor, patient_id)]


@router.get("/patients/{patient_id}/timeline", summary="A measure over all visits", responses=problems(404))
def read_timeline(
    actor: Acting, store: Store, patient_id: PatientId, quantity: Quantity, side: MeasureSide = "both"
) -> TimelineView:
    """Points, own baseline, error of measurement, norm and alerts of one measure."""
    with store.writing() as db:
        return TimelineView.model_validate(timeline.timeline(db, actor, patient_id, quantity, side))


@router.get(
    "/patients/{patient_id}/timeline.svg",
    summary="The same as a figure",
    response_class=Response,
    responses={**problems(404), 200: {"content": {"image/svg+xml": {}}, "description": "an SVG figure"}},
)
def draw_timeline(
    actor: Acting, store: Store, patient_id: PatientId, quantity: Quantity, side: MeasureSide = "both"
) -> Response:
    """The timeline as SVG, without scripts."""
    with store.writing() as db:
        shown = timeline.drawing(db, actor, patient_id, quantity, side)
    return Response(timeline.svg_of(shown), media_type="image/svg+xml")


@router.get("/patients/{patient_id}/alerts", summary="A patient's alerts", responses=problems(404))
def list_alerts(
    actor: Acting, store: Store, patient_id: PatientId, open_only: bool = True
) -> list[AlertView]:
    """Alerts, the newest first; by default those that nobody acknowledged."""
    with store.writing() as db:
        found = alerts.alerts_of(db, actor, patient_id, open_only=open_only)
        return [AlertView.model_validate(one) for one in found]


@router.post(
    "/alerts/{alert_id}/acknowledge", summary="Take note of an alert", responses=problems(404, 409, 507)
)
def acknowledge(actor: Acting, store: Store, alert_id: RowPath, said: Note) -> AlertView:
    """It is told again only if the value changes further, beyond the error of measurement."""
    with store.writing() as db:
        return AlertView.model_validate(alerts.acknowledge(db, actor, alert_id, said.note))


@router.get("/patients/{patient_id}/quiet", summary="Quiet periods that run", responses=problems(404))
def list_quiet(actor: Acting, store: Store, patient_id: PatientId) -> list[QuietView]:
    """Those that run today, the first to end first."""
    with store.writing() as db:
        return [QuietView.model_validate(one) for one in alerts.quiet_of(db, actor, patient_id)]


@router.post(
    "/patients/{patient_id}/quiet",
    status_code=201,
    summary="Begin a quiet period",
    responses=problems(404, 507),
)
def keep_quiet(actor: Acting, store: Store, patient_id: PatientId, new: NewQuiet) -> QuietView:
    """Raise no alert of a quantity before a day; what still holds then is due again."""
    with store.writing() as db:
        found = alerts.keep_quiet(db, actor, patient_id, new.quantity, new.until, new.reason)
        return QuietView.model_validate(found)


@router.delete("/quiet/{quiet_id}", summary="End a quiet period", responses=problems(404, 507))
def end_quiet(actor: Acting, store: Store, quiet_id: RowPath) -> QuietView:
    """End it today."""
    with store.writing() as db:
        return QuietView.model_validate(alerts.end_quiet(db, actor, quiet_id))


@router.put(
    "/patients/{patient_id}/next-visit", status_code=204, summary="Plan the next visit",
    responses=problems(404, 409, 507),
)  # fmt: skip
def plan_next_visit(actor: Acting, store: Store, patient_id: PatientId, plan: NextVisit) -> None:
    """Past that day without a visit the list says that the patient is overdue."""
    with store.writing() as db:
        alerts.plan_next_visit(db, actor, patient_id, plan.on)
