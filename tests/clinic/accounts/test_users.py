from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from kinelab.clinic.accounts import logins, tokens, users
from kinelab.clinic.actor import Actor, Role
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow, User
from kinelab.errors import (
    ConflictError,
    InputError,
    LoginRefusedError,
    NotAllowedError,
    NotFoundError,
    TooManyTriesError,
)

from .conftest import PASSWORD, account


def _version(database: Database, user_id: str) -> int:
    with database.reading() as db:
        return db.get_one(User, user_id).version


def _change(
    database: Database, actor: Actor, user_id: str, what: users.Change, version: int | None = None
) -> User:
    with database.writing() as db:
        return users.change(db, actor, user_id, version or db.get_one(User, user_id).version, what)


def test_a_new_account_logs_in_with_its_one_time_password_and_changes_it(
    database: Database, boss: Actor
) -> None:
    with database.writing() as db:
        made = users.create(db, boss, " Dr.Lee", "clinician", "Dr Lee")
    assert (made.user.name, made.user.full_name, made.user.version) == ("dr.lee", "Dr Lee", 1)
    entered = logins.login(database, "dr.lee", made.one_time_password)
    assert entered.must_change_password
    again = users.change_own_password(database, entered.actor, made.one_time_password, PASSWORD)
    assert not again.must_change_password
    assert not logins.login(database, "dr.lee", PASSWORD).must_change_password


@pytest.mark.parametrize(
    "name", ["", "a", "-x", "dr lee", "dr\nlee", "<b>lee", "x" * 81, "lee\u202e", "ليلى", "a/b", "a\x00b"]
)
def test_names_that_cannot_be_used_are_refused(database: Database, boss: Actor, name: str) -> None:
    with (
        database.writing() as db,
        pytest.raises(InputError, match=r"cannot be used; allowed are 2 to 80 of a-z"),
    ):
        users.create(db, boss, name, "clinician")


@pytest.mark.parametrize("role", ["system", "", "Clinician", "root"])
def test_only_the_four_roles_can_be_given(database: Database, boss: Actor, dr_lee: Actor, role: str) -> None:
    with database.writing() as db:
        with pytest.raises(InputError, match="there are: clinician, assistant, researcher, administrator"):
            users.create(db, boss, "dr.kim", role)
        with pytest.raises(InputError, match="there is no role"):
            users.change(db, boss, dr_lee.user_id, 1, users.Change(role=role))  # type: ignore[arg-type]


def test_a_name_is_taken_once_whatever_its_letters(database: Database, boss: Actor, dr_lee: Actor) -> None:
    with (
        database.writing() as db,
        pytest.raises(ConflictError, match=r"there is an account .dr\.lee. already"),
    ):
        users.create(db, boss, "DR.LEE", "assistant")


@pytest.mark.parametrize("role", ["clinician", "assistant", "researcher"])
def test_other_roles_do_nothing_with_accounts(
    database: Database, people: dict[Role, Actor], boss: Actor, role: Role
) -> None:
    actor = people[role]
    with database.writing() as db:
        for act in (
            lambda: users.create(db, actor, "dr.kim", "administrator"),
            lambda: users.list_users(db, actor),
            lambda: users.get(db, actor, boss.user_id),
            lambda: users.by_name(db, actor, "boss"),
            lambda: users.change(db, actor, actor.user_id, 1, users.Change(role="administrator")),
            lambda: users.reset_password(db, actor, boss.user_id, 1),
            lambda: users.unlock(db, actor, actor.user_id),
        ):
            with pytest.raises(NotAllowedError, match=f"the role '{role}' may not do this"):
                act()


def test_two_administrators_do_not_overwrite_each_other(
    database: Database, boss: Actor, dr_lee: Actor
) -> None:
    seen = _version(database, dr_lee.user_id)
    _change(database, boss, dr_lee.user_id, users.Change(full_name="Dr Ann Lee"), seen)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        _change(database, boss, dr_lee.user_id, users.Change(full_name="Dr A. Lee"), seen)
    with database.reading() as db:
        assert db.get_one(User, dr_lee.user_id).full_name == "Dr Ann Lee"


@pytest.mark.parametrize(
    "what", [users.Change(role="assistant"), users.Change(disabled=True), users.Change(oidc_subject="i#1")]
)
def test_another_role_or_an_end_ends_logins_and_tokens_at_once(
    database: Database, boss: Actor, dr_lee: Actor, what: users.Change
) -> None:
    entered = logins.login(database, "dr.lee", PASSWORD)
    with database.writing() as db:
        token = tokens.create(db, entered.actor, "export", 1).secret
    _change(database, boss, dr_lee.user_id, what)
    with database.reading() as db:
        assert logins.actor_of(db, entered.secret) is None
        assert logins.actor_of(db, token) is None


def test_the_last_administrator_stays(database: Database, boss: Actor, dr_lee: Actor) -> None:
    for what in (users.Change(disabled=True), users.Change(role="clinician")):
        with pytest.raises(ConflictError, match="this is the last administrator; make another one first"):
            _change(database, boss, boss.user_id, what)
    _change(database, boss, dr_lee.user_id, users.Change(role="administrator"))
    _change(database, boss, boss.user_id, users.Change(disabled=True))
    with pytest.raises(ConflictError, match="last administrator"):
        _change(database, replace(dr_lee, role="administrator"), dr_lee.user_id, users.Change(disabled=True))


def test_two_administrators_who_close_each_other_at_once_leave_one(database: Database, boss: Actor) -> None:
    other = account(database, "boss2", "administrator")
    start, ended = threading.Barrier(2), []

    def close(by: Actor, whom: Actor) -> None:
        start.wait()
        try:
            _change(database, by, whom.user_id, users.Change(disabled=True))
        except ConflictError:
            return
        ended.append(whom)

    threads = [threading.Thread(target=close, args=pair) for pair in ((boss, other), (other, boss))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 1


def test_a_closed_account_is_opened_again(database: Database, boss: Actor, dr_lee: Actor) -> None:
    _change(database, boss, dr_lee.user_id, users.Change(disabled=True))
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", PASSWORD)
    _change(database, boss, dr_lee.user_id, users.Change(disabled=False))
    assert logins.login(database, "dr.lee", PASSWORD).secret


def test_a_reset_ends_logins_and_waits(database: Database, boss: Actor, dr_lee: Actor) -> None:
    given = logins.login(database, "dr.lee", PASSWORD).secret
    for _ in range(5):
        with pytest.raises(LoginRefusedError):
            logins.login(database, "dr.lee", "guessed")
    with database.writing() as db:
        password = users.reset_password(db, boss, dr_lee.user_id, 1)
        assert logins.actor_of(db, given) is None
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", PASSWORD)
    assert logins.login(database, "dr.lee", password).must_change_password


def test_a_wait_is_ended(database: Database, boss: Actor, dr_lee: Actor) -> None:
    for _ in range(5):
        with pytest.raises(LoginRefusedError):
            logins.login(database, "dr.lee", "guessed")
    with pytest.raises(TooManyTriesError):
        logins.login(database, "dr.lee", PASSWORD)
    with database.writing() as db:
        users.unlock(db, boss, dr_lee.user_id)
    assert logins.login(database, "dr.lee", PASSWORD).secret


def test_changing_the_own_password_ends_every_other_login(database: Database, dr_lee: Actor) -> None:
    here, there = (logins.login(database, "dr.lee", PASSWORD) for _ in range(2))
    with pytest.raises(LoginRefusedError, match="the password is not right"):
        users.change_own_password(database, here.actor, "guessed", "a better password")
    with pytest.raises(InputError, match="has 5 characters"):
        users.change_own_password(database, here.actor, PASSWORD, "short")
    with pytest.raises(InputError, match="the new password is the old one"):
        users.change_own_password(database, here.actor, PASSWORD, PASSWORD)
    new = users.change_own_password(database, here.actor, PASSWORD, "seven slow brown boats")
    with database.reading() as db:
        assert logins.actor_of(db, here.secret) is None
        assert logins.actor_of(db, there.secret) is None
        assert logins.actor_of(db, new.secret) is not None


def test_an_account_of_the_other_system_has_no_password(database: Database, boss: Actor) -> None:
    with database.writing() as db:
        made = users.create(db, boss, "dr.kim", "clinician", oidc_subject="https://id.example#17")
        assert made.one_time_password == ""
        with pytest.raises(ConflictError, match="has an account already"):
            users.create(db, boss, "dr.kim2", "clinician", oidc_subject="https://id.example#17")
    for password in ("", PASSWORD):
        with pytest.raises(LoginRefusedError):
            logins.login(database, "dr.kim", password)
    with pytest.raises(LoginRefusedError, match="no password here"):
        users.change_own_password(database, Actor(made.user.id, "dr.kim", "clinician"), "", PASSWORD)


def test_what_does_not_exist_is_not_found(database: Database, boss: Actor) -> None:
    with database.writing() as db:
        with pytest.raises(NotFoundError, match="no such account"):
            users.get(db, boss, "0" * 32)
        with pytest.raises(NotFoundError, match="shows all"):
            users.by_name(db, boss, "nobody")


def test_changes_are_in_the_audit_without_passwords(database: Database, boss: Actor) -> None:
    with database.writing() as db:
        made = users.create(db, boss, "dr.kim", "clinician", "Dr Kim")
        password = users.reset_password(db, boss, made.user.id, 1)
        users.change(db, boss, made.user.id, 2, users.Change(role="assistant", full_name="Dr K."))
        rows = list(db.scalars(select(AuditRow).order_by(AuditRow.seq)))
    assert [(row.action, row.object_id) for row in rows] == [
        (act, made.user.id) for act in ("create", "change", "change")
    ]
    said = "".join(row.detail for row in rows)
    assert '"role":["clinician","assistant"]' in said
    for private in (made.one_time_password, password, "Kim", "Dr K."):
        assert private not in said
