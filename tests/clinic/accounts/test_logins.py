from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from kinelab.clinic import audit
from kinelab.clinic.accounts import logins, secret
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import AuditRow, Login, User
from kinelab.errors import LoginRefusedError, TooManyTriesError

from .conftest import PASSWORD, CountingHasher, Later, account


def _whose(database: Database, given: str) -> str | None:
    with database.reading() as db:
        actor = logins.actor_of(db, given)
    return None if actor is None else actor.name


def test_the_right_password_begins_a_login_and_only_its_hash_is_kept(
    database: Database, dr_lee: Actor
) -> None:
    entered = logins.login(database, "Dr.Lee ", PASSWORD)
    assert entered.actor == Actor(dr_lee.user_id, "dr.lee", "clinician", "browser", entered.actor.login_id)
    assert _whose(database, entered.secret) == "dr.lee"
    with database.reading() as db:
        row = db.get_one(Login, entered.actor.login_id)
        assert row.secret_hash == secret.hash_of(entered.secret)
        assert entered.secret not in str(vars(row))
        assert [each.action for each in db.scalars(select(AuditRow))] == ["login"]


def test_every_login_has_its_own_secret_and_csrf_token(database: Database, dr_lee: Actor) -> None:
    entered = [logins.login(database, "dr.lee", PASSWORD) for _ in range(3)]
    assert len({each.secret for each in entered}) == len({each.csrf for each in entered}) == 3
    assert all(len(each.secret) >= 43 for each in entered)  # 256 bits in base64


@pytest.mark.parametrize(
    ("name", "password"), [("dr.lee", "not the password"), ("nobody", PASSWORD), ("", "")]
)
def test_what_is_wrong_is_not_said(database: Database, dr_lee: Actor, name: str, password: str) -> None:
    with pytest.raises(LoginRefusedError, match=r"^name, password or one-time code are not right$"):
        logins.login(database, name, password)


def test_names_that_exist_and_names_that_do_not_cost_and_answer_the_same(
    database: Database, dr_lee: Actor, hasher: CountingHasher, record_property: Callable[[str, object], None]
) -> None:
    closed = account(database, "closed", "assistant")
    with database.writing() as db:
        db.get_one(User, closed.user_id).disabled_at = database.clock.now()
    answers: dict[str, list[tuple[str, int]]] = {}
    for name in ("dr.lee", "nobody", "closed"):
        answers[name] = []
        for _ in range(7):
            hasher.n_computed = 0
            with pytest.raises((LoginRefusedError, TooManyTriesError)) as told:
                logins.login(database, name, "not the password", address=f"192.0.2.{len(answers)}")
            answers[name].append((str(told.value), hasher.n_computed))
    assert answers["dr.lee"] == answers["nobody"] == answers["closed"]
    assert [computed for _, computed in answers["dr.lee"]] == [1] * 5 + [0] * 2
    record_property("refused: passwords guessed, one after the other", 21)


def test_five_failures_lock_strangers_out_but_not_the_known_browser(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    known = logins.login(database, "dr.lee", PASSWORD, address="192.0.2.1").device
    for _ in range(5):
        with pytest.raises(LoginRefusedError):
            logins.login(database, "dr.lee", "guessed", address="203.0.113.9")
    with pytest.raises(TooManyTriesError, match="try again in 30 seconds"):
        logins.login(database, "dr.lee", PASSWORD, address="198.51.100.4")
    assert logins.login(database, "dr.lee", PASSWORD, address="203.0.113.9", device=known).secret
    with database.reading() as db:
        assert db.scalar(select(func.count()).where(AuditRow.action == "lock")) == 1
    later(seconds=31)
    assert logins.login(database, "dr.lee", PASSWORD, address="198.51.100.4").secret


def test_a_known_browser_has_a_limit_of_its_own(database: Database, dr_lee: Actor) -> None:
    known = logins.login(database, "dr.lee", PASSWORD).device
    for _ in range(5):
        with pytest.raises(LoginRefusedError):
            logins.login(database, "dr.lee", "guessed", device=known)
    with pytest.raises(TooManyTriesError):
        logins.login(database, "dr.lee", PASSWORD, device=known)


def test_a_forged_or_foreign_browser_is_not_known(database: Database, dr_lee: Actor) -> None:
    account(database, "dr.kim", "clinician")
    foreign = logins.login(database, "dr.kim", PASSWORD).device
    own = logins.login(database, "dr.lee", PASSWORD).device
    for device in (foreign, own[:-1] + ("0" if own[-1] != "0" else "1"), "..", "", own.replace(".", "")):
        assert secret.known_device(database.keys, device, dr_lee.user_id) is None
    assert secret.known_device(database.keys, own, dr_lee.user_id) == own.split(".")[1]


def test_spraying_one_password_over_many_names_is_stopped_by_the_address(
    database: Database, dr_lee: Actor, record_property: Callable[[str, object], None]
) -> None:
    refused = blocked = 0
    for i in range(100):
        try:
            logins.login(database, f"person{i}", "spring is coming 1", address="203.0.113.9")
        except TooManyTriesError:
            blocked += 1
        except LoginRefusedError:
            refused += 1
    assert (refused, blocked) == (30, 70)
    record_property("refused: one password tried on many names", 100)


def test_guesses_at_the_same_moment_gain_nothing(
    database: Database, dr_lee: Actor, hasher: CountingHasher, record_property: Callable[[str, object], None]
) -> None:
    def guess(i: int) -> None:
        with pytest.raises((LoginRefusedError, TooManyTriesError)):
            logins.login(database, "dr.lee", f"guess number {i}", address=f"198.51.100.{i}")

    hasher.n_computed = 0
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(40)))
    assert hasher.n_computed == 5
    record_property("refused: passwords guessed, many at once", 40)


def test_a_success_clears_the_count(database: Database, dr_lee: Actor) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(LoginRefusedError):
                logins.login(database, "dr.lee", "guessed")
        logins.login(database, "dr.lee", PASSWORD)


def test_a_login_ends_after_half_an_hour_without_a_request(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    given = logins.login(database, "dr.lee", PASSWORD).secret
    later(minutes=29)
    assert _whose(database, given) == "dr.lee"
    later(minutes=2)
    assert _whose(database, given) is None


def test_requests_prolong_a_login_but_never_beyond_twelve_hours(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    entered = logins.login(database, "dr.lee", PASSWORD)
    for _ in range(29):  # 12 h 5 min
        assert _whose(database, entered.secret) == "dr.lee"
        logins.seen(database, entered.actor.login_id)
        later(minutes=25)
    assert _whose(database, entered.secret) is None


def test_being_seen_is_written_at_most_once_a_minute(database: Database, dr_lee: Actor, later: Later) -> None:
    entered = logins.login(database, "dr.lee", PASSWORD)

    def seen_at() -> object:
        logins.seen(database, entered.actor.login_id)
        with database.reading() as db:
            return db.get_one(Login, entered.actor.login_id).seen_at

    first = seen_at()
    later(seconds=50)
    assert seen_at() == first
    later(seconds=20)
    assert seen_at() != first


def test_a_page_that_looks_by_itself_does_not_prolong_a_login(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    login_id = logins.login(database, "dr.lee", PASSWORD).actor.login_id
    for _ in range(2):
        later(minutes=14)
        assert logins.actor_again(database, login_id, by_hand=False) is not None
    later(minutes=3)
    assert logins.actor_again(database, login_id, by_hand=False) is None


def test_asking_inside_a_transaction_does_not_wait_for_it(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    login_id = logins.login(database, "dr.lee", PASSWORD).actor.login_id
    later(minutes=20)
    with database.writing():  # on SQLite nobody else writes until its end
        assert logins.actor_again(database, login_id) is not None
    logins.settle()
    later(minutes=20)
    assert logins.actor_again(database, login_id, by_hand=False) is not None


def test_logging_out_ends_this_login_only(database: Database, dr_lee: Actor) -> None:
    one, other = (logins.login(database, "dr.lee", PASSWORD) for _ in range(2))
    logins.logout(database, one.actor)
    assert _whose(database, one.secret) is None
    assert logins.actor_again(database, one.actor.login_id) is None
    assert _whose(database, other.secret) == "dr.lee"


def test_a_closed_account_has_no_logins_from_that_moment(database: Database, dr_lee: Actor) -> None:
    given = logins.login(database, "dr.lee", PASSWORD).secret
    with database.writing() as db:
        db.get_one(User, dr_lee.user_id).disabled_at = database.clock.now()
    assert _whose(database, given) is None
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", PASSWORD)


@pytest.mark.parametrize("change", ["", "x", "kl_", "\x00", "a" * 5000, "' OR 1=1 --"])
def test_no_other_secret_opens_anything(
    database: Database, dr_lee: Actor, change: str, record_property: Callable[[str, object], None]
) -> None:
    given = logins.login(database, "dr.lee", PASSWORD).secret
    assert _whose(database, change) is None
    assert _whose(database, given + change if change else given[:-1]) is None
    assert _whose(database, secret.hash_of(given)) is None  # what the database holds is not a secret
    record_property("refused: forged cookies and tokens", 3)


def test_a_clock_that_is_set_back_brings_no_login_to_life(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    given = logins.login(database, "dr.lee", PASSWORD).secret
    later(hours=13)
    assert _whose(database, given) is None
    later(hours=-13)
    assert _whose(database, given) is None


def test_the_audit_holds_after_logins(database: Database, dr_lee: Actor) -> None:
    logins.logout(database, logins.login(database, "dr.lee", PASSWORD).actor)
    with database.reading() as db:
        assert audit.verify(db).problem == ""
