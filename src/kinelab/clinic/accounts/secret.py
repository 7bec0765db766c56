"""Random secrets and what is kept of them: hashes only, so that a copy of the database opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from kinelab.clinic.keys import Keys

TOKEN_PREFIX = "kl_"  # noqa: S105 - what tokens begin with, so that a leaked one is recognised
_N_BYTES = 32
_N_TAG = 32


def draw() -> str:
    """A new secret of 256 random bits, in letters that cookies and headers take."""
    return secrets.token_urlsafe(_N_BYTES)


def hash_of(secret: str) -> str:
    """SHA-256 in hex. Slow hashes are for what people choose; nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_of(keys: Keys, secret: str) -> str:
    """The token that a page sends with every change; it follows from the login's secret alone."""
    return hmac.new(keys.purpose("csrf"), secret.encode(), hashlib.sha256).hexdigest()


def device_of(keys: Keys, user_id: str) -> str:
    """What a browser keeps in which this account has logged in: `user.nonce.tag`."""
    said = f"{user_id}.{secrets.token_hex(16)}"
    return f"{said}.{_device_tag(keys, said)}"


def known_device(keys: Keys, device: str, user_id: str) -> str | None:
    """The nonce of a browser that is known for this account; None for every other."""
    said, _, tag = device.rpartition(".")
    owner, _, nonce = said.partition(".")
    fits = hmac.compare_digest(tag.encode(), _device_tag(keys, said).encode())
    return nonce if fits and owner == user_id else None


def _device_tag(keys: Keys, said: str) -> str:
    return hmac.new(keys.purpose("device"), said.encode(), hashlib.sha256).hexdigest()[:_N_TAG]
