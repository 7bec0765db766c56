"""The way through the clinic's own login system: there and back."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from kinelab.clinic.accounts import attempts, oidc, oidc_accounts
from kinelab.clinic.accounts.oidc_provider import Provider
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database
from kinelab.clinic.web import cookies
from kinelab.clinic.web.dependencies import Set, Store
from kinelab.clinic.web.errors import problems
from kinelab.errors import BusyError, KinelabError, NotFoundError

router = APIRouter(prefix="/oidc", tags=["login"])
_LOG = logging.getLogger("kinelab.clinic")
_BACK = "/api/v1/oidc/return"
_Word = Annotated[str, Query(max_length=4096)]


@router.get(
    "/start", summary="Log in through the clinic's own login system", status_code=303, responses=problems(404)
)
def start(request: Request, store: Store, settings: Set, next: _Word = "/") -> RedirectResponse:
    """Sends the browser there. `next` is the page of this server to come back to."""
    provider = _provider(request, settings)
    with store.reading() as db:
        attempts.refuse_blocked(db, attempts.address_bucket(db, request.state.address))
    address, sealed = oidc.begin(store, provider, _return_address(request), own_page(next))
    response = RedirectResponse(address, 303)
    cookies.give_oidc(response, sealed, settings.behind_https)
    return response


@router.get(
    "/return",
    summary="Come back from the clinic's own login system",
    status_code=303,
    responses=problems(404),
)
def come_back(
    request: Request, store: Store, settings: Set,
    state: _Word = "", code: _Word = "", iss: _Word | None = None, error: _Word | None = None,
) -> RedirectResponse:  # fmt: skip
    """Begins a login if everything fits; else back to the log-in page, which says so in its own words."""
    provider = _provider(request, settings)
    said = {"state": state, "code": code, "iss": iss, "error": error}
    try:
        _count_try(store, request)
        known = {name: value for name, value in said.items() if value is not None}
        claims, back_to = oidc.finish(store, provider, cookies.oidc_in(request.headers), known)
        entered = oidc_accounts.enter(store, settings.oidc or provider.settings, claims)
    except KinelabError as problem:
        _LOG.warning("log-in through %s: %s", provider.settings.issuer, problem)
        request.state.refused = True
        response = RedirectResponse(
            f"/login?problem={'busy' if isinstance(problem, BusyError) else 'refused'}", 303
        )
    else:
        with store.writing() as db:
            attempts.take_back(db, attempts.address_bucket(db, request.state.address))
        response = RedirectResponse(back_to, 303)
        cookies.give(response, entered, settings.behind_https)
    cookies.take_oidc(response, settings.behind_https)
    return response


def own_page(wanted: str) -> str:
    """A page of this server, or its first one: a log-in never ends on another site."""
    is_own = wanted.startswith("/") and not wanted.startswith(("//", "/\\", "/api/")) and wanted.isprintable()
    return wanted if is_own and "\\" not in wanted else "/"


def _count_try(store: Database, request: Request) -> None:
    with store.writing() as db:
        attempts.count_try(db, attempts.address_bucket(db, request.state.address))


def _provider(request: Request, settings: Settings) -> Provider:
    """One for the server's whole life: it keeps what the other system publishes."""
    if settings.oidc is None:
        raise NotFoundError("no login system is set in clinic.toml")
    provider = getattr(request.app.state, "oidc_provider", None)
    if provider is None:
        provider = request.app.state.oidc_provider = Provider(settings.oidc)
    assert isinstance(provider, Provider)
    return provider


def _return_address(request: Request) -> str:
    # The guard has checked the Host.
    return f"{request.url.scheme}://{request.headers['host']}{_BACK}"
