from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import select

from kinelab.clinic.accounts import passwords
from kinelab.clinic.accounts.first_start import first_administrator
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow, Login
from kinelab.clinic.web.app import make_api

FIRST, PASSWORD = "nine warm small stones", "four quiet grey geese"


class Browser(TestClient):
    """A browser with what it was given: cookies, and the CSRF token of its login."""

    def call(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Origin": "http://testserver"}
        if "kinelab_csrf" in self.cookies:
            headers["X-CSRF-Token"] = self.cookies["kinelab_csrf"]
        return self.request(method, f"/api/v1{path}", json=body, headers=headers)

    def log_in(self, name: str = "administrator", password: str = PASSWORD, code: str = "") -> Any:
        return self.call("POST", "/login", {"name": name, "password": password, "code": code})


@pytest.fixture
def browser(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Before a clinic at its first start; passwords are hashed cheaply."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    first_administrator(database, FIRST)
    with Browser(make_api(database, Settings(host_names=("testserver",)))) as made:
        yield made


@pytest.fixture
def inside(browser: Browser) -> Browser:
    """The administrator, with a password of their own."""
    browser.log_in(password=FIRST)
    assert browser.call("POST", "/me/password", {"old": FIRST, "new": PASSWORD}).status_code == 200
    return browser


def test_the_first_log_in_changes_the_password_before_anything_else(browser: Browser) -> None:
    assert browser.log_in(password=FIRST).json()["must_change_password"] is True
    assert browser.call("GET", "/users").json()["kind"] == "PasswordChangeNeededError"
    before = browser.cookies["kinelab_login"]
    changed = browser.call("POST", "/me/password", {"old": FIRST, "new": PASSWORD})
    assert changed.json()["must_change_password"] is False
    assert browser.cookies["kinelab_login"] != before
    assert [user["name"] for user in browser.call("GET", "/users").json()] == ["administrator"]
    browser.cookies.clear()
    browser.cookies.set("kinelab_login", before)
    assert browser.call("GET", "/me").status_code == 401


def test_cookies_are_kept_from_scripts_and_other_sites(browser: Browser) -> None:
    given = browser.log_in(password=FIRST).headers.get_list("set-cookie")
    said = {each.split("=")[0]: each for each in given}
    assert all(
        word in said["kinelab_login"] for word in ("HttpOnly", "SameSite=lax", "Path=/;", "Max-Age=43200")
    )
    assert "HttpOnly" not in said["kinelab_csrf"]
    assert "SameSite=strict" in said["kinelab_csrf"]
    assert all(
        word in said["kinelab_device"] for word in ("HttpOnly", "SameSite=strict", "Path=/api/v1/login")
    )


def test_a_log_in_takes_over_no_secret_that_was_put_there(
    inside: Browser, database: Database, record_property: Callable[[str, object], None]
) -> None:
    planted = "planted-by-somebody-else-0123456789abcdefghij"
    inside.cookies.clear()
    inside.cookies.set("kinelab_login", planted, domain="testserver.local", path="/")
    inside.log_in()
    secrets = [cookie.value for cookie in inside.cookies.jar if cookie.name == "kinelab_login"]
    assert planted not in secrets[-1:]
    with database.reading() as db:
        rows = len(list(db.scalars(select(Login).where(Login.ended_at.is_(None)))))
    inside.log_in()  # the login before it does not stay open behind the new one
    with database.reading() as db:
        assert len(list(db.scalars(select(Login).where(Login.ended_at.is_(None))))) == rows
    record_property("refused: logins fixed from outside", 1)


def test_who_guesses_has_to_wait_and_is_told_how_long(
    inside: Browser, record_property: Callable[[str, object], None]
) -> None:
    inside.cookies.clear()
    answers = [inside.log_in(password=f"guess number {i}") for i in range(8)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 3
    assert answers[5].headers["retry-after"] == "30"
    assert answers[0].json() == {
        "problem": "name, password or one-time code are not right",
        "kind": "LoginRefusedError",
    }
    assert inside.log_in("nobody").json() == answers[0].json()
    record_property("refused: passwords guessed, one after the other", 9)


def test_the_known_browser_of_an_attacked_account_comes_in(inside: Browser) -> None:
    device = next(cookie.value for cookie in inside.cookies.jar if cookie.name == "kinelab_device")
    assert device
    stranger = Browser(inside.app)
    for i in range(6):
        stranger.log_in(password=f"guess number {i}")
    assert stranger.log_in().status_code == 429
    assert inside.log_in().status_code == 200


def test_failed_log_ins_are_in_the_audit_with_the_account(inside: Browser, database: Database) -> None:
    inside.cookies.clear()
    for name in ("administrator", "my-secret-password"):
        inside.log_in(name, "guessed guessed")
    with database.reading() as db:
        rows = list(db.scalars(select(AuditRow).where(AuditRow.action == "refuse").order_by(AuditRow.seq)))
    assert [bool(row.object_id) for row in rows] == [True, False]
    assert not any("secret" in row.detail for row in rows)  # who types a password as the name


def test_logging_out_ends_it(inside: Browser) -> None:
    kept = inside.cookies["kinelab_login"]
    assert inside.call("POST", "/logout").status_code == 204
    assert "kinelab_login" not in inside.cookies
    inside.cookies.set("kinelab_login", kept)
    assert inside.call("GET", "/me").status_code == 401


def test_one_time_codes_from_offer_to_end(inside: Browser) -> None:
    offer = inside.call("POST", "/me/totp").json()
    assert offer["svg"].startswith("<svg")
    body = {"pending": offer["pending"], "code": pyotp.TOTP(offer["secret"]).now()}
    codes = inside.call("PUT", "/me/totp", body).json()["codes"]
    assert inside.call("GET", "/me").json()["has_one_time_codes"] is True
    inside.call("POST", "/logout")
    assert inside.log_in().json()["kind"] == "CodeNeededError"
    assert inside.log_in(code=codes[0]).status_code == 200
    assert inside.call("DELETE", "/me/totp", {"password": "guessed"}).status_code == 401
    assert inside.call("DELETE", "/me/totp", {"password": PASSWORD}).status_code == 204
    assert inside.call("GET", "/me").json()["has_one_time_codes"] is False


def test_tokens_from_making_to_ending(inside: Browser) -> None:
    made = inside.call("POST", "/tokens", {"label": "nightly", "days": 7, "read_only": False}).json()
    program = TestClient(inside.app, headers={"Authorization": f"Bearer {made['token']}"})
    assert program.get("/api/v1/me").json()["csrf"] == ""
    assert program.post("/api/v1/tokens", json={"label": "more"}).status_code == 403
    assert program.post("/api/v1/me/password", json={"old": PASSWORD, "new": "x" * 12}).status_code == 403
    assert [each["label"] for each in inside.call("GET", "/tokens").json()] == ["nightly"]
    assert inside.call("DELETE", f"/tokens/{made['id']}").status_code == 204
    assert program.get("/api/v1/me").status_code == 401


def test_accounts_from_making_to_closing(inside: Browser) -> None:
    made = inside.call(
        "POST", "/users", {"name": "Dr.Lee", "role": "clinician", "full_name": "Dr Lee"}
    ).json()
    assert inside.call("POST", "/users", {"name": "dr.lee", "role": "clinician"}).status_code == 409
    other = Browser(inside.app)
    assert other.log_in("dr.lee", made["one_time_password"]).json()["role"] == "clinician"
    assert inside.call("PATCH", f"/users/{made['id']}", {"version": 99, "disabled": True}).status_code == 409
    changed = inside.call("PATCH", f"/users/{made['id']}", {"version": 1, "role": "assistant"}).json()
    assert (changed["role"], changed["version"]) == ("assistant", 2)
    assert other.call("GET", "/me").status_code == 401
    again = inside.call("POST", f"/users/{made['id']}/reset", {"version": 2}).json()
    assert other.log_in("dr.lee", again["one_time_password"]).status_code == 200
    closed = inside.call("PATCH", f"/users/{made['id']}", {"version": again["version"], "disabled": True})
    assert closed.json()["disabled_at"] is not None
    assert other.call("GET", "/me").status_code == 401
    for body in (
        {"name": "x1", "role": "system"},
        {"name": "x1", "role": "clinician", "password_hash": "x"},
        {},
    ):
        assert inside.call("POST", "/users", body).status_code == 422


def test_the_audit_is_read_and_verified(inside: Browser) -> None:
    rows = inside.call("GET", "/audit?limit=2").json()
    assert [row["action"] for row in rows] == ["login", "change"]
    assert rows[0]["seq"] == rows[1]["seq"] + 1
    verdict = inside.call("GET", "/audit/verdict").json()
    assert (verdict["problem"], verdict["n_rows"]) == ("", rows[0]["seq"] + 1)  # the reading itself
