"""Handing in: who may, what is kept, once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.files import FileStore
from kinelab.clinic.store.tables import AuditRow, Upload, Visit
from kinelab.clinic.uploads import service
from kinelab.clinic.uploads.looking import Looked
from kinelab.errors import InputError, NotAllowedError, NotFoundError


@pytest.fixture
def a_visit(database: Database, people: dict[Role, Actor], a_patient: Any) -> str:
    with database.writing() as db:
        visit = Visit(
            patient_id=a_patient.id, visited_on=date(2026, 3, 1), created_by=people["clinician"].user_id,
            created_at=clock_of(db).now(),
        )  # fmt: skip
        db.add(visit)
        db.flush()
        return visit.id


def _give(
    database: Database, actor: Actor, visit: str, data: bytes = b"x", name: str = "a.c3d"
) -> dict[str, Any]:
    with FileStore(database.folder).receiving() as incoming:
        incoming.write(data)
        return service.finish(database, actor, visit, name, incoming)


def test_the_same_bytes_again_are_the_same_recording(
    database: Database, people: dict[Role, Actor], a_visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "probe", lambda *_: Looked("c3d", ".c3d", "text/plain", {"n_frames": 3}))
    first = _give(database, people["assistant"], a_visit)
    assert (first["kind"], first["n_bytes"], first["facts"]) == ("c3d", 1, {"n_frames": 3})
    again = _give(database, people["clinician"], a_visit, name="b.c3d")
    assert again["id"] == first["id"]
    with database.writing() as db:
        assert [row["name"] for row in service.uploads_of(db, people["clinician"], a_visit)] == ["a.c3d"]
        upload, file = service.upload_of(db, people["clinician"], first["id"])
        assert (upload.id, file.sha256) == (first["id"], first["sha256"])
    with database.reading() as db:
        acts = db.scalars(select(AuditRow.action).where(AuditRow.object_kind.like("upload%"))).all()
    assert acts == ["create", "read", "read"]


def test_what_is_no_recording_leaves_nothing(
    database: Database, people: dict[Role, Actor], a_visit: str
) -> None:
    with pytest.raises(InputError, match=r"a\.c3d: the file is a GIF picture"):
        _give(database, people["assistant"], a_visit, b"GIF89a")
    store = FileStore(database.folder)
    assert list(store.all()) == [] == list(store.left_over())
    with database.reading() as db:
        assert db.scalars(select(Upload)).all() == []


def test_only_the_team_hands_in_and_fetches(
    database: Database, people: dict[Role, Actor], a_visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "probe", lambda *_: Looked("c3d", ".c3d", "text/plain", {}))
    upload = _give(database, people["assistant"], a_visit)["id"]
    stranger = Actor("0" * 32, "stranger", "clinician")
    with pytest.raises(NotFoundError, match="no such visit"):
        service.begin(database, stranger, a_visit, "a.c3d")
    for role in ("researcher", "administrator"):
        with pytest.raises(NotAllowedError, match="may not do this"):
            service.begin(database, people[role], a_visit, "a.c3d")  # type: ignore[index]
    with database.writing() as db:
        for asked in (upload, "0" * 32):
            with pytest.raises(NotFoundError, match="no such"):
                service.upload_of(db, stranger, asked)


def test_a_visit_has_an_end(
    database: Database, people: dict[Role, Actor], a_visit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_MOST", 0)
    with pytest.raises(InputError, match="the visit has 0 recordings, the most is 0"):
        service.begin(database, people["assistant"], a_visit, "a.c3d")
