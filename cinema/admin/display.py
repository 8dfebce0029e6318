"""How sessions and numbers are shown in the admin."""

from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from cinema.models import MovieSession

# The state of a session, with unfold's name of its colour.
STATE_COLOURS = {"upcoming": "info", "running": "success", "over": "", "draft": "warning", "cancelled": "danger"}


def occupancy_bar(session: Any) -> SafeString:
    """Return "24 of 96" with a bar; seats on hold are a part of their own.

    `session` has `sold`, `held` and `seats_total`.
    """
    context = {
        "session": session,
        "sold_share": _percent(session.sold, session.seats_total),
        "held_share": _percent(session.held, session.seats_total),
    }
    return render_to_string("admin/cinema/occupancy.html", context)


def _percent(part: int, whole: int) -> int:
    return min(100, round(100 * part / whole)) if whole else 0


def session_state(session: MovieSession) -> str:
    """Return one of STATE_COLOURS."""
    now = timezone.now()
    if session.cancelled_at:
        return "cancelled"
    if session.ends_at <= now:
        return "over"
    if not session.published:
        return "draft"
    return "running" if session.starts_at <= now else "upcoming"


def count_of(number: int, noun: str) -> str:
    """Return, for example, "1 ticket" or "2 tickets"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
