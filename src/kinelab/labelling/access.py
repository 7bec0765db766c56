"""Who may talk to the labelling server: the browser that was given the secret address, and no other page.

Each start draws a random token; the printed address carries it once and is exchanged for a cookie that
scripts cannot read (HttpOnly) and other sites send with no request but a link (SameSite=Lax; with Strict the
printed address would fail where it is clicked in a web page, such as a notebook's terminal). Every request
needs that cookie, a Host that is this server's own (a foreign name that leads to 127.0.0.1 is refused), and,
where the browser names an Origin, the same host and port again. The page may load nothing from anywhere
else: the content security policy forbids it, so no picture of a patient can leave through it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# 'unsafe-eval' and 'unsafe-inline': NiceGUI's templates are compiled in the browser.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; frame-ancestors 'none'; form-action 'none'; "
    "base-uri 'none'; object-src 'none'"
)
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Door:
    """What opens the server at `host` and `port`: the token of this start."""

    host: str
    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def address(self) -> str:
        """What to open in the browser."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """The cookie's name; the port is part of it, since browsers share cookies between ports."""
        return f"kinelab_label_{self.port}"

    def is_own_host(self, host: str) -> bool:
        """Whether a Host header names this server. Bound to a network, only the port can be checked."""
        name, _, port = host.rpartition(":")
        if port != str(self.port):
            return False
        return self.host not in ("127.0.0.1", "localhost", "::1") or name in _LOCAL


class Guard:
    """ASGI middleware that lets through what `Door` allows, web sockets included."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        given = query.get("token", [""])[0]
        if not self._same_house(headers):
            await _refuse(scope, receive, send, "This address is not the labelling server's own.")
        elif scope["type"] == "http" and self._is_token(given):
            response = RedirectResponse(_without_token(scope), status_code=303)
            response.set_cookie(self._door.cookie, given, httponly=True, samesite="lax")
            await response(scope, receive, send)
        elif self._is_token(_cookie(headers, self._door.cookie)):
            await self._app(scope, receive, _with_policy(send))
        else:
            await _refuse(
                scope, receive, send, "Open the whole address that `kinelab label` printed, with its token."
            )

    def _same_house(self, headers: Headers) -> bool:
        if not self._door.is_own_host(headers.get("host", "")):
            return False
        origin = headers.get("origin")
        return origin is None or urlsplit(origin).netloc == headers["host"]

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._door.token.encode())


def _cookie(headers: Headers, name: str) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def _without_token(scope: Scope) -> str:
    pairs = scope["query_string"].decode("latin-1").split("&")
    rest = "&".join(pair for pair in pairs if not pair.startswith("token="))
    path = "/" + scope["path"].lstrip("/")  # never //elsewhere
    return f"{path}?{rest}" if rest else path


def _with_policy(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = POLICY
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            headers.setdefault("Cache-Control", "no-cache")
        await send(message)

    return sent


async def _refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": why})
    else:
        await PlainTextResponse(why, status_code=403)(scope, receive, send)
