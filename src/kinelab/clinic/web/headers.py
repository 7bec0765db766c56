"""What every answer tells the browser: load nothing from elsewhere, be framed by nobody, keep no copy."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from kinelab.labelling.access import POLICY as _NICEGUI

_NOTHING = "default-src 'none'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
API_POLICY = f"{_NOTHING}; sandbox"
# Log-in and password pages: our own style and script, no NiceGUI, no inline code.
PLAIN_POLICY = f"{_NOTHING}; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:"
# media-src: a video that a script has fetched; frame-src: a report inside the page of its visit.
PAGE_POLICY = f"{_NICEGUI}; media-src 'self' blob:; frame-src 'self'; worker-src 'self' blob:"
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: browsers would then send `Origin: null` with forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_HTTPS = "max-age=31536000"
_PLAIN_PAGES = ("/login", "/password")


def policy_of(path: str) -> str:
    """The content security policy of a path, unless its route sets another."""
    if path.startswith("/api/"):
        return API_POLICY
    return PLAIN_POLICY if path in _PLAIN_PAGES else PAGE_POLICY


def with_headers(send: Send, path: str, secure: bool) -> Send:
    """`send` with these headers in every answer; a policy and a caching rule of the route's own are kept."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _FIXED.items():
                headers[name] = value
            if "content-security-policy" not in headers:
                headers["Content-Security-Policy"] = policy_of(path)
                headers["X-Frame-Options"] = "DENY"
            if path.startswith(("/static/", "/_nicegui/")):
                headers.setdefault("Cache-Control", "private, no-cache")
            else:
                headers.setdefault("Cache-Control", "no-store")
            if secure:
                headers["Strict-Transport-Security"] = _HTTPS
        await send(message)

    return sent
