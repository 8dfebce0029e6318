"""The mails of films, sessions and tickets, read back as a mail program reads them."""

import email
from datetime import UTC, datetime, timedelta
from email import policy
from io import BytesIO

import icalendar
import pypdf
import pytest
import time_machine
from django.core import mail
from django.test.utils import override_settings

from accounts.models import Mail, Notification
from accounts.notifications import digests, mail_queue
from accounts.notifications.notify import notify
from accounts.people import preferences
from accounts.tests.factories import ConfirmedUserFactory, ManagerFactory
from accounts.tests.notifications.test_mail import Words, html_of
from cinema.box_office import holds, purchases
from cinema.core import ticket_codes
from cinema.models import MovieSession, Ticket, Waiting
from cinema.notifications import how_was_it, tickets_bought
from cinema.notifications.seat_offered import notify_offer
from cinema.notifications.session_added import notify_sessions_added
from cinema.programme import removal, scheduling
from cinema.tests.factories import HeldTicketFactory, RoomFactory, SessionFactory, TicketFactory, WaitingFactory
from movies.library import ratings
from movies.tests.factories import MovieFactory, WatchlistItemFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 20, 19, 40, tzinfo=UTC)  # 20:40 by the cinema's clock
SITE = "https://cinema.example"
SHOW_IT = (
    "Show the code at the entrance, on your phone or on paper: the tickets to print and the dates for your calendar are "
    "attached."
)


@pytest.fixture(autouse=True)
def _somewhere(settings):
    settings.TIME_ZONE = settings.CINEMA_TIME_ZONE = "Europe/Berlin"
    settings.PUBLIC_URL = SITE
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ana():
    return ConfirmedUserFactory(username="ana", name="Ana Kovač")


@pytest.fixture
def manager():
    return ManagerFactory()


@pytest.fixture
def session():
    film = MovieFactory(title="Dune & <Dust>", age_restriction=12)
    room = RoomFactory(number=2, name="Great Hall", plan__rows=3)
    return SessionFactory(movie=film, room=room, starts_at=EVENING)


@pytest.fixture
def of_age(ana):
    ana.date_of_birth = NOW.date().replace(year=1990)
    ana.save()
    return ana


def sent():
    """The one mail that is sent now."""
    mail.outbox.clear()
    assert mail_queue.send_due() == 1
    return mail.outbox[0]


def dropped():
    """Nothing is sent, and nothing will be."""
    mail.outbox.clear()
    assert mail_queue.send_due() == 0
    assert not Mail.objects.filter(state="due").exists()
    return mail.outbox == [] and Mail.objects.latest("pk").state == "dropped"


def attachments(message):
    """{name: (content type with its parameters, bytes)} as whoever gets it reads it."""
    read = email.message_from_bytes(message.message().as_bytes(), policy=policy.default)
    return {
        part.get_filename(): (part["Content-Type"], part.get_payload(decode=True)) for part in read.iter_attachments()
    }


def entry(content):
    """(METHOD, the event) of an .ics, after a mail's line ends."""
    calendar = icalendar.Calendar.from_ical(content)
    (event,) = calendar.events
    return calendar["METHOD"], event


def assert_says_the_same(message):
    text = " ".join(message.body.split()).casefold()
    seen = Words(html_of(message))
    for words in seen.said:
        assert words.strip("· ").casefold() in text
    for link in seen.links:
        assert link in message.body
    assert "<Dust>" not in html_of(message)
    assert "&lt;" not in message.body


# --- Tickets ---


def test_tickets_with_paper_and_calendar(of_age, session):
    purchase = purchases.buy(session.pk, of_age, seats=["A1", "B2"])
    message = sent()
    assert (message.subject, message.to) == ("Your tickets: Dune & <Dust>, Friday 20 November, 20:40", [of_age.email])
    assert "List-Unsubscribe" not in message.extra_headers
    first, second = purchase.tickets.order_by("seat__line")
    lines = [line for line in message.body.splitlines() if line]
    assert lines == [
        "Your tickets: Dune & <Dust>, Friday 20 November, 20:40",
        "Friday 20 November 2026, 20:40 to 22:35",
        "Room 2, Great Hall",
        "From 12 years",
        f"Seat A1, ticket {ticket_codes.format_code(first.code)}",
        f"{SITE}/tickets/{first.code}/",
        f"Seat B2, ticket {ticket_codes.format_code(second.code)}",
        f"{SITE}/tickets/{second.code}/",
        SHOW_IT,
        f"Show your tickets: {SITE}/purchases/{purchase.pk}/",
        "Marquee Cinema",
        SITE,
        "You get this because it is about your tickets or seats.",
    ]
    assert_says_the_same(message)
    files = attachments(message)
    assert list(files) == [f"tickets-{purchase.pk}.pdf", "ticket-A1.ics", "ticket-B2.ics"]
    kind, sheet = files[f"tickets-{purchase.pk}.pdf"]
    (page,) = pypdf.PdfReader(BytesIO(sheet)).pages
    assert kind.startswith("application/pdf")
    assert all(ticket_codes.format_code(one.code) in page.extract_text() for one in (first, second))
    for ticket in (first, second):
        kind, content = files[f"ticket-{ticket.seat.label}.ics"]
        assert kind.startswith("text/calendar")
        assert (kind.params["method"], kind.params["charset"]) == ("PUBLISH", "utf-8")
        method, event = entry(content)
        assert (method, event["SEQUENCE"], event["STATUS"]) == ("PUBLISH", 0, "CONFIRMED")
        assert event["UID"] == f"ticket-{ticket.pk}@cinema.example"
        assert event["DTSTART"].dt == EVENING
        assert f"seat {ticket.seat.label}" in event["LOCATION"]


def test_one_ticket_is_not_many(of_age, session):
    hold = holds.hold(session.pk, of_age, seats=["C3"])
    Ticket.objects.update(held_until=NOW + timedelta(days=9999))  # holds go by the database's clock
    purchase = holds.confirm(hold.pk, of_age)
    message = sent()
    assert message.subject == "Your ticket: Dune & <Dust>, Friday 20 November, 20:40"
    assert list(attachments(message)) == [f"tickets-{purchase.pk}.pdf", "ticket-C3.ics"]


def test_what_was_given_back_meanwhile_is_said_and_not_sent(of_age, session):
    purchase = purchases.buy(session.pk, of_age, seats=["A1", "A2"])
    purchases.cancel(purchase.tickets.get(seat__number=1).pk, of_age)
    message = sent()
    assert message.subject.startswith("Your ticket: ")
    assert "Cancelled since: A1" in message.body
    assert list(attachments(message)) == [f"tickets-{purchase.pk}.pdf", "ticket-A2.ics"]
    assert_says_the_same(message)


def test_tickets_that_were_all_given_back_are_not_sent(of_age, session):
    purchase = purchases.buy(session.pk, of_age, seats=["A1"])
    purchases.cancel(purchase.tickets.get().pk, of_age)
    assert dropped()


def test_tickets_of_what_is_over_are_not_sent(of_age, session):
    with time_machine.travel(EVENING - timedelta(hours=1), tick=False):
        purchases.buy(session.pk, of_age, seats=["A1"])
    with time_machine.travel(session.ends_at, tick=False):
        assert dropped()


def test_tickets_say_when_it_is_by_now(of_age, session):
    purchases.buy(session.pk, of_age, seats=["A1"])
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=1)})
    mail_queue.send_due()
    assert [message.subject for message in mail.outbox] == [
        "Your ticket: Dune & <Dust>, Friday 20 November, 21:40",
        "Dune & <Dust> was moved: now Friday 20 November, 21:40",
    ]
    _, event = entry(attachments(mail.outbox[0])["ticket-A1.ics"][1])
    assert (event["SEQUENCE"], event["DTSTART"].dt) == (1, EVENING + timedelta(hours=1))


def test_purchases_that_are_gone(ana):
    notify([ana], tickets_bought.KIND, "purchase 999999", "Your tickets", "/tickets/")
    assert dropped()


def test_people_in_all_scripts(of_age, session):
    session.movie.title = "風の谷のナウシカ"
    session.movie.save()
    purchase = purchases.buy(session.pk, of_age, seats=["A1"])
    message = sent()
    files = attachments(message)
    assert "ナウシカ" in message.subject
    assert entry(files["ticket-A1.ics"][1])[1]["SUMMARY"] == "風の谷のナウシカ"
    assert files[f"tickets-{purchase.pk}.pdf"][1].startswith(b"%PDF")


# --- Moved, cancelled ---


def test_a_move_brings_the_calendar_up_to_date(ana, session):
    ticket = TicketFactory(session=session, user=ana)
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(days=1)})
    message = sent()
    assert message.subject == "Dune & <Dust> was moved: now Saturday 21 November, 20:40"
    assert "Before: Friday 20 November, 20:40 to 22:35, Room 2, Great Hall." in message.body
    assert "List-Unsubscribe" not in message.extra_headers
    kind, content = attachments(message)["ticket-A1.ics"]
    method, event = entry(content)
    assert (kind.params["method"], method) == ("PUBLISH", "PUBLISH")
    assert (event["UID"], event["SEQUENCE"]) == (f"ticket-{ticket.pk}@cinema.example", 1)
    assert event["DTSTART"].dt == EVENING + timedelta(days=1)
    assert_says_the_same(message)


def test_only_the_last_of_several_moves_is_mailed(ana, session):
    TicketFactory(session=session, user=ana)
    for hours in (1, 2, 3):
        scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=hours)})
    assert sent().subject == "Dune & <Dust> was moved: now Friday 20 November, 23:40"
    assert sorted(Mail.objects.values_list("state", flat=True)) == ["dropped", "dropped", "sent"]


def test_a_move_is_no_news_to_whoever_gave_the_ticket_back(ana, session):
    ticket = TicketFactory(session=session, user=ana)
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(days=1)})
    purchases.cancel(ticket.pk, ana)
    assert dropped()


def test_a_cancelled_session_takes_its_entries_out_of_calendars(ana, session, manager):
    before = TicketFactory(session=session, user=ana)
    purchases.cancel(before.pk, ana)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        tickets = [TicketFactory(session=session, user=ana) for _ in range(2)]
        scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(days=1)})
        removal.remove_session(session.pk, manager, cancel_tickets=True)
        message = sent()
    assert message.subject == "Cancelled: Dune & <Dust>, Saturday 21 November, 20:40"
    assert "Open the attached files to take them out of your calendar." in message.body
    files = attachments(message)
    assert list(files) == ["ticket-A1.ics", "ticket-A2.ics"]
    for ticket in tickets:
        kind, content = files[f"ticket-{ticket.seat.label}.ics"]
        method, event = entry(content)
        assert (kind.params["method"], method, event["STATUS"]) == ("CANCEL", "CANCEL", "CANCELLED")
        assert event["UID"] == f"ticket-{ticket.pk}@cinema.example"
        assert event["SEQUENCE"] == 3  # bought at 0, moved, the session cancelled, and the ticket
    assert f"{SITE}/tickets/?when=cancelled" in message.body
    assert_says_the_same(message)


def test_whoever_waited_has_no_entry(ana, session, manager):
    WaitingFactory(session=session, user=ana)
    removal.remove_session(session.pk, manager)
    assert not MovieSession.objects.exists()
    message = sent()
    assert message.subject == "Cancelled: Dune & <Dust>, Friday 20 November, 20:40"
    assert attachments(message) == {}
    assert "calendar" not in message.body


def test_a_ticket_that_the_cinema_cancels(ana, session, manager):
    ticket = TicketFactory(session=session, user=ana)
    purchases.cancel(ticket.pk, manager)
    message = sent()
    assert message.subject == "Your ticket was cancelled: Dune & <Dust>, Friday 20 November, 20:40"
    kind, content = attachments(message)["ticket-A1.ics"]
    method, event = entry(content)
    assert (kind.params["method"], method, event["SEQUENCE"]) == ("CANCEL", "CANCEL", 1)
    assert "Open the attached file to take it out of your calendar." in message.body
    assert_says_the_same(message)


# --- A film is on, a seat is free ---


def test_a_film_is_on_with_its_first_sessions(ana, session):
    WatchlistItemFactory(movie=session.movie, user=ana)
    starts = [EVENING + timedelta(days=days, hours=hours) for days in (1, 9) for hours in (-6, 0)]
    room = RoomFactory()
    MovieSession.objects.all().delete()
    rows = [{"movie": session.movie, "room": room, "starts_at": start} for start in starts]
    scheduling.schedule_many(rows)
    SessionFactory(movie=session.movie, published=False)
    message = sent()
    assert message.subject == "Dune & <Dust> is on the programme: Saturday 21 November, 14:40"
    assert "Saturday 21 November: 14:40, 20:40" in message.body
    assert "Sunday 29 November: 14:40, 20:40" in message.body
    assert f"See when it runs: {SITE}/movies/{session.movie_id}-dune-dust/" in message.body
    assert "List-Unsubscribe" in message.extra_headers
    assert_says_the_same(message)


def test_a_film_that_is_off_again_is_no_news(ana, session, manager):
    WatchlistItemFactory(movie=session.movie, user=ana)
    notify_sessions_added([session])
    removal.remove_session(session.pk, manager)
    assert dropped()


@pytest.mark.parametrize(("wish", "mails"), [({}, 1), ({"email_notices": False}, 0), ({"notice_rhythm": "daily"}, 0)])
def test_news_of_films_obey_and_tickets_do_not(of_age, session, wish, mails):
    chosen = {"theme": "dark", "email_notices": True, "notice_rhythm": "at_once"} | wish
    preferences.change_preferences(of_age, **chosen)
    WatchlistItemFactory(movie=session.movie, user=of_age)
    notify_sessions_added([session])
    assert mail_queue.send_due() == mails
    purchases.buy(session.pk, of_age, seats=["A1"])
    assert sent().subject.startswith("Your ticket")
    assert Notification.objects.filter(user=of_age).count() == 2


def test_the_digest_has_the_film(of_age, session):
    preferences.change_preferences(of_age, theme="dark", email_notices=True, notice_rhythm="daily")
    WatchlistItemFactory(movie=session.movie, user=of_age)
    notify_sessions_added([session])
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert digests.plan_digests() == 1
        assert sent().subject == "Dune & <Dust> is on the programme: Friday 20 November, 20:40"


@pytest.fixture
def offer(ana, session):
    """Told, with what it is about."""
    until = NOW + timedelta(minutes=15, microseconds=123)
    held = HeldTicketFactory(user=ana, session=session, held_until=until)
    waiting = WaitingFactory(user=ana, session=session, offer=held.purchase, offer_ends_at=until)
    notify_offer(ana, session, ["A1"], until)
    return waiting


def test_an_offer_is_mailed_while_it_stands(offer, session):
    message = sent()
    assert message.subject == "A seat is free for you: Dune & <Dust>, Friday 20 November, 20:40"
    assert f"Take the seat: {SITE}/sessions/{session.pk}/" in message.body
    assert_says_the_same(message)


def test_an_offer_that_is_over_is_not_mailed(offer):
    with time_machine.travel(NOW + timedelta(minutes=16), tick=False):
        assert dropped()


def test_an_offer_that_was_taken_is_not_mailed(offer):
    Waiting.objects.update(ended_at=NOW, outcome="taken")
    assert dropped()


# --- How was it? ---


@pytest.fixture
def asked(ana, session):
    notify([ana], how_was_it.KIND, f"session {session.pk}", "How was it?", f"/how-was-it/{session.movie_id}/")
    return session.movie


def test_ten_links_that_carry_the_number(asked):
    message = sent()
    links = [f"{SITE}/how-was-it/{asked.pk}/?rating={rating}" for rating in range(1, 11)]
    assert [link for link in Words(html_of(message)).links if "?rating=" in link] == links
    for rating, link in enumerate(links, start=1):
        assert f"\n{rating}: {link}\n" in message.body
    assert "List-Unsubscribe" in message.extra_headers
    assert_says_the_same(message)


def test_whoever_rated_meanwhile_is_not_asked(asked, ana):
    ratings.put(ana, asked, 7)
    assert dropped()


# --- Once ---


def test_a_worker_that_dies_before_its_commit_makes_the_same_mail_again(of_age, session, tmp_path, monkeypatch):
    """One file, however often it is made; with everything that is attached."""
    purchase = purchases.buy(session.pk, of_age, seats=["A1"])

    class Died(BaseException):
        """Nothing in the code catches it: as kill -9, seen from the database."""

    def die(*_):
        raise Died

    files = {"EMAIL_BACKEND": "common.files.mails.EmailBackend", "EMAIL_FILE_PATH": str(tmp_path)}
    with override_settings(**files):
        monkeypatch.setattr(mail_queue, "_finish", die)
        with pytest.raises(Died):
            mail_queue.send_due()
        monkeypatch.undo()
        assert Mail.objects.get().state == "due"
        assert mail_queue.send_due() == 1
        assert mail_queue.send_due() == 0
    (file,) = tmp_path.glob("*.eml")
    read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert read["Subject"] == "Your ticket: Dune & <Dust>, Friday 20 November, 20:40"
    names = [part.get_filename() for part in read.iter_attachments()]
    assert names == [f"tickets-{purchase.pk}.pdf", "ticket-A1.ics"]


def test_questions_do_not_grow_with_the_tickets(of_age, django_assert_max_num_queries):
    session = SessionFactory(room=RoomFactory(plan__rows=3))
    for seats in (["A1"], ["B1", "B2", "B3"]):
        purchases.buy(session.pk, of_age, seats=seats)
        assert Ticket.objects.filter(seat__row=seats[0][0]).count() == len(seats)
        # As for each mail (see accounts/tests/notifications/test_mail.py), and the purchase with its tickets.
        with django_assert_max_num_queries(8 + 4 + 2):
            assert mail_queue.send_due() == 1
