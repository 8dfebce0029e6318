"""Factories of rooms, sessions and tickets: plain, valid and distinct. They write without the rules of a sale."""

import secrets
from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.tests.factories import UserFactory
from cinema.models import MovieSession, Purchase, Room, Seat, Ticket, Waiting
from movies.tests.factories import MovieFactory


class RoomFactory(DjangoModelFactory[Room]):
    """A room of `rows` times `seats_per_row` standard seats, from A1 on.

    Numbers start at 100; lower ones are left to tests that set them.
    """

    class Meta:
        model = Room
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: n % 900 + 100)
    turnaround_minutes = 15

    @factory.post_generation
    def plan(self: Room, create: bool, extracted: None, rows: int = 2, seats_per_row: int = 5, **_: Any) -> None:
        Seat.objects.bulk_create(
            Seat(room=self, row="ABCDEFGHIJKLMNOPQRSTUVWXYZ"[line], number=column + 1, line=line, column=column)
            for line in range(rows)
            for column in range(seats_per_row)
        )


class SessionFactory(DjangoModelFactory[MovieSession]):
    """A session in its own room, in two days."""

    class Meta:
        model = MovieSession

    movie = factory.SubFactory(MovieFactory)
    room = factory.SubFactory(RoomFactory)
    starts_at = factory.LazyFunction(lambda: timezone.now().replace(second=0, microsecond=0) + timedelta(days=2))
    ends_at = factory.LazyAttribute(lambda session: session.starts_at + timedelta(minutes=115))
    room_free_at = factory.LazyAttribute(
        lambda session: session.ends_at + timedelta(minutes=session.room.turnaround_minutes)
    )


class PurchaseFactory(DjangoModelFactory[Purchase]):
    class Meta:
        model = Purchase

    user = factory.SubFactory(UserFactory)
    made_by = factory.SelfAttribute("user")
    session = factory.SubFactory(SessionFactory)
    confirmed_at = factory.LazyFunction(timezone.now)


class TicketFactory(DjangoModelFactory[Ticket]):
    """A bought ticket for the first free seat of its session: `TicketFactory(user=..., session=...)`."""

    class Meta:
        model = Ticket

    user = factory.SubFactory(UserFactory)
    session = factory.SubFactory(SessionFactory)
    purchase = factory.LazyAttribute(lambda ticket: PurchaseFactory(user=ticket.user, session=ticket.session))
    room = factory.SelfAttribute("session.room")
    seat = factory.LazyAttribute(lambda ticket: first_free(ticket.session))
    code = factory.LazyFunction(lambda: secrets.token_hex(8).upper())
    purchased_at: Any = factory.LazyFunction(timezone.now)


class HeldTicketFactory(TicketFactory):
    """A seat that is held for five more minutes."""

    purchased_at = None
    held_until = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=5))
    purchase = factory.LazyAttribute(
        lambda ticket: PurchaseFactory(user=ticket.user, session=ticket.session, confirmed_at=None)
    )


def first_free(session: MovieSession) -> Seat:
    taken = Ticket.objects.filter(session=session, cancelled_at=None).values("seat")
    return session.room.seats.filter(in_use=True).exclude(pk__in=taken).order_by("line", "column")[0]


class WaitingFactory(DjangoModelFactory[Waiting]):
    """An entry of a waiting list for one seat, whether or not seats are free."""

    class Meta:
        model = Waiting

    user = factory.SubFactory(UserFactory)
    session = factory.SubFactory(SessionFactory)
    quantity = 1
