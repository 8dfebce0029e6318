"""The callers of the routes, and rows of which the owned ones are the customer's."""

from datetime import timedelta
from types import SimpleNamespace

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from accounts.sign_in import tokens
from accounts.tests.factories import ManagerFactory, NotificationFactory, UserFactory
from catalog_sync.tests.factories import FetchJobFactory
from cinema.documents import feeds
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from movies.models import LibraryImport
from movies.tests.factories import (
    GenreFactory,
    MovieFactory,
    RatingFactory,
    ReviewReportFactory,
    ViewingFactory,
    WatchlistItemFactory,
)
from tests.permission_table.rows import PASSWORD


def make_cast():
    hashed = make_password(PASSWORD)
    people = {
        "customer": UserFactory(username="customer", password=hashed),
        "other": UserFactory(username="other", password=hashed),
        "manager": ManagerFactory(username="manager", password=hashed),
        "superuser": ManagerFactory(username="superuser", password=hashed, is_superuser=True),
    }
    for person in people.values():
        EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    customer = people["customer"]
    pair = tokens.open_sign_in(customer)
    return SimpleNamespace(
        people=people,
        film=MovieFactory(),
        private_film=MovieFactory(tmdb_id=None, owner=customer),
        genre=GenreFactory(),
        wanted=WatchlistItemFactory(user=customer),
        rated=RatingFactory(user=customer, review="Worth every minute."),
        reported=ReviewReportFactory(),
        seen=ViewingFactory(user=customer),
        imported=LibraryImport.objects.create(user=customer, source="imdb", status="checked"),
        told=NotificationFactory(user=customer),
        feed=feeds.reset_address(customer).rpartition("/")[2].removesuffix(".ics"),
        fetched=FetchJobFactory(requested_by=people["manager"]),
        customer=customer,
        unused_room=RoomFactory(),
        screening=SessionFactory(),
        draft_screening=SessionFactory(published=False),
        ticket=TicketFactory(user=customer, session__starts_at=timezone.now() + timedelta(hours=3)),
        used_ticket=TicketFactory(user=customer, used_at=timezone.now()),
        held=HeldTicketFactory(user=customer),
        waiting=WaitingFactory(user=customer, session=sold_out()),
        session=pair.session,
        refresh=pair.refresh,
        access={who: tokens.open_sign_in(person).access for who, person in people.items()},
        cookie={who: sign_in_browser(person) for who, person in people.items()},
    )


def sign_in_browser(person):
    """Return the cookie of a new session."""
    browser = Client()
    browser.force_login(person)
    return browser.cookies["sessionid"].value


def sold_out():
    session = SessionFactory(room__plan__rows=1, room__plan__seats_per_row=1)
    TicketFactory(session=session)
    return session
