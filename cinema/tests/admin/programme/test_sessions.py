"""The list of sessions in the admin, and its actions."""

import pytest
from django.contrib.admin.models import CHANGE, DELETION
from django.urls import reverse
from django.utils import timezone

from cinema.models import MovieSession, Ticket
from cinema.tests.admin.pages import action_data, log_entries, messages_of, page_text, query_counts
from cinema.tests.admin.programme.helpers import ADD, LIST, at, form_data, page
from cinema.tests.factories import HeldTicketFactory, SessionFactory, TicketFactory

pytestmark = pytest.mark.django_db


# --- The list ---------------------------------------------------------------------------------------


def listed_ids(response):
    assert response.status_code == 200
    return [session.pk for session in response.context["cl"].result_list]


def test_filters_and_search(client, clock, manager, film):
    past = SessionFactory(movie=film, starts_at=at(1, 7))
    today = SessionFactory(starts_at=at(1, 20))
    draft = SessionFactory(starts_at=at(3, 20), published=False)
    cancelled = SessionFactory(starts_at=at(4, 20), cancelled_at=timezone.now())
    for parameters, expected in [
        ({}, [cancelled, draft, today, past]),
        ({"when": "today"}, [today, past]),
        ({"when": "upcoming"}, [draft, today]),
        ({"when": "past"}, [past]),
        ({"when": "cancelled"}, [cancelled]),
        ({"when": "never"}, [cancelled, draft, today, past]),
        ({"room": draft.room_id}, [draft]),
        ({"room": "x"}, [cancelled, draft, today, past]),
        ({"published__exact": "0"}, [draft]),
        ({"q": "heat"}, [past]),
        ({"starts_at__year": 2026, "starts_at__month": 12, "starts_at__day": 3}, [draft]),
    ]:
        assert listed_ids(client.get(LIST, parameters)) == [session.pk for session in expected], parameters


def test_the_list_shows_the_occupancy(client, manager, session):
    TicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=timezone.now())
    HeldTicketFactory(session=session)
    words = page_text(client.get(LIST))
    assert "Wed 02 Dec 2026, 18:00–20:05" in words
    assert "1 of 10, 1 on hold" in words
    assert "upcoming" in words


@pytest.mark.parametrize(
    ("fields", "now", "state"),
    [
        ({}, at(2, 16), "upcoming"),
        ({}, at(2, 18), "running"),
        ({}, at(2, 20), "over"),
        ({"published": False}, at(2, 16), "draft"),
        ({"cancelled_at": at(1, 1)}, at(2, 16), "cancelled"),
    ],
)
def test_states(client, manager, session, clock, fields, now, state):
    MovieSession.objects.update(**fields)
    clock.move_to(now)
    response = client.get(LIST)
    assert response.context["cl"].model_admin.state(response.context["cl"].result_list[0]) == state
    assert state in page_text(client.get(page(session)))


def test_the_queries_of_the_list_do_not_grow(client, manager, django_assert_max_num_queries):
    one, three = query_counts(client, LIST, lambda: TicketFactory(), django_assert_max_num_queries)
    assert one == three <= 14


def test_the_queries_of_the_page_do_not_grow(client, manager, session, django_assert_max_num_queries):
    make = lambda: (TicketFactory(session=session), HeldTicketFactory(session=session))  # noqa: E731
    one, three = query_counts(client, page(session), make, django_assert_max_num_queries)
    assert one == three <= 16


def test_the_search_in_forms_finds_sessions_to_come(client, clock, manager, film):
    SessionFactory(movie=film, starts_at=at(1, 7))
    later, soon = SessionFactory(movie=film, starts_at=at(5, 7)), SessionFactory(movie=film, starts_at=at(4, 7))
    SessionFactory(movie=film, starts_at=at(6, 7), cancelled_at=timezone.now())
    parameters = {"app_label": "cinema", "model_name": "ticket", "field_name": "session", "term": "heat"}
    found = client.get(reverse("admin:autocomplete"), parameters).json()["results"]
    assert found == [{"id": str(one.pk), "text": str(one)} for one in (soon, later)]


# --- Actions ----------------------------------------------------------------------------------------


def test_publish_and_unpublish(client, manager, ahead):
    draft, other = SessionFactory(starts_at=ahead(), published=False), SessionFactory(starts_at=ahead(2))
    response = client.post(LIST, action_data("publish", draft, other))
    assert messages_of(response) == ["1 session published."]
    assert client.post(LIST, action_data("unpublish", other)).status_code == 302
    assert list(MovieSession.objects.order_by("pk").values_list("published", flat=True)) == [True, False]
    assert [entry[:3] for entry in log_entries()] == [
        (CHANGE, str(one), "Changed Published.") for one in (draft, other)
    ]


def test_all_chosen_sessions_are_unpublished_or_none(client, manager, ahead):
    free, sold = SessionFactory(starts_at=ahead()), SessionFactory(starts_at=ahead(2))
    TicketFactory(session=sold)
    response = client.post(LIST, action_data("unpublish", free, sold))
    assert "Tickets are sold" in messages_of(response)[0]
    assert MovieSession.objects.filter(published=True).count() == 2
    assert log_entries() == []


def test_the_confirmation_says_how_many_tickets_are_cancelled(client, manager, ahead):
    sold, free = SessionFactory(starts_at=ahead()), SessionFactory(starts_at=ahead(2))
    tickets = [TicketFactory(session=sold), TicketFactory(session=sold)]
    TicketFactory(session=sold, cancelled_at=timezone.now())
    words = page_text(client.post(LIST, action_data("cancel", sold, free)))
    assert "2 tickets will be cancelled with these sessions." in words
    assert Ticket.objects.filter(cancelled_at=None).count() == 2
    response = client.post(LIST, action_data("cancel", sold, free, confirmed="yes"))
    assert messages_of(response) == ["2 sessions cancelled."]
    sold.refresh_from_db()
    assert sold.cancelled_at
    assert not MovieSession.objects.filter(pk=free.pk).exists()
    for ticket in tickets:
        ticket.refresh_from_db()
        assert ticket.cancelled_by == manager


def test_cancelling_a_session_that_began_is_refused(client, manager, ahead):
    session = SessionFactory(starts_at=ahead(0, -1))
    response = client.post(LIST, action_data("cancel", session, confirmed="yes"))
    assert "began at" in messages_of(response)[0]
    session.refresh_from_db()
    assert session.cancelled_at is None


@pytest.mark.parametrize("how", ["delete", "delete_selected"])
def test_a_session_without_tickets_is_deleted(client, manager, ahead, how):
    session = SessionFactory(starts_at=ahead())
    if how == "delete":
        assert client.get(page(session, "delete")).status_code == 200
        response = client.post(page(session, "delete"), {"post": "yes"})
    else:
        assert "Sessions: 1" in page_text(client.post(LIST, action_data("delete_selected", session)))
        response = client.post(LIST, action_data("delete_selected", session, post="yes"))
    assert response.status_code == 302
    assert not MovieSession.objects.exists()
    assert [entry[0] for entry in log_entries()] == [DELETION]


@pytest.mark.parametrize("how", ["delete", "delete_selected"])
def test_a_session_with_tickets_cannot_be_deleted(client, manager, ahead, how):
    session, other = TicketFactory(session=SessionFactory(starts_at=ahead())).session, SessionFactory()
    if how == "delete":
        response = client.post(page(session, "delete"), {"post": "yes"})
    else:
        response = client.post(LIST, action_data("delete_selected", session, other, post="yes"))
    assert response.status_code == 302
    assert messages_of(response) == [
        "Tickets are sold. To cancel them as well, choose “Cancel, with their tickets” in the list of sessions."
    ]
    assert MovieSession.objects.filter(cancelled_at=None).count() == 2
    assert log_entries() == []


def test_a_session_that_is_over_cannot_be_deleted(client, manager, ahead):
    session = SessionFactory(starts_at=ahead(-2))
    assert messages_of(client.post(page(session, "delete"), {"post": "yes"})) == ["This session is over."]
    assert MovieSession.objects.exists()


def test_a_session_links_to_its_tickets_and_to_selling(client, manager, session):
    assert client.get(f"{LIST}{session.pk}/tickets/")["Location"] == (
        f"/admin/cinema/ticket/?session__id__exact={session.pk}"
    )
    assert client.get(f"{LIST}{session.pk}/sell/")["Location"] == f"/admin/cinema/ticket/sell/?session={session.pk}"


def test_without_the_permissions_of_sessions_it_is_403(client, manager, settings, session):
    settings.MANAGER_PERMISSIONS = {"cinema.view_moviesession"}
    assert client.get(LIST).status_code == 200
    assert client.get(f"{LIST}timeline/").status_code == 200
    for address in (
        ADD,
        f"{LIST}several/",
        f"{LIST}copy/",
        f"{LIST}{session.pk}/sell/",
        f"{LIST}{session.pk}/tickets/",
    ):
        assert client.get(address).status_code == 403, address
    assert client.post(page(session), form_data(session)).status_code == 403
    assert client.post(page(session, "delete"), {"post": "yes"}).status_code == 403
    client.post(LIST, action_data("cancel", session, confirmed="yes"))
    client.post(LIST, action_data("unpublish", session))
    session.refresh_from_db()
    assert (session.published, session.cancelled_at) == (True, None)
    settings.MANAGER_PERMISSIONS = set()
    assert client.get(f"{LIST}timeline/").status_code == 403
