from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from kinelab.clinic.accounts import logins, users
from kinelab.clinic.accounts.first_start import first_administrator
from kinelab.clinic.actor import command_actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import User
from kinelab.errors import InputError


def test_the_first_start_makes_one_administrator_and_tells_the_password_once(database: Database) -> None:
    password = first_administrator(database)
    assert password is not None
    entered = logins.login(database, "administrator", password)
    assert entered.actor.role == "administrator"
    assert entered.must_change_password
    assert first_administrator(database) is None


def test_a_given_password_is_not_told_and_has_to_be_changed_too(database: Database) -> None:
    assert first_administrator(database, "nine warm small stones") is None
    assert logins.login(database, "administrator", "nine warm small stones").must_change_password


def test_a_given_password_keeps_the_rules(database: Database) -> None:
    with pytest.raises(InputError, match="12 to 256 are needed"):
        first_administrator(database, "admin")
    with database.reading() as db:
        assert db.scalar(select(func.count()).select_from(User)) == 0


def test_servers_that_start_at_once_make_one_account(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = [each for each in pool.map(lambda _: first_administrator(database), range(4)) if each]
    assert len(drawn) == 1
    assert logins.login(database, "administrator", drawn[0]).secret


def test_accounts_that_were_made_before_the_first_start_do_not_hide_it(database: Database) -> None:
    with database.writing() as db:
        users.create(db, command_actor(), "dr.lee", "clinician")
    assert first_administrator(database) is not None
