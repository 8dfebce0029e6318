"""One example of each kind of notification, sent by the function that sends it on the site.

A new kind needs an example here: test_kinds fails without it.
"""

from datetime import timedelta

from django.utils import timezone

from accounts.tests.factories import ManagerFactory
from cinema.box_office import purchases
from cinema.models import Ticket
from cinema.notifications import (
    how_was_it,
    room_renamed,
    seat_offered,
    session_added,
    session_cancelled,
    session_moved,
    ticket_cancelled,
    tickets_bought,
)
from cinema.programme import removal, scheduling
from cinema.rooms import editing
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory, WaitingFactory
from movies.library import moderation
from movies.tests.factories import RatingFactory, WatchlistItemFactory


def send_session_added(user, session):
    WatchlistItemFactory(movie=session.movie, user=user)
    session_added.notify_sessions_added([session])


def send_session_moved(user, session):
    TicketFactory(session=session, user=user)
    scheduling.change_session(session.pk, {"starts_at": session.starts_at + timedelta(hours=1)})


def send_session_cancelled(user, session):
    TicketFactory(session=session, user=user)
    removal.remove_session(session.pk, ManagerFactory(), cancel_tickets=True)


def send_room_renamed(user, session):
    TicketFactory(session=session, user=user)
    editing.change_room(session.room_id, {"name": "Small Hall"})


def send_ticket_cancelled(user, session):
    purchases.cancel(TicketFactory(session=session, user=user).pk, ManagerFactory())


def send_tickets_bought(user, session):
    purchases.buy(session.pk, user, seats=["A1", "A2"])


def send_how_was_it(user, session):
    yesterday = timezone.now() - timedelta(days=1)
    visited = SessionFactory(movie=session.movie, starts_at=yesterday, ends_at=yesterday + timedelta(hours=2))
    ticket = TicketFactory(session=visited, user=user)
    Ticket.objects.filter(pk=ticket.pk).update(used_at=yesterday)
    how_was_it.ask_visitors()


def send_seat_offered(user, session):
    until = timezone.now() + timedelta(minutes=15)
    hold = HeldTicketFactory(user=user, session=session, held_until=until)
    WaitingFactory(user=user, session=session, offer=hold.purchase, offer_ends_at=until)
    seat_offered.notify_offer(user, session, [hold.seat], until)


def send_review_hidden(user, session):
    rating = RatingFactory(user=user, movie=session.movie, review="What a fool wrote this.")
    moderation.hide_review(rating, ManagerFactory(), "It insults other visitors.")


EXAMPLES = {
    moderation.KIND.value: send_review_hidden,
    session_added.KIND.value: send_session_added,
    session_moved.KIND.value: send_session_moved,
    session_cancelled.KIND.value: send_session_cancelled,
    room_renamed.KIND.value: send_room_renamed,
    ticket_cancelled.KIND.value: send_ticket_cancelled,
    tickets_bought.KIND.value: send_tickets_bought,
    how_was_it.KIND.value: send_how_was_it,
    seat_offered.KIND.value: send_seat_offered,
}
