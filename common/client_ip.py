"""The address of the client. Any client can send an X-Forwarded-For; only the part of our proxies is trusted."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.http import HttpRequest

if TYPE_CHECKING:
    from rest_framework.request import Request

Asked: TypeAlias = "HttpRequest | Request"
"""A request of Django's or of REST framework's."""

# What one household or one rented server gets of IPv6: counting single addresses would count nothing.
IPV6_BLOCK = 64


def client_ip(request: Asked) -> str:
    """Return the address in its normal form; empty where there is none, behind a Unix socket for example.

    Each of our TRUSTED_PROXY_COUNT proxies appends whom it heard from, so that many addresses from the right are
    true. A header that is shorter, or that holds no address there, did not come through them.
    """
    direct = address_in(request.META.get("REMOTE_ADDR", ""))
    count = settings.TRUSTED_PROXY_COUNT
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if count else []
    found = address_in(forwarded[-count]) if 0 < count <= len(forwarded) else None
    return str(found or direct or "")


def client_block(request: Asked) -> str:
    """Return what limits count by: the IPv4 address, or the /64 of an IPv6 address."""
    address = client_ip(request)
    return str(ip_network(f"{address}/{IPV6_BLOCK}", strict=False)) if ":" in address else address


def address_in(text: str) -> IPv4Address | IPv6Address | None:
    """Parse an address, which may have a port, as some proxies write it. Return None where there is none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
