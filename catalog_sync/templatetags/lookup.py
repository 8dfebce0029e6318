"""Where the catalogue's pages offer to look a film up."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone

from catalog_sync.forms import LookupForm

register = template.Library()


@register.filter
def from_now(seconds: float) -> datetime:
    """That moment in the cinema's time zone."""
    return timezone.localtime(timezone.now() + timedelta(seconds=seconds))


@register.inclusion_tag("catalog_sync/lookup/offer.html")
def lookup_offer(query: str | None, satisfied: bool) -> dict[str, Any]:
    """For what somebody searched for: a form where nothing was found that is surely meant, else a quiet link.

    Nothing where nobody searched, or where the site has no key for OMDb.
    """
    title = (query or "").strip()
    if not title or not settings.OMDB_API_KEY:
        return {}
    return {"title": title, "form": None if satisfied else LookupForm(initial={"title": title})}
