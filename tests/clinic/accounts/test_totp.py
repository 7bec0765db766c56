from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pyotp
import pytest

from kinelab.clinic.accounts import logins, totp, users
from kinelab.clinic.actor import Actor
from kinelab.clinic.store.database import Database
from kinelab.clinic.store.tables import RecoveryCode, User
from kinelab.errors import ConflictError, InputError, LoginRefusedError, TooManyTriesError

from .conftest import PASSWORD, Later, account


def _code(database: Database, shared: str, ahead: int = 0) -> str:
    return pyotp.TOTP(shared).at(database.clock.now() + timedelta(seconds=ahead * totp.STEP_S))


def _switch_on(database: Database, actor: Actor) -> tuple[str, tuple[str, ...]]:
    with database.writing() as db:
        made = totp.offer(db, actor)
        return made.secret, totp.confirm(db, actor, made.pending, _code(database, made.secret))


def test_the_offer_is_a_standard_address_drawn_as_a_picture(database: Database, dr_lee: Actor) -> None:
    with database.writing() as db:
        made = totp.offer(db, dr_lee)
        assert db.get_one(User, dr_lee.user_id).totp_secret == ""
    read = pyotp.parse_uri(made.uri)
    assert (read.secret, read.name, read.issuer) == (made.secret, "dr.lee", "kinelab clinic")
    assert made.svg.startswith("<svg")
    assert len(made.secret) == 32  # 160 bits


def test_codes_are_as_rfc_6238_has_them() -> None:
    # Appendix B, SHA-1, the last six digits of each.
    shared = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for second, code in (
        (59, "287082"),
        (1111111109, "081804"),
        (1234567890, "005924"),
        (20000000000, "353130"),
    ):
        assert pyotp.TOTP(shared).generate_otp(second // totp.STEP_S) == code


def test_a_login_needs_the_code_and_says_so_only_after_the_right_password(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    shared, _ = _switch_on(database, dr_lee)
    later(minutes=1)
    with pytest.raises(logins.CodeNeededError, match="one-time code is needed as well"):
        logins.login(database, "dr.lee", PASSWORD)
    with pytest.raises(LoginRefusedError) as told:
        logins.login(database, "dr.lee", "wrong", _code(database, shared))
    assert not isinstance(told.value, logins.CodeNeededError)
    assert logins.login(database, "dr.lee", PASSWORD, _code(database, shared)).actor.name == "dr.lee"


def test_a_code_counts_once(
    database: Database, dr_lee: Actor, later: Later, record_property: Callable[[str, object], None]
) -> None:
    shared, _ = _switch_on(database, dr_lee)
    with pytest.raises(LoginRefusedError):  # the one that was shown when switching on
        logins.login(database, "dr.lee", PASSWORD, _code(database, shared))
    later(seconds=60)
    code = _code(database, shared)
    logins.login(database, "dr.lee", PASSWORD, code)
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", PASSWORD, code)
    with pytest.raises(LoginRefusedError):  # an earlier one that nobody has used
        logins.login(database, "dr.lee", PASSWORD, _code(database, shared, -1))
    record_property("refused: one-time codes used again", 3)


def test_of_two_that_show_one_code_at_the_same_moment_one_comes_in(
    database: Database, dr_lee: Actor, later: Later, record_property: Callable[[str, object], None]
) -> None:
    shared, _ = _switch_on(database, dr_lee)
    later(minutes=2)
    code = _code(database, shared)

    def enter(_: int) -> bool:
        try:
            logins.login(database, "dr.lee", PASSWORD, code)
        except LoginRefusedError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(enter, range(4))) == 1
    record_property("refused: one-time codes used again", 3)


def test_a_telephone_may_be_half_a_minute_off_and_no_more(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    shared, _ = _switch_on(database, dr_lee)
    later(minutes=5)
    for ahead in (-2, 2):
        with pytest.raises(LoginRefusedError):
            logins.login(database, "dr.lee", PASSWORD, _code(database, shared, ahead))
    assert logins.login(database, "dr.lee", PASSWORD, _code(database, shared, 1)).secret


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "0" * 5000])
def test_other_texts_are_no_code(
    database: Database, dr_lee: Actor, code: str, record_property: Callable[[str, object], None]
) -> None:
    _switch_on(database, dr_lee)
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", PASSWORD, code)
    record_property("refused: one-time codes guessed", 1)


def test_guessing_codes_with_the_right_password_has_to_wait(
    database: Database, dr_lee: Actor, record_property: Callable[[str, object], None]
) -> None:
    _switch_on(database, dr_lee)
    for i in range(5):
        with pytest.raises(LoginRefusedError):
            logins.login(database, "dr.lee", PASSWORD, f"00000{i}")
    with pytest.raises(TooManyTriesError):
        logins.login(database, "dr.lee", PASSWORD, "000009")
    record_property("refused: one-time codes guessed", 6)


def test_a_recovery_code_counts_once(database: Database, dr_lee: Actor) -> None:
    _, codes = _switch_on(database, dr_lee)
    assert len(set(codes)) == 10
    assert logins.login(database, "dr.lee", PASSWORD, codes[3].upper().replace("-", " ")).secret
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", PASSWORD, codes[3])
    assert logins.login(database, "dr.lee", PASSWORD, codes[4]).secret


def test_another_accounts_recovery_code_is_none(database: Database, dr_lee: Actor) -> None:
    other = account(database, "dr.kim", "clinician")
    _, codes = _switch_on(database, other)
    _switch_on(database, dr_lee)
    with pytest.raises(LoginRefusedError):
        logins.login(database, "dr.lee", PASSWORD, codes[0])


def test_the_store_holds_neither_secret_nor_codes_in_clear(database: Database, dr_lee: Actor) -> None:
    shared, codes = _switch_on(database, dr_lee)
    with database.reading() as db:
        said = db.get_one(User, dr_lee.user_id).totp_secret + "".join(
            row.code_hash for row in db.query(RecoveryCode).all()
        )
    assert shared not in said
    assert not any(code in said or code.replace("-", "") in said for code in codes)


def test_an_offer_is_for_its_own_account_and_for_a_quarter_of_an_hour(
    database: Database, dr_lee: Actor, later: Later
) -> None:
    other = account(database, "dr.kim", "clinician")
    with database.writing() as db:
        made = totp.offer(db, dr_lee)
        with pytest.raises(InputError, match="another account's"):
            totp.confirm(db, other, made.pending, _code(database, made.secret))
        with pytest.raises(InputError, match="too old; begin again"):
            totp.confirm(db, dr_lee, made.pending[:-4] + "AAAA", "000000")
        with pytest.raises(LoginRefusedError, match="does not fit; is the telephone's clock right"):
            totp.confirm(db, dr_lee, made.pending, "000000")
        later(minutes=16)
        with pytest.raises(InputError, match="too old; begin again"):
            totp.confirm(db, dr_lee, made.pending, _code(database, made.secret))


def test_codes_in_force_are_not_replaced_by_who_has_found_an_open_browser(
    database: Database, dr_lee: Actor
) -> None:
    _switch_on(database, dr_lee)
    with (
        database.writing() as db,
        pytest.raises(ConflictError, match="in force already; switch them off first"),
    ):
        totp.offer(db, dr_lee)


def test_a_lost_telephone_is_reset_by_an_administrator(
    database: Database, dr_lee: Actor, boss: Actor
) -> None:
    _switch_on(database, dr_lee)
    with database.writing() as db:
        version = users.get(db, boss, dr_lee.user_id).version
        password = users.reset_password(db, boss, dr_lee.user_id, version, without_codes=True)
    assert logins.login(database, "dr.lee", password).must_change_password
