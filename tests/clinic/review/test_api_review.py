"""The review through the API: what a page starts from, corrections, preview, signatures, reliance."""

from __future__ import annotations

from typing import Any

import pytest

from kinelab.clinic.accounts import tokens
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow
from kinelab.clinic.web.app import make_api
from kinelab.pipeline.review_state import open_review


class Asked:
    """The API before the visit's people."""

    def __init__(self, reviewed: Any) -> None:
        from fastapi.testclient import TestClient

        self.reviewed, database = reviewed, reviewed.database
        self.client = TestClient(make_api(database, Settings(host_names=("testserver",))))
        with database.writing() as db:
            self.tokens = {
                role: tokens.create(db, actor, "tests", 1, read_only=False).secret
                for role, actor in reviewed.people.items()
            }

    def ask(self, method: str, path: str, role: str = "clinician", **body: object) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        return self.client.request(method, f"/api/v1{path}", headers=headers, json=body or None)

    def correct(self, after: int, correction: dict[str, object], role: str = "clinician") -> Any:
        path = f"/visits/{self.reviewed.visit_id}/corrections"
        return self.ask("POST", path, role, after_number=after, correction=correction)


@pytest.fixture
def asked(reviewed) -> Asked:
    return Asked(reviewed)


def reads(database: Database, kind: str) -> int:
    with database.reading() as db:
        return db.query(AuditRow).filter_by(action="read", object_kind=kind).count()


def test_a_review_from_its_start_to_its_preview(asked: Asked) -> None:
    reviewed, visit = asked.reviewed, asked.reviewed.visit_id
    start = asked.ask("GET", f"/visits/{visit}/review").json()
    assert start["review"] == reviewed.review
    assert (start["version"], start["state"], start["n_corrections"]) == (1, "preliminary", 0)
    assert start["machine_result_id"] == start["result_id"]
    assert start["may"] == {"correct": True, "sign": True}
    assert (start["reliance"], start["sampled"]) == (0, False)
    event = start["review"]["events"][3]
    move = {"kind": "move_event", "event": "e3", "time_s": event["time_s"] + 0.03}
    made = asked.correct(0, move)
    assert made.status_code == 201
    assert made.json()["correction"] == move
    assert (made.json()["number"], made.json()["by"]) == (1, "clinician_1")
    seen = asked.ask("GET", f"/visits/{visit}/preview").json()
    assert seen == open_review(reviewed.run).preview(reviewed.corrections())
    assert seen["events"][3]["corrected_by"] == "clinician_1"
    assert asked.ask("GET", f"/visits/{visit}/review").json()["built_corrections"] == 0


def test_who_comes_second_is_told_what_came_between(asked: Asked) -> None:
    asked.correct(0, {"kind": "note", "text": "one"})
    late = asked.correct(0, {"kind": "note", "text": "two"}, role="assistant")
    assert late.status_code == 409
    assert late.json()["since"][0]["correction"] == {"kind": "note", "text": "one"}
    assert asked.correct(1, {"kind": "note", "text": "two"}, role="assistant").status_code == 201
    path = f"/visits/{asked.reviewed.visit_id}/corrections?after=1"
    told = asked.ask("GET", path).json()
    assert [one["correction"]["text"] for one in told["corrections"]] == ["two"]
    assert (told["n_corrections"], told["version"], told["state"]) == (2, 1, "preliminary")


def test_polling_is_noted_once(asked: Asked) -> None:
    for _ in range(3):
        asked.ask("GET", f"/visits/{asked.reviewed.visit_id}/corrections")
        asked.ask("GET", f"/visits/{asked.reviewed.visit_id}/preview")
    assert reads(asked.reviewed.database, "corrections") == 1
    assert reads(asked.reviewed.database, "preview") == 1


@pytest.mark.parametrize(
    ("correction", "says"),
    [
        ({"kind": "move_event", "event": "e3", "time_s": 99.0}, "outside the recording"),
        ({"kind": "move_event", "event": "e3"}, "time_s: Field required"),
        ({"kind": "note", "text": "a\u202eb"}, "control character"),
        ({"kind": "burn"}, "burn"),
    ],
)
def test_what_is_impossible_is_refused_in_words(asked: Asked, correction: dict, says: str) -> None:
    answer = asked.correct(0, correction)
    assert answer.status_code == 422
    assert says in answer.json()["problem"]


def test_a_program_cannot_sign_and_others_may_not(asked: Asked) -> None:
    path = f"/results/{asked.reviewed.newest().id}/signatures"
    body = {"password": "a long enough password", "meaning": "final"}
    assert asked.ask("POST", path, **body).status_code == 403  # a token is no person in a browser
    assert asked.ask("POST", path, "assistant", **body).status_code == 403
    assert asked.ask("POST", path, "researcher", **body).status_code == 403
    assert asked.ask("POST", f"/results/{'0' * 32}/signatures", **body).status_code == 404


def test_reliance_is_told_and_set(asked: Asked) -> None:
    told = asked.ask("GET", "/reliance").json()
    assert {one["kind"]: one["level"] for one in told} == dict.fromkeys(
        ("video", "monocular", "markers", "sensors"), 0
    )
    assert told[0]["means"] == "every stride is looked at"
    refused = asked.ask("POST", "/reliance", kind="video", level=1, reason="looks good")
    assert refused.status_code == 422
    assert "does not speak for level 1" in refused.json()["problem"]
    assert asked.ask("POST", "/reliance", kind="video", level=0, reason="x").status_code == 409
    assert asked.ask("GET", "/reliance", "assistant").status_code == 403
