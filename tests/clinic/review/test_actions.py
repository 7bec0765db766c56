"""Corrections in the store: numbered, appended, never lost, by two readers at once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, text

from kinelab.clinic.review import actions
from kinelab.clinic.review.actions import BehindError
from kinelab.clinic.store.tables import AuditRow, Visit
from kinelab.errors import InputError, NotAllowedError, NotFoundError
from kinelab.pipeline.corrections import parse_correction

NOTE = {"kind": "note", "text": "walked with a stick"}


def test_corrections_are_numbered_with_who_and_when(reviewed) -> None:
    reviewed.correct(NOTE)
    reviewed.correct({"kind": "undo", "number": 1}, by="assistant")
    found = reviewed.corrections()
    assert [(one.number, one.by, one.correction.kind) for one in found] == [
        (1, "clinician_1", "note"),
        (2, "assistant_1", "undo"),
    ]
    assert found[0].at <= found[1].at
    with reviewed.database.reading() as db:
        visit = db.get_one(Visit, reviewed.visit_id)
        assert (visit.n_corrections, visit.version) == (2, 1)
        done = db.scalars(select(AuditRow).where(AuditRow.action == "correct").order_by(AuditRow.seq)).all()
    assert [row.detail for row in done] == ['{"kind":"note","number":1}', '{"kind":"undo","number":2}']


def test_who_has_not_seen_the_last_correction_is_told_what_came_between(reviewed) -> None:
    reviewed.correct(NOTE)
    reviewed.correct({"kind": "confirm_event", "event": "e0"}, by="assistant")
    with pytest.raises(BehindError, match="1 corrections came in between") as caught:
        reviewed.correct(NOTE, after=1)
    assert [one["correction"]["kind"] for one in caught.value.told["since"]] == ["confirm_event"]
    assert caught.value.told["n_corrections"] == 2
    assert len(reviewed.corrections()) == 2
    with pytest.raises(BehindError, match="there are 2 corrections, not 7"):
        reviewed.correct(NOTE, after=7)


def test_two_readers_at_once_lose_nothing(reviewed) -> None:
    """Both send twelve; who comes second is told, looks, and sends again."""
    others: list[int] = []

    def send(by: str) -> None:
        for i in range(12):
            seen = 0
            while True:
                try:
                    reviewed.correct({"kind": "note", "text": f"{by} {i}"}, by=by, after=seen)
                    break
                except BehindError as error:
                    others.append(1)
                    seen = error.told["n_corrections"]

    threads = [threading.Thread(target=send, args=(by,)) for by in ("clinician", "assistant")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = reviewed.corrections()
    assert [one.number for one in found] == list(range(1, 25))
    texts = [one.correction.text for one in found]
    for by in ("clinician", "assistant"):
        assert [t for t in texts if t.startswith(by)] == [f"{by} {i}" for i in range(12)]
    assert others


def test_an_impossible_correction_is_not_stored(reviewed) -> None:
    with pytest.raises(InputError, match=r"correction 1: 99\.000 s is outside the recording"):
        reviewed.correct({"kind": "move_event", "event": "e0", "time_s": 99.0})
    assert reviewed.corrections() == ()


def test_who_may_correct(reviewed) -> None:
    for role in ("researcher", "administrator"):
        with pytest.raises(NotAllowedError, match="may not do this"):
            reviewed.correct(NOTE, by=role)
    stranger = reviewed.another("dr_b")
    with reviewed.database.writing() as db:
        db.execute(
            text("UPDATE care_team SET ended_at = granted_at WHERE user_id = :u"), {"u": stranger.user_id}
        )
    with pytest.raises(NotFoundError, match="no such visit"):
        reviewed.correct(NOTE, by=stranger)


def test_before_an_analysis_there_is_nothing_to_correct(reviewed) -> None:
    with reviewed.database.writing() as db:
        visit = db.get_one(Visit, reviewed.visit_id)
        bare = Visit(
            patient_id=visit.patient_id, visited_on=visit.visited_on, created_by=visit.created_by,
            created_at=visit.created_at,
        )  # fmt: skip
        db.add(bare)
    with reviewed.database.writing() as db, pytest.raises(NotFoundError, match="no result yet"):
        actions.append(db, reviewed.clinician, bare.id, parse_correction(NOTE), 0, reviewed.database.folder)
