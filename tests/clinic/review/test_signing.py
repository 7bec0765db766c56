"""Signing: what blocks it, what it freezes, and how a signed result is amended."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select

from kinelab.clinic import audit
from kinelab.clinic.accounts import logins, passwords
from kinelab.clinic.review.signing import OpenNeedsError, sign, sign_checked
from kinelab.clinic.store.files import path_of
from kinelab.clinic.store.tables import Result, Signature, User
from kinelab.errors import ConflictError, LoginRefusedError, NotAllowedError


def states(reviewed) -> list[str]:
    with reviewed.database.reading() as db:
        query = select(Result.state).where(Result.visit_id == reviewed.visit_id).order_by(Result.version)
        return list(db.scalars(query))


@pytest.fixture
def ready(reviewed):
    """Everything was looked at and the report made anew."""
    reviewed.confirm_everything()
    reviewed.rebuild()
    reviewed.open()
    return reviewed


def test_open_needs_block_and_are_told(reviewed) -> None:
    reviewed.open()
    with pytest.raises(
        OpenNeedsError, match="to be looked at before signing: result virtual_network"
    ) as told:
        sign_checked(reviewed.database, reviewed.clinician, reviewed.newest().id, "final")
    strides = sum(s["used"] for s in reviewed.review["strides"])
    assert told.value.told["level"] == 0
    assert len(told.value.told["needs"]) == strides + len(reviewed.review["needs"])


def test_a_final_signature_freezes_the_version(ready) -> None:
    result = ready.newest()
    made = sign_checked(ready.database, ready.clinician, result.id, "final")
    assert (made.state, made.version) == ("final", 2)
    assert states(ready) == ["superseded", "final"]
    with pytest.raises(ConflictError, match="version 2 was signed already"):
        sign_checked(ready.database, ready.clinician, result.id, "final")
    now = ready.newest()
    report = path_of(ready.database.folder, now.files["report.html"], "report.html")
    assert hashlib.sha256(report.read_bytes()).hexdigest() == result.report_sha256
    signed = path_of(ready.database.folder, now.files["report_signed.html"], "x").read_text(encoding="utf-8")
    assert "Reviewed and released: <strong>clinician_1, 20" in signed
    assert "Not reviewed yet" not in signed
    with ready.database.reading() as db:
        assert not audit.verify(db).problem
        row = db.scalars(select(Signature)).one()
    assert row.report_sha256 == result.report_sha256
    assert (row.evidence["kind"], row.evidence["whole"], row.evidence["moved"]) == ("video", True, 0)


def test_a_correction_after_signing_makes_a_version_that_is_signed_again(ready) -> None:
    sign_checked(ready.database, ready.clinician, ready.newest().id, "final")
    first = ready.newest()
    ready.correct({"kind": "move_event", "event": "e3", "time_s": ready.review["events"][3]["time_s"] + 0.03})
    assert states(ready) == ["superseded", "final"]  # until the new version is signed
    second = ready.rebuild()
    assert states(ready) == ["superseded", "final", "preliminary"]
    with pytest.raises(OpenNeedsError, match="open the review of this version"):
        sign_checked(ready.database, ready.clinician, second.id, "final")
    ready.open()
    assert sign_checked(ready.database, ready.clinician, second.id, "final").state == "amended"
    assert states(ready) == ["superseded", "superseded", "amended"]
    assert path_of(ready.database.folder, first.files["report_signed.html"], "x").is_file()
    with ready.database.reading() as db:
        rows = db.scalars(select(Signature).order_by(Signature.signed_at)).all()
    assert [row.evidence["moved"] for row in rows] == [0, 1]


def test_a_version_that_lacks_corrections_cannot_be_signed(ready) -> None:
    result = ready.newest()
    ready.correct({"kind": "note", "text": "one more"})
    with pytest.raises(ConflictError, match="version 2 lacks 1 correction; have the report made anew"):
        sign_checked(ready.database, ready.clinician, result.id, "final")


def test_an_older_version_cannot_be_signed(ready) -> None:
    with ready.database.reading() as db:
        old = db.scalars(select(Result).where(Result.version == 1)).one()
    with pytest.raises(ConflictError, match="version 1 is not the newest, which is 2"):
        sign_checked(ready.database, ready.clinician, old.id, "final")


def test_the_second_reader_is_another_person(ready) -> None:
    result = ready.newest()
    made = sign_checked(ready.database, ready.clinician, result.id, "read")
    assert made.state == "preliminary"
    with pytest.raises(ConflictError, match="you have signed this as its reader already"):
        sign_checked(ready.database, ready.clinician, result.id, "read")
    with pytest.raises(NotAllowedError, match="the final signature is another person's"):
        sign_checked(ready.database, ready.clinician, result.id, "final")
    second = ready.another("dr_b")
    ready.open(second)
    assert sign_checked(ready.database, second, result.id, "final").state == "final"
    file = path_of(ready.database.folder, ready.newest().files["report_signed.html"], "x")
    assert "version 2, first read by clinician_1" in file.read_text(encoding="utf-8")


def test_an_assistant_cannot_sign(ready) -> None:
    with pytest.raises(NotAllowedError, match="the role 'assistant' may not"):
        sign_checked(ready.database, ready.people["assistant"], ready.newest().id, "final")


def test_the_password_is_asked_for_again(ready) -> None:
    with ready.database.writing() as db:
        user = db.get_one(User, ready.clinician.user_id)
        user.password_hash = passwords.hash_password("a long enough password")
    actor = logins.login(ready.database, "clinician_1", "a long enough password").actor
    ready.open(actor)
    with pytest.raises(LoginRefusedError, match="the password is not right"):
        sign(ready.database, actor, ready.newest().id, "another password", "final")
    assert states(ready)[-1] == "preliminary"
    made = sign(ready.database, actor, ready.newest().id, "a long enough password", "final")
    assert made.state == "final"


def test_at_the_highest_level_what_needs_nothing_is_signed_unopened(reviewed, monkeypatch) -> None:
    """Level 2 by evidence; the visit is no sample; its needs were confirmed by somebody else."""
    monkeypatch.setattr("kinelab.clinic.review.signing.level_for", lambda db, sources, database: 2)
    result = reviewed.newest()
    with pytest.raises(OpenNeedsError):
        sign_checked(reviewed.database, reviewed.clinician, result.id, "final")
    for row in reviewed.review["needs"]:
        reviewed.correct({"kind": "confirm", "what": row["what"]}, by="assistant")
    made = sign_checked(reviewed.database, reviewed.clinician, reviewed.rebuild().id, "final")
    assert made.state == "final"
    with reviewed.database.reading() as db:
        assert db.scalars(select(Signature)).one().evidence["whole"] is False
