"""A manager's programme: forms and actions, always through `scheduling`."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.models import ADDITION, CHANGE, DELETION
from django.urls import reverse
from django.utils import timezone

from cinema.models import MovieSession, Ticket
from cinema.tests.admin.pages import chosen, counts, errors, log, text, told
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/cinema/moviesession/"
ADD = f"{LIST}add/"


def page(session, name="change"):
    return reverse(f"admin:cinema_moviesession_{name}", args=[session.pk])


def typed(movie, room, day="2026-12-02", start="18:00", **more):
    return {"movie": movie.pk, "room": room.pk, "day": day, "start": start, "end": "", "published": "on"} | more


@pytest.fixture
def clock(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as travel:
        yield travel


@pytest.fixture
def film(db):
    return MovieFactory(title="Heat", year=1995, runtime=100)


def at(day, hour, minute=0):
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


def test_a_session_is_added_by_the_cinemas_clock(client, clock, manager, film):
    response = client.post(ADD, typed(film, RoomFactory()))
    assert (response.status_code, response["Location"]) == (302, LIST)
    session = MovieSession.objects.get()
    assert (session.starts_at, session.ends_at, session.published) == (at(2, 17), at(2, 18, 55), True)
    assert log() == [(ADDITION, str(session), "Added.", "manager")]


def test_an_end_may_be_given_and_may_be_after_midnight(client, clock, manager, film):
    client.post(ADD, typed(film, RoomFactory(), start="22:30", end="00:45", published=""))
    session = MovieSession.objects.get()
    assert (session.starts_at, session.ends_at, session.published) == (at(2, 21, 30), at(2, 23, 45), False)


def test_a_taken_room_says_who_has_it_and_when_it_is_free(client, clock, manager, film):
    session = SessionFactory(room=RoomFactory(number=1), movie=film, starts_at=at(2, 17), ends_at=at(2, 19))
    response = client.post(ADD, typed(film, session.room, start="18:30"))
    (sentence,) = errors(response)["start"]
    assert "“Heat”" in sentence
    assert "Next free: Wed 02 Dec 2026, 20:15" in sentence
    assert sentence in text(response)
    assert 'value="18:30"' in response.content.decode()
    assert MovieSession.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"movie": ""}, {"movie": ["This field is required."]}),
        ({"movie": "x"}, {"movie": ["Select a valid choice. That choice is not one of the available choices."]}),
        ({"room": ""}, {"room": ["This field is required."]}),
        ({"day": "2026-11-30"}, {"start": ["This is in the past."]}),
        ({"day": "soon"}, {"day": ["Enter a valid date."]}),
        ({"start": "25:00"}, {"start": ["Enter a valid time."]}),
        ({"start": "18:00", "end": "18:00"}, {"start": ["The end must differ from the start."]}),
        ({"day": "2027-03-28", "start": "02:30"},
         {"start": ["On 28 March 2027 the clocks jump over 02:30; choose another time."]}),
        ({"day": "9999-12-31", "end": "01:00"}, {"start": ["There is no such day in the calendar."]}),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_at_its_field(client, clock, manager, film, fields, said):
    assert errors(client.post(ADD, typed(film, RoomFactory()) | fields)) == said
    assert not MovieSession.objects.exists()


def test_a_film_of_unknown_length_needs_an_end(client, clock, manager):
    film, room = MovieFactory(runtime=None), RoomFactory()
    said = errors(client.post(ADD, typed(film, room)))
    assert list(said) == ["end"]
    assert client.post(ADD, typed(film, room, end="20:00")).status_code == 302


def test_private_films_are_not_shown(client, clock, manager):
    private = MovieFactory(owner=manager, tmdb_id=None)
    assert "movie" in errors(client.post(ADD, typed(private, RoomFactory())))


def shown(session, **changed):
    """The form of a session as its page has it, in Berlin's winter, but for `changed`."""
    start, end = (when + timedelta(hours=1) for when in (session.starts_at, session.ends_at))
    fields = {
        "room": session.room_id, "day": f"{start:%Y-%m-%d}", "start": f"{start:%H:%M}", "end": f"{end:%H:%M}",
    }  # fmt: skip
    return fields | ({"published": "on"} if session.published else {}) | changed


@pytest.fixture
def session(clock, film):
    return SessionFactory(movie=film, room=RoomFactory(number=1), starts_at=at(2, 17), ends_at=at(2, 19, 5))


def test_the_page_shows_the_cinemas_clock(client, manager, session):
    content = client.get(page(session)).content.decode()
    assert 'value="2026-12-02"' in content
    assert 'value="18:00"' in content
    assert 'value="20:05"' in content


def test_saving_what_is_shown_changes_nothing(client, manager, session):
    assert client.post(page(session), shown(session)).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.revision) == (at(2, 17), at(2, 19, 5), 0)


def test_a_session_moves_and_keeps_its_length(client, manager, session):
    TicketFactory(session=session)
    client.post(page(session), shown(session, start="19:30"))
    session.refresh_from_db()
    assert (session.starts_at, session.ends_at, session.revision) == (at(2, 18, 30), at(2, 20, 35), 1)
    assert log()[-1][:3] == (CHANGE, str(session), "Changed Begins at.")


def test_a_session_moves_to_another_room_day_and_end(client, manager, session):
    other = RoomFactory(number=2)
    client.post(page(session), shown(session, room=other.pk, day="2026-12-03", end="20:30"))
    session.refresh_from_db()
    assert (session.room, session.starts_at, session.ends_at) == (other, at(3, 17), at(3, 19, 30))


def test_who_would_lose_a_seat_is_said(client, manager, session):
    ticket = TicketFactory(session=session)
    small = RoomFactory(number=2, plan__rows=1, plan__seats_per_row=1)
    TicketFactory(session=session)
    response = client.post(page(session), shown(session, room=small.pk))
    assert "A2" in text(response)
    assert errors(response)
    session.refresh_from_db()
    assert session.room == ticket.room


def test_a_session_that_began_stays(client, manager, session, clock):
    clock.move_to(at(2, 18))
    assert "began at 18:00" in str(errors(client.post(page(session), shown(session, room=RoomFactory().pk))))


def test_a_cancelled_session_is_only_looked_at(client, manager, session):
    MovieSession.objects.update(cancelled_at=timezone.now())
    assert "cancelled" in text(client.get(page(session)))
    assert client.post(page(session), shown(session)).status_code == 403


def test_the_page_shows_seats_holds_and_numbers(client, manager, ahead):
    session = SessionFactory(starts_at=ahead(), room=RoomFactory(number=1))
    TicketFactory(session=session)
    hold = HeldTicketFactory(session=session, user__username="ana")
    HeldTicketFactory(session=session, held_until=timezone.now() - timedelta(seconds=1))
    said = text(client.get(page(session)))
    assert "1 of 10 sold, 1 held" in said
    assert f"{hold.seat}, by ana, until" in said
    content = client.get(page(session)).content.decode()
    titles = ("Row A, seat 1, sold", "Row A, seat 2, on hold", "Row A, seat 3, free")
    assert [content.count(f'title="{title}"') for title in titles] == [1, 1, 1]


# --- The list ---------------------------------------------------------------------------------------


def listed(response):
    assert response.status_code == 200
    return [session.pk for session in response.context["cl"].result_list]


def test_filters_and_search(client, clock, manager, film):
    past = SessionFactory(movie=film, starts_at=at(1, 7))
    today = SessionFactory(starts_at=at(1, 20))
    draft = SessionFactory(starts_at=at(3, 20), published=False)
    gone = SessionFactory(starts_at=at(4, 20), cancelled_at=timezone.now())
    for parameters, expected in [
        ({}, [gone, draft, today, past]),
        ({"when": "today"}, [today, past]),
        ({"when": "upcoming"}, [draft, today]),
        ({"when": "past"}, [past]),
        ({"when": "cancelled"}, [gone]),
        ({"when": "never"}, [gone, draft, today, past]),
        ({"room": draft.room_id}, [draft]),
        ({"room": "x"}, [gone, draft, today, past]),
        ({"published__exact": "0"}, [draft]),
        ({"q": "heat"}, [past]),
        ({"starts_at__year": 2026, "starts_at__month": 12, "starts_at__day": 3}, [draft]),
    ]:
        assert listed(client.get(LIST, parameters)) == [session.pk for session in expected], parameters


def test_the_list_says_how_full_they_are(client, manager, session):
    TicketFactory(session=session)
    TicketFactory(session=session, cancelled_at=timezone.now())
    HeldTicketFactory(session=session)
    said = text(client.get(LIST))
    assert "Wed 02 Dec 2026, 18:00–20:05" in said
    assert "1 of 10, 1 held" in said
    assert "upcoming" in said


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
    assert state in text(client.get(page(session)))


def test_the_queries_of_the_list_do_not_grow(client, manager, django_assert_max_num_queries):
    one, three = counts(client, LIST, lambda: TicketFactory(), django_assert_max_num_queries)
    assert one == three <= 14


def test_the_queries_of_the_page_do_not_grow(client, manager, session, django_assert_max_num_queries):
    make = lambda: (TicketFactory(session=session), HeldTicketFactory(session=session))  # noqa: E731
    one, three = counts(client, page(session), make, django_assert_max_num_queries)
    assert one == three <= 16


def test_the_search_in_forms_finds_what_is_to_come(client, clock, manager, film):
    SessionFactory(movie=film, starts_at=at(1, 7))
    later, soon = SessionFactory(movie=film, starts_at=at(5, 7)), SessionFactory(movie=film, starts_at=at(4, 7))
    SessionFactory(movie=film, starts_at=at(6, 7), cancelled_at=timezone.now())
    parameters = {"app_label": "cinema", "model_name": "ticket", "field_name": "session", "term": "heat"}
    found = client.get(reverse("admin:autocomplete"), parameters).json()["results"]
    assert found == [{"id": str(one.pk), "text": str(one)} for one in (soon, later)]


# --- Actions ----------------------------------------------------------------------------------------


def test_publish_and_unpublish(client, manager, ahead):
    draft, other = SessionFactory(starts_at=ahead(), published=False), SessionFactory(starts_at=ahead(2))
    response = client.post(LIST, chosen("publish", draft, other))
    assert told(response) == ["1 session published."]
    assert client.post(LIST, chosen("unpublish", other)).status_code == 302
    assert list(MovieSession.objects.order_by("pk").values_list("published", flat=True)) == [True, False]
    assert [entry[:3] for entry in log()] == [(CHANGE, str(one), "Changed Published.") for one in (draft, other)]


def test_unpublishing_all_or_none(client, manager, ahead):
    free, sold = SessionFactory(starts_at=ahead()), SessionFactory(starts_at=ahead(2))
    TicketFactory(session=sold)
    response = client.post(LIST, chosen("unpublish", free, sold))
    assert "Tickets are sold" in told(response)[0]
    assert MovieSession.objects.filter(published=True).count() == 2
    assert log() == []


def test_cancelling_says_how_many_tickets_go_first(client, manager, ahead):
    sold, free = SessionFactory(starts_at=ahead()), SessionFactory(starts_at=ahead(2))
    tickets = [TicketFactory(session=sold), TicketFactory(session=sold)]
    TicketFactory(session=sold, cancelled_at=timezone.now())
    said = text(client.post(LIST, chosen("cancel", sold, free)))
    assert "2 tickets are cancelled with these sessions." in said
    assert Ticket.objects.filter(cancelled_at=None).count() == 2
    response = client.post(LIST, chosen("cancel", sold, free, confirmed="yes"))
    assert told(response) == ["2 sessions cancelled."]
    sold.refresh_from_db()
    assert sold.cancelled_at
    assert not MovieSession.objects.filter(pk=free.pk).exists()
    for ticket in tickets:
        ticket.refresh_from_db()
        assert ticket.cancelled_by == manager


def test_cancelling_a_session_that_began_is_refused(client, manager, ahead):
    session = SessionFactory(starts_at=ahead(0, -1))
    response = client.post(LIST, chosen("cancel", session, confirmed="yes"))
    assert "began at" in told(response)[0]
    session.refresh_from_db()
    assert session.cancelled_at is None


@pytest.mark.parametrize("how", ["delete", "delete_selected"])
def test_a_session_without_tickets_is_deleted(client, manager, ahead, how):
    session = SessionFactory(starts_at=ahead())
    if how == "delete":
        assert client.get(page(session, "delete")).status_code == 200
        response = client.post(page(session, "delete"), {"post": "yes"})
    else:
        assert "Sessions: 1" in text(client.post(LIST, chosen("delete_selected", session)))
        response = client.post(LIST, chosen("delete_selected", session, post="yes"))
    assert response.status_code == 302
    assert not MovieSession.objects.exists()
    assert [entry[0] for entry in log()] == [DELETION]


@pytest.mark.parametrize("how", ["delete", "delete_selected"])
def test_a_session_with_tickets_stays_with_a_sentence(client, manager, ahead, how):
    session, other = TicketFactory(session=SessionFactory(starts_at=ahead())).session, SessionFactory()
    if how == "delete":
        response = client.post(page(session, "delete"), {"post": "yes"})
    else:
        response = client.post(LIST, chosen("delete_selected", session, other, post="yes"))
    assert response.status_code == 302
    assert told(response) == [
        "Tickets are sold. To cancel them as well, choose “Cancel, with their tickets” in the list of sessions."
    ]
    assert MovieSession.objects.filter(cancelled_at=None).count() == 2
    assert log() == []


def test_what_is_over_is_not_deleted(client, manager, ahead):
    session = SessionFactory(starts_at=ahead(-2))
    assert told(client.post(page(session, "delete"), {"post": "yes"})) == ["This session is over."]
    assert MovieSession.objects.exists()


def test_from_a_session_to_its_tickets_and_to_the_counter(client, manager, session):
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
    assert client.post(page(session), shown(session)).status_code == 403
    assert client.post(page(session, "delete"), {"post": "yes"}).status_code == 403
    client.post(LIST, chosen("cancel", session, confirmed="yes"))
    client.post(LIST, chosen("unpublish", session))
    session.refresh_from_db()
    assert (session.published, session.cancelled_at) == (True, None)
    settings.MANAGER_PERMISSIONS = set()
    assert client.get(f"{LIST}timeline/").status_code == 403
