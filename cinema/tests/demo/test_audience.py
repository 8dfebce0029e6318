from collections import Counter

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.people.demo import VISITORS
from cinema.core.local_time import to_local, today
from cinema.models import MovieSession, Purchase, Scan, Ticket, Waiting
from cinema.queries.sessions import with_seat_counts
from movies.models import Viewing

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


def shares(sessions):
    counted = with_seat_counts(sessions)
    return {session: 1 - sum(session.free_places.values()) / session.seats_total for session in counted}


def test_the_sessions_are_plausibly_full(demo):
    public = shares(MovieSession.objects.filter(published=True))
    ordinary = sorted(public.values())[:-2]
    assert ordinary[0] >= 0.05
    assert ordinary[-1] <= 0.95
    evening = [share for session, share in public.items() if to_local(session.starts_at).hour >= 18]
    afternoon = [share for session, share in public.items() if to_local(session.starts_at).hour < 17]
    assert sum(evening) / len(evening) > sum(afternoon) / len(afternoon)


def test_tonight_one_session_is_sold_out_and_one_nearly(demo):
    tonight = MovieSession.objects.filter(starts_at__gt=timezone.now(), starts_at__date=today())
    full = {session.room.name: session.seats_free for session in with_seat_counts(tonight).order_by("-starts_at")}
    assert full["Studio"] == 0
    assert 1 <= full["Varda"] <= 6


def test_ticket_limits_and_age_limits_are_kept(demo, settings):
    per_person = Counter(Ticket.objects.filter(cancelled_at=None).values_list("session", "user"))
    assert max(per_person.values()) <= settings.TICKETS_PER_CUSTOMER
    for ticket in Ticket.objects.select_related("user", "session__movie"):
        born, day = ticket.user.date_of_birth, to_local(ticket.session.starts_at).date()
        age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        assert age >= (ticket.session.movie.age_restriction or 0)


def test_used_tickets_have_scans_and_viewings(demo):
    used = Ticket.objects.filter(used_at__isnull=False)
    assert used.count() > 500
    assert not used.filter(session__starts_at__gt=timezone.now()).exists()
    begun = Ticket.objects.filter(session__starts_at__lte=timezone.now(), cancelled_at=None)
    assert 0.8 < used.count() / begun.count() < 1
    assert set(Scan.objects.values_list("ticket", flat=True)) == set(used.values_list("pk", flat=True))
    seen = set(Viewing.objects.filter(source="ticket").values_list("user", "movie", "watched_at"))
    assert seen == set(used.values_list("user", "session__movie", "session__starts_at"))


def test_tickets_were_bought_before_now_and_before_the_start(demo):
    for ticket in Ticket.objects.select_related("session", "purchase"):
        assert ticket.purchased_at <= timezone.now()
        assert ticket.purchased_at < ticket.session.starts_at
        assert ticket.purchase.confirmed_at == ticket.purchased_at


def test_parties_sit_together(demo):
    together = 0
    purchases = Purchase.objects.filter(user__username__in=VISITORS, session__room__number=1)
    for purchase in purchases.prefetch_related("tickets__seat"):
        seats = sorted((ticket.seat.line, ticket.seat.column) for ticket in purchase.tickets.all())
        together += all((line, column) == (seats[0][0], seats[0][1] + n) for n, (line, column) in enumerate(seats))
    assert together > 0.8 * len(purchases)


def test_the_tickets_of_the_demo_accounts(demo):
    def tickets_of(username):
        return [
            (
                (to_local(ticket.session.starts_at).date() - today()).days,
                ticket.room.name,
                "cancelled" if ticket.cancelled_at else "used" if ticket.used_at else "valid",
                ticket.purchase.made_by.username,
            )
            for ticket in Ticket.objects.filter(user__username=username).order_by("session__starts_at", "seat")
        ]

    assert tickets_of("customer") == [
        (-2, "Méliès", "used", "customer"),
        *[(-1, "Lumière", "used", "customer")] * 2,
        *[(0, "Lumière", "valid", "customer")] * 2,
        *[(1, "Méliès", "valid", "customer")] * 2,
        (3, "Varda", "cancelled", "customer"),
        *[(4, "Lumière", "valid", "manager")] * 3,
    ]
    assert tickets_of("customer2") == [(-1, "Méliès", "used", "customer2"), (2, "Méliès", "valid", "customer2")]
    assert tickets_of("manager") == []


def test_a_cancelled_ticket(demo):
    cancelled = Ticket.objects.get(user__username="customer", cancelled_at__isnull=False)
    assert cancelled.purchased_at < cancelled.cancelled_at < timezone.now()
    assert cancelled.cancelled_by.username == "customer"


def test_visitors_are_adults(demo):
    born = User.objects.filter(username__in=VISITORS).values_list("date_of_birth", flat=True)
    assert len(born) == len(VISITORS)
    assert max(born).year <= 2003
    assert len(set(born)) > 20


def test_two_customers_wait_for_seats_tonight(demo):
    (first, second) = Waiting.objects.order_by("joined_at", "pk")
    assert first.user.username in VISITORS
    assert second.user.username == "customer"
    assert first.session == second.session
    assert with_seat_counts(MovieSession.objects.filter(pk=first.session_id)).get().seats_free == 0
    assert not Ticket.objects.filter(session=first.session, user__in=[first.user, second.user]).exists()
