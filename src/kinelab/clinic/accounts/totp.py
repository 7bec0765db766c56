"""One-time codes of a telephone (TOTP, RFC 6238) and the recovery codes for a lost one.

The shared secret is kept sealed with the server's key; a code counts once: the 30 s step of the last one is
kept, and only later ones are taken. Recovery codes are 80 random bits each, kept as hashes, and count once.
"""

from __future__ import annotations

import base64
import io
import json
import secrets
from dataclasses import dataclass
from typing import cast

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from kinelab.clinic import audit
from kinelab.clinic.accounts import secret
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import clock_of, keys_of
from kinelab.clinic.store.tables import RecoveryCode, User
from kinelab.errors import ConflictError, InputError, LoginRefusedError, NotFoundError

STEP_S = 30
_EITHER_SIDE = 1  # steps that a telephone's clock may be off
_N_CODES = 10
_OFFER_S = 900
_ISSUER = "kinelab clinic"


@dataclass(frozen=True)
class Offer:
    """A new secret, not yet in force: what the telephone reads, and what `confirm` is given back."""

    pending: str
    secret: str
    uri: str
    svg: str


def offer(db: Session, actor: Actor) -> Offer:
    """A new secret for the account; nothing is kept before `confirm` was shown a code of it."""
    user = _user(db, actor)
    if user.totp_secret:
        raise ConflictError("one-time codes are in force already; switch them off first")
    new = pyotp.random_base32()
    uri = pyotp.TOTP(new).provisioning_uri(name=user.name, issuer_name=_ISSUER)
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(
        drawn, kind="svg", scale=4, border=4, xmldecl=False, dark="#1f2933", light="#fff"
    )
    pending = _seal(db, "totp offer", json.dumps([user.id, new]))
    return Offer(pending, new, uri, drawn.getvalue().decode())


def confirm(db: Session, actor: Actor, pending: str, code: str) -> tuple[str, ...]:
    """Put an offered secret in force, shown one code of it; the recovery codes, which are told only here.

    Raises:
        InputError: the offer is not this account's or older than a quarter of an hour.
        LoginRefusedError: the code is not right.
        ConflictError: codes are in force already.
    """
    user = _user(db, actor)
    if user.totp_secret:
        raise ConflictError("one-time codes are in force already; switch them off first")
    try:
        whose, new = json.loads(_open(db, "totp offer", pending, _OFFER_S))
    except (InvalidToken, ValueError):
        raise InputError("this offer of a one-time code is too old; begin again") from None
    if whose != user.id:
        raise InputError("this offer of a one-time code is another account's; begin again")
    step = _step_of(db, new, code)
    if step is None:
        raise LoginRefusedError("the code does not fit; is the telephone's clock right?")
    user.totp_secret, user.totp_last_step = _seal(db, "totp", new), step
    codes = tuple(_recovery_code() for _ in range(_N_CODES))
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    for each in codes:
        db.add(RecoveryCode(user_id=user.id, code_hash=secret.hash_of(_letters(each))))
    db.flush()
    audit.record(db, actor, "change", "user", user.id, detail={"what": "one-time codes on"})
    return codes


def switch_off(db: Session, actor: Actor, user_id: str | None = None) -> None:
    """No one-time codes any more. Ask for the password first; `user_id`: reset of another account."""
    user = db.get(User, user_id or actor.user_id)
    if user is None:
        raise NotFoundError("no such account")
    user.totp_secret = ""
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    db.flush()
    audit.record(db, actor, "change", "user", user.id, detail={"what": "one-time codes off"})


def use(db: Session, user: User, code: str) -> str:
    """Take a code: "one-time code", "recovery code", or "" where it is not right or was used before."""
    step = _step_of(db, _open(db, "totp", user.totp_secret), code)
    if step is not None:
        later = update(User).where(User.id == user.id, User.totp_last_step < step).values(totp_last_step=step)
        return "one-time code" if _changed(db, later) else ""
    used = (
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.code_hash == secret.hash_of(_letters(code)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock_of(db).now())
    )
    return "recovery code" if _changed(db, used) else ""


def _user(db: Session, actor: Actor) -> User:
    user = db.get(User, actor.user_id)
    if user is None:
        raise NotFoundError("no such account")
    return user


def _step_of(db: Session, shared: str, code: str) -> int | None:
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return None
    now = int(clock_of(db).now().timestamp()) // STEP_S
    totp = pyotp.TOTP(shared)
    for step in range(now - _EITHER_SIDE, now + _EITHER_SIDE + 1):
        if secrets.compare_digest(totp.generate_otp(step), digits):
            return step
    return None


def _changed(db: Session, statement: object) -> bool:
    return cast("CursorResult[object]", db.execute(statement)).rowcount == 1  # type: ignore[call-overload]


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def _letters(code: str) -> str:
    return "".join(sign for sign in code.lower() if sign.isalnum())[:64]


def _seal(db: Session, purpose: str, text: str) -> str:
    return Fernet(keys_of(db).fernet_key(purpose)).encrypt_at_time(text.encode(), _second(db)).decode()


def _open(db: Session, purpose: str, sealed: str, longest_s: int | None = None) -> str:
    fernet = Fernet(keys_of(db).fernet_key(purpose))
    if longest_s is None:
        return fernet.decrypt(sealed).decode()
    return fernet.decrypt_at_time(sealed, longest_s, _second(db)).decode()


def _second(db: Session) -> int:
    return int(clock_of(db).now().timestamp())
