"""Every route x every role x own patient, another's patient, nobody: all that is not allowed is refused.

The routes come from the application itself: one that has no line in `CASES` fails the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kinelab.clinic.accounts import logins
from kinelab.clinic.actor import ROLES, Actor, Role
from kinelab.clinic.store.database import Database, clock_of
from kinelab.clinic.store.tables import Login, User

from .conftest import API, Desk
from .world import DAY, World

Body = dict[str, Any] | bytes | None
CLINICIAN, ASSISTANT = "clinician", "assistant"
CARERS: tuple[Role, ...] = (CLINICIAN, ASSISTANT)
DOCTORS: tuple[Role, ...] = (CLINICIAN,)
TEAM: tuple[Role, ...] = (CLINICIAN, "administrator")
ADMINISTRATOR: tuple[Role, ...] = ("administrator",)
RESEARCH: tuple[Role, ...] = (CLINICIAN, "researcher")
SOON = f"{datetime.now(UTC).date() + timedelta(days=30)}"
NAMED = "{user_id}"  # put in place of ids in bodies


@dataclass(frozen=True)
class Case:
    """Who may; what is sent; the query. `done`: how those who may are answered. `of`: whose thing it is.

    patient: somebody's; any: nobody's in particular; self: of whoever asks.
    """

    who: tuple[Role, ...]
    done: tuple[int, ...]
    of: str = "patient"
    body: Body = None
    query: str = ""
    beyond_team: tuple[Role, ...] = ()


CASES: dict[tuple[str, str], Case] = {
    # accounts
    ("GET", "/me"): Case(ROLES, (200,), "self"),
    ("POST", "/logout"): Case(ROLES, (204,), "self"),
    ("POST", "/me/password"): Case(ROLES, (401,), "self", {"old": "wrong", "new": "a new long password"}),
    ("POST", "/me/totp"): Case(ROLES, (200,), "self"),
    ("PUT", "/me/totp"): Case(ROLES, (401, 422), "self", {"pending": "x", "code": "123456"}),
    ("DELETE", "/me/totp"): Case(ROLES, (401,), "self", {"password": "wrong"}),
    ("GET", "/tokens"): Case(ROLES, (200,), "self"),
    ("POST", "/tokens"): Case(ROLES, (201,), "self", {"label": "x"}),
    ("DELETE", "/tokens/{token_id}"): Case(ROLES, (404,), "self"),
    ("GET", "/users"): Case(ADMINISTRATOR, (200,), "any"),
    ("POST", "/users"): Case(ADMINISTRATOR, (201, 409), "any", {"name": "new.one", "role": "assistant"}),
    ("PATCH", "/users/{user_id}"): Case(ADMINISTRATOR, (200,), "any", {"version": 1, "full_name": "A"}),
    ("POST", "/users/{user_id}/reset"): Case(ADMINISTRATOR, (200,), "any", {"version": 1}),
    ("POST", "/users/{user_id}/unlock"): Case(ADMINISTRATOR, (200, 204), "any"),
    ("GET", "/audit"): Case(ADMINISTRATOR, (200,), "any"),
    ("GET", "/audit/verdict"): Case(ADMINISTRATOR, (200,), "any"),
    ("GET", "/colleagues"): Case(TEAM, (200,), "any"),
    ("GET", "/patients/{patient_id}/team"): Case(TEAM, (200,), beyond_team=ADMINISTRATOR),
    ("POST", "/patients/{patient_id}/team"): Case(
        TEAM, (201, 204, 409), body={"user": NAMED}, beyond_team=ADMINISTRATOR
    ),
    ("DELETE", "/patients/{patient_id}/team/{user_id}"): Case(TEAM, (200, 204), beyond_team=ADMINISTRATOR),
    # patients and visits
    ("GET", "/patients"): Case(CARERS, (200,), "any"),
    ("POST", "/patients"): Case(CARERS, (201, 409), "any", {"code": "NEW-1"}),
    ("GET", "/patients/{patient_id}"): Case(CARERS, (200,)),
    ("PATCH", "/patients/{patient_id}"): Case(CARERS, (200,), body={"version": 1, "mass_kg": 70}),
    ("GET", "/patients/{patient_id}/visits"): Case(CARERS, (200,)),
    ("POST", "/patients/{patient_id}/visits"): Case(CARERS, (201,), body={"visited_on": f"{DAY}"}),
    ("GET", "/visits/{visit_id}"): Case(CARERS, (200,)),
    ("PATCH", "/visits/{visit_id}"): Case(CARERS, (200,), body={"version": 1, "title": "x"}),
    # work
    ("GET", "/visits/{visit_id}/uploads"): Case(CARERS, (200,)),
    ("POST", "/visits/{visit_id}/uploads"): Case(CARERS, (422,), body=b"no recording", query="?name=x.mp4"),
    ("GET", "/uploads/{upload_id}/file"): Case(CARERS, (200,)),
    ("POST", "/visits/{visit_id}/analyse"): Case(CARERS, (202,), body={}),
    ("POST", "/visits/{visit_id}/rebuild"): Case(CARERS, (202, 409)),
    ("GET", "/visits/{visit_id}/jobs"): Case(CARERS, (200,)),
    ("GET", "/jobs/{job_id}"): Case(CARERS, (200,)),
    ("DELETE", "/jobs/{job_id}"): Case(CARERS, (200,)),
    ("POST", "/jobs/{job_id}/again"): Case(DOCTORS, (202,)),
    # results
    ("GET", "/visits/{visit_id}/results"): Case(CARERS, (200,)),
    ("GET", "/results/{result_id}"): Case(CARERS, (200,)),
    ("GET", "/results/{result_id}/files"): Case(CARERS, (200,)),
    ("GET", "/results/{result_id}/files/{name}"): Case(CARERS, (200,)),
    # review
    ("GET", "/visits/{visit_id}/review"): Case(CARERS, (200,)),
    ("GET", "/visits/{visit_id}/corrections"): Case(CARERS, (200,)),
    ("POST", "/visits/{visit_id}/corrections"): Case(
        CARERS, (201,), body={"after_number": 0, "correction": {"kind": "note", "text": "seen"}}
    ),
    ("GET", "/visits/{visit_id}/preview"): Case(CARERS, (200,)),
    ("POST", "/results/{result_id}/signatures"): Case(
        DOCTORS, (401,), body={"password": "wrong", "meaning": "final"}
    ),
    ("GET", "/reliance"): Case(DOCTORS, (200,), "any"),
    ("POST", "/reliance"): Case(
        DOCTORS, (200, 409, 422), "any", {"kind": "video", "level": 0, "reason": "to be sure"}
    ),
    # follow-up
    ("GET", "/patients/{patient_id}/measures"): Case(CARERS, (200,)),
    ("GET", "/patients/{patient_id}/timeline"): Case(CARERS, (200,), query="?quantity=speed_mps"),
    ("GET", "/patients/{patient_id}/timeline.svg"): Case(CARERS, (200,), query="?quantity=speed_mps"),
    ("GET", "/patients/{patient_id}/alerts"): Case(CARERS, (200,)),
    ("POST", "/alerts/{alert_id}/acknowledge"): Case(DOCTORS, (200,), body={"note": "seen"}),
    ("GET", "/patients/{patient_id}/quiet"): Case(CARERS, (200,)),
    ("POST", "/patients/{patient_id}/quiet"): Case(
        DOCTORS, (201,), body={"quantity": "speed_mps", "until": SOON, "reason": "cast"}
    ),
    ("DELETE", "/quiet/{quiet_id}"): Case(DOCTORS, (200,)),
    ("PUT", "/patients/{patient_id}/next-visit"): Case(CARERS, (200, 204), body={"on": None}),
    # exports
    ("GET", "/exchange-servers"): Case(DOCTORS, (200,), "any"),
    ("POST", "/results/{result_id}/exports"): Case(
        DOCTORS, (202,), body={"kind": "fhir", "preliminary": True}
    ),
    ("GET", "/results/{result_id}/exports"): Case(CARERS, (200,)),
    ("GET", "/exports/{export_id}/file"): Case(DOCTORS, (200,)),
    ("GET", "/research-exports"): Case(RESEARCH, (200,), "any"),
    ("POST", "/research-exports"): Case(RESEARCH, (202,), "any", {}),
}
OPEN = {
    ("GET", "/health"),
    ("POST", "/login"),
    ("GET", "/login"),
    ("GET", "/oidc/start"),
    ("GET", "/oidc/return"),
}


@pytest.fixture
def world(desk: Desk, reviewed_run: Any) -> World:
    return World(desk.database, dict(desk.people), reviewed_run)


@dataclass
class Visitor:
    """One login in a browser."""

    desk: Desk
    cookie: str = ""
    csrf: str = ""

    def ask(self, method: str, path: str, case: Case, ids: dict[str, str]) -> int:
        self.desk.client.cookies.clear()
        headers = {"X-CSRF-Token": self.csrf, "Cookie": f"kinelab_login={self.cookie}"} if self.cookie else {}
        more: dict[str, Any] = {}
        if isinstance(case.body, bytes):
            more["content"] = case.body
        elif case.body is not None:
            more["json"] = {
                key: ids["user_id"] if value == NAMED else value for key, value in case.body.items()
            }
        url = API + path.format(**ids, token_id=ids["visit_id"]) + case.query
        return self.desk.client.request(method, url, headers=headers, **more).status_code


def logged_in(desk: Desk, actor: Actor) -> Visitor:
    """A new login: some routes end the one they are asked with."""
    with desk.database.writing() as db:
        login = logins.begin(db, db.get_one(User, actor.user_id), "password")
    return Visitor(desk, login.secret, login.csrf)


def routes(desk: Desk) -> Iterator[tuple[str, str]]:
    for path, methods in desk.app.openapi()["paths"].items():
        for method in methods:
            yield method.upper(), path.removeprefix(API)


def test_every_route_has_its_line(desk: Desk) -> None:
    assert set(CASES) | OPEN == set(routes(desk))


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says_and_nothing_else(
    desk: Desk, world: World, role: Role, record_property: Any
) -> None:
    actor, wrong, refused = desk.people[role], [], 0
    for (method, path), case in CASES.items():
        for own in (True, False):
            ids = world.patient(ROLES if own else ())
            status = logged_in(desk, actor).ask(method, path, case, ids)
            expected = _expected(case, role, own=own)
            refused += status in (403, 404) and case.of != "self"
            if status not in expected:
                wrong.append(f"{method} {path}, {'own' if own else 'other'}: {status}, expected {expected}")
    assert not wrong
    record_property("refused: a role's request for what it may not", refused)


def _expected(case: Case, role: Role, *, own: bool) -> tuple[int, ...]:
    if role not in case.who:
        return (403,) if case.of == "any" else (403, 404)
    if case.of == "patient" and not own and role not in case.beyond_team:
        return (404,)
    # Who is not in a team that the route takes away from finds nobody to take away.
    return (*case.done, 404) if role in case.beyond_team and not own else case.done


def test_nobody_gets_anything_without_a_login(desk: Desk, world: World, record_property: Any) -> None:
    ids = world.patient(ROLES)
    answers = {key: Visitor(desk).ask(*key, case, ids) for key, case in CASES.items()}
    assert {key: status for key, status in answers.items() if status != 401} == {}
    record_property("refused: without a login", len(answers))


@pytest.mark.parametrize("what", ["forged", "ended", "expired", "of an account that was closed"])
def test_a_login_that_does_not_hold_opens_nothing(
    desk: Desk, world: World, what: str, record_property: Any
) -> None:
    ids, visitor = world.patient(ROLES), logged_in(desk, desk.people["clinician"])
    _spoil(desk.database, desk.people["clinician"], visitor, what)
    answers = {key: visitor.ask(*key, case, ids) for key, case in CASES.items()}
    assert {key: status for key, status in answers.items() if status != 401} == {}
    record_property(f"refused: a login that is {what}", len(answers))


def _spoil(database: Database, actor: Actor, visitor: Visitor, what: str) -> None:
    if what == "forged":
        visitor.cookie = visitor.cookie[:-1] + ("A" if visitor.cookie[-1] != "A" else "B")
        return
    with database.writing() as db:
        now = clock_of(db).now()
        for login in db.query(Login).filter(Login.user_id == actor.user_id):
            if what == "ended":
                login.ended_at = now
            elif what == "expired":
                login.ends_at = now
        if what.startswith("of an account"):
            db.get_one(User, actor.user_id).disabled_at = now


@pytest.mark.parametrize("csrf", ["", "of another login"])
def test_no_change_without_the_logins_own_csrf_token(
    desk: Desk, world: World, csrf: str, record_property: Any
) -> None:
    ids, visitor = world.patient(ROLES), logged_in(desk, desk.people["clinician"])
    visitor.csrf = logged_in(desk, desk.people["clinician"]).csrf if csrf else ""
    changes = [key for key in CASES if key[0] != "GET"]
    answers = {key: visitor.ask(*key, CASES[key], ids) for key in changes}
    assert {key: status for key, status in answers.items() if status != 403} == {}
    record_property(f"refused: a change with a CSRF token that is {csrf or 'missing'}", len(answers))


def test_ids_of_one_patient_open_nothing_beside_it(desk: Desk, world: World) -> None:
    """A result's file is asked for by the result alone: names that lead out of it lead nowhere."""
    ids = world.patient(ROLES)
    visitor = logged_in(desk, desk.people["clinician"])
    case = CASES["GET", "/results/{result_id}/files/{name}"]
    for name in (
        "../report.json",
        "..%2f..%2fclinic.sqlite",
        "%2e%2e/server.key",
        "/etc/passwd",
        "no.html",
        "%00",
    ):
        status = visitor.ask("GET", "/results/{result_id}/files/{name}", case, {**ids, "name": name})
        assert status in (404, 422), name
