"""The other system's side of OpenID Connect: what it publishes, and a code exchanged for an ID token."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet

from kinelab.clinic.settings import Oidc
from kinelab.errors import BusyError, FileFormatError, LoginRefusedError

_WAIT_S = 10.0
_LONGEST_BYTES = 2**20
_KEPT_S = 3600.0
_ANEW_AFTER_S = 60.0
_ACCEPT = {"Accept": "application/json"}
_KINDS = ("RSA", "EC", "OKP")


@dataclass(frozen=True)
class Found:
    """Its addresses, as its discovery document tells them."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    secret_in_body: bool


class Provider:
    """The issuer of the settings; what it publishes is kept for an hour."""

    def __init__(self, settings: Oidc) -> None:
        """`settings`: the section [oidc] of clinic.toml.

        Raises:
            FileFormatError: the file with the client's secret cannot be read.
        """
        self.settings = settings
        self._secret = _secret(settings)
        self._lock = threading.Lock()
        self._found: tuple[float, Found] | None = None
        self._keys: tuple[float, tuple[Key, ...]] | None = None

    def found(self) -> Found:
        """Its addresses.

        Raises:
            BusyError: it does not answer, or not as such a system does.
        """
        with self._lock:
            if self._found is None or time.monotonic() - self._found[0] > _KEPT_S:
                self._found = (time.monotonic(), self._discover())
            return self._found[1]

    def keys(self, *, anew: bool = False) -> tuple[Key, ...]:
        """Its public keys for signatures; `anew`: look again, once a minute at most. Raises as `found`."""
        address = self.found().jwks_uri
        with self._lock:
            age_s = _KEPT_S + 1 if self._keys is None else time.monotonic() - self._keys[0]
            if self._keys is None or age_s > (_ANEW_AFTER_S if anew else _KEPT_S):
                self._keys = (time.monotonic(), _public_keys(self._ask("GET", address)))
            return self._keys[1]

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The ID token for a code.

        Raises:
            LoginRefusedError: the code is refused.
            BusyError: as `found`.
        """
        found = self.found()
        body = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }  # fmt: skip
        auth = None
        if self._secret and not found.secret_in_body:
            auth = (quote(self.settings.client_id, safe=""), quote(self._secret, safe=""))
        else:
            body["client_id"] = self.settings.client_id
            if self._secret:
                body["client_secret"] = self._secret
        said = self._ask("POST", found.token_endpoint, body, auth)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise LoginRefusedError("the other system gave no ID token for the code")
        return token

    def _discover(self) -> Found:
        said = self._ask("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != self.settings.issuer:
            named = str(said.get("issuer"))[:200]
            raise BusyError(f"{self.settings.issuer} calls itself {named!r}; see clinic.toml")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        addresses = {name: self._checked(said.get(name), name) for name in names}
        ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        in_body = (
            isinstance(ways, list) and "client_secret_basic" not in ways and "client_secret_post" in ways
        )
        return Found(**addresses, secret_in_body=in_body)

    def _checked(self, address: object, name: str) -> str:
        """Only https, unless the issuer itself is on this computer."""
        text = address if isinstance(address, str) else ""
        allowed = {"https", urlsplit(self.settings.issuer).scheme}
        if urlsplit(text).scheme not in allowed or not urlsplit(text).hostname:
            raise BusyError(f"{self.settings.issuer}: its {name} is {text[:200]!r}; https://... was expected")
        return text

    def _ask(
        self,
        method: str,
        address: str,
        body: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> dict[str, Any]:
        """One request; redirects are not followed and no proxy of the environment is used."""
        try:
            with (
                httpx.Client(timeout=_WAIT_S, follow_redirects=False, trust_env=False) as client,
                client.stream(method, address, data=body, headers=_ACCEPT, auth=auth) as answer,
            ):
                content = bytearray()
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > _LONGEST_BYTES:
                        raise BusyError(f"{address}: the answer is longer than {_LONGEST_BYTES} bytes")
                status = answer.status_code
        except httpx.HTTPError as error:
            raise BusyError(f"{address} does not answer ({type(error).__name__})") from error
        if method == "POST" and 400 <= status < 500:
            raise LoginRefusedError(f"the other system refused the code ({status})")
        try:
            said = json.loads(content)
        except ValueError:
            said = None
        if status != 200 or not isinstance(said, dict):
            raise BusyError(f"{address} answered {status} and no JSON object")
        return said


def _public_keys(said: dict[str, Any]) -> tuple[Key, ...]:
    """Its keys for signatures; symmetric ones and those for other uses are left out."""
    rows = [
        row for row in said.get("keys", ())
        if isinstance(row, dict) and row.get("kty") in _KINDS and row.get("use", "sig") == "sig"
    ]  # fmt: skip
    if not rows:
        return ()
    try:
        return tuple(KeySet.import_key_set({"keys": rows}).keys)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise BusyError(
            f"the other system publishes keys that cannot be read ({type(error).__name__})"
        ) from error


def _secret(settings: Oidc) -> str:
    path = settings.client_secret_file
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(path, f"the client's secret cannot be read ({error})") from error
