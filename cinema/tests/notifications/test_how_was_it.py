"""The question of the morning after: to whom, when and how often."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from celery.schedules import crontab

from accounts.models import Notification
from accounts.tests.factories import UserFactory
from cinema import tasks
from cinema.models import Ticket
from cinema.notifications import how_was_it
from cinema.tests.factories import SessionFactory, TicketFactory
from config.celery import app
from movies.tests.at_once import at_once
from movies.tests.factories import MovieFactory, RatingFactory

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 11, 20, 19, 40, tzinfo=UTC)  # 20:40 by the cinema's clock
MORNING = datetime(2026, 11, 21, 9, tzinfo=UTC)  # 10:00


@pytest.fixture(autouse=True)
def _in_berlin(settings):
    settings.TIME_ZONE = settings.CINEMA_TIME_ZONE = "Europe/Berlin"


@pytest.fixture
def session():
    return SessionFactory(movie=MovieFactory(title="Dune"), starts_at=EVENING)


def visitor_of(session, **changes):
    ticket = TicketFactory(session=session)
    Ticket.objects.filter(pk=ticket.pk).update(**{"used_at": session.starts_at} | changes)
    return ticket.user


def test_visitors_are_asked_once(session):
    ana = visitor_of(session)
    second = TicketFactory(session=session, user=ana)
    Ticket.objects.filter(pk=second.pk).update(used_at=EVENING)
    TicketFactory(session=session)  # did not come
    assert [how_was_it.ask_visitors(MORNING), how_was_it.ask_visitors(MORNING + timedelta(hours=5))] == [1, 0]
    asked = Notification.objects.get()
    assert (asked.user, asked.kind, asked.subject, asked.text, asked.link) == (
        ana,
        "how_was_it",
        f"session {session.pk}",
        "How was Dune?\nYou saw it on Friday 20 November. Rate it with one tap.",
        f"/how-was-it/{session.movie_id}/",
    )


def test_raters_and_closed_accounts_are_not_asked(session):
    RatingFactory(user=visitor_of(session), movie=session.movie)
    RatingFactory(user=visitor_of(session))
    RatingFactory(user=visitor_of(session), movie=session.movie, rating=None, review="A review is no rating.")
    visitor_of(session, user=None)
    closed = visitor_of(session)
    closed.is_active = False
    closed.save()
    assert how_was_it.ask_visitors(MORNING) == 2


@pytest.mark.parametrize(
    ("when", "asked"),
    [
        (MORNING - timedelta(minutes=1), 0),
        (MORNING, 1),
        (MORNING + timedelta(hours=11, minutes=-1), 1),
        (MORNING + timedelta(hours=11), 0),  # not at night
        (MORNING + timedelta(days=1), 1),
        (MORNING + timedelta(days=2), 1),
        (MORNING + timedelta(days=3), 0),
        (EVENING, 0),
    ],
)
def test_questions_are_sent_by_day_and_within_three_days(session, when, asked):
    visitor_of(session)
    assert how_was_it.ask_visitors(when) == asked


def test_a_session_that_ends_after_midnight_is_asked_about_the_day_after():
    late = SessionFactory(starts_at=EVENING + timedelta(hours=2))
    visitor_of(late)
    assert [how_was_it.ask_visitors(MORNING), how_was_it.ask_visitors(MORNING + timedelta(days=1))] == [0, 1]
    assert "You saw it on Friday 20 November." in Notification.objects.get().text


def test_another_visit_is_another_question(session):
    ana = visitor_of(session)
    again = SessionFactory(movie=session.movie, starts_at=EVENING + timedelta(days=1))
    Ticket.objects.filter(pk=TicketFactory(session=again, user=ana).pk).update(used_at=again.starts_at)
    assert [how_was_it.ask_visitors(MORNING), how_was_it.ask_visitors(MORNING + timedelta(days=1))] == [1, 1]


def test_asking_makes_two_statements(django_assert_num_queries):
    for days in (0, 1):
        for _ in range(2 * days + 1):
            session = SessionFactory(starts_at=EVENING + timedelta(days=days))
            for _ in range(2):
                visitor_of(session)
        with django_assert_num_queries(2):
            how_was_it.ask_visitors(MORNING + timedelta(days=days))
    assert Notification.objects.count() == 8


def test_the_task(session, events):
    visitor_of(session)
    for when in (MORNING, MORNING + timedelta(minutes=15)):
        with time_machine.travel(when, tick=False):
            tasks.ask_how_it_was()
    assert [event["people"] for event in events("how_was_it_asked")] == [1]


def test_the_schedule():
    app.loader.import_default_modules()
    assert "cinema.tasks.ask_how_it_was" in app.tasks
    jobs = {job["task"]: job["schedule"] for job in app.conf.beat_schedule.values()}
    assert jobs["cinema.tasks.ask_how_it_was"] == crontab(minute="*/15")


@pytest.mark.django_db(transaction=True)
def test_concurrent_runs_ask_once(session):
    people = [visitor_of(session) for _ in range(5)]
    assert sum(at_once([lambda: how_was_it.ask_visitors(MORNING)] * 4)) == len(people) == Notification.objects.count()
    assert UserFactory._meta.model.objects.filter(notifications__isnull=False).count() == 5
