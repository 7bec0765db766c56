from __future__ import annotations

import pytest

from kinelab.clinic.accounts import logins, tokens, users
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import Login
from kinelab.errors import ConflictError, InputError, NotAllowedError, NotFoundError

from .conftest import Later, account


def test_a_token_is_its_owner_until_it_ends(database: Database, dr_lee: Actor, later: Later) -> None:
    with database.writing() as db:
        made = tokens.create(db, dr_lee, "nightly export", 30)
        assert made.secret.startswith("kl_")
        assert made.secret not in str(vars(made.row))
    with database.reading() as db:
        actor = logins.actor_of(db, made.secret)
    assert actor == Actor(dr_lee.user_id, "dr.lee", "clinician", "token", made.row.id)
    later(days=29)  # without being used: there is no half hour for programs
    with database.reading() as db:
        assert logins.actor_of(db, made.secret) is not None
    later(days=2)
    with database.reading() as db:
        assert logins.actor_of(db, made.secret) is None


def test_a_token_never_outlives_a_change_of_role(database: Database, dr_lee: Actor, boss: Actor) -> None:
    with database.writing() as db:
        made = tokens.create(db, dr_lee, "export", 30)
        users.change(db, boss, dr_lee.user_id, 1, users.Change(role="researcher"))
        assert logins.actor_of(db, made.secret) is None


def test_tokens_are_ended_by_their_owner_only(database: Database, dr_lee: Actor) -> None:
    other = account(database, "dr.kim", "clinician")
    with database.writing() as db:
        made = tokens.create(db, dr_lee, "export", 30)
        with pytest.raises(NotFoundError, match="no such token among yours"):
            tokens.end(db, other, made.row.id)
        assert [row.id for row in tokens.list_own(db, dr_lee)] == [made.row.id]
        assert tokens.list_own(db, other) == []
        tokens.end(db, dr_lee, made.row.id)
        assert logins.actor_of(db, made.secret) is None
        with pytest.raises(NotFoundError):
            tokens.end(db, dr_lee, made.row.id)


def test_a_login_is_no_token_of_the_list(database: Database, dr_lee: Actor) -> None:
    with database.writing() as db:
        row = Login(
            user_id=dr_lee.user_id, kind="browser", secret_hash="0" * 64, created_at=database.clock.now(),
            seen_at=database.clock.now(), ends_at=database.clock.now(),
        )  # fmt: skip
        db.add(row)
        db.flush()
        with pytest.raises(NotFoundError):
            tokens.end(db, dr_lee, row.id)


def test_a_token_makes_no_tokens(database: Database, dr_lee: Actor) -> None:
    program = Actor(dr_lee.user_id, "dr.lee", "clinician", "token")
    with database.writing() as db:
        for act in (
            lambda: tokens.create(db, program, "more", 1),
            lambda: tokens.list_own(db, program),
            lambda: tokens.end(db, program, "0" * 32),
        ):
            with pytest.raises(NotAllowedError, match="by a person who is logged in with a browser"):
                act()


@pytest.mark.parametrize(("label", "days", "why"), [
    ("", 30, "needs a label"), ("x" * 81, 30, "needs a label"), ("a\nb", 30, "needs a label"),
    ("export", 0, "may last 1 to 365 days; 0 were asked for"), ("export", 366, "may last 1 to 365 days"),
])  # fmt: skip
def test_a_token_has_a_label_and_an_end(
    database: Database, dr_lee: Actor, label: str, days: int, why: str
) -> None:
    with database.writing() as db, pytest.raises(InputError, match=why):
        tokens.create(db, dr_lee, label, days)


def test_an_account_has_a_bounded_number_of_tokens(database: Database, dr_lee: Actor) -> None:
    with database.writing() as db:
        made = [tokens.create(db, dr_lee, f"token {i}", 1) for i in range(20)]
        with pytest.raises(ConflictError, match="has 20 tokens; end one first"):
            tokens.create(db, dr_lee, "one more", 1)
        tokens.end(db, dr_lee, made[0].row.id)
        tokens.create(db, dr_lee, "one more", 1)
