"""Pages with watchlist buttons, for tests."""

import re


def watchlist_buttons(response):
    """Return (name, film id, aria-pressed) of every watchlist button, in order."""
    page = response if isinstance(response, str) else response.content.decode()
    found = re.findall(r'<button([^>]*form="watchlist-form"[^>]*)>', page)
    attributes = [dict(re.findall(r'([\w-]+)="([^"]*)"', each)) for each in found]
    return [(each["name"], int(each["value"]), each.get("aria-pressed")) for each in attributes]
