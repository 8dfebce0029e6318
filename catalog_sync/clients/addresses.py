"""Connections to public addresses only: looked up once, checked, and then connected to exactly what was checked.

What a name resolves to is its owner's choice, and may change between two look-ups; so there is only one.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.poolmanager import PoolManager
from urllib3.util.connection import create_connection

Address = IPv4Address | IPv6Address
AddressCheck = Callable[[Address], bool]

# Networks without IPv4 reach it through these: the last four bytes are the address that is meant.
NAT64 = IPv6Network("64:ff9b::/96")


class ForbiddenAddress(Exception):
    """The name leads to no address that may be connected to."""


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def address_check_for(host: str) -> AddressCheck:
    """Public addresses and, where `host` itself is a private address or this machine, as a stand-in's is, that one."""
    named = literal(host)

    def allows(address: Address) -> bool:
        return is_public(address) or address == named or (host == "localhost" and address.is_loopback)

    return allows


def literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


class CheckedAdapter(HTTPAdapter):
    """For requests: raises Forbidden instead of connecting to an address that `allows` refuses."""

    def __init__(self, allows: AddressCheck) -> None:
        self._allows = allows
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = pools(self._allows)


def pools(allows: AddressCheck) -> dict[str, type[HTTPConnectionPool]]:
    class CheckedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connected(self, allows)

    class CheckedTLSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connected(self, allows)

    class Pool(HTTPConnectionPool):
        ConnectionCls = CheckedConnection

    class TLSPool(HTTPSConnectionPool):
        ConnectionCls = CheckedTLSConnection

    return {"http": Pool, "https": TLSPool}


def connected(wanted: HTTPConnection, allows: AddressCheck) -> socket.socket:
    """As urllib3 does it, but for the check. The certificate is still that of the name."""
    try:
        places = _resolve(wanted.host.strip("[]"), wanted.port)
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(wanted.host, wanted, socket.gaierror(str(error))) from error
    checked = [place for place in places if allows(ip_address(place[0].partition("%")[0]))]
    if not checked:
        raise ForbiddenAddress
    problem: OSError = OSError()
    for host, port in checked:
        try:
            return create_connection((host, port), wanted.timeout, socket_options=wanted.socket_options)
        except OSError as error:
            problem = error
    if isinstance(problem, TimeoutError):
        raise ConnectTimeoutError(wanted, "Connection timed out.") from problem
    raise NewConnectionError(wanted, "Connection failed.") from problem


def _resolve(host: str, port: int) -> list[tuple[str, int]]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(place[4][0]), port) for place in found))
