"""What notifications of a changed session say to each person whom it concerns."""

from typing import Any

from accounts.models import Notification
from accounts.notifications.kinds import Attachment, MailContent, Unwanted
from cinema.documents import wording
from cinema.models import MovieSession
from cinema.notifications import phrases
from cinema.notifications.holders import session_path, tickets_path
from cinema.notifications.mail_parts import calendar_entries, ticket_context
from cinema.queries.concerned import Concerned, people_concerned


def what_is_kept(person: Concerned, place: str = "") -> list[str]:
    """Return a sentence for each thing that the person keeps: tickets, held or offered seats, a place on the list.

    `place` is the begin of the sentence about seats in another room, or "".
    """
    lines = []
    if person.tickets:
        seats = wording.seats(person.tickets)
        lines.append(f"{place}you have {seats}." if place else f"You keep {seats}.")
    if person.held:
        seats = wording.seats(person.held)
        until = person.offered_until
        end = f" until {phrases.format_time(until)}" if until else ""
        lines.append(f"{place}we hold {seats} for you{end}." if place else f"We still hold {seats} for you{end}.")
    if person.entry and not person.offered_until:
        lines.append("You are still on the waiting list.")
    return lines


def link_of(person: Concerned) -> str:
    """Return the page of the person's tickets, or that of the session."""
    return tickets_path(person.tickets) if person.tickets else session_path(person.session)


def build_mail_about(session: MovieSession, notification: Notification) -> MailContent:
    """List the person's tickets with their calendar entry, if they have any.

    Raise Unwanted if the session was cancelled, or does not concern the person any more.
    """
    people = people_concerned([session], notification.user)
    if session.cancelled_at or not people:
        raise Unwanted
    tickets = people[0].tickets
    context: dict[str, Any] = ticket_context(tickets) if tickets else {"action": "See the session"}
    attachments: list[Attachment] = calendar_entries(notification.user, session.pk) if tickets else []
    return MailContent(context=context, attachments=attachments)
