"""A patient's measures over the visits, as data and as a figure."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.monitoring import timeline
from kinelab.clinic.monitoring.overview import visit_lines
from kinelab.clinic.store.tables import AuditRow, MeasureRow, Visit
from kinelab.core.measures import MeasureSide
from kinelab.errors import NotAllowedError, NotFoundError

People = dict[Role, Actor]
SPEED = ("speed_mps", "both")


def _timeline(
    ward: Any, actor: Actor, quantity: str = "speed_mps", side: MeasureSide = "both"
) -> dict[str, Any]:
    with ward.database.writing() as db:
        return timeline.timeline(db, actor, ward.patient_id, quantity, side)


def test_points_baseline_limit_and_alerts(ward: Any, people: People) -> None:
    visits = ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    visits += ward.walk([0.85], first=5, state="preliminary")
    found = _timeline(ward, people["clinician"])
    assert [point["visit_id"] for point in found["points"]] == visits
    assert [point["state"] for point in found["points"]] == [
        "baseline", "baseline", "baseline", "watch", "alert", "preliminary",
    ]  # fmt: skip
    assert found["baseline"]["mean"] == pytest.approx(1.1)
    assert (found["limit"], found["mdc95_from"], found["mdc95_source"]) == (0.1, "measure", "two days")
    assert found["better"] == "larger"
    assert found["followed"] is True
    assert [alert["kind"] for alert in found["alerts"]] == ["worse"]
    assert found["words"] == (
        "Baseline 1.10 ± 0.02 m/s over visits 1 to 3. A change above 0.10 m/s is real (MDC95, from a study"
        " of reliability)."
    )


def test_of_a_visit_the_newest_signed_version_counts_and_a_newer_draft_is_shown(
    ward: Any, people: People
) -> None:
    visits = ward.walk([1.1, 1.12, 1.08, 1.1])
    with ward.database.writing() as db:
        ward.result(db, visits[3], {SPEED: 1.05}, version=2, state="amended")
        ward.result(db, visits[3], {SPEED: 0.9}, version=3, state="preliminary")
    points = _timeline(ward, people["clinician"])["points"]
    assert [(p["version"], p["value"], p["state"]) for p in points[3:]] == [
        (2, 1.05, "steady"),
        (3, 0.9, "preliminary"),
    ]


def test_the_measure_s_own_error_of_measurement_comes_first(ward: Any, people: People) -> None:
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    with ward.database.writing() as db:
        for row in db.scalars(select(MeasureRow)):
            row.mdc95 = 0.5
    found = _timeline(ward, people["clinician"])
    assert (found["limit"], found["mdc95_source"], found["alerts"]) == (0.5, "of the result", [])


def test_without_any_the_scatter_of_the_baseline_is_taken(ward: Any, people: People) -> None:
    with ward.database.writing() as db:
        for i, stance in enumerate([60.0, 61.0, 62.0]):
            ward.visit(db, i, {("stance_pct", "left"): stance})
    found = _timeline(ward, people["clinician"], "stance_pct", "left")
    assert found["mdc95_from"] == "own scatter"
    # The strides explain 0.05 * 61 / sqrt(20) = 0.68, the visits scatter by 1: the larger counts.
    assert found["limit"] == pytest.approx(4.302653 * 2**0.5 * 1.0, rel=1e-4)


def test_the_norm_of_the_newest_value(ward: Any, people: People) -> None:
    ward.walk([1.1, 1.0])
    with ward.database.writing() as db:
        row = db.scalars(select(MeasureRow)).first()
        assert row is not None
        row.reference_low, row.reference_high, row.reference_source = 1.2, 1.5, "adults"
    assert _timeline(ward, people["clinician"])["norm"] == {"low": 1.2, "high": 1.5, "source": "adults"}


def test_what_there_is_with_what_raises_alerts_first(ward: Any, people: People) -> None:
    with ward.database.writing() as db:
        values = {("knee_rom_deg", "left"): 50.0, SPEED: 1.1, ("step_length_m", "right"): 0.6}
        ward.visit(db, 0, values)
        found = timeline.followed(db, people["assistant"], ward.patient_id)
    assert [one["label"] for one in found] == [
        "Walking speed", "Step length, right", "Knee range of motion, left",
    ]  # fmt: skip
    assert [one["followed"] for one in found] == [True, True, False]


def test_the_figure_is_an_svg_without_scripts(ward: Any, people: People) -> None:
    ward.walk([1.1, 1.12, 1.08, 0.9, 0.92])
    with ward.database.writing() as db:
        shown = timeline.drawing(db, people["clinician"], ward.patient_id, "speed_mps")
    svg = timeline.svg_of(shown)
    assert svg.startswith("<svg")
    assert "synthetic" not in svg
    assert "Walking speed" in svg
    assert "worse" in svg
    assert "<script" not in svg


def test_what_was_made_up_is_called_synthetic(ward: Any, people: People) -> None:
    (visit,) = ward.walk([1.1])
    with ward.database.writing() as db:
        db.get_one(Visit, visit).synthetic = True
    assert _timeline(ward, people["clinician"])["synthetic"] is True
    with ward.database.writing() as db:
        shown = timeline.drawing(db, people["clinician"], ward.patient_id, "speed_mps")
    assert "Walking speed (synthetic)" in timeline.svg_of(shown)


def test_reads_are_in_the_audit(ward: Any, people: People) -> None:
    ward.walk([1.1])
    _timeline(ward, people["clinician"])
    with ward.database.reading() as db:
        row = db.scalars(select(AuditRow).where(AuditRow.object_kind == "timeline")).one()
    assert (row.user_id, row.action, row.patient_id) == (ward.by, "read", ward.patient_id)
    assert row.detail == '{"quantity":"speed_mps","side":"both"}'


def test_who_may_and_what_is_not_there(ward: Any, people: People) -> None:
    ward.walk([1.1])
    with pytest.raises(NotFoundError, match=r"no result of this patient holds gdi \(both\)"):
        _timeline(ward, people["clinician"], "gdi", "both")
    for role in ("researcher", "administrator"):
        with pytest.raises(NotAllowedError, match=role):
            _timeline(ward, people[role])
    with pytest.raises(NotFoundError, match="no such patient"):
        _timeline(ward, Actor("f" * 32, "stranger", "clinician"))


def test_the_visits_with_the_state_of_their_newest_result(ward: Any, people: People) -> None:
    visits = ward.walk([1.1, 1.12])
    with ward.database.writing() as db:
        ward.result(db, visits[1], {SPEED: 1.1}, version=2, state="preliminary")
        found = visit_lines(db, people["assistant"], ward.patient_id)
    assert [(one.id, one.version, one.state) for one in found] == [
        (visits[1], 2, "preliminary"),
        (visits[0], 1, "final"),
    ]
