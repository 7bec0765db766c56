from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kinelab.errors import ExchangeError, InputError, ServerAwayError
from kinelab.exchange import connection
from kinelab.exchange.connection import Answer, Connection, Server, basic, bearer, read_secret

Answerer = Callable[[BaseHTTPRequestHandler], None]


class Handler(BaseHTTPRequestHandler):
    """Notes every request and answers as the server's `answer` says."""

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path, dict(self.headers)))  # type: ignore[attr-defined]
        self.server.answer(self)  # type: ignore[attr-defined]

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: object) -> None:
        """Quiet."""


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextlib.contextmanager
def running(answer: Answerer, context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.answer = [], answer  # type: ignore[attr-defined]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def own(server: ThreadingHTTPServer, **more: object) -> Server:
    host = f"127.0.0.1:{server.server_port}"
    return Server(f"http://{host}/base", allowed_hosts=(host,), **more)  # type: ignore[arg-type]


def test_a_request_goes_below_the_base_with_host_and_token() -> None:
    with running(lambda handler: send(handler, 200, b"hello", X_Y="z")) as server:
        with Connection(own(server, authorization=bearer("abc"))) as open_one:
            answer = open_one.request("POST", "/x?y=1", body=b"b", headers={"Content-Type": "text/plain"})
        assert (answer.status, answer.text, answer.headers["x-y"]) == (200, "hello", "z")
        (method, path, headers) = server.seen[0]  # type: ignore[attr-defined]
    assert (method, path) == ("POST", "/base/x?y=1")
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    assert headers["Authorization"] == "Bearer abc"


def test_redirects_are_not_followed() -> None:
    with running(lambda handler: send(handler, 302, Location="http://169.254.169.254/")) as server:
        with (
            Connection(own(server)) as open_one,
            pytest.raises(
                ExchangeError, match=r"redirects to 'http://169.254.169.254/'; redirects are not followed"
            ),
        ):
            open_one.request("GET", "/x", again=True)
        assert {path for _, path, _ in server.seen} == {"/base/x"}  # type: ignore[attr-defined]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        running(lambda handler: send(handler, 200)) as server,
        running(lambda handler: send(handler, 500)) as proxy,
    ):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        with Connection(own(server)) as open_one:
            assert open_one.request("GET", "/").status == 200
        assert proxy.seen == []  # type: ignore[attr-defined]


def test_what_may_be_repeated_is_repeated_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection.time, "sleep", lambda _: None)
    with running(lambda handler: send(handler, 503)) as server, Connection(own(server)) as open_one:
        assert open_one.request("GET", "/", again=True).status == 503
        assert len(server.seen) == 3  # type: ignore[attr-defined]
        assert open_one.request("POST", "/").status == 503
        assert len(server.seen) == 4  # type: ignore[attr-defined]


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_BYTES", 2**20)
    with (
        running(lambda handler: send(handler, 200, b"x" * (2**20 + 1))) as server,
        Connection(own(server)) as open_one,
        pytest.raises(ExchangeError, match="larger than 1 MiB"),
    ):
        open_one.request("GET", "/")


def test_a_server_that_says_nothing_is_told() -> None:
    done = threading.Event()
    with running(lambda handler: send(handler, 200) if done.wait(10) else None) as server:
        with (
            Connection(own(server, timeout_s=0.2)) as open_one,
            pytest.raises(ServerAwayError, match="no answer in time"),
        ):
            open_one.request("POST", "/")
        done.set()


def test_a_server_that_drips_is_left() -> None:
    left = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while not left.wait(0.02):
                handler.wfile.write(b"x")

    with running(drip) as server:
        with (
            Connection(own(server, timeout_s=0.1)) as open_one,
            pytest.raises(ServerAwayError, match="not at its end after 1 s"),
        ):
            open_one.request("POST", "/")
        left.set()


def test_a_server_that_is_not_there_is_told() -> None:
    with running(lambda handler: send(handler, 200)) as server:
        gone = own(server)
    with Connection(gone) as open_one, pytest.raises(ServerAwayError, match="cannot be reached"):
        open_one.request("POST", "/")


def test_a_server_that_breaks_off_is_away() -> None:
    def broken(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True

    with running(broken) as server:
        with Connection(own(server)) as open_one, pytest.raises(ServerAwayError, match="disconnected"):
            open_one.request("POST", "/")
        assert len(server.seen) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507, 599])
def test_refusals_that_may_pass(status: int) -> None:
    assert type(Answer(status, {}, b"").refused("no")) is ServerAwayError


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 422, 501, 505])
def test_refusals_for_good(status: int) -> None:
    assert type(Answer(status, {}, b"").refused("no")) is ExchangeError


def test_the_certificate_must_bear_the_name_though_the_number_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def once(host: str, *rest: object, **more: object) -> object:
        if host != "127.0.0.1":
            asked.append(host)
            host = "127.0.0.1"
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    certificate, context = _certificate(tmp_path, "fhir.test")
    with running(lambda handler: send(handler, 200, b"yes"), context) as server:
        port = server.server_port

        def to(host: str, ca_file: Path | None) -> Server:
            return Server(f"https://{host}:{port}", allowed_hosts=(host,), ca_file=ca_file)

        with Connection(to("fhir.test", certificate)) as open_one:
            assert open_one.request("GET", "/").text == "yes"
        assert asked == ["fhir.test"]
        with (
            Connection(to("other.test", certificate)) as open_one,
            pytest.raises(ExchangeError, match=r"[Hh]ostname mismatch|not valid for 'other.test'") as said,
        ):
            open_one.request("POST", "/")
        assert not isinstance(said.value, ServerAwayError)  # waiting would not mend it
        with Connection(to("fhir.test", None)) as open_one, pytest.raises(ExchangeError, match="CERTIFICATE"):
            open_one.request("POST", "/")


def _certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate that signed itself, for one name, and a server's context with it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def test_secrets_come_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(connection.TOKEN_VARIABLE, raising=False)
    assert read_secret(None) is None
    monkeypatch.setenv(connection.TOKEN_VARIABLE, "from the environment")
    assert read_secret(None) == "from the environment"
    (tmp_path / "token").write_text("abc\n")
    assert read_secret(tmp_path / "token") == "abc"
    with pytest.raises(InputError, match="cannot be read"):
        read_secret(tmp_path / "none")
    assert basic("user:password") == "Basic dXNlcjpwYXNzd29yZA=="
    with pytest.raises(InputError, match="user:password"):
        basic("password")
    for wrong in ("", "a\nb", "ä"):
        with pytest.raises(InputError, match="the token is empty or holds"):
            bearer(wrong)


def test_a_token_is_never_shown() -> None:
    assert "abc" not in repr(Server("https://a.org", bearer("abc")))


def test_certificates_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(InputError, match="cannot be read as certificates in PEM"):
        Connection(Server("https://127.0.0.1", allowed_hosts=("127.0.0.1",), ca_file=tmp_path / "ca.pem"))
