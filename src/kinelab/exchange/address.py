"""Where results may be sent: an address is checked before a byte leaves.

Server-side request forgery: a URL that somebody gives makes this machine call a service that only it can
reach (a database's page, the cloud's metadata). The name is resolved once, each address that it has must be
allowed, and the connection goes to that very address: the name server is not asked a second time.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from kinelab.errors import InputError, ServerAwayError

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*")
_PORTS = {"https": 443, "http": 80}
# Never, not even by name: services that hand out a machine's own keys, and what is no single machine.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254"))
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Address:
    """A checked address: `ip` is what to connect to, `host` whose name the certificate must bear."""

    scheme: str
    host: str
    port: int
    path: str
    ip: str

    @property
    def connect_url(self) -> str:
        """The base URL with the number instead of the name."""
        shown = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{shown}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        """`Host` as the server expects it."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == _PORTS[self.scheme] else f"{shown}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL for people."""
        return f"{self.scheme}://{self.host_header}{self.path}"


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system's resolver tells them.

    Raises:
        InputError: it has none.
        ServerAwayError: the name server did not answer.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        if error.errno == socket.EAI_AGAIN:
            raise ServerAwayError(f"the name {host!r} cannot be resolved now ({error})") from error
        raise InputError(f"the name {host!r} cannot be resolved ({error}); check its spelling") from error
    return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))


def guarded_address(
    url: str,
    allowed_hosts: Sequence[str] = (),
    *,
    only_allowed: bool = False,
    resolver: Callable[[str, int], list[str]] = resolve,
) -> Address:
    """The address of a server, refused unless results may go there.

    Without more, that is https to a host all of whose addresses are public. A host of one's own network, or
    plain http to it, must be allowed by name: `allowed_hosts` holds `host` or `host:port`. only_allowed: no
    others at all (what a clinic's server does).

    Raises:
        InputError: what was found and how to allow it; also for a host that has both allowed and other
            addresses, for user names in the URL, and for hosts written as unusual numbers.
    """
    parts = _split(url)
    host, scheme = _host(parts.hostname or "", url), parts.scheme
    try:
        port = parts.port or _PORTS[scheme]
    except ValueError as error:
        raise InputError(f"{url}: {error}; a port is a number up to 65535") from error
    allowed = {name.lower().rstrip(".") for name in allowed_hosts}
    named = bool({host, f"{host}:{port}", f"[{host}]:{port}"} & allowed)
    if only_allowed and not named:
        raise InputError(f"{host}:{port} is not among the servers that were allowed: {_listed(allowed)}")
    if scheme == "http" and not named:
        raise InputError(
            f"{url}: http is not encrypted; use https, or allow a server of your own network by name: "
            f"--allow-host {host}:{port}"
        )
    found = [str(_literal(host))] if _literal(host) else resolver(host, port)
    if not found:
        raise InputError(f"the name {host!r} has no address; check its spelling")
    for text in found:
        _check(ipaddress.ip_address(text), host, port, named=named, encrypted=scheme == "https")
    return Address(scheme, host, port, parts.path.rstrip("/"), found[0])


def _split(url: str) -> SplitResult:
    if any(ord(c) <= 32 or ord(c) == 127 or c == "\\" for c in url):
        raise InputError(f"{url!r} holds a blank, a control character or a backslash; give a plain https URL")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise InputError(f"{url!r} is no URL ({error})") from error
    if parts.scheme not in _PORTS:
        raise InputError(
            f"{url!r}: the scheme is {parts.scheme!r}, allowed is https (http to an allowed host)"
        )
    if "@" in parts.netloc:
        raise InputError("the URL holds a user name or password; give a token by --token-file instead")
    if parts.query or parts.fragment:
        raise InputError(
            f"{url!r} holds a query or fragment; give the server's base URL, such as https://host/fhir"
        )
    if not host:
        raise InputError(f"{url!r} names no host")
    return parts


def _literal(host: str) -> Ip | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _host(host: str, url: str) -> str:
    """The host in small letters, refused where readers of URLs would disagree on who it is."""
    host = host.lower().rstrip(".")
    if "%" in host:
        raise InputError(
            f"{url}: the host {host!r} names an interface of this machine; give the address alone"
        )
    if _literal(host):
        return host
    if _NUMBERS.fullmatch(host):
        raise InputError(f"{url}: the host {host!r} is a number in an unusual form; write it as 192.0.2.1")
    if not _HOST.fullmatch(host):
        raise InputError(f"{url}: the host {host!r} has other characters than letters, digits, dash and dot")
    return host


def _check(ip: Ip, host: str, port: int, *, named: bool, encrypted: bool) -> None:
    """Refuse an address that results may not go to; an address inside an IPv6 address counts as well."""
    where = host if str(ip) == host else f"{host} ({ip})"
    for inner in (ip, *_embedded(ip)):
        if inner in _METADATA or inner.is_link_local or inner.is_multicast or inner.is_unspecified:
            raise InputError(
                f"{where} is a link-local, metadata, multicast or empty address: nothing is sent there"
            )
        public = inner.is_global and not inner.is_reserved
        if not public and not named:
            raise InputError(
                f"{where} lies inside a network (loopback, private or reserved); allow a server of your own "
                f"by name: --allow-host {host}:{port}"
            )
        if public and not encrypted:
            raise InputError(f"{where} is a public address: results go there by https only")


def _embedded(ip: Ip) -> list[Ip]:
    """IPv4 addresses that an IPv6 address stands for: mapped, compatible, 6to4, Teredo, NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    last = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    found: list[Ip | None] = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64 or (int(ip) >> 32 == 0 and int(ip) > 1):
        found.append(last)
    return [inner for inner in found if inner is not None]


def _listed(allowed: set[str]) -> str:
    return ", ".join(sorted(allowed)) or "none"
