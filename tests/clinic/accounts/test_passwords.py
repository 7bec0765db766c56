from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher

from kinelab.clinic.accounts import logins, passwords
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import User
from kinelab.errors import BusyError, InputError, LoginRefusedError, NotAllowedError, TooManyTriesError

from .conftest import PASSWORD, CountingHasher, Later


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "has 5 characters; 12 to 256 are needed"),
        ("x1y2z3a4b5c", "has 11 characters"),
        ("a b" * 86, "has 258 characters"),
        ("abababababab", "only 2 different characters; use 5 or more"),
        ("qwertyuiop123", "one of the commonest"),
        ("QwertyUiop999", "one of the commonest"),
        ("Password-Password!", "one of the commonest"),
        ("correct horse battery staple", "one of the commonest"),
        ("dr.lee-12345", "the account's own name and little more"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        passwords.check_rules(password, "dr.lee")


@pytest.mark.parametrize(
    "password", ["four quiet grey geese", "зимний лес у реки", "dr.lee walks slowly home"]
)
def test_words_are_a_good_password(password: str) -> None:
    passwords.check_rules(password, "dr.lee")


def test_the_length_counts_in_characters_after_normalisation() -> None:
    with pytest.raises(InputError, match="has 11 characters"):
        passwords.check_rules(
            "e\u0301abcdfghijk"
        )  # an e with an accent is one character, however it was typed


def test_the_same_letters_typed_in_another_way_are_the_same_password() -> None:
    assert passwords.fits(passwords.hash_password("cafe\u0301 au lait noir"), "caf\u00e9 au lait noir")


def test_one_time_passwords_differ_and_pass_the_rules() -> None:
    drawn = {passwords.one_time() for _ in range(50)}
    assert len(drawn) == 50
    for each in drawn:
        passwords.check_rules(each, "administrator")


def test_hashes_are_argon2id_with_the_stated_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real hasher
    assert passwords.hash_password(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_name_that_does_not_exist_costs_one_computation_too(hasher: CountingHasher) -> None:
    kept = passwords.hash_password(PASSWORD)
    hasher.n_computed = 0
    assert not passwords.fits(kept, "not the password")
    assert hasher.n_computed == 1
    assert not passwords.fits("", "not the password")
    assert hasher.n_computed == 2


def test_what_is_kept_is_renewed_with_todays_parameters(database: Database, dr_lee: Actor) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    with database.writing() as db:
        user = db.get_one(User, dr_lee.user_id)
        user.password_hash = old
    logins.login(database, "dr.lee", PASSWORD)
    with database.reading() as db:
        kept = db.get_one(User, dr_lee.user_id).password_hash
    assert kept != old
    assert not passwords.is_outdated(kept)
    assert logins.login(database, "dr.lee", PASSWORD).actor.user_id == dr_lee.user_id


def test_more_logins_at_a_time_than_wait_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_admitted", threading.BoundedSemaphore(1))
    passwords._admitted.acquire()
    with pytest.raises(BusyError, match="too many logins at this moment"):
        passwords.fits("", PASSWORD)
    passwords._admitted.release()
    assert not passwords.fits("", PASSWORD)


def test_asking_again_takes_the_right_password_only(database: Database, dr_lee: Actor) -> None:
    actor = logins.login(database, "dr.lee", PASSWORD).actor
    passwords.check_again(database, actor, PASSWORD)
    with pytest.raises(LoginRefusedError, match="the password is not right"):
        passwords.check_again(database, actor, "another password")


def test_wrong_passwords_when_asked_again_have_to_wait(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    actor = logins.login(database, "dr.lee", PASSWORD).actor
    for _ in range(5):
        with pytest.raises(LoginRefusedError):
            passwords.check_again(database, actor, "another password")
    with pytest.raises(TooManyTriesError, match="try again in 30 seconds"):
        passwords.check_again(database, actor, PASSWORD)
    later(seconds=31)
    passwords.check_again(database, actor, PASSWORD)


def test_a_token_cannot_give_a_password_again(database: Database, dr_lee: Actor) -> None:
    with pytest.raises(NotAllowedError, match="a program's token is not enough"):
        passwords.check_again(database, Actor(dr_lee.user_id, "dr.lee", "clinician", "token"), PASSWORD)


def test_an_account_of_the_other_system_needs_a_fresh_login(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    with database.writing() as db:
        actor = logins.begin(db, db.get_one(User, dr_lee.user_id), "login system", via_oidc=True).actor
    passwords.check_again(database, actor, "")
    later(minutes=6)
    with pytest.raises(LoginRefusedError, match="older than five minutes: log out and in again"):
        passwords.check_again(database, actor, "")
