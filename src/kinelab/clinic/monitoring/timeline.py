"""A patient's measures over the visits: as plain data, as a figure, and as a list of what there is."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.actor import Actor
from kinelab.clinic.monitoring.lines import Key, Line, lines_of
from kinelab.clinic.permissions import require_patient
from kinelab.clinic.store.database import clock_of
from kinelab.core.measures import MeasureSide, Reference
from kinelab.core.quantities import QUANTITIES
from kinelab.errors import NotFoundError
from kinelab.gait.follow_up.better import better_way
from kinelab.gait.follow_up.followed import is_followed
from kinelab.gait.follow_up.rule import Course
from kinelab.reports.words_follow_up import alert_words, baseline_words, name_words

_KEPT = 256
_DRAWING = threading.Lock()  # matplotlib's style is one for the whole process
_ORDER = {name: i for i, name in enumerate(QUANTITIES)}


def timeline(
    db: Session, actor: Actor, patient_id: str, quantity: str, side: MeasureSide = "both"
) -> dict[str, Any]:
    """One measure over all visits as plain data: points, baseline, limit, norm, alerts, words.

    Raises:
        NotAllowedError, NotFoundError: not this actor's patient, or no result holds this measure.
    """
    line = _line(db, actor, patient_id, (quantity, side))
    _record(db, actor, patient_id, quantity, side)
    return plain_line(line)


@dataclass(frozen=True)
class Drawing:
    """All that the figure of a timeline shows. versions: visit and text of results that were amended."""

    course: Course
    unit: str
    side: MeasureSide
    norm: Reference | None
    versions: tuple[tuple[str, str], ...]
    synthetic: bool


def drawing(db: Session, actor: Actor, patient_id: str, quantity: str, side: MeasureSide = "both") -> Drawing:
    """The same for the figure; draw it (`svg_of`) after the transaction. Raises as `timeline`."""
    line = _line(db, actor, patient_id, (quantity, side))
    _record(db, actor, patient_id, quantity, side)
    versions = tuple(
        (judged.visit.key, f"v{point.version}")
        for point, judged in zip(line.points, line.course.visits, strict=True)
        if point.version > 1
    )
    return Drawing(line.course, line.unit, side, line.norm, versions, line.synthetic)


@lru_cache(maxsize=_KEPT)
def svg_of(shown: Drawing) -> str:
    """The figure as an `<svg>` element; the latest are kept."""
    from kinelab.reports.figure_style import svg_text
    from kinelab.reports.figure_timeline import draw_timeline

    with _DRAWING:
        figure = draw_timeline(
            shown.course, shown.unit, shown.side, shown.norm, dict(shown.versions), synthetic=shown.synthetic
        )
        return svg_text(figure)


def followed(db: Session, actor: Actor, patient_id: str) -> list[dict[str, Any]]:
    """What can be shown of a patient: each measure with its newest value and state, in the catalogue's order.

    Raises:
        NotAllowedError, NotFoundError: not this actor's patient.
    """
    require_patient(db, actor, "see", patient_id)
    lines = lines_of(db, patient_id, clock_of(db).now())
    found = [
        {
            "quantity": quantity, "side": side, "label": name_words(quantity, side), "unit": line.unit,
            "n_visits": len(line.points), "value": line.points[-1].row.value,
            "signed": line.points[-1].signed,
            "state": line.course.state or "preliminary", "followed": is_followed(quantity),
            "better": better_way(quantity),
        }
        for (quantity, side), line in sorted(lines.items(), key=lambda one: _rank(one[0]))
    ]  # fmt: skip
    audit.record(db, actor, "read", "timeline", patient_id=patient_id, detail={"n": len(found)})
    return found


def plain_line(line: Line) -> dict[str, Any]:
    """A line as plain data; numbers in the unit, moments as ISO 8601."""
    course, base, norm = line.course, line.course.baseline, line.norm
    return {
        "quantity": line.key[0], "side": line.key[1], "label": name_words(*line.key), "unit": line.unit,
        "better": better_way(line.key[0]), "followed": is_followed(line.key[0]),
        "words": baseline_words(course, line.unit),
        "baseline": None if base is None else {
            "mean": base.mean, "sd": base.sd, "first": base.first, "n": base.n, "settled": base.settled,
        },
        "mdc95": base.mdc95 if base else None, "mdc95_from": base.source if base else None,
        "mdc95_source": line.mdc_source, "limit": course.limit, "synthetic": line.synthetic,
        "norm": None if norm is None else {"low": norm.low, "high": norm.high, "source": norm.source},
        "points": [
            {
                "visit_id": point.visit_id, "visited_on": point.visited_on.isoformat(),
                "result_id": point.result_id, "version": point.version, "value": point.row.value,
                "sd": point.row.sd, "n": point.row.n, "machine_value": point.row.machine_value,
                "signed": point.signed, "state": judged.state, "reference": judged.reference,
            }
            for point, judged in zip(line.points, course.visits, strict=True)
        ],
        "alerts": [
            {
                "visit_id": alert.visit.key, "kind": alert.kind,
                "text": alert_words(course, alert, line.key[1], line.unit),
                "stands": alert.stands, "acknowledged": alert.acknowledged, "hushed": alert.hushed,
            }
            for alert in course.alerts
        ],
    }  # fmt: skip


def _line(db: Session, actor: Actor, patient_id: str, key: Key) -> Line:
    require_patient(db, actor, "see", patient_id)
    line = lines_of(db, patient_id, clock_of(db).now(), [key[0]]).get(key)
    if line is None:
        raise NotFoundError(f"no result of this patient holds {key[0]} ({key[1]})")
    return line


def _record(db: Session, actor: Actor, patient_id: str, quantity: str, side: str) -> None:
    told = {"quantity": quantity, "side": side}
    audit.record(db, actor, "read", "timeline", patient_id=patient_id, detail=told)


def _rank(key: Key) -> tuple[int, int, str]:
    return not is_followed(key[0]), _ORDER.get(key[0], len(_ORDER)), key[1]
