"""New names for people and their sessions, and shifted days: by a secret key, the same under one key."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

from kinelab.errors import InputError

_SHORTEST_KEY = 16
_MOST_DAYS = 182


class Pseudonyms:
    """Pseudonyms under one key. Who has the key can find a person again; who has not, cannot guess.

    Raises:
        InputError: the key is shorter than 16 bytes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _SHORTEST_KEY:
            raise InputError(
                f"the key has {len(key)} bytes, expected {_SHORTEST_KEY} or more; make one by "
                "`openssl rand -hex 32`"
            )
        self._key = key

    def person(self, subject: str) -> str:
        """`P` and twelve letters for a person's id."""
        return f"P{self._hash('person', subject)[:12]}"

    def session(self, subject: str, document: str) -> str:
        """`S` and twelve letters for a recording of a person."""
        return f"S{self._hash('session', subject, document)[:12]}"

    def shifted(self, subject: str, day: date) -> date:
        """The day moved by up to half a year, each person's days by the same number: intervals stay."""
        days = int(self._hash("days", subject), 16) % (2 * _MOST_DAYS + 1) - _MOST_DAYS
        return day + timedelta(days=days or _MOST_DAYS)

    def _hash(self, *parts: str) -> str:
        # Lengths keep ("a", "bc") apart from ("ab", "c").
        said = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()
