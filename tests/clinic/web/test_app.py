"""The application as a whole: its answers where no route fits, its health, its description."""

from __future__ import annotations

import pytest

from kinelab.clinic.store.database import Database
from kinelab.errors import BusyError

from .conftest import Desk


def test_the_server_says_that_it_is_well_and_no_more(desk: Desk) -> None:
    answer = desk.get(None, "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_database_that_is_away_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(self: Database) -> None:
        raise BusyError("gone")

    monkeypatch.setattr(Database, "reading", away)
    answer = desk.get(None, "/health")
    assert answer.status_code == 503
    assert answer.json() == {"problem": "the database does not answer", "kind": "BusyError"}
    assert answer.headers["retry-after"] == "2"


def test_a_route_that_is_not_there_is_told_as_a_problem(desk: Desk) -> None:
    answer = desk.get("clinician", "/patient")
    assert answer.status_code == 404
    assert answer.json() == {"problem": "there is no such route", "kind": "NotFoundError"}
    assert desk.get(None, "/patient").status_code == 401


def test_a_method_that_is_not_there_names_those_that_are(desk: Desk) -> None:
    answer = desk.ask("clinician", "DELETE", "/patients")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


def test_what_nobody_foresaw_is_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret path /data")

    monkeypatch.setattr("kinelab.clinic.patients.read_patient", broken)
    answer = desk.get("clinician", f"/patients/{'0' * 32}")
    assert answer.status_code == 500
    assert answer.json()["kind"] == "ServerError"
    assert "secret" not in answer.text


def test_the_description_tells_every_route_who_may_come_and_what_is_refused(desk: Desk) -> None:
    schema = desk.get("clinician", "/openapi.json").json()
    assert desk.get(None, "/openapi.json").status_code == 401
    assert schema["openapi"].startswith("3.1")
    assert {"token", "login"} == set(schema["components"]["securitySchemes"])
    for path, methods in schema["paths"].items():
        for method, about in methods.items():
            told = f"{method} {path}"
            assert about.get("summary"), told
            if about.get("security") != []:
                assert {"401", "403", "422", "503"} <= set(about["responses"]), told
                for status, answer in about["responses"].items():
                    if status >= "4":
                        kinds = answer["content"]["application/json"]["schema"]
                        assert kinds == {"$ref": "#/components/schemas/Problem"}, told
