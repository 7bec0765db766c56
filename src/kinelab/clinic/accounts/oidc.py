"""The clinic's own login system (OpenID Connect): authorization code with PKCE, state and nonce.

The browser is sent there and comes back with a code; the code is exchanged for an ID token over a connection
of our own, and the token is believed only if it is signed by a key that the issuer publishes, with an
asymmetric algorithm, and was made by this issuer for this client in answer to this very request, just now.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from cryptography.fernet import Fernet, InvalidToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key

from kinelab.clinic.accounts.oidc_provider import Provider
from kinelab.clinic.store.database import Database
from kinelab.errors import LoginRefusedError

# Never "none", and nothing symmetric: a public key must not serve as the secret of an HMAC.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LASTS_S = 600
_LEEWAY_S = 60
_SEAL = "oidc"


@dataclass(frozen=True)
class Begun:
    """A log-in that has been sent to the other system: what has to fit when it comes back."""

    state: str
    nonce: str
    verifier: str
    back_to: str
    redirect_uri: str


def begin(database: Database, provider: Provider, redirect_uri: str, back_to: str) -> tuple[str, str]:
    """Where to send the browser, and what it keeps meanwhile (sealed).

    Raises:
        BusyError: the other system does not answer, or not as such a system does.
    """
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    begun = Begun(state, nonce, verifier, back_to, redirect_uri)
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest()).rstrip(b"=").decode()
    )
    asked = {
        "response_type": "code", "client_id": provider.settings.client_id, "redirect_uri": redirect_uri,
        "scope": " ".join(provider.settings.scopes), "state": begun.state, "nonce": begun.nonce,
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    address = provider.found().authorization_endpoint
    joint = "&" if "?" in address else "?"
    sealed = _fernet(database).encrypt_at_time(json.dumps(asdict(begun)).encode(), _second(database))
    return f"{address}{joint}{urlencode(asked)}", sealed.decode()


def finish(
    database: Database, provider: Provider, sealed: str, said: dict[str, str]
) -> tuple[dict[str, Any], str]:
    """The verified claims of who came back with `said` in the address, and where they wanted to go.

    Raises:
        LoginRefusedError: anything does not fit; the words are for the server's log, not for the browser.
        BusyError: the other system does not answer, or not as such a system does.
    """
    try:
        begun = Begun(
            **json.loads(_fernet(database).decrypt_at_time(sealed.encode(), LASTS_S, _second(database)))
        )
    except (InvalidToken, ValueError, TypeError):
        raise LoginRefusedError(
            "this browser has not begun to log in, or more than ten minutes ago"
        ) from None
    if not hmac.compare_digest(said.get("state", "").encode(), begun.state.encode()):
        raise LoginRefusedError("the state is not the one of this browser")
    if said.get("iss", provider.settings.issuer) != provider.settings.issuer:
        raise LoginRefusedError("the answer comes from another issuer")
    if "error" in said or not said.get("code"):
        raise LoginRefusedError("the other system did not let them in")
    token = provider.exchange(said["code"], begun.verifier, begun.redirect_uri)
    return verified(token, provider, begun.nonce, _second(database)), begun.back_to


def verified(token: str, provider: Provider, nonce: str, now_s: int) -> dict[str, Any]:
    """The claims of an ID token, once all of it holds.

    Raises:
        LoginRefusedError: what does not hold.
    """
    claims = _signed_claims(token, provider)
    client, audience = provider.settings.client_id, claims.get("aud")
    for_whom = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != provider.settings.issuer:
        raise LoginRefusedError("the ID token is another issuer's")
    if (
        client not in for_whom
        or claims.get("azp", client) != client
        or (len(for_whom) > 1 and "azp" not in claims)
    ):
        raise LoginRefusedError("the ID token is for another client")
    ends_s, made_s, from_s = (_seconds(claims, name) for name in ("exp", "iat", "nbf"))
    if ends_s is None or ends_s <= now_s - _LEEWAY_S:
        raise LoginRefusedError("the ID token has expired")
    if made_s is None or not now_s - LASTS_S <= made_s <= now_s + _LEEWAY_S:
        raise LoginRefusedError("the ID token was not made just now")
    if "nbf" in claims and (from_s is None or from_s > now_s + _LEEWAY_S):
        raise LoginRefusedError("the ID token is not valid yet")
    told = claims.get("nonce")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise LoginRefusedError("the ID token answers another request")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.isprintable() or not 1 <= len(subject) <= 255:
        raise LoginRefusedError("the ID token names nobody")
    return claims


def _signed_claims(token: str, provider: Provider) -> dict[str, Any]:
    try:
        header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        name = header.get("kid")
    except (ValueError, AttributeError):
        raise LoginRefusedError("the ID token cannot be read") from None
    if name is not None and not isinstance(name, str):
        raise LoginRefusedError("the ID token cannot be read")
    key = _key(provider, name)
    try:
        return dict(jwt.decode(token, key, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError) as error:
        raise LoginRefusedError(f"the ID token's signature does not hold ({type(error).__name__})") from None


def _key(provider: Provider, name: str | None) -> Key:
    """The issuer's key of this name; a name that is not known may be new. Without a name, its only key."""
    for keys in (provider.keys(), provider.keys(anew=True)):
        fits = [key for key in keys if name is None or key.kid == name]
        if len(fits) == 1:
            return fits[0]
    raise LoginRefusedError("the ID token is signed by a key that the issuer does not publish")


def _seconds(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _fernet(database: Database) -> Fernet:
    return Fernet(database.keys.fernet_key(_SEAL))


def _second(database: Database) -> int:
    return int(database.clock.now().timestamp())
