"""Results over the API: versions, measures, files in parts, and how a browser is told to treat them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kinelab.clinic.actor import ROLES
from kinelab.clinic.store.database import clock_of
from kinelab.clinic.store.files import path_of
from kinelab.clinic.store.tables import AuditRow, Result, Signature

from .conftest import Desk
from .world import World


@pytest.fixture
def world(desk: Desk, reviewed_run: Path) -> World:
    return World(desk.database, dict(desk.people), reviewed_run)


@pytest.fixture
def ids(world: World) -> dict[str, str]:
    return world.patient(ROLES)


def _noted(desk: Desk, ids: dict[str, str]) -> int:
    with desk.database.reading() as db:
        rows = select(func.count()).where(
            AuditRow.object_id == ids["result_id"], AuditRow.object_kind == "file", AuditRow.action == "read"
        )
        return db.scalar(rows) or 0


def test_a_result_tells_its_measures_and_who_signed(desk: Desk, ids: dict[str, str]) -> None:
    with desk.database.writing() as db:
        result = db.get_one(Result, ids["result_id"])
        db.add(
            Signature(
                result_id=result.id, user_id=desk.people["clinician"].user_id, meaning="read",
                report_sha256=result.report_sha256, evidence={}, signed_at=clock_of(db).now(),
            )
        )  # fmt: skip
    (listed,) = desk.get("clinician", f"/visits/{ids['visit_id']}/results").json()
    assert (listed["version"], listed["state"]) == (1, "preliminary")
    assert [(one["user"], one["meaning"]) for one in listed["signatures"]] == [("clinician_1", "read")]
    whole = desk.get("clinician", f"/results/{ids['result_id']}").json()
    assert [(m["quantity"], m["value"], m["unit"], m["n"]) for m in whole["measures"]] == [
        ("speed_mps", 1.0, "m/s", 9)
    ]


def test_the_report_is_a_page_that_can_do_nothing(desk: Desk, ids: dict[str, str]) -> None:
    answer = desk.get("clinician", f"/results/{ids['result_id']}/files/report.html")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "script" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'inline; filename="report.html"'


def test_every_file_of_the_list_comes_back_as_it_was_stored(
    desk: Desk, ids: dict[str, str], reviewed_run: Path
) -> None:
    rows = desk.get("clinician", f"/results/{ids['result_id']}/files").json()
    assert {"report.html", "review.json", "measures.csv"} <= {row["name"] for row in rows}
    for row in rows:
        answer = desk.get("clinician", f"/results/{ids['result_id']}/files/{row['name']}")
        stored = (reviewed_run / row["name"]).read_bytes()
        assert answer.content == stored
        assert (answer.headers["etag"], row["n_bytes"]) == (f'"{row["sha256"]}"', len(stored))


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("bytes=0-9", 0, 9), ("bytes=100-199", 100, 199), ("bytes=-50", -50, None)]
)
def test_a_part_of_a_file(desk: Desk, ids: dict[str, str], asked: str, first: int, last: int | None) -> None:
    path = f"/results/{ids['result_id']}/files/review.json"
    whole = desk.get("clinician", path).content
    part = desk.get("clinician", path, headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole[first : None if last is None else last + 1]
    start = first % len(whole)
    end = len(whole) - 1 if last is None else last
    assert part.headers["content-range"] == f"bytes {start}-{end}/{len(whole)}"


def test_a_part_beyond_the_end_is_refused(desk: Desk, ids: dict[str, str]) -> None:
    path = f"/results/{ids['result_id']}/files/review.json"
    assert desk.get("clinician", path, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_watching_a_video_is_noted_once_and_no_part_goes_unnoted(desk: Desk, ids: dict[str, str]) -> None:
    path = f"/results/{ids['result_id']}/files/review.json"
    for _ in range(3):
        desk.get("clinician", path, headers={"Range": "bytes=1-"})
    assert _noted(desk, ids) == 1
    desk.get("assistant", path, headers={"Range": "bytes=1-"})
    assert _noted(desk, ids) == 2
    desk.get("clinician", path)
    assert _noted(desk, ids) == 3


def test_a_file_that_is_missing_is_told_by_its_name(desk: Desk, ids: dict[str, str], world: World) -> None:
    kept: Any = world.files["measures.csv"]
    path_of(desk.database.folder, kept.sha256).unlink()
    answer = desk.get("clinician", f"/results/{ids['result_id']}/files/measures.csv")
    assert answer.status_code == 422
    assert answer.json()["problem"].startswith("measures.csv: is missing from the store's files")


def test_only_names_of_the_list_lead_anywhere(desk: Desk, ids: dict[str, str]) -> None:
    answer = desk.get("clinician", f"/results/{ids['result_id']}/files/clinic.sqlite")
    assert answer.status_code == 404
    assert answer.json()["problem"] == "this result has no file of that name"
