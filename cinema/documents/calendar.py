"""Tickets as calendar entries (RFC 5545): one as a file, or all of a customer as a feed that calendars subscribe to.

Every ticket is an entry of its own, because each is cancelled by itself. Its UID never changes; its SEQUENCE grows when
the session is moved and when either is cancelled, so that a calendar can tell the newer of two versions.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from icalendar import Alarm, Calendar, Event, vCalAddress, vText

from accounts.models import User
from cinema.core import ticket_codes
from cinema.documents import wording, zones
from cinema.models import Ticket
from cinema.queries import tickets as rows

FEED_PAST = timedelta(days=92)  # how long a ticket stays in the feed after its session
REFRESH_INTERVAL = timedelta(hours=1)
REMINDER = timedelta(hours=-1)


def render_ticket(ticket: Ticket) -> bytes:
    """Return a calendar file that adds the entry (METHOD:PUBLISH), or removes that of a cancelled ticket (CANCEL)."""
    calendar = _new_calendar()
    calendar.add("METHOD", method(ticket))
    return _render(calendar, [(ticket, timezone.now())])


def method(ticket: Ticket) -> str:
    """Return "PUBLISH" or "CANCEL", which is part of the content type too."""
    return "CANCEL" if wording.is_cancelled(ticket) else "PUBLISH"


def content_type(ticket: Ticket) -> str:
    return f"text/calendar; charset=utf-8; method={method(ticket)}"


def render_feed(user: User) -> bytes:
    """Return the feed: all tickets to come and those of the last months.

    Cancelled tickets are in it as cancelled, because calendars remove only those. The same rows give the same bytes, so
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
    in_order = owned.order_by("session__starts_at", "id")
    return _render(calendar, [(ticket, _last_change(ticket)) for ticket in in_order])


def _new_calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", f"-//{settings.CINEMA_NAME}//Marquee {settings.MARQUEE_VERSION}//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    return calendar


def _render(calendar: Calendar, stamped: Sequence[tuple[Ticket, datetime]]) -> bytes:
    """Add the tickets, each given with its DTSTAMP, and return the file."""
    times = [when for ticket, _ in stamped for when in (ticket.session.starts_at, ticket.session.ends_at)]
    if times and _zone().key != "UTC":  # times in UTC end in Z and need no time zone
        calendar.add_component(zones.build_timezone(_zone(), min(times), max(times)))
    for ticket, stamp in stamped:
        calendar.add_component(_build_event(ticket, stamp))
    return calendar.to_ical()


def _build_event(ticket: Ticket, stamp: datetime) -> Event:
    session = ticket.session
    is_cancelled = wording.is_cancelled(ticket)
    entry = Event()
    entry.add("UID", f"ticket-{ticket.pk}@{wording.site_name()}")
    entry.add("SEQUENCE", session.revision + (ticket.cancelled_at is not None))
    entry.add("STATUS", "CANCELLED" if is_cancelled else "CONFIRMED")
    entry.add("DTSTAMP", stamp.astimezone(UTC))
    entry.add("DTSTART", _local_time(session.starts_at))
    entry.add("DTEND", _local_time(session.ends_at))
    entry.add("SUMMARY", session.movie.title)
    entry.add("LOCATION", f"{settings.CINEMA_NAME}, {wording.room(ticket)}, seat {ticket.seat.label}")
    entry.add("DESCRIPTION", _describe(ticket, is_cancelled))
    entry.add("URL", wording.page_address(ticket))
    entry.add("ORGANIZER", _build_organizer())
    entry.add("TRANSP", "TRANSPARENT" if is_cancelled else "OPAQUE")
    if not is_cancelled:
        entry.add_component(_build_reminder(ticket))
    return entry


def _local_time(when: datetime) -> datetime:
    """Return the time in the cinema's zone, or in UTC if it is in the second of two equal hours.

    A calendar would take it for the first.
    """
    local = when.astimezone(_zone())
    return when.astimezone(UTC) if local.fold else local


def _describe(ticket: Ticket, is_cancelled: bool) -> str:
    if is_cancelled:
        reason = "This session was cancelled." if ticket.session.cancelled_at else "This ticket was cancelled."
        return f"{reason}\nIt was for seat {ticket.seat.label}."
    lines = [
        f"Seat {ticket.seat.label}, {wording.room(ticket)}",
        f"Ticket {ticket_codes.format_code(ticket.code)}",
        wording.age(ticket),
        f"QR code for the entrance: {wording.page_address(ticket)}",
    ]
    return "\n".join(line for line in lines if line)


def _build_organizer() -> vCalAddress:
    """Return the organizer, which RFC 5546 requires wherever there is a METHOD."""
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    address = vCalAddress(f"mailto:{sender}")
    address.params["CN"] = vText(settings.CINEMA_NAME)
    return address


def _build_reminder(ticket: Ticket) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", f"{ticket.session.movie.title}, {wording.time(ticket)}, seat {ticket.seat.label}")
    alarm.add("TRIGGER", REMINDER)
    return alarm


def _last_change(ticket: Ticket) -> datetime:
    """Return the last change of the ticket that has a time; moves of a session have none, only a SEQUENCE."""
    moments = (ticket.purchased_at, ticket.cancelled_at, ticket.session.cancelled_at)
    return max(moment for moment in moments if moment)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.CINEMA_TIME_ZONE)
