"""Which requests are meant for this server and come the right way: its names, its proxy, other sites."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import Scope

from kinelab.errors import InputError

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Rules:
    """`hosts`: the names by which browsers call this server; one without a port fits every port.

    `secure`: the server stands behind https, and takes only requests that one of the `proxies` (addresses or
    networks) has passed on from there.
    """

    hosts: tuple[str, ...]
    secure: bool = False
    proxies: tuple[str, ...] = ()
    _names: frozenset[str] = field(init=False, repr=False)
    _networks: tuple[_Network, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_names", frozenset(name.lower() for name in self.hosts))
        try:
            networks = tuple(ipaddress.ip_network(each) for each in self.proxies)
        except ValueError as error:
            raise InputError(f"trusted_proxies: {error}; expected addresses such as 127.0.0.1") from None
        object.__setattr__(self, "_networks", networks)

    def why_not(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Status and reason to refuse a request at once; None if it may go on."""
        host = headers.get("host", "").lower()
        if host not in self._names and _without_port(host) not in self._names:
            return 421, "this address is not the clinic's own"
        if self.secure and not self._came_by_https(scope, headers):
            return 403, "the clinic is open by https only"
        is_socket = scope["type"] == "websocket"
        origin = headers.get("origin")
        if is_socket and origin is None:
            return 403, "a web socket is opened by the clinic's own pages only"
        changes = is_socket or scope["method"] not in SAFE_METHODS
        own = f"{'https' if self.secure else 'http'}://{host}"
        from_elsewhere = (
            headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
        )
        if from_elsewhere or (changes and origin is not None and origin.lower() != own):
            return 403, "the request comes from another site"
        return None

    def address_of(self, scope: Scope, headers: Headers) -> str:
        """Who asks: the other end of the connection, or whom a trusted proxy names last."""
        address = str((scope.get("client") or ("",))[0])
        named = [each.strip() for each in ",".join(headers.getlist("x-forwarded-for")).split(",")]
        while named and self._is_proxy(address):
            address = named.pop() or address
        return address

    def _came_by_https(self, scope: Scope, headers: Headers) -> bool:
        peer = str((scope.get("client") or ("",))[0])
        return self._is_proxy(peer) and headers.getlist("x-forwarded-proto") == ["https"]

    def _is_proxy(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._networks)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
