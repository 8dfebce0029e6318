"""Formatting of sessions, people and numbers for the admin."""

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from cinema.core.local_time import format_moment
from cinema.models import MovieSession

# The state of a session, with unfold's name of its colour.
STATE_COLOURS = {"upcoming": "info", "running": "success", "over": "", "draft": "warning", "cancelled": "danger"}


def occupancy_bar(session: Any, special_free: str = "") -> SafeString:
    """Return "24 of 96" with a bar; seats on hold are a part of their own.

    `session` has `sold`, `held` and `seats_total`; `special_free` is MovieSession's, where there is room for it.
    """
    context = {
        "session": session,
        "special_free": special_free,
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


def format_start(session: MovieSession) -> str:
    return format_moment(session.starts_at)


def film_link(session: MovieSession) -> SafeString:
    """Return the film's title as a link to the page of the session."""
    address = reverse("admin:cinema_moviesession_change", args=[session.pk])
    return format_html('<a class="admin-link" href="{}">{}</a>', address, session.movie)


def format_person(user: User | None) -> str:
    """Return name and username; None is a closed account."""
    return f"{user.name} ({user.username})" if user and user.name else str(user or "a closed account")


def count_of(number: int, noun: str) -> str:
    """Return, for example, "1 ticket" or "2 tickets"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
