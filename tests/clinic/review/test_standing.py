"""Levels of reliance in the store: decided by people, lowered by itself, every step kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import pytest
from sqlalchemy import select

from kinelab.clinic.review import standing
from kinelab.clinic.review.agreement import Agreement
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import AuditRow, Reliance, Result, Signature
from kinelab.errors import ConflictError, InputError, NotAllowedError

GOOD = Agreement("video", True, 40, strides=20)
BAD = Agreement("video", True, 40, moved=8, strides=20)


def signed(reviewed, evidence: Sequence[Agreement]) -> None:
    """As if these reviews had been signed, one after the other."""
    database: Database = reviewed.database
    with database.writing() as db:
        like = reviewed.newest()
        last = db.scalars(select(Result.version).order_by(Result.version.desc())).first() or 0
        for i, one in enumerate(evidence, start=1):
            result = Result(
                visit_id=like.visit_id, patient_id=like.patient_id, version=last + i, state="final",
                report_sha256=like.report_sha256, created_at=clock_of(db).now(),
            )  # fmt: skip
            db.add(result)
            db.flush()
            db.add(
                Signature(
                    result_id=result.id, user_id=reviewed.clinician.user_id, meaning="final",
                    report_sha256=like.report_sha256, evidence=asdict(one), signed_at=clock_of(db).now(),
                )
            )  # fmt: skip


def test_it_starts_at_the_lowest_and_rises_by_evidence_and_a_person(reviewed) -> None:
    database, clinician = reviewed.database, reviewed.clinician
    with database.reading() as db:
        first = standing.standings(db, clinician)
    kinds = ["video", "monocular", "markers", "sensors"]
    assert [(one.kind, one.level) for one in first] == [(kind, 0) for kind in kinds]
    with database.writing() as db, pytest.raises(InputError, match="does not speak for level 1: 0 of 0"):
        standing.decide(db, clinician, "video", 1, "it looks good")
    signed(reviewed, [GOOD] * 29)
    with database.writing() as db:
        assert standing.standings(db, clinician)[0].proposal.level == 1
        assert standing.level_of(db, "video") == 0  # a proposal decides nothing
        standing.decide(db, clinician, "video", 1, "29 of 29 unchanged")
        assert (standing.level_of(db, "video"), standing.level_of(db, "markers")) == (1, 0)
    with database.reading() as db:
        # evidence counts from the decision on: the same reviews do not raise it twice
        assert standing.standings(db, clinician)[0].proposal.evidence.visits == 0
        row = db.scalars(select(AuditRow).where(AuditRow.object_kind == "reliance")).one()
        assert (row.user_id, row.detail) == (clinician.user_id, '{"kind":"video","level":1}')


def test_it_is_lowered_by_itself_and_says_so(reviewed) -> None:
    database, clinician = reviewed.database, reviewed.clinician
    signed(reviewed, [GOOD] * 29)
    with database.writing() as db:
        standing.decide(db, clinician, "video", 1, "29 of 29 unchanged")
    signed(reviewed, [GOOD] * 8 + [BAD])
    with database.writing() as db:
        assert standing.lower_where_due(db, "video") is None
    signed(reviewed, [BAD])
    with database.writing() as db:
        assert standing.lower_where_due(db, "markers") is None
        lowered = standing.lower_where_due(db, "video")
        assert lowered is not None
        assert standing.level_of(db, "video") == 0
        past = standing.past(db, clinician, "video")
    assert [(row["level"], row["by_person"]) for row in past] == [(0, False), (1, True)]
    assert "2 of 10 wholly reviewed visits changed" in past[0]["reason"]


def test_a_person_may_lower_it_at_any_time_and_must_say_why(reviewed) -> None:
    database, clinician = reviewed.database, reviewed.clinician
    with database.writing() as db:
        db.add(Reliance(kind="video", level=2, reason="test", decided_at=clock_of(db).now()))
    with database.writing() as db, pytest.raises(InputError, match="say why"):
        standing.decide(db, clinician, "video", 0, "  ")
    with database.writing() as db, pytest.raises(ConflictError, match="video is at level 2 already"):
        standing.decide(db, clinician, "video", 2, "again")
    with database.writing() as db:
        assert standing.decide(db, clinician, "video", 0, "another camera").level == 0
    with database.writing() as db, pytest.raises(InputError, match="no kind of recording 'radar'"):
        standing.decide(db, clinician, "radar", 0, "x")
    with database.writing() as db, pytest.raises(InputError, match="no level 3"):
        standing.decide(db, clinician, "video", 3, "x")


@pytest.mark.parametrize("role", ["assistant", "researcher", "administrator"])
def test_others_may_not_see_or_set_it(reviewed, role) -> None:
    with reviewed.database.writing() as db:
        with pytest.raises(NotAllowedError, match="rely"):
            standing.standings(db, reviewed.people[role])
        with pytest.raises(NotAllowedError, match="rely"):
            standing.decide(db, reviewed.people[role], "video", 0, "x")
