"""Tickets and scans for the entrance journey, made and read in the site's environment."""

from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from cinema.box_office import purchases
from cinema.models import MovieSession, Scan
from cinema.programme import scheduling
from cinema.rooms import editing
from movies.models import Movie


def sell_tickets(title: str, username: str, room_numbers: list[int]) -> list[tuple[int, list[str]]]:
    """Sell three tickets in one session per room, of a film from 16 years. Return each session's id and ticket codes.

    The sessions are unpublished afterwards, so that other journeys do not find them.
    """
    film = Movie.objects.create(title=title, runtime=100, age_restriction=16)
    holder = User.objects.create_user(
        username, f"{username}@example.org", name="Ana Lima", date_of_birth=date(1990, 1, 2)
    )
    sold = []
    for number in room_numbers:
        room = editing.create_room(number=number, plan="ssss")
        session = scheduling.schedule(film, room, timezone.now() + timedelta(minutes=20))
        purchase = purchases.buy(session.pk, holder, seats=["A1", "A2", "A3"])
        MovieSession.objects.filter(pk=session.pk).update(published=False)
        sold.append((session.pk, list(purchase.tickets.order_by("seat").values_list("code", flat=True))))
    return sold


def scans_of(code: str) -> list[tuple[str, datetime, str | None, str]]:
    """Return the outcome, time, manager and entrance of each scan of a ticket."""
    return list(
        Scan.objects.filter(code=code).order_by("id").values_list("outcome", "scanned_at", "by__username", "door")
    )


def add_manager(name: str, password: str) -> None:
    User.objects.create_user(name, f"{name}@example.org", password, role=User.Role.MANAGER)
