from __future__ import annotations

import json

from sqlalchemy import select

from kinelab.clinic import audit
from kinelab.clinic.accounts.refusals import Refusal, Refusals
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow

from .conftest import Later


def _rows(database: Database) -> list[tuple[str, str, dict[str, object]]]:
    with database.reading() as db:
        assert audit.verify(db).problem == ""
        rows = db.scalars(select(AuditRow).order_by(AuditRow.seq))
        return [(row.user_id, row.object_id, json.loads(row.detail)) for row in rows]


def test_the_first_is_written_at_once_and_the_rest_as_one_count(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    refusals = Refusals(database)
    for _ in range(1000):
        refusals.note(Refusal(404, "/api/v1/patients", dr_lee, "192.0.2.1"))
    said = {"status": 404, "place": "/api/v1/patients"}
    assert _rows(database) == [(dr_lee.user_id, "", said)]
    later(minutes=11)
    refusals.note(Refusal(404, "/api/v1/patients", dr_lee, "192.0.2.1"))
    assert _rows(database) == [
        (dr_lee.user_id, "", said), (dr_lee.user_id, "", said | {"more": 999}), (dr_lee.user_id, "", said)
    ]  # fmt: skip


def test_an_end_in_order_writes_the_counts(database: Database, dr_lee: Actor) -> None:
    refusals = Refusals(database)
    for _ in range(3):
        refusals.note(Refusal(401, "/api/v1/login", None, "203.0.113.9", dr_lee.user_id))
    refusals.flush()
    refusals.flush()
    said = {"status": 401, "place": "/api/v1/login", "address": "203.0.113.9"}
    assert _rows(database) == [("", dr_lee.user_id, said), ("", dr_lee.user_id, said | {"more": 2})]


def test_a_flood_from_many_addresses_writes_a_bounded_number_of_rows(
    database: Database, later: Later
) -> None:
    refusals = Refusals(database)
    for i in range(5000):
        refusals.note(Refusal(403, "/login", None, f"198.51.{i // 256}.{i % 256}"))
    refusals.flush()
    rows = _rows(database)
    assert len(rows) == 66  # 64 addresses, the others' first, the others' count
    assert sum(1 + int(str(detail.get("more", 0))) - ("more" in detail) for _, _, detail in rows) == 5000
