"""What the cinema tells people of their films, sessions and tickets: each thing once, on the site and by mail.

Whoever writes sessions or tickets calls this in the same transaction, so nobody hears of what did not happen. However
many people and sessions there are, each function is a few statements. What the mails add to it is in mails.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import Notification, User
from accounts.notifications.send import News, tell, tell_all
from cinema.core.local_time import to_local, today
from cinema.models import MovieSession, Purchase, Room, Ticket, Waiting
from cinema.notifications import phrases
from cinema.queries import sessions as programme
from cinema.queries import tickets as rows
from movies.queries.library import watchers_by_film

Kind = Notification.Kind


class Slot(NamedTuple):
    """Where and when a session was to be."""

    starts_at: datetime
    ends_at: datetime
    room: Room


def sessions_added(added: Collection[MovieSession]) -> int:
    """Those who want to see a film hear that it is on the programme: once, however many sessions it gets.

    `added`: written, drafts among them or not. Nobody is told of a film that had a session already which is not over.
    To be called after showing.refresh, which holds the films: of two managers who schedule a film's first
    sessions at once, the second then sees the other's.
    """
    public = sorted((one for one in added if one.published), key=lambda one: one.starts_at, reverse=True)
    first = {session.movie_id: session for session in public}
    running = programme.movies_on_programme(first, besides=[session.pk for session in public])
    new = {movie_id: session for movie_id, session in first.items() if movie_id not in running}
    watchers = watchers_by_film(new)
    return tell_all([news_of(session, watchers[movie_id]) for movie_id, session in new.items() if movie_id in watchers])


def news_of(session: MovieSession, watchers: Collection[int]) -> News:
    # The day tells this run from the one that comes next year, and from no other session of this one.
    subject = f"movie {session.movie_id} {to_local(session.starts_at):%Y-%m-%d}"
    text = f"{phrases.title(session.movie.title)} is on the programme: {phrases.when(session.starts_at)}"
    return News(watchers, Kind.SESSION_ADDED, subject, text, session.movie.get_absolute_url())


def moved(session: MovieSession, was: Slot) -> int:
    """Those who have tickets hear where and when it is now. `session`: as it is written, with its new `revision`."""
    live = rows.live_tickets().filter(session=session)
    news = [moved_for(tickets, session, was) for tickets in by_holder(live)]
    return tell_all(news)


def moved_for(tickets: list[Ticket], session: MovieSession, was: Slot) -> News:
    film, now = phrases.title(tickets[0].session.movie.title), Slot(session.starts_at, session.ends_at, session.room)
    seats = phrases.seats(phrases.labels(tickets))
    lines = [
        moved_headline(film, was, now),
        f"Before: {in_full(was)}.",
        f"Now: {in_full(now)}.",
        f"You keep {seats}." if was.room == now.room else f"In the new room you have {seats}.",
        "If this does not suit you, you can cancel until it begins.",
    ]
    subject = moved_subject(session)
    return News([holder(tickets)], Kind.SESSION_MOVED, subject, "\n".join(lines), tickets_page(tickets))


def moved_headline(film: str, was: Slot, now: Slot) -> str:
    if was.starts_at == now.starts_at and was.room == now.room:
        return f"{film}, {phrases.when(now.starts_at)}, now ends at {phrases.clock(now.ends_at)}"
    if was.room == now.room:
        return f"{film} was moved: now {phrases.when(now.starts_at)}"
    if was.starts_at == now.starts_at:
        return f"{film}, {phrases.when(now.starts_at)}, is in another room: {phrases.room(now.room)}"
    return f"{film} was moved: now {phrases.when(now.starts_at)}, {phrases.room(now.room)}"


def in_full(slot: Slot) -> str:
    return f"{phrases.when(slot.starts_at)} to {phrases.clock(slot.ends_at)}, {phrases.room(slot.room)}"


def moved_subject(session: MovieSession) -> str:
    """Each move is news of its own."""
    return f"session {session.pk} revision {session.revision}"


def cancelled(sessions: Iterable[MovieSession]) -> int:
    """Those who have tickets, or wait for some, hear that the sessions will not be.

    To be called before the tickets are cancelled too, and before nobody waits any more.
    """
    pks = [session.pk for session in sessions]
    news = [cancelled_for(tickets) for tickets in by_holder(rows.live_tickets().filter(session__in=pks))]
    waiting = Waiting.objects.filter(session__in=pks, ended_at=None).select_related("session__movie")
    # Whoever has a ticket as well has been told by it.
    return tell_all([*news, *map(cancelled_in_vain, waiting)])


def cancelled_for(tickets: list[Ticket]) -> News:
    session = tickets[0].session
    seats = phrases.seats(phrases.labels(tickets))
    ticket = "ticket for {} is" if len(tickets) == 1 else "tickets for {} are"
    lines = [
        cancelled_headline(session),
        f"This session will not take place. Your {ticket.format(seats)} not valid any more.",
        "We are sorry.",
    ]
    link = tickets_page(tickets) if len(tickets) == 1 else f"{reverse('tickets')}?when=cancelled"
    return News([holder(tickets)], Kind.SESSION_CANCELLED, cancelled_subject(session), "\n".join(lines), link)


def cancelled_in_vain(waiting: Waiting) -> News:
    session = waiting.session
    lines = [
        cancelled_headline(session),
        "This session will not take place, so there are no seats to wait for.",
        "We are sorry.",
    ]
    link = session.movie.get_absolute_url()
    return News([waiting.user_id], Kind.SESSION_CANCELLED, cancelled_subject(session), "\n".join(lines), link)


def cancelled_headline(session: MovieSession) -> str:
    return f"Cancelled: {phrases.title(session.movie.title)}, {phrases.when(session.starts_at)}"


def cancelled_subject(session: MovieSession) -> str:
    return f"session {session.pk}"


def ticket_cancelled(ticket: Ticket, by: User) -> int:
    """Whose ticket it was hears of it, unless it was themselves who cancelled."""
    if ticket.user_id is None or ticket.user_id == by.pk:
        return 0
    row = rows.with_details(rows.bought_tickets()).get(pk=ticket.pk)
    film = phrases.title(row.session.movie.title)
    lines = [
        f"Your ticket was cancelled: {film}, {phrases.when(row.session.starts_at)}",
        f"The cinema cancelled your ticket for seat {row.seat.label}, {phrases.room(row.session.room)}.",
    ]
    link = reverse("ticket", args=[row.code])
    return tell([ticket.user_id], Kind.TICKET_CANCELLED, f"ticket {row.pk}", "\n".join(lines), link)


def bought(purchase: Purchase) -> int:
    """Whom the tickets are for gets them by mail, whoever bought them."""
    tickets = list(rows.of_purchase(purchase))
    details = f"{phrases.room(tickets[0].session.room)}, {phrases.seats(phrases.labels(tickets))}."
    text = f"{bought_headline(tickets)}\n{details}"
    link = purchase_page(purchase.pk)
    return tell([holder(tickets)], Kind.TICKETS_BOUGHT, f"purchase {purchase.pk}", text, link)


def bought_headline(tickets: list[Ticket]) -> str:
    session = tickets[0].session
    tickets_for = f"Your {'ticket' if len(tickets) == 1 else 'tickets'}: {phrases.title(session.movie.title)}"
    return f"{tickets_for}, {phrases.when(session.starts_at)}"


def seat_offered(user: User, session: MovieSession, seats: list[str], until: datetime) -> int:
    """`seats`, by label, are kept for them `until` then: a promise, so each offer is told by itself."""
    a_seat = "A seat is" if len(seats) == 1 else f"{len(seats)} seats are"
    film = phrases.title(session.movie.title)
    lines = [
        f"{a_seat} free for you: {film}, {phrases.when(session.starts_at)}",
        f"We keep {phrases.seats(seats)} for you until {offer_end(until)}. Then it is the next person's turn.",
    ]
    link = reverse("session", args=[session.pk])
    return tell([user], Kind.SEAT_OFFERED, offer_subject(session, until), "\n".join(lines), link)


def offer_end(until: datetime) -> str:
    return phrases.clock(until) if to_local(until).date() == today() else phrases.when(until)


def offer_subject(session: MovieSession, until: datetime) -> str:
    return f"session {session.pk} until {until.astimezone(UTC).isoformat()}"


def by_holder(tickets: QuerySet[Ticket]) -> list[list[Ticket]]:
    """Of each person and session, in the order of the seats. Those of people who left are nobody's."""
    listed = rows.with_details(tickets.filter(user__isnull=False))
    ordered = listed.order_by("session_id", "user_id", "seat__line", "seat__column", "id")
    return [list(theirs) for _, theirs in groupby(ordered, lambda ticket: (ticket.session_id, ticket.user_id))]


def holder(tickets: list[Ticket]) -> int:
    owner = tickets[0].user_id
    if owner is None:
        raise ValueError("Whoever had these tickets has left.")
    return owner


def tickets_page(tickets: list[Ticket]) -> str:
    """Of these tickets alone, if there is one."""
    if len(tickets) == 1:
        return reverse("ticket", args=[tickets[0].code])
    purchases = {ticket.purchase_id for ticket in tickets}
    return purchase_page(purchases.pop()) if len(purchases) == 1 else reverse("tickets")


def purchase_page(pk: int) -> str:
    return reverse("purchase", args=[pk])
