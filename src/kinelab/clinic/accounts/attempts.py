"""How often somebody may try: each is counted before it is checked, so that a hundred at once gain nothing.

Three counters, each a level that rises by one with a try and leaks away with time:

- an **account** (or a name that belongs to none: both look the same from outside): five tries, then waits
  of 30 s, 1, 2, 4 ... up to 15 minutes. A login that succeeds sets it to nothing.
- an **address** (IPv6: its /64): thirty tries, then one a minute, whichever names are tried. A success does
  not clear it: who has one account cannot spray passwords over the others.
- a **known browser** of an account (one in which it has logged in before) has its own counter instead of the
  two others: a stranger who locks an account from outside does not keep its owner out.

Names that belong to no account and addresses fall into a bounded number of counters, so that the table cannot
be filled; two addresses that share one are one in 65,536.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kinelab.clinic.store.database import clock_of, keys_of
from kinelab.clinic.store.tables import Attempts
from kinelab.errors import TooManyTriesError

_NAME_BUCKETS, _ADDRESS_BUCKETS = 16384, 65536


@dataclass(frozen=True)
class Rule:
    """`free` tries, then a wait that doubles from first to longest; one try leaks away in `leak_s`."""

    free: int
    leak_s: float
    first_wait_s: float
    longest_wait_s: float


ACCOUNT = Rule(free=5, leak_s=3600, first_wait_s=30, longest_wait_s=900)
ADDRESS = Rule(free=30, leak_s=60, first_wait_s=60, longest_wait_s=60)
_RULES = {"account": ACCOUNT, "name": ACCOUNT, "device": ACCOUNT, "login": ACCOUNT, "address": ADDRESS}


def account_bucket(user_id: str) -> str:
    """The counter of an account."""
    return f"account:{user_id}"


def name_bucket(db: Session, name: str) -> str:
    """The counter of a name that belongs to no account."""
    return f"name:{_number(db, name) % _NAME_BUCKETS}"


def device_bucket(nonce: str) -> str:
    """The counter of a browser in which the account has logged in before."""
    return f"device:{nonce}"


def login_bucket(login_id: str) -> str:
    """The counter of a login that is asked for its password again."""
    return f"login:{login_id}"


def address_bucket(db: Session, address: str) -> str:
    """The counter of an address; of IPv6, of the network that one customer gets."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "address:unknown"
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False).network_address
    return f"address:{_number(db, str(ip)) % _ADDRESS_BUCKETS}"


def refuse_blocked(db: Session, *buckets: str) -> None:
    """Raise `TooManyTriesError` while one of them is blocked. Only reads: a flood of tries writes nothing."""
    now = clock_of(db).now()
    until = db.scalars(select(Attempts.blocked_until).where(Attempts.bucket.in_(buckets))).all()
    waits = [(each - now).total_seconds() for each in until if each is not None and each > now]
    if waits:
        raise TooManyTriesError(math.ceil(max(waits)))


def count_try(db: Session, *buckets: str) -> bool:
    """Count one try in each of them, before it is checked; whether one of them is blocked from now on.

    Raises:
        TooManyTriesError: one was blocked already; nothing is counted.
    """
    now = clock_of(db).now()
    rows = [_locked(db, bucket, now) for bucket in sorted(buckets)]
    refuse_blocked(db, *buckets)
    blocked = False
    for row in rows:
        rule = _RULES[row.bucket.partition(":")[0]]
        level = _leaked(row, rule, now) + 1
        wait_s = _wait_s(rule, level)
        row.level, row.at = level, now
        row.blocked_until = now + timedelta(seconds=wait_s) if wait_s else None
        blocked = blocked or wait_s > 0
    db.flush()
    return blocked


def forget(db: Session, bucket: str) -> None:
    """Clear a counter: the try was right."""
    db.execute(delete(Attempts).where(Attempts.bucket == bucket))


def take_back(db: Session, bucket: str) -> None:
    """Uncount one try that was right, and leave the others."""
    db.execute(
        update(Attempts)
        .where(Attempts.bucket == bucket, Attempts.level >= 1)
        .values(level=Attempts.level - 1, blocked_until=None)
    )


def blocked_until(db: Session, user_id: str) -> datetime | None:
    """Until when strangers' browsers are kept from this account; None if they are not."""
    row = db.get(Attempts, account_bucket(user_id))
    if row is None or row.blocked_until is None or row.blocked_until <= clock_of(db).now():
        return None
    return row.blocked_until


def _locked(db: Session, bucket: str, now: datetime) -> Attempts:
    """The row, made if need be and held for this transaction: tries at the same moment count in turn."""
    kind = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    new = {"bucket": bucket, "level": 0.0, "at": now, "blocked_until": None}
    made = kind.insert(Attempts).values(new)
    # A row that is there is touched, which locks it: a log-in that went well may be taking it away just now.
    db.execute(made.on_conflict_do_update(index_elements=["bucket"], set_={"bucket": bucket}))
    return db.scalars(select(Attempts).where(Attempts.bucket == bucket).with_for_update()).one()


def _leaked(row: Attempts, rule: Rule, now: datetime) -> float:
    return max(0.0, row.level - (now - row.at).total_seconds() / rule.leak_s)


def _wait_s(rule: Rule, level: float) -> float:
    over = round(level) - rule.free
    if over < 0:
        return 0.0
    return min(rule.first_wait_s * 2.0 ** min(over, 20), rule.longest_wait_s)


def _number(db: Session, text: str) -> int:
    key = keys_of(db).purpose("attempts")
    return int.from_bytes(hmac.new(key, text.encode(), hashlib.sha256).digest()[:8], "big")
