from __future__ import annotations

from datetime import date

import pytest

from kinelab.errors import InputError
from kinelab.exchange.pseudonyms import Pseudonyms

KEY = b"a key of the tests."


def test_the_same_key_gives_the_same_names_and_another_others() -> None:
    one, again, other = Pseudonyms(KEY), Pseudonyms(KEY), Pseudonyms(KEY + b"!")
    assert one.person("anna") == again.person("anna")
    assert one.person("anna") != other.person("anna")
    assert len({one.person(str(i)) for i in range(10_000)}) == 10_000
    assert one.session("a", "bc") != one.session("ab", "c")


def test_names_are_those_of_hmac_sha256() -> None:
    """printf '6:person4:anna' | openssl dgst -sha256 -hmac 'a key of the tests.'"""
    assert Pseudonyms(KEY).person("anna") == "P96917dcac99f"


def test_days_of_a_person_move_together() -> None:
    names = Pseudonyms(KEY)
    first, second = date(2026, 1, 31), date(2026, 3, 2)
    moved = [(names.shifted(str(i), first), names.shifted(str(i), second)) for i in range(2000)]
    assert all(b - a == second - first for a, b in moved)
    by = [(a - first).days for a, _ in moved]
    assert min(by) >= -182
    assert max(by) <= 182
    assert 0 not in by
    assert len(set(by)) > 350


def test_a_short_key_is_refused() -> None:
    with pytest.raises(InputError, match="the key has 15 bytes, expected 16 or more"):
        Pseudonyms(b"x" * 15)
