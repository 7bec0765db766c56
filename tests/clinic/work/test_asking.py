"""What may be asked for, and what belongs to one analysis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Correction, Job, Upload, Visit
from kinelab.clinic.visits import VisitOptions
from kinelab.clinic.work.asking import ask_analysis, ask_rebuild, kind_of
from kinelab.errors import ConflictError, InputError, NotAllowedError, NotFoundError


def _uploads(*kinds: str) -> list[Upload]:
    return [Upload(kind=kind, name=f"{i}") for i, kind in enumerate(kinds)]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["video"], "video"), (["c3d"], "markers"), (["trc"], "markers"), (["angles"], "angles"),
        (["angles", "trc"], "angles"), (["angles", "c3d"], "angles"), (["sensors"] * 8, "sensors"),
        (["sensors", "sensors", "mapping"], "sensors"),
    ],
)  # fmt: skip
def test_recordings_of_one_analysis(kinds: list[str], expected: str) -> None:
    assert kind_of(_uploads(*kinds)) == expected


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ([], "there is no recording"),
        (["mapping"], "there is no recording"),
        (["video", "video"], "there are 2 videos; choose the one"),
        (["video", "c3d"], r"several kinds \(1 C3D files, 1 videos\)"),
        (["video", "mapping"], "a mapping file belongs to sensors"),
        (["sensors", "mapping", "mapping"], "there are 2 mapping files"),
        (["angles", "trc", "trc"], "several kinds"),
    ],
)
def test_recordings_that_are_no_analysis(kinds: list[str], why: str) -> None:
    with pytest.raises(InputError, match=why):
        kind_of(_uploads(*kinds))


def test_the_options_are_kept_with_the_visit(
    database: Database, people: dict[Role, Actor], a_visit: str, hand_in: Callable[..., str], tmp_path: Path
) -> None:
    recording = tmp_path / "a.c3d"
    recording.write_bytes(b"x")
    upload = hand_in(recording, "c3d", ".c3d")
    with database.writing() as db:
        first = ask_analysis(db, people["assistant"], a_visit, VisitOptions(height_m=1.7))
        assert ask_analysis(db, people["assistant"], a_visit).id == first.id
        assert first.what == {"options": {"height_m": 1.7}, "uploads": [upload]}
        assert db.get_one(Visit, a_visit).options == {"height_m": 1.7}
        with pytest.raises(NotFoundError, match="no such recording"):
            ask_analysis(db, people["assistant"], a_visit, uploads=["0" * 32])


def test_who_may_not_record_may_not_ask(database: Database, people: dict[Role, Actor], a_visit: str) -> None:
    with database.writing() as db:
        with pytest.raises(NotAllowedError, match="researcher"):
            ask_analysis(db, people["researcher"], a_visit)
        with pytest.raises(NotFoundError, match="no such visit"):
            ask_analysis(db, Actor("0" * 32, "stranger", "clinician"), a_visit)


def test_a_visit_that_was_corrected_is_not_analysed_again(
    database: Database, people: dict[Role, Actor], a_visit: str
) -> None:
    clinician = people["clinician"]
    with database.writing() as db:
        db.get_one(Visit, a_visit).n_corrections = 1
        db.add(
            Correction(
                visit_id=a_visit, number=1, body={}, made_by=clinician.user_id, made_at=clock_of(db).now()
            )
        )
        db.flush()
        with pytest.raises(ConflictError, match="was corrected by a person already"):
            ask_analysis(db, clinician, a_visit)


def test_nothing_is_made_anew_before_there_is_a_result(
    database: Database, people: dict[Role, Actor], a_visit: str
) -> None:
    with database.writing() as db:
        with pytest.raises(NotFoundError, match="no result yet"):
            ask_rebuild(db, people["clinician"], a_visit)
        assert db.query(Job).count() == 0
