"""The whole application: who is let in, the API, the pages."""

from __future__ import annotations

import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.staticfiles import StaticFiles

import kinelab
from kinelab.clinic.review.previews import Previews
from kinelab.clinic.settings import Settings
from kinelab.clinic.store.database import Database, answers
from kinelab.clinic.web import (
    api_accounts,
    api_exports,
    api_follow,
    api_patients,
    api_results,
    api_review,
    api_visits,
    api_work,
    page_account,
    page_audit,
    page_exports,
    page_login,
    page_patient,
    page_patients,
    page_reliance,
    page_review,
    page_users,
    page_visit,
)
from kinelab.clinic.web.dependencies import Store
from kinelab.clinic.web.description import described
from kinelab.clinic.web.errors import add_error_answers, problems
from kinelab.clinic.web.guard import Guard
from kinelab.clinic.web.noted import NotedReads
from kinelab.clinic.web.rules import Rules
from kinelab.errors import BusyError

STATIC = Path(__file__).parent / "static"
API = "/api/v1"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_ROUTERS = (
    api_accounts.router, api_patients.router, api_visits.router, api_work.router, api_results.router,
    api_review.router, api_follow.router, api_exports.router,
)  # fmt: skip
_PAGES = (
    page_login, page_account, page_users, page_audit, page_patients, page_patient, page_visit, page_review,
    page_reliance, page_exports,
)  # fmt: skip


def make_api(database: Database, settings: Settings, previews: Previews | None = None) -> FastAPI:
    """The API alone, behind the guard; the pages come with `make_app`. previews: None is this process."""
    app = FastAPI(
        title="kinelab clinic",
        version=kinelab.__version__,
        summary="Patients by pseudonym, visits, recordings, results, review, follow-up, exchange.",
        docs_url=None, redoc_url=None, openapi_url=f"{API}/openapi.json",
    )  # fmt: skip
    app.state.database, app.state.settings, app.state.noted = database, settings, NotedReads()
    app.state.previews = previews or Previews()
    add_error_answers(app)
    app.add_api_route(
        f"{API}/health", _health, methods=["GET"], tags=["server"], summary="Whether the server answers",
        responses={503: problems()[503]},
    )  # fmt: skip
    for router in _ROUTERS:
        app.include_router(router)
    # Last: whatever no route took. The pages' own answer to it would be a page.
    app.add_api_route("/api/{rest:path}", _no_such_route, methods=list(_METHODS), include_in_schema=False)
    proxies = settings.trusted_proxies if settings.behind_https else ()
    app.openapi = partial(described, app)  # type: ignore[method-assign]
    app.add_middleware(
        Guard, database=database, rules=Rules(settings.host_names, settings.behind_https, proxies)
    )
    return app


def make_app(database: Database, settings: Settings, previews: Previews) -> FastAPI:
    """The API and the pages. NiceGUI has one application for each process: call it once."""
    from nicegui import ui

    app = make_api(database, settings, previews)
    app.mount("/static", StaticFiles(directory=STATIC))
    for page in _PAGES:
        page.add(database)
    ui.run_with(
        app, title="kinelab clinic", dark=False, tailwind=False, show_welcome_message=False, language="en-GB"
    )
    return app


def api_description() -> dict[str, Any]:
    """The description of this version's API, from an application on an empty folder."""
    with tempfile.TemporaryDirectory() as folder, closing(Database(folder)) as database:
        return described(make_api(database, Settings()))


class Health(BaseModel):
    """The server answers."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "ok"}]})

    status: Literal["ok"] = "ok"


def _health(store: Store) -> Health:
    """For who watches over the server; no login is needed, nothing else is told."""
    if not answers(store):
        raise BusyError("the database does not answer")
    return Health()


def _no_such_route(request: Request) -> None:
    allowed = {
        method.upper()
        for path, methods in request.app.openapi()["paths"].items()
        if compile_path(path)[0].fullmatch(request.url.path)
        for method in methods
    }
    if allowed:
        raise HTTPException(405, "this is not done by this method", {"Allow": ", ".join(sorted(allowed))})
    raise HTTPException(404, "there is no such route")
