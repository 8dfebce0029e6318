"""Tickets in people's calendars (RFC 5545): one at a time as a file, all of them as a feed that calendars ask for.

Every ticket is an entry of its own, for each is cancelled by itself. Its UID never changes; its SEQUENCE grows when the
session is moved and when either is cancelled, so that a calendar knows which of two versions is the newer.
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

# So long after its session a ticket is still in the feed; what a calendar has by then, it keeps or drops as it likes.
KEPT = timedelta(days=92)
ASK_AGAIN = timedelta(hours=1)
REMIND = timedelta(hours=-1)


def of_ticket(ticket: Ticket) -> bytes:
    """METHOD:PUBLISH, which puts the entry in; METHOD:CANCEL for a ticket that is cancelled, which takes it out."""
    calendar = empty()
    calendar.add("METHOD", method(ticket))
    return filled(calendar, [(ticket, timezone.now())])


def method(ticket: Ticket) -> str:
    """ "PUBLISH" or "CANCEL"; a mail says it in the attachment's type as well."""
    return "CANCEL" if wording.is_off(ticket) else "PUBLISH"


def content_type(ticket: Ticket) -> str:
    return f"text/calendar; charset=utf-8; method={method(ticket)}"


def feed(user: User) -> bytes:
    """Everything to come, and the last months'; what is cancelled says so, for a calendar drops only what it is told.

    The same rows make the same bytes, so that an ETag spares sending them again.
    """
    calendar = empty()
    name = f"{settings.CINEMA_NAME}: my tickets"
    calendar.add("NAME", name)
    calendar.add("X-WR-CALNAME", name)
    calendar.add("X-WR-TIMEZONE", zone().key)
    calendar.add("REFRESH-INTERVAL", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    since = timezone.now() - KEPT
    owned = rows.with_details(rows.of_user(user)).filter(session__starts_at__gte=since)
    listed = owned.order_by("session__starts_at", "id")
    return filled(calendar, [(ticket, last_change(ticket)) for ticket in listed])


def empty() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", f"-//{settings.CINEMA_NAME}//Marquee {settings.MARQUEE_VERSION}//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    return calendar


def filled(calendar: Calendar, stamped: Sequence[tuple[Ticket, datetime]]) -> bytes:
    """`stamped`: each ticket with its DTSTAMP."""
    times = [when for ticket, _ in stamped for when in (ticket.session.starts_at, ticket.session.ends_at)]
    if times and zone().key != "UTC":  # whose times are written with a Z, and need no telling
        calendar.add_component(zones.component(zone(), min(times), max(times)))
    for ticket, stamp in stamped:
        calendar.add_component(event(ticket, stamp))
    return calendar.to_ical()


def event(ticket: Ticket, stamp: datetime) -> Event:
    session = ticket.session
    off = wording.is_off(ticket)
    entry = Event()
    entry.add("UID", f"ticket-{ticket.pk}@{wording.site_name()}")
    entry.add("SEQUENCE", session.revision + (ticket.cancelled_at is not None))
    entry.add("STATUS", "CANCELLED" if off else "CONFIRMED")
    entry.add("DTSTAMP", stamp.astimezone(UTC))
    entry.add("DTSTART", by_the_clock(session.starts_at))
    entry.add("DTEND", by_the_clock(session.ends_at))
    entry.add("SUMMARY", session.movie.title)
    entry.add("LOCATION", f"{settings.CINEMA_NAME}, {wording.room(ticket)}, seat {ticket.seat.label}")
    entry.add("DESCRIPTION", description(ticket, off))
    entry.add("URL", wording.page_address(ticket))
    entry.add("ORGANIZER", organizer())
    entry.add("TRANSP", "TRANSPARENT" if off else "OPAQUE")
    if not off:
        entry.add_component(reminder(ticket))
    return entry


def by_the_clock(when: datetime) -> datetime:
    """In the cinema's zone; as UTC in the second of two equal hours, which a calendar would take for the first."""
    there = when.astimezone(zone())
    return when.astimezone(UTC) if there.fold else there


def description(ticket: Ticket, off: bool) -> str:
    if off:
        what = "This session was cancelled." if ticket.session.cancelled_at else "This ticket was cancelled."
        return f"{what}\nIt was for seat {ticket.seat.label}."
    lines = [
        f"Seat {ticket.seat.label}, {wording.room(ticket)}",
        f"Ticket {ticket_codes.format_code(ticket.code)}",
        wording.age(ticket),
        f"QR code for the entrance: {wording.page_address(ticket)}",
    ]
    return "\n".join(line for line in lines if line)


def organizer() -> vCalAddress:
    """RFC 5546 asks for one wherever there is a METHOD."""
    sender = settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> ")
    address = vCalAddress(f"mailto:{sender}")
    address.params["CN"] = vText(settings.CINEMA_NAME)
    return address


def reminder(ticket: Ticket) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", f"{ticket.session.movie.title}, {wording.time(ticket)}, seat {ticket.seat.label}")
    alarm.add("TRIGGER", REMIND)
    return alarm


def last_change(ticket: Ticket) -> datetime:
    """What we know of it; that a session was moved is told by SEQUENCE alone."""
    moments = (ticket.purchased_at, ticket.cancelled_at, ticket.session.cancelled_at)
    return max(moment for moment in moments if moment)


def zone() -> ZoneInfo:
    return ZoneInfo(settings.CINEMA_TIME_ZONE)
