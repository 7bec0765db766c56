"""The cookies of a login, and what holds them.

`kinelab_login` is the secret itself: no script reads it (HttpOnly), and other sites send it with no request
but a link (SameSite=Lax: a link to a visit in a message should open it).
`kinelab_csrf` is for the pages' scripts: they send it back as a header, which no other site can.
`kinelab_device` says that this browser is known for the account (see `accounts.attempts`); only the login
itself is told it. Behind https the first two are called `__Host-...`: no other host can set them.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import Response

from kinelab.clinic.accounts.logins import LONGEST, LoggedIn

_LOGIN, _CSRF, _DEVICE, _OIDC = "kinelab_login", "kinelab_csrf", "kinelab_device", "kinelab_oidc"
_DEVICE_S = 180 * 86400
_OIDC_S = 600
_LOGIN_PATH, _OIDC_PATH = "/api/v1/login", "/api/v1/oidc"


def read(headers: Headers, name: str) -> str:
    """The cookie of this name; "" where there is none or the header cannot be understood."""
    try:
        cookies: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[name].value if name in cookies else ""


def login_name(secure: bool) -> str:
    """What the cookie with the login's secret is called."""
    return _prefix(secure) + _LOGIN


def secret_in(headers: Headers, secure: bool) -> str:
    """The login's secret in a request; "" where there is none."""
    return read(headers, login_name(secure))


def device_in(headers: Headers) -> str:
    """What makes the browser known; "" where it is not."""
    return read(headers, _DEVICE)


def give(response: Response, login: LoggedIn, secure: bool) -> None:
    """Let the browser keep a login that has just begun."""
    lasts_s = int(LONGEST.total_seconds())
    response.set_cookie(
        login_name(secure), login.secret, max_age=lasts_s, httponly=True, samesite="lax", secure=secure
    )
    response.set_cookie(
        _prefix(secure) + _CSRF, login.csrf, max_age=lasts_s, samesite="strict", secure=secure
    )
    response.set_cookie(
        _DEVICE, login.device, max_age=_DEVICE_S, path=_LOGIN_PATH, httponly=True, samesite="strict",
        secure=secure,
    )  # fmt: skip


def take(response: Response, secure: bool) -> None:
    """Let the browser forget the login; it stays known."""
    response.delete_cookie(login_name(secure), secure=secure, httponly=True, samesite="lax")
    response.delete_cookie(_prefix(secure) + _CSRF, secure=secure, samesite="strict")


def give_oidc(response: Response, sealed: str, secure: bool) -> None:
    """What the browser brings back from the clinic's own login system; by a link, so it is Lax."""
    response.set_cookie(
        _OIDC, sealed, max_age=_OIDC_S, path=_OIDC_PATH, httponly=True, samesite="lax", secure=secure
    )


def oidc_in(headers: Headers) -> str:
    """What `give_oidc` gave."""
    return read(headers, _OIDC)


def take_oidc(response: Response, secure: bool) -> None:
    """It counts once."""
    response.delete_cookie(_OIDC, path=_OIDC_PATH, secure=secure, httponly=True, samesite="lax")


def _prefix(secure: bool) -> str:
    return "__Host-" if secure else ""
