"""Log in and out, one's own password, one-time codes and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from kinelab.clinic.accounts import logins, passwords, tokens, totp, users
from kinelab.clinic.actor import Role
from kinelab.clinic.fields import Line, RowId, Strict
from kinelab.clinic.permissions import ALLOWED, Permission
from kinelab.clinic.store.tables import Login, User
from kinelab.clinic.web import cookies
from kinelab.clinic.web.dependencies import Acting, Set, Store
from kinelab.clinic.web.errors import problems
from kinelab.errors import LoginRefusedError, NotFoundError

router = APIRouter(tags=["login"])
# Bounded generously: what is too long for a password is told so by the rules of passwords.
_Password = Annotated[str, Field(min_length=1, max_length=1024)]
_Code = Annotated[str, Field(max_length=64, description="the telephone's code, or a recovery code")]


class Entering(Strict):
    """Who wants to log in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "dr.lee", "password": "four quiet grey geese", "code": "287082"}]
        }
    )

    name: Annotated[str, Field(min_length=1, max_length=200)]
    password: _Password
    code: _Code = ""


class Ways(BaseModel):
    """How one can log in, besides by password."""

    login_system: bool


class Entered(BaseModel):
    """A login has begun; its cookies came with the answer. `csrf` goes into X-CSRF-Token with changes."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "dr.lee", "role": "clinician", "csrf": "5f0c...", "must_change_password": False}
            ]
        }
    )

    name: str
    role: Role
    csrf: str
    must_change_password: bool


class Me(BaseModel):
    """One's own account; `csrf` is empty for a program's token."""

    id: str
    name: str
    full_name: str
    role: Role
    csrf: str
    must_change_password: bool
    has_password: bool
    has_one_time_codes: bool
    may: list[Permission]


class PasswordChange(Strict):
    """The password that was, and the one to be."""

    old: _Password
    new: _Password


class PasswordAgain(Strict):
    """One's own password once more."""

    password: Annotated[str, Field(max_length=1024)] = ""


class CodesOffer(BaseModel):
    """What the telephone reads: as a picture (SVG) or typed. Nothing is in force before it was confirmed."""

    pending: str
    secret: str
    uri: str
    svg: str


class CodesConfirmation(Strict):
    """The offer as it came, and a code that the telephone made of it."""

    pending: Annotated[str, Field(min_length=1, max_length=600)]
    code: _Code


class RecoveryCodes(BaseModel):
    """Each stands in once for a lost telephone; they are told only here."""

    codes: list[str]


class TokenWish(Strict):
    """A token for a program."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"label": "nightly export", "days": 90, "read_only": True}]}
    )

    label: Line
    days: Annotated[int, Field(ge=1, le=tokens.LONGEST_DAYS)] = 90
    read_only: bool = True


class TokenRow(BaseModel):
    """A token that is good."""

    id: str
    label: str
    read_only: bool
    created_at: datetime
    seen_at: datetime
    ends_at: datetime


class TokenMade(TokenRow):
    """A new one; `token` is told only here."""

    token: str


@router.get("/login", summary="How one can log in", responses=problems())
def ways(settings: Set) -> Ways:
    """For the log-in page."""
    return Ways(login_system=settings.oidc is not None)


@router.post("/login", summary="Log in with a password", responses=problems())
def log_in(body: Entering, request: Request, response: Response, store: Store, settings: Set) -> Entered:
    """Begins a login and gives its cookies. 401 `CodeNeededError`: send the one-time code as well.

    Every try counts; after five failed ones an account, after thirty an address has to wait (429).
    """
    try:
        entered = logins.login(
            store,
            body.name,
            body.password,
            body.code,
            request.state.address,
            cookies.device_in(request.headers),
        )
    except LoginRefusedError as error:
        if isinstance(error, logins.CodeNeededError):
            request.state.expected = True  # every log-in with a code comes by here
        request.state.tried = error.account
        raise
    _end_the_old(request, store)
    return _given(entered, response, settings.behind_https)


@router.post("/logout", summary="Log out", status_code=204, responses=problems())
def log_out(actor: Acting, response: Response, store: Store, settings: Set) -> None:
    """Ends this login at once, also in other windows of the browser. A token is ended by it as well."""
    logins.logout(store, actor)
    cookies.take(response, settings.behind_https)


@router.get("/me", summary="One's own account", responses=problems())
def me(actor: Acting, request: Request, store: Store) -> Me:
    """Who is logged in, and what the role allows."""
    with store.reading() as db:
        user = db.get(User, actor.user_id)
        if user is None:
            raise NotFoundError("no such account")
        return Me(
            id=user.id, name=user.name, full_name=user.full_name, role=actor.role,
            csrf=getattr(request.state, "csrf", ""), must_change_password=user.must_change_password,
            has_password=bool(user.password_hash), has_one_time_codes=bool(user.totp_secret),
            may=sorted(ALLOWED[actor.role]),
        )  # fmt: skip


@router.post("/me/password", summary="Change one's own password", responses=problems())
def change_password(
    body: PasswordChange, actor: Acting, response: Response, store: Store, settings: Set
) -> Entered:
    """All logins and tokens of the account end; this browser gets a new login."""
    return _given(
        users.change_own_password(store, actor, body.old, body.new), response, settings.behind_https
    )


@router.post("/me/totp", summary="Offer one-time codes", responses=problems(409))
def offer_codes(actor: Acting, store: Store) -> CodesOffer:
    """A new secret for a telephone; nothing changes before PUT."""
    with store.reading() as db:
        made = totp.offer(db, actor)
    return CodesOffer(pending=made.pending, secret=made.secret, uri=made.uri, svg=made.svg)


@router.put("/me/totp", summary="Put one-time codes in force", responses=problems(409))
def confirm_codes(body: CodesConfirmation, actor: Acting, store: Store) -> RecoveryCodes:
    """From now on a log-in needs a code of the telephone."""
    with store.writing() as db:
        return RecoveryCodes(codes=list(totp.confirm(db, actor, body.pending, body.code)))


@router.delete("/me/totp", summary="Switch one-time codes off", status_code=204, responses=problems())
def drop_codes(body: PasswordAgain, actor: Acting, store: Store) -> None:
    """Needs the password once more."""
    passwords.check_again(store, actor, body.password)
    with store.writing() as db:
        totp.switch_off(db, actor)


@router.get("/tokens", summary="One's own tokens", responses=problems())
def list_tokens(actor: Acting, store: Store) -> list[TokenRow]:
    """Those that are good; their secrets are not kept."""
    with store.reading() as db:
        return [TokenRow.model_validate(_token(row)) for row in tokens.list_own(db, actor)]


@router.post("/tokens", summary="Make a token", status_code=201, responses=problems(409))
def make_token(body: TokenWish, actor: Acting, store: Store) -> TokenMade:
    """For `Authorization: Bearer`. It may what its owner may at that moment, or only read."""
    with store.writing() as db:
        made = tokens.create(db, actor, body.label, body.days, read_only=body.read_only)
    return TokenMade.model_validate({**_token(made.row), "token": made.secret})


@router.delete("/tokens/{token_id}", summary="End a token", status_code=204, responses=problems(404))
def end_token(token_id: RowId, actor: Acting, store: Store) -> None:
    """At once."""
    with store.writing() as db:
        tokens.end(db, actor, token_id)


def _given(entered: logins.LoggedIn, response: Response, secure: bool) -> Entered:
    cookies.give(response, entered, secure)
    return Entered(
        name=entered.actor.name, role=entered.actor.role, csrf=entered.csrf,
        must_change_password=entered.must_change_password,
    )  # fmt: skip


def _end_the_old(request: Request, store: Store) -> None:
    """A login that this browser had before does not stay open behind the new one."""
    old = getattr(request.state, "actor", None)
    if old is not None and old.via == "browser":
        logins.logout(store, old)


def _token(row: Login) -> dict[str, object]:
    return {
        "id": row.id, "label": row.label, "read_only": row.read_only, "created_at": row.created_at,
        "seen_at": row.seen_at, "ends_at": row.ends_at,
    }  # fmt: skip
