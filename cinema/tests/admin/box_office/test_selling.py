"""Selling tickets in the admin."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from cinema.models import MovieSession, Ticket
from cinema.tests.admin.pages import form_errors, messages_of, page_text, query_counts
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

SELL = "/admin/cinema/ticket/sell/"


@pytest.fixture
def session(ahead):
    return SessionFactory(starts_at=ahead(), room=RoomFactory(number=1, name="Lumière"), movie__title="Heat")


@pytest.fixture
def ana(db):
    return UserFactory(username="ana", date_of_birth=date(1990, 1, 1))


def sell_page(session):
    return f"{SELL}?session={session.pk}"


def sold():
    return [
        (str(ticket.seat), ticket.user.username, ticket.purchase.made_by.username)
        for ticket in Ticket.objects.filter(purchased_at__isnull=False).order_by("seat")
    ]


def test_the_first_page_offers_sessions(client, manager, session, ahead):
    SessionFactory(starts_at=ahead(2), published=False, movie__title="A draft")
    SessionFactory(starts_at=ahead(-2), movie__title="Yesterday")
    SessionFactory(starts_at=ahead(2), cancelled_at=timezone.now(), movie__title="Gone")
    response = client.get(SELL)
    words = page_text(response)
    assert "Heat" in words
    assert [title for title in ("A draft", "Yesterday", "Gone") if title in words] == []
    assert f'href="?session={session.pk}"' in response.content.decode()
    MovieSession.objects.all().delete()
    assert "Nothing is on sale." in page_text(client.get(SELL))


@pytest.mark.parametrize("value", ["", "0", "x", "9" * 30])
def test_an_unknown_session_is_refused(client, manager, session, value):
    assert list(form_errors(client.get(SELL, {"session": value}))) == ["session"]


def test_the_second_page_shows_the_seats(client, manager, session):
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    content = client.get(sell_page(session)).content.decode()
    enabled = re.findall(r'name="seats"\s+value="(\w+)"(?![^>]*disabled)', content)
    assert enabled == ["A3", "A4", "A5", "B1", "B2", "B3", "B4", "B5"]
    assert 'title="Row A, seat 1, sold"' in content
    assert 'title="Row A, seat 2, on hold"' in content


def test_chosen_seats_are_sold(client, manager, session, ana):
    body = {"customer": ana.pk, "seats": ["A2", "A3"], "quantity": "", "key": "once"}
    response = client.post(sell_page(session), body)
    purchase = Ticket.objects.first().purchase
    assert response["Location"] == f"/admin/cinema/ticket/?purchase__id__exact={purchase.pk}"
    assert messages_of(response) == ["2 tickets sold to ana."]
    assert sold() == [("A2", "ana", "manager"), ("A3", "ana", "manager")]
    # The same form again, as by a double click, is the same purchase.
    again = client.post(sell_page(session), body)
    assert again["Location"] == response["Location"]
    assert len(sold()) == 2


def test_the_best_available_seats_are_sold(client, manager, session, ana):
    client.post(sell_page(session), {"customer": ana.pk, "quantity": "2", "key": "once"})
    assert len(sold()) == 2


def test_each_form_has_a_key_of_its_own(client, manager, session):
    keys = {re.search(r'name="key" value="(\w+)"', client.get(sell_page(session)).content.decode())[1] for _ in "12"}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"customer": ""}, {"customer": ["This field is required."]}),
        ({"customer": "0"}, {"customer": ["Select a valid choice. That choice is not one of the available choices."]}),
        ({"seats": []}, {"seats": ["Choose either seats or a quantity."]}),
        ({"quantity": "2"}, {"seats": ["Choose either seats or a quantity."]}),
        ({"seats": [], "quantity": "0"}, {"quantity": ["Ensure this value is greater than or equal to 1."]}),
        ({"seats": [], "quantity": "11"}, {"quantity": ["At most 10 seats at once."]}),
        ({"seats": [], "quantity": "two"}, {"quantity": ["Enter a whole number."]}),
        ({"seats": ["Z9"]}, {"seats": ["Select a valid choice. Z9 is not one of the available choices."]}),
        ({"key": ""}, {"key": ["This field is required."]}),
        ({"key": "ö"}, {"__all__": ["Give 1 to 255 visible ASCII characters."]}),
    ],
)
def test_errors_are_shown_and_nothing_is_sold(client, manager, session, ana, fields, expected):
    body = {"customer": ana.pk, "seats": ["A1"], "quantity": "", "key": "once"} | fields
    response = client.post(sell_page(session), body)
    assert form_errors(response) == expected
    assert next(iter(expected.values()))[0] in page_text(response)
    assert sold() == []


def test_a_taken_seat_is_named_and_the_others_stay_chosen(client, manager, session, ana):
    TicketFactory(session=session)
    response = client.post(sell_page(session), {"customer": ana.pk, "seats": ["A1", "A2"], "key": "once"})
    assert form_errors(response) == {"seats": ["Seat A1 is taken."]} or "A1 is taken." in str(form_errors(response))
    assert re.search(r'value="A2"[^>]*checked', response.content.decode())
    assert len(sold()) == 1


def test_the_customers_age_counts(client, manager, ahead):
    session = SessionFactory(starts_at=ahead(), movie=MovieFactory(age_restriction=18))
    child = UserFactory(date_of_birth=date(2020, 1, 1))
    unknown = UserFactory(date_of_birth=None)
    for person in (child, unknown):
        response = client.post(sell_page(session), {"customer": person.pk, "quantity": "1", "key": "once"})
        (sentence,) = form_errors(response)["__all__"]
        assert sentence in page_text(response)
        assert len(sentence) > 20
    assert sold() == []


def test_no_tickets_are_sold_for_a_draft_or_a_session_that_began(client, manager, session, ana):
    body = {"customer": ana.pk, "quantity": "1", "key": "once"}
    MovieSession.objects.update(published=False)
    assert form_errors(client.post(sell_page(session), body))["__all__"]
    session.published = True
    session.starts_at = timezone.now()
    session.ends_at = session.starts_at + timedelta(hours=1)
    session.save()
    assert form_errors(client.post(sell_page(session), body))["__all__"]
    assert sold() == []


def test_unexpected_errors_are_raised(client, manager, session, ana, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("cinema.box_office.purchases.buy", broken)
    with pytest.raises(RuntimeError):
        client.post(sell_page(session), {"customer": ana.pk, "quantity": "1", "key": "once"})


def test_the_address_may_name_the_customer(client, manager, session, ana):
    assert f'value="{ana.pk}" selected' in client.get(f"{sell_page(session)}&customer={ana.pk}").content.decode()
    assert client.get(f"{sell_page(session)}&customer=x").status_code == 200


def test_the_queries_do_not_grow(client, manager, session, ahead, django_assert_max_num_queries):
    one, three = query_counts(
        client, sell_page(session), lambda: TicketFactory(session=session), django_assert_max_num_queries
    )
    assert one == three <= 10
    make = lambda: SessionFactory(starts_at=ahead(3))  # noqa: E731
    one, three = query_counts(client, SELL, make, django_assert_max_num_queries)
    assert one == three <= 6


def test_selling_needs_its_permission(client, manager, session, settings):
    settings.MANAGER_PERMISSIONS = {"cinema.view_ticket", "cinema.view_moviesession"}
    assert client.get(SELL).status_code == 403
    assert client.post(sell_page(session), {}).status_code == 403


def test_wheelchair_places_are_counted_and_asked_for(client, manager, session, ana):
    session.room.seats.filter(row="A", number=1).update(kind="wheelchair")
    assert "1 wheelchair place free" in page_text(client.get(SELL))
    assert "1 wheelchair place free" in page_text(client.get("/admin/cinema/moviesession/"))
    assert "1 wheelchair place free" in page_text(client.get(f"/admin/cinema/moviesession/{session.pk}/change/"))
    form = {"customer": ana.pk, "seats": ["A1"], "key": "k"}
    errors = form_errors(client.post(sell_page(session), form))
    assert errors == {"special_seats_confirmed": ["A1 is a wheelchair place. Please confirm that you need it."]}
    assert sold() == []
    client.post(sell_page(session), form | {"special_seats_confirmed": "on"})
    assert sold() == [("A1", "ana", manager.username)]
    assert "wheelchair place free" not in page_text(client.get(SELL))


def test_a_seat_whose_hold_ran_out_is_sold_to_no_one_but_the_people_who_wait(client, manager, session, ana):
    seats = session.room.seats.count()
    TicketFactory.create_batch(seats - 1, session=session)
    held = HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    entry = WaitingFactory(session=session)
    response = client.post(sell_page(session), {"customer": ana.pk, "seats": [str(held.seat)], "key": "once"})
    assert f"{held.seat} is taken." in str(form_errors(response))
    entry.refresh_from_db()
    assert [row.seat for row in entry.offer.tickets.all()] == [held.seat]
