"""What a manager does with many sessions: the day's rooms at a glance, several at once, a day or week once more."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.admin.models import ADDITION

from cinema.models import MovieSession
from cinema.tests.admin.pages import counts, errors, log, text, told
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/cinema/moviesession/"
TIMELINE, SEVERAL, COPY = f"{LIST}timeline/", f"{LIST}several/", f"{LIST}copy/"


@pytest.fixture(autouse=True)
def clock(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    with time_machine.travel("2026-12-01T12:00:00+00:00", tick=False) as travel:
        yield travel


def at(day, hour, minute=0, month=12):
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def film(db):
    return MovieFactory(title="Heat", year=1995, runtime=100)


# --- The timeline -----------------------------------------------------------------------------------


def bars(response):
    return {
        line["room"].number: [(bar["left"], bar["width"], bar["state"]) for bar in line["bars"]]
        for line in response.context["lines"]
    }


def test_a_day_against_the_clock(client, manager, film):
    room = RoomFactory(number=1, turnaround_minutes=60)
    RoomFactory(number=2)
    session = SessionFactory(room=room, movie=film, starts_at=at(1, 14), ends_at=at(1, 17))
    TicketFactory(session=session)
    HeldTicketFactory(session=session)
    SessionFactory(room=room, movie=film, starts_at=at(2, 14))
    response = client.get(TIMELINE)
    # From noon to midnight in Berlin: twelve hours, so that three of them are a quarter.
    assert bars(response) == {1: [(25.0, 25.0, "upcoming")], 2: []}
    assert response.context["lines"][0]["bars"][0]["turnaround"] == pytest.approx(8.333)
    assert [f"{hour['at']:%H:%M}" for hour in response.context["hours"] if hour["named"]] == [
        "12:00", "14:00", "16:00", "18:00", "20:00", "22:00",
    ]  # fmt: skip
    said = text(response)
    assert "Tuesday, 1 December 2026 , today" in said.replace("2026,", "2026 ,")
    assert "15:00–18:00 Heat 1 of 10, 1 held" in said
    assert "1 ticket sold for this day" in said
    assert "Nothing on this day." in said


def test_days_before_and_after(client, manager):
    content = client.get(TIMELINE, {"day": "2026-12-24"}).content.decode()
    assert 'href="?day=2026-12-23"' in content
    assert 'href="?day=2026-12-25"' in content
    assert "Thursday, 24 December 2026" in content


@pytest.mark.parametrize("day", ["", "soon", "2026-02-30", "0001-01-01", "9999-12-31", "2026-12-01\0"])
def test_what_is_no_day_is_today(client, manager, day):
    assert client.get(TIMELINE, {"day": day}).context["is_today"]


def test_what_begins_early_or_ends_late_widens_the_day(client, manager):
    room = RoomFactory(number=1)
    SessionFactory(room=room, starts_at=at(1, 8, 30))
    SessionFactory(room=room, starts_at=at(1, 21, 30), ends_at=at(1, 23, 45))
    response = client.get(TIMELINE)
    assert f"{response.context['hours'][0]['at']:%H:%M}" == "09:00"
    assert f"{response.context['hours'][-1]['at']:%H:%M}" == "00:00"
    last = bars(response)[1][-1]
    assert last[0] + last[1] < 100


def test_the_end_of_the_night_before_belongs_to_the_day_before(client, manager):
    night = SessionFactory(room=RoomFactory(number=1), starts_at=at(1, 21, 30), ends_at=at(1, 23, 45))
    assert len(bars(client.get(TIMELINE))[1]) == 1
    assert bars(client.get(TIMELINE, {"day": "2026-12-02"}))[1] == []
    # Unless it lasts until there is something to see.
    night.ends_at = night.room_free_at = at(2, 12)
    night.save()
    ((left, width, _),) = bars(client.get(TIMELINE, {"day": "2026-12-02"}))[1]
    assert left == 0
    assert 0 < width < 100


def test_the_night_of_the_clocks(client, manager):
    SessionFactory(room=RoomFactory(number=1), starts_at=at(24, 22, 30, month=10))
    SessionFactory(room=RoomFactory(number=2), starts_at=at(24, 23, 30, month=10))
    response = client.get(TIMELINE, {"day": "2026-10-25"})
    names = [f"{hour['at']:%H}" for hour in response.context["hours"]]
    assert names.count("02") == 2


def test_a_house_without_rooms(client, manager):
    assert "There are no rooms yet." in text(client.get(TIMELINE))


def test_the_queries_of_the_timeline_do_not_grow(client, manager, django_assert_max_num_queries):
    make = lambda: TicketFactory(session=SessionFactory(starts_at=at(1, 14)))  # noqa: E731
    one, three = counts(client, TIMELINE, make, django_assert_max_num_queries)
    assert one == three <= 6


# --- Several at once --------------------------------------------------------------------------------


def several(film, room, **more):
    return {
        "movie": film.pk, "room": room.pk, "first_day": "2026-12-02", "last_day": "2026-12-04", "weekdays": [],
        "times": "14:00, 20:30", "published": "on",
    } | more  # fmt: skip


def starts():
    return [f"{session.starts_at:%d %H:%M}" for session in MovieSession.objects.order_by("starts_at")]


def test_a_film_on_several_days_and_times(client, manager, film):
    response = client.post(SEVERAL, several(film, RoomFactory()))
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert told(response) == ["6 sessions scheduled."]
    assert starts() == ["02 13:00", "02 19:30", "03 13:00", "03 19:30", "04 13:00", "04 19:30"]
    assert [entry[0] for entry in log()] == [ADDITION] * 6


def test_on_some_days_of_the_week_as_drafts(client, manager, film):
    more = {"weekdays": ["2", "4"], "times": "20:00", "last_day": "2026-12-11", "published": ""}
    client.post(SEVERAL, several(film, RoomFactory(), **more))
    assert starts() == ["02 19:00", "04 19:00", "09 19:00", "11 19:00"]
    assert not MovieSession.objects.filter(published=True).exists()


def test_all_or_none_and_each_clash_is_said(client, manager, film):
    taken = SessionFactory(room=RoomFactory(number=1), starts_at=at(3, 13, 30), movie=film)
    said = errors(client.post(SEVERAL, several(film, taken.room)))["__all__"]
    assert any("Thu 03 Dec 2026, 14:30" in sentence for sentence in said)
    assert MovieSession.objects.count() == 1
    assert log() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"times": "soon"}, {"times": ["“soon” is no time. Write them as 14:00, 18:30."]}),
        ({"times": "24:00"}, {"times": ["“24:00” is no time. Write them as 14:00, 18:30."]}),
        ({"times": ""}, {"times": ["This field is required."]}),
        ({"times": ", ,"}, {"__all__": ["Send 1 to 500 at once."]}),
        ({"last_day": "2026-12-01"},
         {"last_day": ["The last day is from the first one on, and at most a year later."]}),
        ({"last_day": "9999-12-31"},
         {"last_day": ["The last day is from the first one on, and at most a year later."]}),
        ({"weekdays": ["7"]}, {"weekdays": ["Select a valid choice. 7 is not one of the available choices."]}),
        ({"first_day": "2026-11-30"}, {"__all__": ["This is in the past."]}),
        ({"first_day": "2027-03-27", "last_day": "2027-03-29", "times": "02:30"},
         {"__all__": ["On 28 March 2027 the clocks jump over 02:30; choose another time."]}),
        ({"movie": "x"}, {"movie": ["Select a valid choice. That choice is not one of the available choices."]}),
    ],
)  # fmt: skip
def test_several_that_are_refused(client, manager, film, fields, said):
    assert errors(client.post(SEVERAL, several(film, RoomFactory()) | fields)) == said
    assert not MovieSession.objects.exists()


def test_too_many_at_once(client, manager, film):
    more = {"last_day": "2027-11-30", "times": "10:00 14:00"}
    assert errors(client.post(SEVERAL, several(film, RoomFactory(), **more))) == {"__all__": ["Send 1 to 500 at once."]}


# --- Once more --------------------------------------------------------------------------------------


def copied(**more):
    return {"first_day": "2026-12-02", "to_day": "2026-12-09", "days": "1"} | more


def outcomes(response):
    return [(one.session.pk, str(one.outcome)) for one, _, _ in response.context["outcomes"]]


@pytest.fixture
def wednesday(film):
    room = RoomFactory(number=1)
    return [
        SessionFactory(room=room, movie=film, starts_at=at(2, 13)),
        SessionFactory(room=room, movie=film, starts_at=at(2, 19), published=False),
    ]


def test_first_a_table_of_what_would_be(client, manager, wednesday):
    response = client.post(COPY, copied(_look=""))
    assert outcomes(response) == [(session.pk, "copied") for session in wednesday]
    said = text(response)
    assert "2 of 2 can be copied" in said
    assert "Wed 09 Dec 2026, 14:00–15:55" in said
    assert "Copy 2 sessions" in said
    assert MovieSession.objects.count() == 2


def test_then_the_copies(client, manager, wednesday):
    response = client.post(COPY, copied(_copy=""))
    assert (response.status_code, response["Location"], told(response)) == (302, LIST, ["2 sessions copied."])
    assert starts() == ["02 13:00", "02 19:00", "09 13:00", "09 19:00"]
    copies = MovieSession.objects.filter(starts_at__gt=at(3, 0)).order_by("starts_at")
    assert [copy.published for copy in copies] == [True, False]
    assert [entry[:2] for entry in log()] == [(ADDITION, str(copy)) for copy in copies]


def test_a_clash_is_in_the_table_and_stops_the_copy(client, manager, wednesday):
    SessionFactory(room=wednesday[0].room, movie=wednesday[0].movie, starts_at=at(9, 13, 30))
    looked = client.post(COPY, copied(_look=""))
    expected = [(wednesday[0].pk, "clash"), (wednesday[1].pk, "copied")]
    assert outcomes(looked) == expected
    assert "1 of 2 can be copied" in text(looked)
    refused = client.post(COPY, copied(_copy=""))
    assert outcomes(refused) == expected
    assert errors(refused) == {
        "__all__": ["1 session can't be copied, so nothing was. You can choose to leave out what can't be copied."]
    }
    assert MovieSession.objects.count() == 3
    client.post(COPY, copied(_copy="", skip_clashes="on", as_drafts="on"))
    assert starts() == ["02 13:00", "02 19:00", "09 13:30", "09 19:00"]
    assert not MovieSession.objects.get(starts_at=at(9, 19)).published


def test_a_week_of_some_rooms(client, manager, wednesday, film):
    other = SessionFactory(room=RoomFactory(number=2), movie=film, starts_at=at(5, 13))
    client.post(COPY, copied(_copy="", days="7", rooms=[other.room_id]))
    assert starts() == ["02 13:00", "02 19:00", "05 13:00", "12 13:00"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"to_day": "2026-12-02"}, {"to_day": ["These are the days to be copied; choose others."]}),
        ({"to_day": "9999-12-31"}, {"to_day": ["There is no such day in the calendar."]}),
        ({"first_day": ""}, {"first_day": ["This field is required."]}),
        ({"days": "2"}, {"days": ["Select a valid choice. 2 is not one of the available choices."]}),
        ({"rooms": ["0"]}, {"rooms": ["Select a valid choice. 0 is not one of the available choices."]}),
    ],
)
def test_a_copy_that_is_refused(client, manager, wednesday, fields, said):
    for button in ("_look", "_copy"):
        assert errors(client.post(COPY, copied(**fields, **{button: ""}))) == said
    assert MovieSession.objects.count() == 2


def test_a_day_without_sessions(client, manager):
    for button in ("_look", "_copy"):
        assert "Nothing is scheduled on these days." in text(client.post(COPY, copied(**{button: ""})))


def test_the_form_may_begin_with_a_day(client, manager):
    assert 'value="2026-12-24"' in client.get(COPY, {"from": "2026-12-24"}).content.decode()


def test_a_past_day_cannot_be_copied_to(client, manager, wednesday):
    response = client.post(COPY, copied(_look="", to_day="2026-11-25"))
    assert [outcome for _, outcome in outcomes(response)] == ["past", "past"]
    assert "Copy 0" not in text(response)


def test_what_nobody_expected_is_not_hidden(client, manager, film, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError

    monkeypatch.setattr("cinema.programme.scheduling.schedule_many", broken)
    monkeypatch.setattr("cinema.programme.copying.copy_programme", broken)
    for address, body in ((SEVERAL, several(film, RoomFactory())), (COPY, copied(_copy=""))):
        with pytest.raises(RuntimeError):
            client.post(address, body)
