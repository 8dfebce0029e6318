"""Connections to public addresses only: a name is resolved once, its addresses are checked, and used as checked.

The owner of a name decides what it resolves to, and may change that between two look-ups; so there is only one.
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

# Networks without IPv4 reach it through these; the last four bytes are the IPv4 address.
NAT64 = IPv6Network("64:ff9b::/96")


class ForbiddenAddress(Exception):
    """A name without an address that may be connected to."""


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast


def address_check_for(host: str) -> AddressCheck:
    """Return a check that allows public addresses, and `host` itself if it is a private address or this machine.

    The latter is for stand-ins of the provider.
    """
    own = _parse_address(host)

    def is_allowed(address: Address) -> bool:
        return is_public(address) or address == own or (host == "localhost" and address.is_loopback)

    return is_allowed


class CheckedAdapter(HTTPAdapter):
    """An adapter of requests that raises ForbiddenAddress instead of connecting to an address that is not allowed."""

    def __init__(self, is_allowed: AddressCheck) -> None:
        self._is_allowed = is_allowed
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = _pool_classes(self._is_allowed)


def _parse_address(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _pool_classes(is_allowed: AddressCheck) -> dict[str, type[HTTPConnectionPool]]:
    class CheckedConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, is_allowed)

    class CheckedTLSConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, is_allowed)

    class Pool(HTTPConnectionPool):
        ConnectionCls = CheckedConnection

    class TLSPool(HTTPSConnectionPool):
        ConnectionCls = CheckedTLSConnection

    return {"http": Pool, "https": TLSPool}


def _connect(connection: HTTPConnection, is_allowed: AddressCheck) -> socket.socket:
    """Connect as urllib3 does, after the check. The certificate is still checked against the name."""
    try:
        addresses = _resolve(connection.host.strip("[]"), connection.port)
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, socket.gaierror(str(error))) from error
    checked = [address for address in addresses if is_allowed(ip_address(address[0].partition("%")[0]))]
    if not checked:
        raise ForbiddenAddress
    failure = OSError()
    for host, port in checked:
        try:
            return create_connection((host, port), connection.timeout, socket_options=connection.socket_options)
        except OSError as error:
            failure = error
    if isinstance(failure, TimeoutError):
        raise ConnectTimeoutError(connection, "Connection timed out.") from failure
    raise NewConnectionError(connection, "Connection failed.") from failure


def _resolve(host: str, port: int) -> list[tuple[str, int]]:
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((str(result[4][0]), port) for result in results))
