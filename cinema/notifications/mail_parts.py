"""Parts that several mails share: the list of tickets, the calendar entry, and the id in a notification's subject."""

from typing import Any

from django.utils.text import capfirst

from accounts.models import Notification, User
from accounts.notifications.kinds import Attachment
from cinema.core import ticket_codes
from cinema.documents import wording
from cinema.models import Ticket
from cinema.notifications import phrases
from cinema.queries import tickets as rows


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
                "kind": capfirst(ticket.seat.get_kind_display()),
                "seat": ticket.seat.label,
                "code": ticket_codes.format_code(ticket.code),
                "url": wording.page_address(ticket),
            }
            for ticket in tickets
        ],
    }


def calendar_entries(user: User, session_id: int) -> list[Attachment]:
    """Return a file that adds, updates or removes the user's visit in a calendar; none without a ticket.

    The media type has no charset: that is added when the mail is put together.
    """
    from cinema.documents import calendar  # here, because its library is slow to import

    visit = list(rows.of_visit(user, session_id))
    if not visit:
        return []
    media_type = f"text/calendar; method={calendar.method(visit)}"
    return [(calendar.file_name(visit), calendar.render_visit(visit), media_type)]
