"""Sessions and their days on pages, also of other apps: `{% load programme %}`."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django import template
from django.template.defaultfilters import date as format_date
from django.utils import timezone

from cinema.core import ticket_codes
from cinema.core.local_time import to_local, today
from cinema.documents import wording
from cinema.models import MovieSession, SeatKind, name_seats
from cinema.queries import programme
from movies.models import Movie, WatchlistItem

register = template.Library()
register.filter("name_seats", name_seats)
register.filter("seats_of_tickets", wording.seats)

FEW_SEATS = 10
EVENING = 17
FILMS_TONIGHT = 6


@register.simple_tag
def upcoming_sessions(movie: Movie) -> list[programme.Day]:
    """Return the film's sessions with tickets on sale, by day."""
    return programme.days_of_movie(movie)


@register.inclusion_tag("cinema/programme/tonight.html", takes_context=True)
def tonight(context: template.Context) -> dict[str, Any]:
    """Render the films of the next day with sessions."""
    day = next(iter(programme.days_with_sessions()), None)
    films = programme.showings_on_day(day) if day else []
    return {"day": day, "films": films[:FILMS_TONIGHT], "more": len(films) > FILMS_TONIGHT}


class ItemWithSession(NamedTuple):
    """A film of a watchlist, and its next session within a week."""

    item: WatchlistItem
    next_session: MovieSession | None

    @property
    def is_playing(self) -> bool:
        return self.next_session is not None


@register.simple_tag
def with_next_session(items: Iterable[WatchlistItem]) -> list[ItemWithSession]:
    """Return each item with its next session. One query for all."""
    rows = list(items)
    sessions = programme.next_sessions([item.movie_id for item in rows]) if rows else {}
    return [ItemWithSession(item, sessions.get(item.movie_id)) for item in rows]


@register.inclusion_tag("cinema/programme/session_chip.html")
def session_chip(session: MovieSession, with_day: bool = False) -> dict[str, Any]:
    """Render a link to the session: its time and room, optionally the day, and what is left if that is little.

    Needs `room`, and the counts of queries.sessions.with_seat_counts.
    """
    free = session.seats_free
    state, left = "", SeatKind.STANDARD.describe_count(free) if free > 0 else session.special_free
    if free <= FEW_SEATS:
        state = "few" if left else "sold-out"
    return {"session": session, "state": state, "left": left, "day": to_local(session.starts_at) if with_day else None}


@register.filter
def day_name(day: date) -> str:
    """Return "Today", "Tomorrow", or "Saturday 21 November"; with the year unless it is this year."""
    ahead = (day - today()).days
    if ahead in (0, 1):
        return ("Today", "Tomorrow")[ahead]
    return format_date(day, "l j F" if day.year == today().year else "l j F Y")


@register.filter
def day_heading(day: date) -> str:
    """Return "Tonight" for today, else the day's name."""
    return "Tonight" if day == today() else day_name(day)


@register.filter
def local_day(moment: datetime) -> date:
    """Return the day in the cinema's time zone."""
    return to_local(moment).date()


@register.filter
def is_today_or_tomorrow(day: date) -> bool:
    """Return whether `day_name` leaves out the date."""
    return day_name(day) in {"Today", "Tomorrow"}


@register.filter
def short_day(day: date) -> str:
    """Return "Tonight", or "Sat 21"; with the month unless it is this month."""
    if day == today():
        return "Tonight"
    return format_date(day, "D j" if (day.year, day.month) == (today().year, today().month) else "D j M")


@register.filter
def short_day_of(local_time: datetime) -> str:
    """Return `short_day` of a local time, but "Today" for this afternoon."""
    is_daytime = local_time.date() == today() and local_time.hour < EVENING
    return "Today" if is_daytime else short_day(local_time.date())


@register.filter
def day_and_time(moment: datetime) -> str:
    """Return "Tonight 20:15" or "Tomorrow 11:00", in the cinema's time zone."""
    start = to_local(moment)
    name = day_name(start.date())
    return f"{'Tonight' if name == 'Today' and start.hour >= EVENING else name} {start:%H:%M}"


@register.filter
def is_over(session: MovieSession) -> bool:
    return session.ends_at <= timezone.now()


@register.filter
def format_code(code: str) -> str:
    return ticket_codes.format_code(code)
