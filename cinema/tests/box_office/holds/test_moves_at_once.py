"""A session that is moved while its seats are bought; the orders are forced. Each race has a control."""

from datetime import timedelta
from unittest import mock

import pytest

from accounts.models import Notification
from accounts.tests.factories import ConfirmedUserFactory
from cinema.box_office import holds, rules
from cinema.models import MovieSession, Purchase
from cinema.programme import scheduling
from cinema.tests.box_office.concurrency import SUCCESS, outcome
from cinema.tests.factories import SessionFactory
from cinema.tests.overlapping import run_overlapping
from common.errors import Code

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]


@pytest.fixture
def session():
    return SessionFactory(movie__runtime=100)


@pytest.fixture
def hold(session):
    return holds.hold(session.pk, ConfirmedUserFactory(), seats=["A1"])


def move(session):
    return scheduling.change_session(session.pk, {"starts_at": session.starts_at + timedelta(days=3)})


def confirm(hold):
    return outcome(lambda: holds.confirm(hold.pk, hold.user))


def kinds_told(user):
    return sorted(Notification.objects.filter(user=user).values_list("kind", flat=True))


def look(session, user):
    holds.note_shown(MovieSession.objects.get(pk=session.pk), user)


def test_who_buys_while_the_session_is_being_moved_is_refused_and_told(session, hold):
    _, bought = run_overlapping(lambda: move(session), lambda: confirm(hold))
    assert bought == Code.SESSION_MOVED
    assert kinds_told(hold.user) == ["session_moved"]
    look(session, hold.user)
    assert confirm(hold) == SUCCESS


def test_who_has_bought_when_the_session_is_moved_is_told_as_a_ticket_holder(session, hold):
    bought, moved = run_overlapping(lambda: confirm(hold), lambda: move(session))
    assert bought == SUCCESS
    assert moved.revision == 1
    assert kinds_told(hold.user) == ["session_moved", "tickets_bought"]
    told = Notification.objects.get(user=hold.user, kind="session_moved")
    assert "You keep seat A1." in told.text


def test_control_without_the_lock_on_the_session_it_is_bought_for_the_old_time(session, hold):
    def read(pk, lock=None):
        return MovieSession.objects.get(pk=pk)

    with mock.patch.object(holds, "lock_session", read):
        _, bought = run_overlapping(lambda: move(session), lambda: confirm(hold))
    assert bought == SUCCESS
    assert Purchase.objects.get(pk=hold.pk).shown_revision < MovieSession.objects.get(pk=session.pk).moved_revision


def test_a_page_that_was_read_before_the_move_shows_nothing_new(session, hold):
    move(session)
    page = MovieSession.objects.get(pk=session.pk)

    def move_again():
        return scheduling.change_session(session.pk, {"starts_at": session.starts_at + timedelta(days=4)})

    run_overlapping(move_again, lambda: holds.note_shown(page, hold.user))
    assert confirm(hold) == Code.SESSION_MOVED
    look(session, hold.user)
    assert confirm(hold) == SUCCESS


def test_control_a_page_that_notes_the_present_revision_hides_the_second_move(session, hold):
    move(session)
    scheduling.change_session(session.pk, {"starts_at": session.starts_at + timedelta(days=4)})
    # What a view would do that notes the time as it is when the page is sent, and not as the page has it.
    Purchase.objects.update(shown_revision=MovieSession.objects.get(pk=session.pk).revision)
    with mock.patch.object(rules, "check_shown", wraps=rules.check_shown) as check:
        assert confirm(hold) == SUCCESS
    assert check.call_count == 1
