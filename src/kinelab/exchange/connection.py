"""One guarded HTTP connection: pinned to the checked address, no redirect, no proxy, no endless answer."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from kinelab.errors import ExchangeError, InputError, MissingExtraError, ServerAwayError
from kinelab.exchange.address import Address, guarded_address

if TYPE_CHECKING:
    import ssl

    import httpx

TOKEN_VARIABLE = "KINELAB_EXCHANGE_TOKEN"  # noqa: S105 - the name of the variable, not a token
MOST_BYTES = 256 * 2**20
_TRIES = 3
_MOST_TIMEOUTS = 10  # of a whole answer: a server that sends a byte now and then holds nobody up for ever
_BUSY = frozenset({429, 502, 503, 504})
_LATER = frozenset({408, 425, 429, 507})  # refusals of the moment below and beside the server's own faults
_NEVER = frozenset({501, 505})  # the server cannot do that at all


@dataclass(frozen=True)
class Server:
    """A server to send to. authorization: the whole header (`bearer`, `basic`), never shown.

    allowed_hosts: hosts (`host` or `host:port`) of one's own network that may be called, with http as well.
    only_allowed: no others. ca_file: certificates to trust besides those of the system.
    """

    url: str
    authorization: str | None = field(default=None, repr=False)
    allowed_hosts: tuple[str, ...] = ()
    timeout_s: float = 30.0
    only_allowed: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What a server answered: status, headers in small letters, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", errors="replace")

    def refused(self, problem: str) -> ExchangeError:
        """The error for a refusal: one of the moment (5xx, too many requests), or one for good."""
        is_away = self.status in _LATER or 500 <= self.status < 600
        if is_away and self.status not in _NEVER:
            return ServerAwayError(problem)
        return ExchangeError(problem)


def bearer(token: str) -> str:
    """The header for a token.

    Raises:
        InputError: the token is empty or holds blanks or control characters.
    """
    return f"Bearer {_clean(token)}"


def basic(user_and_password: str) -> str:
    """The header for `user:password`; raises as `bearer`, and without the colon."""
    import base64

    plain = _clean(user_and_password)
    if ":" not in plain:
        raise InputError("basic authorization needs user:password in the file, with the colon")
    return "Basic " + base64.b64encode(plain.encode()).decode("ascii")


def read_secret(path: Path | None) -> str | None:
    """A token from a file, or from the environment; None without either. Never from the command line.

    Raises:
        InputError: the file cannot be read.
    """
    if path is None:
        return os.environ.get(TOKEN_VARIABLE)
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--token-file {path} cannot be read ({error})") from error


class Connection:
    """Requests to one checked address; use it in a `with` block.

    Raises:
        InputError: the address is refused (`guarded_address`).
        ServerAwayError: not reached, or no answer in time.
        ExchangeError: a certificate that is not trusted, a redirect, an answer that is too large.
        MissingExtraError: httpx is not installed.
    """

    def __init__(self, server: Server) -> None:
        try:
            import httpx
        except ImportError as error:
            raise MissingExtraError("sending results to a server", "exchange") from error
        self.address: Address = guarded_address(
            server.url, server.allowed_hosts, only_allowed=server.only_allowed
        )
        headers = {"Host": self.address.host_header, "User-Agent": "kinelab"}
        self._most_s = _MOST_TIMEOUTS * server.timeout_s
        if server.authorization is not None:
            headers["Authorization"] = server.authorization
        self._client = httpx.Client(
            headers=headers,
            timeout=server.timeout_s,
            trust_env=False,
            follow_redirects=False,
            verify=_certificates(server.ca_file),
        )

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def request(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> Answer:  # fmt: skip
        """The answer to one request; `path` follows the base URL and must begin with `/` or be empty.

        again: the request may be repeated without harm, and is where the server is busy or out of reach.
        """
        assert path == "" or path.startswith("/"), path
        for left in reversed(range(_TRIES if again else 1)):
            try:
                answer = self._once(method, path, body, headers)
            except ServerAwayError:
                if not left:
                    raise
            else:
                if answer.status not in _BUSY or not left:
                    return answer
            time.sleep(0.25 * 2.0 ** (_TRIES - 1 - left))
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None) -> Answer:
        import httpx

        # The certificate is checked for the name, though the number is called.
        extensions = {"sni_hostname": self.address.host}
        request = self._client.build_request(
            method,
            self.address.connect_url + path,
            content=body,
            headers=dict(headers or {}),
            extensions=extensions,
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                answer = Answer(
                    response.status_code, dict(response.headers), _limited(response, self._most_s)
                )
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise ServerAwayError(
                f"{self.address.url}: no answer in time ({error or type(error).__name__})"
            ) from error
        except httpx.HTTPError as error:
            problem = f"{self.address.url} cannot be reached ({error or type(error).__name__})"
            raise _unreached(error, problem) from error
        if 300 <= answer.status < 400 and answer.status != 304:
            raise ExchangeError(
                f"{self.address.url} redirects to {answer.headers.get('location', 'nowhere')!r}; redirects "
                "are not followed: give the address that it names, if you trust it"
            )
        return answer


def _unreached(error: BaseException, problem: str) -> ExchangeError:
    """A certificate that is not trusted stays so until somebody mends it; all else may pass."""
    import ssl

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ExchangeError(problem)
        cause = cause.__cause__ or cause.__context__
    return ServerAwayError(problem)


def _limited(response: httpx.Response, most_s: float) -> bytes:
    parts, size, until_s = [], 0, time.monotonic() + most_s
    for part in response.iter_bytes():
        size += len(part)
        if size > MOST_BYTES:
            raise ExchangeError(
                f"the answer is larger than {MOST_BYTES >> 20} MiB; it was not read to its end"
            )
        if time.monotonic() > until_s:
            raise ServerAwayError(f"the answer is not at its end after {most_s:g} s; it was not read on")
        parts.append(part)
    return b"".join(parts)


def _certificates(ca_file: Path | None) -> ssl.SSLContext:
    import ssl

    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise InputError(
                f"--ca-file {ca_file} cannot be read as certificates in PEM ({error})"
            ) from error
    return context


def _clean(secret: str) -> str:
    secret = secret.strip()
    if not secret or any(ord(c) <= 32 or ord(c) > 126 for c in secret):
        raise InputError(
            "the token is empty or holds blanks or characters outside ASCII; is it the right file?"
        )
    return secret
