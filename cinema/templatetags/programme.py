"""What the programme says on pages, those of other apps included: `{% load programme %}`."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django import template
from django.template.defaultfilters import date as formatted
from django.utils import timezone

from cinema.core import ticket_codes
from cinema.core.local_time import to_local, today
from cinema.models import MovieSession
from cinema.queries import programme
from movies.models import Movie, WatchlistItem

register = template.Library()

FEW_SEATS = 10
EVENING = 17
FILMS_TONIGHT = 6


@register.simple_tag
def coming_sessions(movie: Movie) -> list[programme.Day]:
    """The film's sessions of which tickets are sold, by day."""
    return programme.days_of_movie(movie)


@register.inclusion_tag("cinema/programme/tonight.html", takes_context=True)
def tonight(context: template.Context) -> dict[str, Any]:
    """The first day on which there is something to see, and its films."""
    day = next(iter(programme.days_with_sessions()), None)
    films = programme.showings_on_day(day) if day else []
    return {"day": day, "films": films[:FILMS_TONIGHT], "more": len(films) > FILMS_TONIGHT}


class Wanted(NamedTuple):
    """A film of somebody's watchlist, and its next session if that is within a week."""

    item: WatchlistItem
    next_session: MovieSession | None

    @property
    def is_playing(self) -> bool:
        return self.next_session is not None


@register.simple_tag
def with_next_session(items: Iterable[WatchlistItem]) -> list[Wanted]:
    """In one query for all of them."""
    listed = list(items)
    coming = programme.next_sessions([item.movie_id for item in listed]) if listed else {}
    return [Wanted(item, coming.get(item.movie_id)) for item in listed]


@register.inclusion_tag("cinema/programme/session_chip.html")
def session_chip(session: MovieSession, with_day: bool = False) -> dict[str, Any]:
    """A time that leads to the seats, with the day above it if wanted. Wants room and `seats_free`."""
    free: int = session.seats_free  # type: ignore[attr-defined]
    state = "few" if free <= FEW_SEATS else ""
    if free <= 0:
        state = "sold-out"
    return {"session": session, "state": state, "free": free, "day": to_local(session.starts_at) if with_day else None}


@register.filter
def day_name(day: date) -> str:
    """ "Today", "Tomorrow", or "Saturday 21 November"; with the year where it is another."""
    ahead = (day - today()).days
    if ahead in (0, 1):
        return ("Today", "Tomorrow")[ahead]
    return formatted(day, "l j F" if day.year == today().year else "l j F Y")


@register.filter
def its_day(moment: datetime) -> date:
    """In the cinema's zone."""
    return to_local(moment).date()


@register.filter
def is_near(day: date) -> bool:
    """Whether `day_name` says it without its date."""
    return day_name(day) in {"Today", "Tomorrow"}


@register.filter
def short_day(day: date) -> str:
    """ "Tonight", "Sat 21"; with the month where it is another."""
    if day == today():
        return "Tonight"
    return formatted(day, "D j" if (day.year, day.month) == (today().year, today().month) else "D j M")


@register.filter
def day_of(there: datetime) -> str:
    """As `short_day`, of a time by the cinema's clock: an afternoon is not tonight."""
    return "Today" if there.date() == today() and there.hour < EVENING else short_day(there.date())


@register.filter
def when(moment: datetime) -> str:
    """ "Tonight 20:15", "Tomorrow 11:00", by the cinema's clock."""
    there = to_local(moment)
    name = day_name(there.date())
    return f"{'Tonight' if name == 'Today' and there.hour >= EVENING else name} {there:%H:%M}"


@register.filter
def is_over(session: MovieSession) -> bool:
    return session.ends_at <= timezone.now()


@register.filter
def grouped(code: str) -> str:
    return ticket_codes.format_code(code)
