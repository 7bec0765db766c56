from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from kinelab.clinic.accounts import attempts
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import Attempts
from kinelab.errors import TooManyTriesError

from .conftest import Later

ACCOUNT = attempts.account_bucket("a" * 32)


def _try(database: Database, *buckets: str) -> None:
    with database.writing() as db:
        attempts.count_try(db, *buckets)


def _wait_s(database: Database, *buckets: str) -> int:
    try:
        with database.reading() as db:
            attempts.refuse_blocked(db, *buckets)
    except TooManyTriesError as error:
        return error.retry_after_s
    return 0


def test_five_tries_are_free_and_then_waits_grow_up_to_a_quarter_of_an_hour(
    database: Database, later: Later
) -> None:
    for _ in range(4):
        _try(database, ACCOUNT)
    assert _wait_s(database, ACCOUNT) == 0
    waits = []
    for _ in range(8):
        _try(database, ACCOUNT)
        waits.append(_wait_s(database, ACCOUNT))
        later(seconds=waits[-1] + 1)
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_who_waits_is_refused_without_being_counted(database: Database, later: Later) -> None:
    for _ in range(5):
        _try(database, ACCOUNT)
    for _ in range(20):
        with pytest.raises(TooManyTriesError, match="too many failed tries; try again in 30 seconds"):
            _try(database, ACCOUNT)
    with database.reading() as db:
        assert db.get_one(Attempts, ACCOUNT).level == pytest.approx(5, abs=0.1)
    later(seconds=31)
    _try(database, ACCOUNT)
    assert _wait_s(database, ACCOUNT) == 60


def test_tries_leak_away(database: Database, later: Later) -> None:
    for _ in range(4):
        _try(database, ACCOUNT)
    later(hours=4)
    for _ in range(4):
        _try(database, ACCOUNT)
    assert _wait_s(database, ACCOUNT) == 0


def test_an_address_has_thirty_tries_and_then_one_a_minute(database: Database, later: Later) -> None:
    with database.reading() as db:
        bucket = attempts.address_bucket(db, "192.0.2.7")
    for _ in range(30):
        _try(database, bucket)
    assert _wait_s(database, bucket) == 60
    for _ in range(5):
        later(seconds=61)
        _try(database, bucket)
        assert _wait_s(database, bucket) == 60


def test_a_success_gives_an_address_back_its_own_try_only(database: Database) -> None:
    with database.reading() as db:
        bucket = attempts.address_bucket(db, "192.0.2.7")
    for _ in range(29):
        _try(database, bucket)
    for _ in range(10):  # an attacker logs in to an account of their own between the tries
        _try(database, bucket)
        with database.writing() as db:
            attempts.take_back(db, bucket)
    assert _wait_s(database, bucket) == 0
    _try(database, bucket)
    assert _wait_s(database, bucket) == 60


def test_a_hundred_tries_at_once_are_counted_one_by_one(
    database: Database, record_property: Callable[[str, object], None]
) -> None:
    def one(_: int) -> bool:
        try:
            _try(database, ACCOUNT)
        except TooManyTriesError:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        admitted = sum(pool.map(one, range(100)))
    assert admitted == 5
    record_property("refused: tries at the same moment, beyond the five", 95)


def test_one_network_of_ipv6_is_one_address_and_counters_are_bounded(database: Database) -> None:
    with database.reading() as db:
        own = {attempts.address_bucket(db, f"2001:db8:1:2::{i:x}") for i in range(200)}
        mapped = {attempts.address_bucket(db, ip) for ip in ("::ffff:192.0.2.7", "192.0.2.7")}
        names = {attempts.name_bucket(db, f"name{i}") for i in range(100_000)}
    assert len(own) == 1
    assert len(mapped) == 1
    assert len(names) <= 16384


def test_a_counter_is_cleared(database: Database) -> None:
    for _ in range(5):
        _try(database, ACCOUNT)
    with database.writing() as db:
        assert attempts.blocked_until(db, "a" * 32) is not None
        attempts.forget(db, ACCOUNT)
        assert attempts.blocked_until(db, "a" * 32) is None
        assert db.scalar(select(func.count()).select_from(Attempts)) == 0
