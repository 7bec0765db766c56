from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.datastructures import Headers
from starlette.types import Scope

from kinelab.clinic.web.rules import Rules
from kinelab.errors import InputError

OPEN = Rules(("127.0.0.1:8740", "localhost:8740", "[::1]:8740", "Clinic.example.org"))
BEHIND = Rules(("clinic.example.org",), secure=True, proxies=("127.0.0.1", "10.0.0.0/8"))


def _scope(method: str = "GET", client: str = "192.0.2.1") -> Scope:
    if method == "WS":
        return {"type": "websocket", "client": (client, 1)}
    return {"type": "http", "method": method, "client": (client, 1)}


def _status(rules: Rules, scope: Scope, **headers: str) -> int | None:
    why = rules.why_not(scope, Headers({name.replace("_", "-"): value for name, value in headers.items()}))
    return None if why is None else why[0]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8740", "LOCALHOST:8740", "[::1]:8740", "clinic.example.org", "clinic.example.org:8443"],
)
def test_own_names_are_taken(host: str) -> None:
    assert _status(OPEN, _scope(), host=host) is None


@pytest.mark.parametrize("host", [
    "", "evil.example", "evil.example:8740", "127.0.0.1", "127.0.0.1:8741", "127.0.0.1:8740.evil.example",
    "::1", "clinic.example.org.evil.example", "evil.example#clinic.example.org", "clinic.example.org:x",
    "clinic.example.org:", "a@clinic.example.org", "127.0.0.1:8740,evil.example",
])  # fmt: skip
def test_other_names_are_refused_though_they_lead_here(
    host: str, record_property: Callable[[str, object], None]
) -> None:
    assert _status(OPEN, _scope(), host=host) == 421
    record_property("refused: foreign Host headers", 1)


@pytest.mark.parametrize("origin", [
    "null", "http://evil.example", "https://127.0.0.1:8740", "http://127.0.0.1", "http://127.0.0.1:8741",
    "http://127.0.0.1:8740.evil.example", "http://localhost:8740", "",
    "http://evil.example/http://127.0.0.1:8740",
])  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT", "WS"])
def test_changes_and_sockets_from_other_sites_are_refused(
    method: str, origin: str, record_property: Callable[[str, object], None]
) -> None:
    assert _status(OPEN, _scope(method), host="127.0.0.1:8740", origin=origin) == 403
    assert _status(OPEN, _scope(method), host="127.0.0.1:8740", origin="http://127.0.0.1:8740") is None
    record_property("refused: changes and sockets from other sites", 1)


def test_a_socket_without_an_origin_is_no_browsers() -> None:
    assert _status(OPEN, _scope("WS"), host="127.0.0.1:8740") == 403


def test_reads_by_scripts_and_pictures_of_other_sites_are_refused_but_links_are_not() -> None:
    def cross(mode: str) -> int | None:
        return _status(
            OPEN, _scope(), host="127.0.0.1:8740", sec_fetch_site="cross-site", sec_fetch_mode=mode
        )

    assert [cross(mode) for mode in ("no-cors", "cors", "same-origin", "websocket")] == [403] * 4
    assert cross("navigate") is None


def test_behind_https_only_the_proxy_and_only_https_come_in() -> None:
    told = {"host": "clinic.example.org", "x_forwarded_proto": "https"}
    assert _status(BEHIND, _scope(client="127.0.0.1"), **told) is None
    assert _status(BEHIND, _scope(client="10.1.2.3"), **told) is None
    assert _status(BEHIND, _scope(client="192.0.2.1"), **told) == 403  # says so, but is no proxy of ours
    assert _status(BEHIND, _scope(client=""), **told) == 403
    for proto in ("http", "https,http", "HTTPS", ""):
        assert (
            _status(BEHIND, _scope(client="127.0.0.1"), host="clinic.example.org", x_forwarded_proto=proto)
            == 403
        )
    assert _status(BEHIND, _scope(client="127.0.0.1"), host="clinic.example.org") == 403
    own = told | {"origin": "https://clinic.example.org"}
    assert _status(BEHIND, _scope("POST", "127.0.0.1"), **own) is None
    assert (
        _status(BEHIND, _scope("POST", "127.0.0.1"), **told | {"origin": "http://clinic.example.org"}) == 403
    )


@pytest.mark.parametrize(
    ("peer", "named", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", "192.0.2.1"),  # nobody may name another address but a proxy
        ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
        (
            "127.0.0.1",
            "6.6.6.6, 203.0.113.5",
            "203.0.113.5",
        ),  # what the browser itself has sent is not believed
        ("127.0.0.1", "203.0.113.5, 10.0.0.7", "203.0.113.5"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.0.0.7", "10.0.0.7"),
    ],
)
def test_the_address_is_the_last_that_a_trusted_proxy_names(peer: str, named: str, address: str) -> None:
    headers = Headers({"x-forwarded-for": named} if named else {})
    assert BEHIND.address_of(_scope(client=peer), headers) == address


def test_a_proxy_that_is_no_address_stops_the_start() -> None:
    with pytest.raises(InputError, match=r"trusted_proxies: 'proxy.local' does not appear to be"):
        Rules(("clinic.example.org",), proxies=("proxy.local",))
