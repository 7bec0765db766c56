from __future__ import annotations

import socket

import pytest

from kinelab.errors import InputError, ServerAwayError
from kinelab.exchange.address import guarded_address, resolve

PUBLIC = "93.184.216.34"


def test_https_to_a_public_host_is_allowed_and_pinned() -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC, "2606:2800:220:1::1"]

    found = guarded_address("https://FHIR.example.org./r4/", resolver=resolver)
    assert (found.scheme, found.host, found.port, found.path) == ("https", "fhir.example.org", 443, "/r4")
    assert found.connect_url == f"https://{PUBLIC}:443/r4"
    assert found.host_header == "fhir.example.org"
    assert found.url == "https://fhir.example.org/r4"
    assert asked == ["fhir.example.org"]


def test_ports_and_ipv6_are_written_as_servers_expect_them() -> None:
    found = guarded_address("https://[2606:2800:220:1::1]:8443/x")
    assert found.host_header == "[2606:2800:220:1::1]:8443"
    assert found.connect_url == "https://[2606:2800:220:1::1]:8443/x"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://a.org", "the scheme is 'ftp'"),
        ("file:///etc/passwd", "the scheme is 'file'"),
        ("a.org/fhir", "the scheme is ''"),
        ("https://", "names no host"),
        ("https://user:secret@a.org", "holds a user name or password"),
        ("https://trusted.org@evil.org", "holds a user name or password"),
        ("https://a.org/fhir?x=1", "holds a query or fragment"),
        ("https://a.org/fhir#x", "holds a query or fragment"),
        ("https://a.org\\@b.org", "a backslash"),
        ("https://a.org/\r\nHost: b", "a control character"),
        ("https://a b.org", "a blank"),
        ("https://a.org:99999", "a port is a number up to 65535"),
        ("https://a_b.org", "has other characters"),
        ("https://①②⑦.⓪.⓪.①", "has other characters|is no URL"),
        ("https://аpple.org", "has other characters"),  # the first letter is Cyrillic
        ("https://[::1", "is no URL"),
        ("https://[fe80::1%25eth0]/", "names an interface of this machine|is no URL"),
        ("http://a.org", "http is not encrypted"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as raised:
        guarded_address(url, resolver=lambda host, port: [PUBLIC])
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "017700000001", "127.0.0.01", "0"]
)
def test_hosts_in_unusual_numbers_are_refused(host: str) -> None:
    with pytest.raises(InputError, match="is a number in an unusual form"):
        guarded_address(f"https://{host}/", resolver=lambda host, port: [PUBLIC])


@pytest.mark.parametrize(
    "ip",
    ["127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.2.1",
     "198.18.0.1", "240.0.0.1", "::1", "fc00::1", "fd12:3456::1", "2001:db8::1", "::ffff:127.0.0.1",
     "::ffff:10.0.0.1",
     "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1"],
)  # fmt: skip
def test_an_address_inside_a_network_needs_to_be_allowed_by_name(ip: str) -> None:
    shown = f"[{ip}]" if ":" in ip else ip
    for url, resolver in ((f"https://{shown}/", None), ("https://looks-fine.org/", lambda host, port: [ip])):
        with pytest.raises(InputError, match=r"lies inside a network .* --allow-host"):
            guarded_address(url, resolver=resolver or resolve)
    assert guarded_address("https://ward:8080", ("ward:8080",), resolver=lambda host, port: [ip]).ip == ip


@pytest.mark.parametrize(
    "ip",
    ["169.254.169.254", "169.254.170.2", "169.254.0.1", "fe80::1", "fd00:ec2::254", "100.100.100.200",
     "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "0.0.0.0", "::", "224.0.0.1",
     "ff02::1"],
)  # fmt: skip
def test_metadata_and_link_local_addresses_are_never_allowed(ip: str) -> None:
    with pytest.raises(InputError, match="link-local, metadata, multicast or empty address"):
        guarded_address("https://ward/", ("ward", "ward:443"), resolver=lambda host, port: [ip])


def test_one_bad_address_among_good_ones_is_enough() -> None:
    for found in ([PUBLIC, "127.0.0.1"], ["127.0.0.1", PUBLIC]):
        with pytest.raises(InputError, match=r"a.org \(127.0.0.1\) lies inside a network"):
            guarded_address("https://a.org", resolver=lambda host, port, found=found: found)


def test_a_name_that_answers_twice_is_asked_once() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    found = guarded_address("https://rebinding.org", resolver=lambda host, port: next(answers))
    assert found.ip == PUBLIC
    assert "rebinding" not in found.connect_url


def test_http_goes_to_allowed_hosts_of_the_own_network_only() -> None:
    assert guarded_address("http://ward/fhir", ("WARD",), resolver=lambda host, port: ["10.0.0.7"]).port == 80
    with pytest.raises(InputError, match="is a public address: results go there by https only"):
        guarded_address("http://ward/fhir", ("ward",), resolver=lambda host, port: [PUBLIC])
    with pytest.raises(InputError, match="http is not encrypted"):
        guarded_address("http://ward:81/fhir", ("ward:80",), resolver=lambda host, port: ["10.0.0.7"])


def test_only_allowed_hosts_where_that_is_asked_for() -> None:
    with pytest.raises(InputError, match=r"a\.org:443 is not among the servers that were allowed: b\.org"):
        guarded_address("https://a.org", ("b.org",), only_allowed=True, resolver=lambda host, port: [PUBLIC])
    assert guarded_address(
        "https://b.org", ("b.org",), only_allowed=True, resolver=lambda host, port: [PUBLIC]
    ).ip == PUBLIC  # fmt: skip


def test_a_name_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(code: int) -> None:
        def asked(*_: object, **__: object) -> None:
            raise socket.gaierror(code, "as the name server says")

        monkeypatch.setattr(socket, "getaddrinfo", asked)

    refuses(socket.EAI_NONAME)
    with pytest.raises(InputError, match=r"'nobody.invalid' cannot be resolved .* check its spelling"):
        guarded_address("https://nobody.invalid/")
    refuses(socket.EAI_AGAIN)
    with pytest.raises(ServerAwayError, match=r"'nobody.invalid' cannot be resolved now"):
        guarded_address("https://nobody.invalid/")
    with pytest.raises(InputError, match="has no address"):
        guarded_address("https://a.org/", resolver=lambda host, port: [])


def test_the_systems_resolver_is_asked() -> None:
    assert "127.0.0.1" in resolve("localhost", 80)
    with pytest.raises(InputError, match=r"localhost \(.*\) lies inside a network"):
        guarded_address("https://localhost/")
