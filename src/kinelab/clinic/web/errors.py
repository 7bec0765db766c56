"""What the browser is told when something is refused or goes wrong: a problem in words, its kind, no more."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from kinelab.clinic.store.files import TooBigError
from kinelab.errors import (
    BusyError,
    ConflictError,
    ExchangeError,
    InputError,
    KinelabError,
    LoginRefusedError,
    ModelError,
    NotAllowedError,
    NotFoundError,
    OutputError,
    TooManyTriesError,
)

_LOG = logging.getLogger("kinelab.clinic")
# The first that fits counts.
_STATUS: tuple[tuple[type[KinelabError], int], ...] = (
    (LoginRefusedError, 401),
    (TooManyTriesError, 429),
    (ExchangeError, 502),
    (NotAllowedError, 403),
    (NotFoundError, 404),
    (ConflictError, 409),
    (BusyError, 503),
    (OutputError, 507),
    (TooBigError, 413),
    (InputError, 422),
    (ModelError, 422),
)
_RETRY_S = 2
_LONGEST = 500  # letters of what was wrong with the request that are sent back


class LoginNeededError(LoginRefusedError):
    """Nobody is logged in in this browser, or the login has ended."""


class Problem(BaseModel):
    """Why it was not done."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"problem": "no such patient among yours", "kind": "NotFoundError"}]}
    )

    problem: str
    kind: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that needs a login and may answer with these refusals as well."""
    told = {
        401: "nobody is logged in", 403: "the role does not allow it", 404: "no such thing among yours",
        409: "another change came first", 413: "too big", 416: "no such part of the file",
        422: "the request cannot be used", 429: "too many; try again later", 502: "the other server refused",
        503: "the database did not answer in time", 507: "the disk is full",
    }  # fmt: skip
    return {
        status: {"model": Problem, "description": told[status]}
        for status in sorted({401, 403, 413, 422, 429, 503, *statuses})
    }


def status_of(error: KinelabError) -> int:
    """The HTTP status of an error that kinelab raised on purpose."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 422)


def problem(status: int, said: str, kind: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The answer itself."""
    return JSONResponse({"problem": said, "kind": kind}, status, headers)


def add_error_answers(app: FastAPI) -> None:
    """Let `app` answer every error as `Problem`; the unforeseen goes to the log, not to the browser."""
    app.add_exception_handler(KinelabError, _answer_own)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unforeseen)


def _answer_own(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, KinelabError)
    status = status_of(error)
    if status == 507:
        _LOG.error("%s", error)
    # Facts that the error carries for the page, such as what came in between of a conflict.
    more = getattr(error, "told", None)
    body = {"problem": str(error), "kind": type(error).__name__, **(more if isinstance(more, dict) else {})}
    return JSONResponse(body, status, _retry_after(error))


def _retry_after(error: KinelabError) -> dict[str, str] | None:
    if isinstance(error, TooManyTriesError):
        return {"Retry-After": str(math.ceil(error.retry_after_s))}
    return {"Retry-After": str(_RETRY_S)} if isinstance(error, BusyError) else None


def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(422, _in_words(error.errors())[:_LONGEST], "InputError")


def _in_words(errors: Sequence[Any]) -> str:
    said = []
    for one in errors[:5]:
        place = ".".join(str(part) for part in one["loc"] if part not in ("body", "query", "path"))
        said.append(f"{place}: {one['msg']}" if place else str(one["msg"]))
    return "; ".join(said).encode("utf-8", "replace").decode()


def _answer_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    kind = {401: "LoginNeededError", 403: "NotAllowedError", 404: "NotFoundError"}.get(
        error.status_code, "InputError"
    )
    headers = dict(error.headers) if error.headers else None
    return problem(error.status_code, str(error.detail), kind, headers)


def _answer_unforeseen(request: Request, error: Exception) -> JSONResponse:
    _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    return problem(500, "something went wrong on the server; its log says what", "ServerError")
