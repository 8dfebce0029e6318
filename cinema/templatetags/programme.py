"""Sessions and their days on pages, also of other apps: `{% load programme %}`."""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.template.defaultfilters import date as format_date
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from cinema.core import ticket_codes
from cinema.core.local_time import to_local, today
from cinema.documents import wording
from cinema.models import MovieSession, SeatKind, name_seats
from cinema.queries import programme
from cinema.queries.programme import Showing, ShownFilm, Slot, slot_of
from movies.models import Movie, WatchlistItem

register = template.Library()
register.filter("name_seats", name_seats)
register.filter("seats_of_tickets", wording.seats)

FEW_SEATS = 10
EVENING = 17
FILMS_TONIGHT = 6
SLOT = mark_safe("<!-- sessions -->")


@register.simple_tag
def upcoming_sessions(movie: Movie) -> list[programme.Day]:
    """Return the film's sessions with tickets on sale, by day."""
    return programme.days_of_movie(movie)


register.simple_tag(today, name="this_day")


@register.inclusion_tag("cinema/programme/tonight.html", takes_context=True)
def tonight(context: template.Context) -> dict[str, Any]:
    """Render the films of the next day with sessions."""
    day = programme.next_day_with_sessions()
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


@register.simple_tag
def film_card(film: Showing, level: int, all_days: bool = False) -> SafeString:
    """Render a film of the programme with its sessions. With `all_days` each session shows its day.

    `level` is that of the heading.
    """
    slots = tuple([slot for day in film.days for slot in day.sessions])
    return render_showing(film.movie, level, slots, today() if all_days else None)


@lru_cache(maxsize=128)  # 2 to 8 kB each
def render_showing(film: ShownFilm, level: int, slots: tuple[Slot, ...], today: date | None) -> SafeString:
    """Return the card of a film with these sessions. They show their days if it says which one is `today`."""
    before, after = render_film(film, level)
    chips = (session_chip(slot, today is not None) for slot in slots)
    return mark_safe(before + format_html_join("\n", "<li>{}</li>", zip(chips)) + after)  # noqa: S308  (all is escaped)


@lru_cache(maxsize=256)  # about 1 kB each
def render_film(film: ShownFilm, level: int) -> tuple[str, str]:
    """Return the card of a film before and after its sessions, kept by the values that it shows."""
    context = {"film": film, "movie": film.card, "level": level, "chips": SLOT}
    before, _, after = render_to_string("cinema/programme/film_card.html", context).partition(SLOT)
    return before, after


@register.simple_tag
def session_chip(session: MovieSession | Slot, with_day: bool = False) -> SafeString:
    """Render a link to the session: its time and room, optionally the day, and what is left if that is little.

    Of a MovieSession it needs `room`, and the counts of queries.sessions.with_seat_counts.
    """
    slot = session if isinstance(session, Slot) else slot_of(session)
    state, left, free = "", "", slot.seats_free
    if free <= FEW_SEATS:
        left = SeatKind.STANDARD.describe_count(free) if free > 0 else slot.special_free
        state = "few" if left else "sold-out"
    day = short_day_of(slot.starts_at) if with_day else ""
    return render_chip(slot.pk, slot.starts_at, slot.room, state, left, day)


@lru_cache(maxsize=1024)  # less than 1 kB each
def render_chip(pk: int, starts_at: datetime, room: str, state: str, left: str, day: str) -> SafeString:
    context = {"pk": pk, "starts_at": starts_at, "room": room, "state": state, "left": left, "day": day}
    return render_to_string("cinema/programme/session_chip.html", context)


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
