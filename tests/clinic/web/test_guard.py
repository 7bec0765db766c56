from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from kinelab.clinic.accounts import logins, tokens
from kinelab.clinic.accounts.logins import LoggedIn
from kinelab.clinic.clock import Clock
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.migrating import prepare
from kinelab.clinic.store.tables import AuditRow, Login, User
from kinelab.clinic.web import guard
from kinelab.clinic.web.guard import Guard
from kinelab.clinic.web.rules import Rules

OWN = {"origin": "http://testserver"}


async def _echo(request: Request) -> Response:
    state = request.scope.get("state", {})
    actor = state.get("actor")
    body = await request.body()
    return JSONResponse({"name": actor and actor.name, "address": state.get("address"), "n_bytes": len(body)})


async def _own_policy(_: Request) -> Response:
    return PlainTextResponse(
        "<b>", headers={"Content-Security-Policy": "sandbox", "Cache-Control": "private"}
    )


async def _missing(_: Request) -> Response:
    return PlainTextResponse("no", status_code=404)


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


ROUTES = [
    *(
        Route(path, _echo, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
        for path in (
            "/", "/login", "/password", "/x", "/api/v1/login", "/api/v1/health", "/api/v1/x", "/api/v1/me",
            "/_nicegui_ws/socket.io", "/static/login.css", "/static/secret.js", "/api/v1/visits/{id}/uploads",
        )
    ),
    Route("/api/v1/file", _own_policy),
    Route("/api/v1/patients/{id}", _missing),
    WebSocketRoute("/_nicegui_ws/socket.io", _socket),
]  # fmt: skip


@dataclass
class Gate:
    """An application that answers everything, behind the guard; `login` is dr.lee's."""

    database: Database
    client: TestClient
    user_id: str
    login: LoggedIn

    def ask(self, path: str, method: str = "GET", **headers: str) -> Any:
        return self.client.request(
            method, path, headers={name.replace("_", "-"): value for name, value in headers.items()},
            follow_redirects=False,
        )  # fmt: skip

    def enter(self, **changed: str) -> None:
        self.client.cookies.set(changed.get("name", "kinelab_login"), changed.get("value", self.login.secret))

    def token(self, *, read_only: bool = True) -> str:
        with self.database.writing() as db:
            return tokens.create(db, self.login.actor, "tests", 1, read_only=read_only).secret

    def refusals(self) -> list[tuple[str, dict[str, Any]]]:
        with self.database.reading() as db:
            rows = db.scalars(select(AuditRow).where(AuditRow.action == "refuse").order_by(AuditRow.seq))
            return [(row.user_id, json.loads(row.detail)) for row in rows]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "clinic")
    prepare(made)
    yield made
    made.close()


def _gate(store: Database, rules: Rules) -> Iterator[Gate]:
    with store.writing() as db:
        user = User(name="dr.lee", role="clinician", created_at=store.clock.now())
        db.add(user)
        db.flush()
        entered = logins.begin(db, user, "password")
        user_id = user.id
    with TestClient(Guard(Starlette(routes=ROUTES), store, rules)) as client:
        yield Gate(store, client, user_id, entered)


@pytest.fixture
def gate(store: Database) -> Iterator[Gate]:
    yield from _gate(store, Rules(("testserver",)))


OPEN_PATHS = ("/login", "/static/login.css", "/api/v1/login", "/api/v1/health")


def test_without_a_login_only_the_door_answers(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    assert [gate.ask(path).status_code for path in OPEN_PATHS] == [200] * 4
    for path in (
        "/api/v1/x",
        "/api/v1/unknown",
        "/api/v1/login/",
        "/api/v1/login/../x",
        "/api/v1//login",
        "/api/v1/file",
    ):
        answer = gate.ask(path)
        assert (answer.status_code, answer.json()["kind"]) == (401, "LoginNeededError")
        assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/x", "/static/secret.js", "/unknown", "/_nicegui_ws/socket.io", "/LOGIN", "/login/x"):
        assert gate.ask(path).status_code == 303
    assert gate.ask("/").headers["location"] == "/login"
    assert gate.ask("/x?a=1&b=//c").headers["location"] == "/login?next=%2Fx%3Fa%3D1%26b%3D%2F%2Fc"
    assert gate.ask("/x", "POST", **OWN).status_code == 401
    record_property("refused: paths without a login", 15)


def test_a_cookie_or_a_token_opens_it(gate: Gate) -> None:
    assert gate.ask("/api/v1/x", authorization=f"Bearer {gate.token()}").json()["name"] == "dr.lee"
    gate.enter()
    for path in ("/", "/x", "/api/v1/x", "/static/secret.js"):
        assert gate.ask(path).json()["name"] == "dr.lee"


def test_forged_and_exchanged_secrets_open_nothing(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    token = gate.token()
    flipped = gate.login.secret[:-1] + ("A" if gate.login.secret[-1] != "A" else "B")
    for value in ("", "x", flipped, gate.login.secret + "A", gate.login.secret[:-1], token, gate.login.csrf,
                  gate.login.actor.login_id, gate.user_id, "a" * 4000):  # fmt: skip
        gate.client.cookies.clear()
        gate.enter(value=value)
        assert gate.ask("/api/v1/x").status_code == 401, value[:20]
    gate.client.cookies.clear()
    gate.enter(name="__Host-kinelab_login")
    assert gate.ask("/api/v1/x").status_code == 401  # the name for https counts behind https only
    gate.client.cookies.clear()
    for shown in ("Bearer", "Bearer ", f"Bearer {token[:-1]}", f"Bearer {token}x", f"Basic {token}", token,
                  f"Bearer {gate.login.secret}", f"Bearer kl_{gate.login.secret}", "Bearer kl_"):  # fmt: skip
        assert gate.ask("/api/v1/x", authorization=shown).status_code == 401, shown[:20]
    record_property("refused: forged cookies and tokens", 20)


def test_a_wrong_token_is_not_made_good_by_a_cookie(gate: Gate) -> None:
    gate.enter()
    assert gate.ask("/api/v1/x", authorization="Bearer kl_forged").status_code == 401


def test_every_change_by_cookie_needs_the_logins_own_csrf_token(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    with gate.database.writing() as db:
        other = logins.begin(db, db.get_one(User, gate.user_id), "password")
    gate.enter()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/api/v1/x", "/x", "/api/v1/unknown"):
            for shown in (
                {},
                {"x_csrf_token": ""},
                {"x_csrf_token": other.csrf},
                {"x_csrf_token": gate.login.secret},
            ):
                answer = gate.ask(path, method, **OWN, **shown)
                assert (answer.status_code, answer.json()["kind"]) == (403, "CsrfError")
        assert gate.ask("/api/v1/x", method, **OWN, x_csrf_token=gate.login.csrf).status_code == 200
    record_property("refused: changes without the login's CSRF token", 48)


def test_a_programs_token_needs_none_and_opens_the_api_only(gate: Gate) -> None:
    shown = f"Bearer {gate.token(read_only=False)}"
    assert gate.ask("/api/v1/x", "POST", authorization=shown).status_code == 200
    for path in ("/", "/x", "/static/secret.js"):
        assert gate.ask(path, authorization=shown).status_code == 403


def test_a_token_that_only_reads_changes_nothing(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    shown = f"Bearer {gate.token()}"
    assert gate.ask("/api/v1/x", authorization=shown).status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert (
            gate.ask("/api/v1/x", method, authorization=shown).json()["problem"] == "this token may only read"
        )
    record_property("refused: changes by tokens that only read", 4)


def test_a_log_in_from_another_site_is_refused(gate: Gate) -> None:
    assert gate.ask("/api/v1/login", "POST", origin="http://evil.example").status_code == 403
    assert gate.ask("/api/v1/login", "POST", **OWN).status_code == 200
    gate.enter()
    assert gate.ask("/api/v1/login", "POST", **OWN).status_code == 200  # an old cookie is in nobody's way


def test_a_password_that_must_change_opens_only_that(gate: Gate) -> None:
    with gate.database.writing() as db:
        db.get_one(User, gate.user_id).must_change_password = True
    shown = f"Bearer {gate.token()}"
    gate.enter()
    assert gate.ask("/x").headers["location"] == "/password"
    assert gate.ask("/api/v1/x").json()["kind"] == "PasswordChangeNeededError"
    assert gate.ask("/api/v1/x", authorization=shown).status_code == 403
    for path in ("/password", "/api/v1/me", "/static/secret.js"):
        assert gate.ask(path).status_code == 200


def test_an_end_counts_from_the_next_request(gate: Gate) -> None:
    gate.enter()
    assert gate.ask("/x").status_code == 200
    logins.logout(gate.database, gate.login.actor)
    answer = gate.ask("/x")
    assert answer.status_code == 303
    assert 'kinelab_login=""; ' in answer.headers["set-cookie"]


def test_requests_are_seen_but_polling_is_not(gate: Gate) -> None:
    gate.enter()
    began = datetime.now(UTC)
    gate.database.clock = Clock(lambda: began + timedelta(minutes=10), lambda: 0.0)

    def seen_at() -> datetime:
        with gate.database.reading() as db:
            return db.get_one(Login, gate.login.actor.login_id).seen_at

    gate.ask("/api/v1/x", x_background="1")
    assert seen_at() < began + timedelta(minutes=1)
    gate.ask("/api/v1/x")
    assert seen_at() == began + timedelta(minutes=10)


def test_bodies_are_bounded_before_any_route_sees_them(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    def send(path: str, content: object, **headers: str) -> tuple[int, int]:
        told = {"x-csrf-token": gate.login.csrf, **OWN, **headers}
        answer = gate.client.post(path, content=content, headers=told)  # type: ignore[arg-type]
        return answer.status_code, answer.json().get("n_bytes", 0)

    assert send("/api/v1/login", b"x" * 2**14) == (200, 2**14)
    assert send("/api/v1/login", b"x" * (2**14 + 1)) == (413, 0)
    gate.enter()
    assert send("/api/v1/x", b"x" * 2**20) == (200, 2**20)
    assert send("/api/v1/x", b"x" * (2**20 + 1)) == (413, 0)
    assert send("/api/v1/x", (b"x" * 2**16 for _ in range(20))) == (413, 0)  # without saying how long it is
    upload = f"/api/v1/visits/{'0' * 32}/uploads"
    assert send(upload, (b"x" * 2**16 for _ in range(20))) == (200, 20 * 2**16)
    record_property("refused: bodies that are too long", 3)


def test_a_body_that_trickles_is_let_go(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard.bodies, "_WHOLE_IN_S", 0.05)
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(10)
        return {"type": "http.request", "body": b"", "more_body": True}

    async def send(message: Any) -> None:
        statuses.append(message.get("status", 0))

    headers = [(b"host", b"testserver"), (b"content-length", b"10")]
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/api/v1/login", "headers": headers, "query_string": b"",
        "client": ("192.0.2.1", 1), "scheme": "http",
    }  # fmt: skip
    guarded = Guard(Starlette(routes=ROUTES), gate.database, Rules(("testserver",)))
    asyncio.run(guarded(scope, receive, send))
    assert statuses[0] == 408


def test_answers_carry_strict_headers(gate: Gate) -> None:
    gate.enter()
    api, page, door = (gate.ask(path).headers for path in ("/api/v1/x", "/x", "/login"))
    assert api["content-security-policy"].startswith("default-src 'none'")
    assert api["content-security-policy"].endswith("sandbox")
    assert "unsafe" not in door["content-security-policy"]
    for headers in (api, page, door, gate.ask("/api/v1/x", origin="x", host="evil.example").headers):
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "http" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
        assert "access-control-allow-origin" not in headers
    own = gate.ask("/api/v1/file").headers
    assert (own["content-security-policy"], own["cache-control"]) == ("sandbox", "private")


def test_behind_https_cookies_have_the_safe_name_and_browsers_stay_with_https(store: Database) -> None:
    for gate in _gate(store, Rules(("testserver",), secure=True, proxies=("127.0.0.1",))):
        gate.client._transport.client = ("127.0.0.1", 1)  # type: ignore[attr-defined]
        told = {"x_forwarded_proto": "https", "x_forwarded_for": "203.0.113.5"}
        assert gate.ask("/api/v1/health").status_code == 403
        health = gate.ask("/api/v1/health", **told)
        assert health.json()["address"] == "203.0.113.5"
        assert health.headers["strict-transport-security"] == "max-age=31536000"
        sent = {"cookie": f"kinelab_login={gate.login.secret}", **told}
        assert gate.ask("/api/v1/x", **sent).status_code == 401
        assert gate.ask("/api/v1/x", **sent | {"cookie": f"__Host-{sent['cookie']}"}).status_code == 200


def test_a_web_socket_needs_a_login_and_its_own_site(
    gate: Gate, record_property: Callable[[str, object], None]
) -> None:
    def closed(**headers: str) -> int:
        with (
            pytest.raises(WebSocketDisconnect) as told,
            gate.client.websocket_connect("/_nicegui_ws/socket.io", headers=headers),
        ):
            pass
        return told.value.code

    assert closed(**OWN) == 1008
    gate.enter()
    assert closed() == 1008
    assert closed(origin="http://evil.example") == 1008
    assert closed(**OWN, authorization=f"Bearer {gate.token()}") == 1008
    with gate.client.websocket_connect("/_nicegui_ws/socket.io", headers=OWN) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"
    record_property("refused: web sockets of strangers and other sites", 4)


def test_an_open_web_socket_ends_with_its_login(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_ASKED_AGAIN_S", 0.0)
    gate.enter()
    with gate.client.websocket_connect("/_nicegui_ws/socket.io", headers=OWN) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"
        logins.logout(gate.database, gate.login.actor)
        socket.send_text("still there?")
        with pytest.raises(WebSocketDisconnect) as told:
            socket.receive_text()
        assert told.value.code == 1008


def test_the_requests_of_socket_io_itself_need_their_own_site_only(gate: Gate) -> None:
    gate.enter()
    assert gate.ask("/_nicegui_ws/socket.io", "POST", **OWN).status_code == 200
    assert gate.ask("/_nicegui_ws/socket.io", "POST").status_code == 403
    assert gate.ask("/_nicegui_ws/socket.io", "POST", origin="http://evil.example").status_code == 403


def test_refusals_are_in_the_audit_without_what_people_wrote(gate: Gate) -> None:
    gate.ask("/api/v1/x")  # nobody, who shows nothing: not worth a row
    gate.enter(value="forged")
    gate.ask("/api/v1/x")
    gate.client.cookies.clear()
    gate.enter()
    for i in range(5):
        gate.ask(f"/api/v1/patients/Jane%20Doe%20{i}")
    gate.ask("/api/v1/x", "POST", **OWN)
    address = "testclient"
    assert gate.refusals() == [
        ("", {"status": 401, "place": "/api/v1/x", "address": address}),
        (gate.user_id, {"status": 404, "place": "/api/v1/patients/*"}),
        (gate.user_id, {"status": 403, "place": "/api/v1/x"}),
    ]
    gate.client.__exit__(None, None, None)  # the server ends in order
    assert gate.refusals()[3:] == [(gate.user_id, {"status": 404, "place": "/api/v1/patients/*", "more": 4})]
