"""Parts that several mails share: the list of tickets, calendar entries, and the id in a notification's subject."""

from collections.abc import Iterable
from typing import Any

from accounts.models import Notification
from accounts.notifications.kinds import Attachment
from cinema.core import ticket_codes
from cinema.documents import calendar, wording
from cinema.models import Ticket
from cinema.notifications import phrases


def subject_id(notification: Notification) -> int:
    """Return the id in a subject such as "session 12" or "session 12 revision 3"."""
    return int(notification.subject.split()[1])


def ticket_context(tickets: list[Ticket]) -> dict[str, Any]:
    """Return the template's context for tickets of one session."""
    first, session = tickets[0], tickets[0].session
    return {
        "film": session.movie.title,
        "day": wording.day(first),
        "time": wording.time(first),
        "ends": phrases.format_time(session.ends_at),
        "room": wording.room(first),
        "age": wording.age(first),
        "tickets": [
            {
                "seat": ticket.seat.label,
                "code": ticket_codes.format_code(ticket.code),
                "url": wording.page_address(ticket),
            }
            for ticket in tickets
        ],
    }


def calendar_entries(tickets: Iterable[Ticket]) -> list[Attachment]:
    """Return a file for each ticket that adds, updates or removes its entry in a calendar.

    The media type has no charset: that is added when the mail is put together.
    """
    return [
        (
            f"ticket-{ticket.seat.label}.ics",
            calendar.render_ticket(ticket),
            f"text/calendar; method={calendar.method(ticket)}",
        )
        for ticket in tickets
    ]
