"""System checks of settings whose errors would otherwise show only at night."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Info, register
from django.core.checks import Warning as CheckWarning


@register("marquee")
def check_public_url(**_: Any) -> list[CheckMessage]:
    public = urlsplit(settings.PUBLIC_URL)
    if settings.DEBUG or public.scheme == "https" or _is_loopback(public.hostname or ""):
        return []
    return [
        CheckWarning(
            "PUBLIC_URL is plain http: passwords and cookies travel in the clear.",
            hint="Put a proxy with a certificate in front, and set PUBLIC_URL to its https address.",
            id="marquee.W001",
        )
    ]


@register("marquee", deploy=True)
def check_broker(**_: Any) -> list[CheckMessage]:
    if _place(settings.BROKER_URL) != _place(settings.REDIS_URL):
        return []
    return [
        CheckWarning(
            "The broker and the cache are the same Redis database: a full cache may evict queued tasks.",
            hint="Set BROKER_URL to a Redis with maxmemory-policy noeviction, or at least to another database number.",
            id="marquee.W002",
        )
    ]


@register("marquee", deploy=True)
def check_proxies(**_: Any) -> list[CheckMessage]:
    if settings.TRUSTED_PROXY_COUNT or urlsplit(settings.PUBLIC_URL).scheme != "https":
        return []
    return [
        CheckWarning(
            "PUBLIC_URL is https, so a proxy stands in front, and TRUSTED_PROXY_COUNT is 0: all visitors have the "
            "proxy's address, and share one limit.",
            hint="Set TRUSTED_PROXY_COUNT to the number of your proxies.",
            id="marquee.W003",
        )
    ]


@register("marquee", deploy=True)
def check_tmdb_key(**_: Any) -> list[CheckMessage]:
    if settings.TMDB_API_KEY:
        return []
    return [Info("TMDB_API_KEY is not set: the catalogue will not keep itself up to date.", id="marquee.I001")]


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _place(url: str) -> tuple[str | None, int, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.port or 6379, parts.path.strip("/") or "0"
