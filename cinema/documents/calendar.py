"""Visits as calendar entries (RFC 5545): one as a file, or all of a customer as a feed that calendars subscribe to.

A visit is all that a customer has for one session: a list of the tickets of queries.tickets.of_visit, cancelled ones
included. Its UID never changes. Its SEQUENCE grows with each change of the session, of its room's name, and of the
film's title and age limit, with each further purchase and with each cancellation, so that a calendar can tell the
newer of two versions.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.text import capfirst
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from accounts.models import User
from cinema.core import ticket_codes
from cinema.documents import wording, zones
from cinema.models import Ticket
from cinema.queries import tickets as rows

FEED_PAST = timedelta(days=92)  # how long a visit stays in the feed after its session
REFRESH_INTERVAL = timedelta(hours=1)
REMINDER = timedelta(hours=-1)

Visit = Sequence[Ticket]


def render_visit(visit: Visit) -> bytes:
    """Return a calendar file that adds or updates the entry (METHOD:PUBLISH), or removes one that is off (CANCEL)."""
    calendar = _new_calendar()
    calendar.add("METHOD", method(visit))
    return _render(calendar, [(visit, timezone.now())])


def method(visit: Visit) -> str:
    """Return "PUBLISH" or "CANCEL", which is part of the content type too."""
    return "PUBLISH" if _valid_tickets(visit) else "CANCEL"


def content_type(visit: Visit) -> str:
    return f"text/calendar; charset=utf-8; method={method(visit)}"


def file_name(visit: Visit) -> str:
    return f"visit-{visit[0].session_id}.ics"


def render_feed(user: User) -> bytes:
    """Return the feed: all visits to come and those of the last months.

    Cancelled visits are in it as cancelled, because calendars remove only those. The same rows give the same bytes, so
    that an ETag spares sending them again.
    """
    calendar = _new_calendar()
    name = f"{settings.CINEMA_NAME}: my tickets"
    calendar.add("NAME", name)
    calendar.add("X-WR-CALNAME", name)
    calendar.add("X-WR-TIMEZONE", _zone().key)
    calendar.add("REFRESH-INTERVAL", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    since = timezone.now() - FEED_PAST
    owned = rows.with_details(rows.of_user(user)).filter(session__starts_at__gte=since)
    in_order = owned.order_by("session__starts_at", "session", "seat__line", "seat__column", "id")
    visits = [list(group) for _, group in groupby(in_order, lambda ticket: ticket.session_id)]
    return _render(calendar, [(visit, _last_change(visit)) for visit in visits])


def _new_calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", f"-//{settings.CINEMA_NAME}//Marquee {settings.MARQUEE_VERSION}//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    return calendar


def _render(calendar: Calendar, stamped: Sequence[tuple[Visit, datetime]]) -> bytes:
    """Add the visits, each given with its DTSTAMP, and return the file."""
    sessions = [visit[0].session for visit, _ in stamped]
    times = [when for session in sessions for when in (session.starts_at, session.ends_at)]
    if times and _zone().key != "UTC":  # times in UTC end in Z and need no time zone
        calendar.add_component(zones.build_timezone(_zone(), min(times), max(times)))
    for visit, stamp in stamped:
        calendar.add_component(_build_event(visit, stamp))
    return calendar.to_ical()


def _build_event(visit: Visit, stamp: datetime) -> Event:
    session, valid = visit[0].session, _valid_tickets(visit)
    entry = Event()
    entry.add("UID", f"visit-{session.pk}-{visit[0].user_id}@{wording.site_name()}")
    entry.add("SEQUENCE", _count_changes(visit))
    entry.add("STATUS", "CONFIRMED" if valid else "CANCELLED")
    entry.add("DTSTAMP", stamp.astimezone(UTC))
    entry.add("LAST-MODIFIED", _last_change(visit).astimezone(UTC))
    entry.add("DTSTART", _local_time(session.starts_at))
    entry.add("DTEND", _local_time(session.ends_at))
    entry.add("SUMMARY", session.movie.title)
    where = f"{settings.CINEMA_NAME}, {wording.room(visit[0])}, {wording.seats(valid or visit)}"
    entry.add("LOCATION", where)
    entry.add("DESCRIPTION", _describe(visit, valid))
    entry.add("URL", wording.page_address((valid or visit)[0]))
    entry.add("ORGANIZER", _build_organizer())
    entry.add("TRANSP", "OPAQUE" if valid else "TRANSPARENT")
    if valid:
        entry.add_component(_build_reminder(valid))
    return entry


def _valid_tickets(visit: Iterable[Ticket]) -> list[Ticket]:
    return [ticket for ticket in visit if not wording.is_cancelled(ticket)]


def _count_changes(visit: Visit) -> int:
    """Return the number of changes, which never falls: of the session, of its film, and of the customer's tickets."""
    session = visit[0].session
    purchases = len({ticket.purchase_id for ticket in visit}) - 1
    cancelled = sum(ticket.cancelled_at is not None for ticket in visit)
    return session.revision + session.movie.printed_revision + purchases + cancelled


def _local_time(when: datetime) -> datetime:
    """Return the time in the cinema's zone, or in UTC if it is in the second of two equal hours.

    A calendar would take it for the first.
    """
    local = when.astimezone(_zone())
    return when.astimezone(UTC) if local.fold else local


def _describe(visit: Visit, valid: Visit) -> str:
    if not valid:
        tickets, it = ("This ticket was", "It was") if len(visit) == 1 else ("These tickets were", "They were")
        reason, it = ("This session was", "You had") if visit[0].session.cancelled_at else (tickets, f"{it} for")
        return f"{reason} cancelled.\n{it} {wording.seats(visit)}."
    lines = [f"{capfirst(wording.seats(valid))}, {wording.room(valid[0])}", wording.age(valid[0])]
    for ticket in valid:
        lines += [
            f"{capfirst(ticket.seat.name)}: ticket {ticket_codes.format_code(ticket.code)}",
            f"QR code for the entrance: {wording.page_address(ticket)}",
        ]
    return "\n".join(line for line in lines if line)


def _build_organizer() -> vCalAddress:
    """Return the organizer, which RFC 5546 requires wherever there is a METHOD."""
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    address = vCalAddress(f"mailto:{sender}")
    address.params["CN"] = vText(settings.CINEMA_NAME)
    return address


def _build_reminder(valid: Visit) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    title, time = valid[0].session.movie.title, wording.time(valid[0])
    alarm.add("DESCRIPTION", f"{title}, {time}, {wording.seats(valid)}")
    alarm.add("TRIGGER", REMINDER)
    return alarm


def _last_change(visit: Visit) -> datetime:
    """Return the time of the last change of what the entry says."""
    session = visit[0].session
    moments = [session.changed_at, session.cancelled_at, session.movie.printed_changed_at]
    moments += [moment for ticket in visit for moment in (ticket.purchased_at, ticket.cancelled_at)]
    return max(moment for moment in moments if moment)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.CINEMA_TIME_ZONE)
