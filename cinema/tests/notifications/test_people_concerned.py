"""A changed session tells everyone who has something in it: tickets, held or offered seats, or a place on the list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from accounts.notifications import mail_queue
from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from cinema.models import Ticket, Waiting
from cinema.notifications import phrases
from cinema.programme import removal, scheduling
from cinema.queries.concerned import people_concerned
from cinema.rooms import editing
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from cinema.tests.notifications.helpers import is_dropped, read_attachments, send_one, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    room = RoomFactory(number=1, plan__rows=2)
    return SessionFactory(movie__title="Dune", movie__runtime=100, room=room)


@pytest.fixture
def people(session):
    """Return one person of each kind by name, each with what they have in `session`."""
    holder, choosing, offered, waiting = ConfirmedUserFactory.create_batch(4)
    TicketFactory(session=session, user=holder)
    HeldTicketFactory(session=session, user=choosing)
    until = timezone.now() + timedelta(minutes=20)
    offer = HeldTicketFactory(session=session, user=offered, held_until=until + timedelta(minutes=2))
    WaitingFactory(session=session, user=offered, offer=offer.purchase, offer_ends_at=until)
    WaitingFactory(session=session, user=waiting, quantity=10)  # more than are free
    return {"holder": holder, "choosing": choosing, "offered": offered, "waiting": waiting, "until": until}


@pytest.fixture
def strangers(session):
    """Return people who have, or had, nothing in the session that is still theirs."""
    over = timezone.now() - timedelta(minutes=1)
    cancelled = TicketFactory(session=session, cancelled_at=over).user
    expired = HeldTicketFactory(session=session, held_until=over).user
    left = WaitingFactory(session=session, ended_at=over, outcome=Waiting.Outcome.LEFT).user
    late = HeldTicketFactory(session=session, held_until=over + timedelta(minutes=2))
    WaitingFactory(session=session, user=late.user, offer=late.purchase, offer_ends_at=over)
    closed = ConfirmedUserFactory(is_active=False)
    TicketFactory(session=session, user=closed)
    elsewhere = TicketFactory().user
    return [cancelled, expired, left, late.user, closed, elsewhere]


def move(session):
    scheduling.change_session(session.pk, {"starts_at": session.starts_at + timedelta(days=3)})


def rename(session):
    editing.change_room(session.room_id, {"name": "Great Hall"})


def text_for(user):
    ((_, _, text, link),) = sent(user)
    return text.splitlines(), link


def test_everyone_concerned_is_told_of_a_move(session, people, strangers):
    move(session)
    session.refresh_from_db()
    page, headline = f"/sessions/{session.pk}/", f"Dune was moved: now {phrases.format_moment(session.starts_at)}"
    until = phrases.format_time(people["until"])
    ends = {
        "holder": ["You keep seat A1.", "If this doesn't suit you, you can cancel until the session begins."],
        "choosing": ["We still hold seat A2 for you.", "Look at the new time before you take it."],
        "offered": [f"We still hold seat A3 for you until {until}.", "Look at the new time before you take it."],
        "waiting": [
            "You are still on the waiting list.",
            "If this doesn't suit you, you can leave the list on the session's page.",
        ],
    }
    for name, end in ends.items():
        lines, link = text_for(people[name])
        assert (lines[0], lines[3:]) == (headline, end)
        assert link == (page if name != "holder" else f"/tickets/{Ticket.objects.get(user=people[name]).code}/")
    assert sent(*strangers) == []


def test_everyone_concerned_is_told_of_a_cancellation(session, people, strangers):
    removal.remove_session(session.pk, ManagerFactory(), cancel_tickets=True)
    assert {name: text_for(people[name])[0][1] for name in ("holder", "choosing", "offered", "waiting")} == {
        "holder": "This session will not take place. Your ticket for seat A1 is no longer valid.",
        "choosing": "This session will not take place, so we no longer hold seat A2 for you.",
        "offered": "This session will not take place, so we no longer hold seat A3 for you.",
        "waiting": "This session will not take place, so there are no seats to wait for.",
    }
    assert sent(*strangers) == []


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"name": "Great Hall"}, "Room 1, Great Hall"),
        ({"number": 5}, "Room 5"),
        ({"number": 5, "name": "Great Hall", "turnaround_minutes": 30}, "Room 5, Great Hall"),
    ],
)
def test_everyone_concerned_is_told_of_a_renamed_or_renumbered_room(session, people, strangers, change, name):
    editing.change_room(session.room_id, change)
    headline = f"Dune, {phrases.format_moment(session.starts_at)}: Room 1 is now {name}"
    kept = {"holder": "You keep seat A1.", "choosing": "We still hold seat A2 for you."}
    kept |= {"waiting": "You are still on the waiting list."}
    for who, line in kept.items():
        text = [headline, "It is the same room at the same place; only its name is new.", line]
        assert text_for(people[who])[0] == text
    assert text_for(people["offered"])[0][0] == headline
    assert sent(*strangers) == []
    assert {kind for kind, *_ in sent()} == {"room_renamed"}


def test_other_changes_of_a_room_and_its_past_sessions_tell_no_one(session, people):
    past = timezone.now() - timedelta(hours=5)
    TicketFactory(session=SessionFactory(room=session.room, starts_at=past))
    editing.change_room(session.room_id, {"turnaround_minutes": 30, "name": "", "number": 1})
    assert sent() == []
    cancelled = SessionFactory(starts_at=session.starts_at, cancelled_at=past)
    TicketFactory(session=cancelled)
    editing.change_room(cancelled.room_id, {"name": "Great Hall"})
    assert sent() == []


def test_each_name_of_a_room_is_a_notification(session, people):
    for name in ("Great Hall", "Small Hall"):
        editing.change_room(session.room_id, {"name": name})
    assert len(sent(people["waiting"])) == 2


def test_who_has_tickets_holds_and_waits_is_told_once(session):
    ana = TicketFactory(session=session).user
    HeldTicketFactory(session=session, user=ana)
    WaitingFactory(session=session, user=ana)
    move(session)
    lines, link = text_for(ana)
    assert lines[3:6] == ["You keep seat A1.", "We still hold seat A2 for you.", "You are still on the waiting list."]
    assert link.startswith("/tickets/")


def test_a_session_that_becomes_a_draft_lets_its_holds_and_its_waiting_list_go(session, people):
    Ticket.objects.filter(user=people["holder"]).delete()
    scheduling.change_session(session.pk, {"published": False})
    for name in ("choosing", "offered", "waiting"):
        lines, link = text_for(people[name])
        assert lines[0] == f"Taken off the programme: Dune, {phrases.format_moment(session.starts_at)}"
        assert link == session.movie.get_absolute_url()
    assert not Ticket.objects.filter(session=session).exists()
    assert not Waiting.objects.filter(session=session, ended_at=None).exists()
    assert people_concerned([session]) == []
    scheduling.change_session(session.pk, {"published": True})
    WaitingFactory(session=session, user=people["waiting"])
    scheduling.change_session(session.pk, {"published": False})
    assert len(sent(people["waiting"])) == 2


def test_a_session_that_concerned_people_keeps_its_page(session, people):
    Ticket.objects.filter(user=people["holder"]).delete()
    removal.remove_session(session.pk, ManagerFactory())
    session.refresh_from_db()
    assert (session.cancelled_at is not None, session.revision) == (True, 1)
    assert not Ticket.objects.filter(session=session).exists()
    assert not Waiting.objects.filter(session=session, ended_at=None).exists()


# --- The mails ---


@pytest.mark.parametrize(("name", "files"), [("holder", 1), ("choosing", 0), ("offered", 0), ("waiting", 0)])
@pytest.mark.parametrize("change", [move, rename])
def test_each_gets_a_mail_with_what_is_theirs(session, people, name, files, change):
    change(session)
    Notification.objects.exclude(user=people[name]).delete()
    message = send_one()
    assert message.to == [people[name].email]
    assert len(read_attachments(message)) == files
    assert ("calendar" in message.body) == bool(files)
    assert ("See your tickets: " if files else "See the session: ") in message.body


def test_a_mail_is_dropped_once_the_person_is_not_concerned_any_more(session, people):
    move(session)
    Notification.objects.exclude(user=people["waiting"]).delete()
    Waiting.objects.filter(user=people["waiting"]).update(ended_at=timezone.now(), outcome=Waiting.Outcome.LEFT)
    assert is_dropped()


def test_a_new_name_of_the_room_does_not_drop_the_mail_of_a_move(session, people):
    move(session)
    rename(session)
    Notification.objects.exclude(user=people["holder"]).delete()
    assert mail_queue.send_due() == 2


def test_the_people_concerned_take_two_queries(session, people, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = people_concerned([session])
        assert {f"{person.session.movie.title} in {person.session.room}" for person in found} == {"Dune in Room 1"}
    assert len(found) == 4
