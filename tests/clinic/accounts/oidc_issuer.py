"""A little OpenID provider that really speaks HTTP, and lies where a test wants it to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import Key, RSAKey

CLIENT, SECRET = "kinelab", "client secret: ü%&"
Claims = dict[str, Any]


def new_key(name: str = "k1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"}, private=True)


@dataclass
class Issuer:
    """Who it knows and what it answers; `sign` and `alter` are where it lies."""

    address: str = ""
    key: Key = field(default_factory=new_key)
    keys: list[Claims] | None = None
    person: Claims = field(default_factory=lambda: {"sub": "17", "preferred_username": "ann.lee"})
    alter: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    discovery: Claims = field(default_factory=dict)
    codes: dict[str, Claims] = field(default_factory=dict)
    n_exchanges: int = 0

    def approve(self, sent_to: str) -> str:
        """What a browser does that was sent here: the code for it; the request is kept for the exchange."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(sent_to).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code

    def token(self, asked: Claims) -> str:
        now = int(time.time())
        claims = self.alter(
            {
                "iss": self.address,
                "aud": asked["client_id"],
                "iat": now,
                "exp": now + 300,
                "nonce": asked["nonce"],
            }
            | self.person
        )
        if self.sign is not None:
            return self.sign(claims)
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def exchange(self, headers: Any, said: dict[str, str]) -> tuple[int, Claims]:
        self.n_exchanges += 1
        asked = self.codes.pop(said.get("code", ""), None)
        pair = base64.b64decode(headers.get("Authorization", "Basic Og==").split()[1]).decode()
        expected = f"{CLIENT}:client%20secret%3A%20%C3%BC%25%26"  # both form-encoded, RFC 6749 2.3.1
        if asked is None or pair != expected or said.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(said["code_verifier"].encode()).digest()).rstrip(
            b"="
        )
        if challenge.decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.token(asked)}

    def published(self, path: str) -> Claims | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/jwks",
            } | self.discovery  # fmt: skip
        if path == "/jwks":
            return {"keys": self.keys if self.keys is not None else [self.key.as_dict(private=False)]}
        return None


@contextmanager
def serving() -> Iterator[Issuer]:
    """A provider on a free port of this computer."""
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = issuer.published(self.path)
            self._answer(404 if said is None else 200, said or {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            said = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*issuer.exchange(self.headers, said))

        def _answer(self, status: int, said: Claims) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
