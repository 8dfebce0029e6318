"""Template tags by which the catalogue's pages offer a look-up."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone

from catalog_sync.forms import LookupForm

register = template.Library()


@register.filter
def from_now(seconds: float) -> datetime:
    """Return the moment in so many seconds, in the cinema's time zone."""
    return timezone.localtime(timezone.now() + timedelta(seconds=seconds))


@register.inclusion_tag("catalog_sync/lookup/offer.html")
def lookup_offer(query: str | None, satisfied: bool) -> dict[str, Any]:
    """Offer a look-up after a search: a form when nothing matched well, else a link.

    Nothing without a search, or without a key for OMDb.
    """
    title = (query or "").strip()
    if not title or not settings.OMDB_API_KEY:
        return {}
    return {"title": title, "form": None if satisfied else LookupForm(initial={"title": title})}
