"""Who is let in: every request and every web socket passes here before anything else of the clinic sees it.

In this order: the rules of the house (see `rules`: names, https, other sites); then the login's cookie or a
program's token is looked up, each time anew. Without one only the paths of `_OPEN` answer. A change by cookie
needs the login's CSRF token as a header as well. Refusals are counted into the audit (`accounts.refusals`).
"""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kinelab.clinic.accounts import logins, secret
from kinelab.clinic.accounts.refusals import Refusal, Refusals
from kinelab.clinic.store.database import Database
from kinelab.clinic.web import bodies, cookies
from kinelab.clinic.web.errors import problem
from kinelab.clinic.web.headers import with_headers
from kinelab.clinic.web.rules import SAFE_METHODS, Rules
from kinelab.errors import BusyError, KinelabError

_OPEN = frozenset(
    (
        "/login", "/static/clinic.css", "/static/login.css", "/static/login.js", "/favicon.ico",
        "/api/v1/login", "/api/v1/oidc/start", "/api/v1/oidc/return", "/api/v1/health",
    )
)  # fmt: skip
# With a password that has to be changed, nothing else.
_FOR_CHANGE = frozenset(("/password", "/api/v1/me", "/api/v1/me/password", "/api/v1/logout")) | _OPEN
_SOCKETS = "/_nicegui_ws/"
_LOGIN = "/api/v1/login"
_NOTED = (401, 403, 404, 413, 429)
_ASKED_AGAIN_S = 10.0  # a web socket's login
_N_LOOKERS = 8
_PLAIN = re.compile(r"[a-z0-9_-]{0,32}")


@dataclass
class _Request:
    """One request on its way in."""

    scope: Scope
    headers: Headers
    path: str
    method: str  # "" of a web socket
    address: str
    entry: logins.Entry | None = None
    given: str = ""  # the secret of cookie or token
    is_token: bool = False

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def is_change(self) -> bool:
        return self.method != "" and self.method not in SAFE_METHODS


class _RefusedError(Exception):
    """The answer to who is not let in."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, database: Database, rules: Rules) -> None:
        self._app = app
        self._database = database
        self._rules, self._secure = rules, rules.secure
        self._refusals = Refusals(database)
        self._lookers: CapacityLimiter | None = None  # threads of its own: lookups do not wait behind routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, one web socket, or the server's start and end."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._with_end(send))
            return
        headers = Headers(scope=scope)
        address = self._rules.address_of(scope, headers)
        request = _Request(scope, headers, scope["path"], scope.get("method", ""), address)
        try:
            await self._look(request)
            self._tell(request)
            if request.method and not bodies.is_streamed(request.method, request.path):
                receive = await self._with_body(request, receive)
        except _RefusedError as refused:
            await self._answer(request, refused.response, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, self._asked_again(request, receive, send), send)
            return
        if not request.is_api:
            # A browser that went on to another page must leave no traceback in the log: told of ASGI 2.4, the
            # pages' answers are written to their end although nobody reads them, and not broken off.
            scope["asgi"] = {**scope.get("asgi", {}), "spec_version": "2.4"}
        status = [0]
        sent = with_headers(_watched(send, status), request.path, self._secure)
        try:
            await self._app(scope, receive, sent)
        finally:
            await self._note(request, status[0])

    async def _look(self, request: _Request) -> None:
        """Find out who it is, and refuse what may not go on."""
        why_not = self._rules.why_not(request.scope, request.headers)
        if why_not is not None:
            raise _refused(*why_not, "NotAllowedError")
        await self._identify(request)
        if request.path in _OPEN:
            return
        entry = request.entry
        if entry is None:
            raise _RefusedError(self._log_in_first(request))
        if request.is_token and not request.is_api:
            raise _refused(403, "a program's token opens the API only", "NotAllowedError")
        if entry.read_only and request.is_change:
            raise _refused(403, "this token may only read", "NotAllowedError")
        if request.is_change and not request.is_token and not self._has_csrf(request):
            raise _refused(
                403, "the page's CSRF token is missing or of another login; load it anew", "CsrfError"
            )
        if entry.must_change_password and request.path not in _FOR_CHANGE and not _is_static(request.path):
            if request.is_api or request.method != "GET":
                raise _refused(403, "change your password first", "PasswordChangeNeededError")
            raise _RefusedError(RedirectResponse("/password", 303))

    async def _identify(self, request: _Request) -> None:
        shown = request.headers.get("authorization", "")
        if shown:
            kind, _, given = shown.partition(" ")
            request.is_token = True
            if kind.lower() == "bearer" and given.startswith(secret.TOKEN_PREFIX):
                request.given = given
        else:
            request.given = cookies.secret_in(request.headers, self._secure)
        if request.given:
            found = await self._in_thread(logins.entry_of, self._database, request.given)
            # A cookie is no token and a token no cookie.
            if found is not None and (found.actor.via == "token") == request.is_token:
                request.entry = found
        if request.entry is not None and request.entry.is_stale and _is_by_hand(request):
            await self._in_thread(logins.seen, self._database, request.entry.actor.login_id)

    def _has_csrf(self, request: _Request) -> bool:
        if request.path.startswith(_SOCKETS):  # socket.io's own requests: the rules have seen their origin
            return request.headers.get("origin") is not None
        shown = request.headers.get("x-csrf-token", "")
        own = secret.csrf_of(self._database.keys, request.given)
        return hmac.compare_digest(shown.encode(), own.encode())

    def _tell(self, request: _Request) -> None:
        """What the application is told of it."""
        state: dict[str, Any] = request.scope.setdefault("state", {})
        state["address"] = request.address
        if self._secure:
            request.scope["scheme"] = "https" if request.method else "wss"
        if request.entry is not None:
            state["actor"] = request.entry.actor
            state["must_change_password"] = request.entry.must_change_password
            if not request.is_token:
                state["csrf"] = secret.csrf_of(self._database.keys, request.given)

    async def _with_body(self, request: _Request, receive: Receive) -> Receive:
        if not request.is_change:
            return receive
        longest = bodies.LONGEST_STRANGERS_BYTES if request.entry is None else bodies.LONGEST_BYTES
        try:
            return await bodies.whole(receive, request.headers, longest)
        except bodies.TooBigError:
            raise _refused(413, f"the request is longer than {longest} bytes", "InputError") from None
        except bodies.TooSlowError:
            raise _refused(408, "the request did not come in time", "InputError") from None

    def _asked_again(self, request: _Request, receive: Receive, send: Send) -> Receive:
        """A web socket's messages, as long as its login lasts: it is asked for again every ten seconds."""
        asked = time.monotonic()

        async def received() -> Message:
            nonlocal asked
            message = await receive()
            if message["type"] == "websocket.receive" and time.monotonic() - asked > _ASKED_AGAIN_S:
                asked = time.monotonic()
                if await self._in_thread(logins.entry_of, self._database, request.given) is None:
                    await send({"type": "websocket.close", "code": 1008, "reason": "the login has ended"})
                    return {"type": "websocket.disconnect", "code": 1008}
            return message

        return received

    async def _answer(self, request: _Request, response: Response, receive: Receive, send: Send) -> None:
        if request.scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            if response.status_code == 413:
                response.headers["Connection"] = "close"
            await response(request.scope, receive, with_headers(send, request.path, self._secure))
        await self._note(request, response.status_code)

    def _log_in_first(self, request: _Request) -> Response:
        if request.is_api or request.method != "GET":
            return problem(401, "log in first", "LoginNeededError", {"WWW-Authenticate": "Bearer"})
        query = request.scope["query_string"].decode("latin-1")
        wanted = request.path + (f"?{query}" if query else "")
        response = RedirectResponse(
            "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}", 303
        )
        if request.given:
            cookies.take(response, self._secure)
        return response

    async def _note(self, request: _Request, status: int) -> None:
        """Into the audit, bounded; the answer was given already, even if the audit cannot be written."""
        state = request.scope.get("state", {})
        noted = status in _NOTED or "refused" in state
        if not noted or "expected" in state or (status in (401, 404) and not _was_somebody(request)):
            return
        actor = request.entry.actor if request.entry is not None else None
        tried = state.get("tried", "")
        refusal = Refusal(status, _place(request.path), actor, request.address, tried)
        try:
            await self._in_thread(self._refusals.note, refusal)
        except KinelabError:
            return

    def _with_end(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "lifespan.shutdown.complete":
                await self._in_thread(logins.settle)
                await self._in_thread(self._refusals.flush)
            await send(message)

        return sent

    async def _in_thread(self, act: Any, *args: Any) -> Any:
        if self._lookers is None:
            self._lookers = CapacityLimiter(_N_LOOKERS)
        try:
            return await run_sync(partial(act, *args), limiter=self._lookers)
        except BusyError as error:
            raise _refused(503, str(error), "BusyError") from None


def _refused(status: int, said: str, kind: str) -> _RefusedError:
    return _RefusedError(problem(status, said, kind))


def _watched(send: Send, status: list[int]) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            status[0] = message["status"]
        await send(message)

    return sent


def _is_by_hand(request: _Request) -> bool:
    """Whether a person has done something: polling and open sockets do not prolong a login."""
    return (
        request.method != ""
        and not request.path.startswith(_SOCKETS)
        and "x-background" not in request.headers
    )


def _is_static(path: str) -> bool:
    return path.startswith("/static/")


def _was_somebody(request: _Request) -> bool:
    return request.entry is not None or request.given != "" or request.is_token or request.path == _LOGIN


def _place(path: str) -> str:
    """Where it was, without anything that a person wrote: names of rows stay, unknown words go."""
    return "/".join(part if _PLAIN.fullmatch(part) else "*" for part in path.split("/")[:8])
