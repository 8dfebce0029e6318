"""The mail of a purchase."""

import email
from datetime import timedelta
from email import policy
from io import BytesIO

import pypdf
import pytest
import time_machine
from django.core import mail
from django.test.utils import override_settings

from accounts.models import Mail
from accounts.notifications import mail_queue
from accounts.notifications.notify import notify
from cinema.box_office import holds, purchases
from cinema.core import ticket_codes
from cinema.models import Ticket
from cinema.notifications import tickets_bought
from cinema.programme import scheduling
from cinema.tests.factories import RoomFactory, SessionFactory
from cinema.tests.notifications.helpers import (
    EVENING,
    NOW,
    SITE,
    assert_same_content,
    is_dropped,
    read_attachments,
    read_event,
    send_one,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon_in_berlin")]


ATTACHED = (
    "Show the code at the entrance, on your phone or on paper. Tickets to print and an entry for your calendar are "
    "attached."
)


@pytest.fixture
def session(session_with_markup):
    return session_with_markup


def test_the_mail_has_the_tickets_as_pdf_and_a_calendar_file(of_age, session):
    purchase = purchases.buy(session.pk, of_age, seats=["A1", "B2"])
    message = send_one()
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
        ATTACHED,
        f"Show your tickets: {SITE}/purchases/{purchase.pk}/",
        "Marquee Cinema",
        SITE,
        "You get this mail because it is about your tickets or seats.",
    ]
    assert_same_content(message)
    files = read_attachments(message)
    assert list(files) == [f"tickets-{purchase.pk}.pdf", f"visit-{session.pk}.ics"]
    kind, sheet = files[f"tickets-{purchase.pk}.pdf"]
    (page,) = pypdf.PdfReader(BytesIO(sheet)).pages
    assert kind.startswith("application/pdf")
    assert all(ticket_codes.format_code(one.code) in page.extract_text() for one in (first, second))
    kind, content = files[f"visit-{session.pk}.ics"]
    assert kind.startswith("text/calendar")
    assert (kind.params["method"], kind.params["charset"]) == ("PUBLISH", "utf-8")
    method, event = read_event(content)
    assert (method, event["SEQUENCE"], event["STATUS"]) == ("PUBLISH", 0, "CONFIRMED")
    assert event["UID"] == f"visit-{session.pk}-{of_age.pk}@cinema.example"
    assert event["DTSTART"].dt == EVENING
    assert event["LOCATION"].endswith("seats A1 and B2")


def test_the_mail_of_one_ticket(of_age, session):
    hold = holds.hold(session.pk, of_age, seats=["C3"])
    Ticket.objects.update(held_until=NOW + timedelta(days=9999))  # holds go by the database's clock
    purchase = holds.confirm(hold.pk, of_age)
    message = send_one()
    assert message.subject == "Your ticket: Dune & <Dust>, Friday 20 November, 20:40"
    assert list(read_attachments(message)) == [f"tickets-{purchase.pk}.pdf", f"visit-{session.pk}.ics"]


def test_the_mail_names_the_kind_of_place(of_age, session):
    session.room.seats.filter(row="A", number=1).update(kind="wheelchair")
    purchases.buy(session.pk, of_age, seats=["A1", "A2"], special_seats_confirmed=True)
    message = send_one()
    assert "\nWheelchair place A1, ticket " in message.body
    assert "\nSeat A2, ticket " in message.body
    assert_same_content(message)


def test_tickets_cancelled_since_are_named_and_not_attached(of_age, session):
    purchase = purchases.buy(session.pk, of_age, seats=["A1", "A2"])
    purchases.cancel(purchase.tickets.get(seat__number=1).pk, of_age)
    message = send_one()
    assert message.subject.startswith("Your ticket: ")
    assert "Cancelled since: seat A1" in message.body
    assert list(read_attachments(message)) == [f"tickets-{purchase.pk}.pdf", f"visit-{session.pk}.ics"]
    assert_same_content(message)


def test_without_a_valid_ticket_no_mail_is_sent(of_age, session):
    purchase = purchases.buy(session.pk, of_age, seats=["A1"])
    purchases.cancel(purchase.tickets.get().pk, of_age)
    assert is_dropped()


def test_after_the_session_no_mail_is_sent(of_age, session):
    with time_machine.travel(EVENING - timedelta(hours=1), tick=False):
        purchases.buy(session.pk, of_age, seats=["A1"])
    with time_machine.travel(session.ends_at, tick=False):
        assert is_dropped()


def test_the_mail_has_the_current_time_of_the_session(of_age, session):
    purchases.buy(session.pk, of_age, seats=["A1"])
    scheduling.change_session(session.pk, {"starts_at": EVENING + timedelta(hours=1)})
    mail_queue.send_due()
    assert [message.subject for message in mail.outbox] == [
        "Your ticket: Dune & <Dust>, Friday 20 November, 21:40",
        "Dune & <Dust> was moved: now Friday 20 November, 21:40",
    ]
    _, event = read_event(read_attachments(mail.outbox[0])[f"visit-{session.pk}.ics"][1])
    assert (event["SEQUENCE"], event["DTSTART"].dt) == (1, EVENING + timedelta(hours=1))


def test_a_deleted_purchase_sends_no_mail(ana):
    notify([ana], tickets_bought.KIND, "purchase 999999", "Your tickets", "/tickets/")
    assert is_dropped()


def test_titles_in_other_scripts(of_age, session):
    session.movie.title = "風の谷のナウシカ"
    session.movie.save()
    purchase = purchases.buy(session.pk, of_age, seats=["A1"])
    message = send_one()
    files = read_attachments(message)
    assert "ナウシカ" in message.subject
    assert read_event(files[f"visit-{session.pk}.ics"][1])[1]["SUMMARY"] == "風の谷のナウシカ"
    assert files[f"tickets-{purchase.pk}.pdf"][1].startswith(b"%PDF")


def test_after_a_crash_before_the_commit_the_same_mail_is_made_again(of_age, session, tmp_path, monkeypatch):
    """The file backend keeps one file, with all attachments."""
    purchase = purchases.buy(session.pk, of_age, seats=["A1"])

    class Died(BaseException):
        """Raised like kill -9: no code catches it."""

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
    assert names == [f"tickets-{purchase.pk}.pdf", f"visit-{session.pk}.ics"]


def test_the_number_of_queries_does_not_grow_with_the_tickets(of_age, django_assert_max_num_queries):
    session = SessionFactory(room=RoomFactory(plan__rows=3))
    for seats in (["A1"], ["B1", "B2", "B3"]):
        purchases.buy(session.pk, of_age, seats=seats)
        assert Ticket.objects.filter(seat__row=seats[0][0]).count() == len(seats)
        # As for each mail (see accounts/tests/notifications/test_mail_queue.py), whether the address is confirmed (for
        # the limit and for the text), with purchase, tickets and visit.
        with django_assert_max_num_queries(8 + 4 + 3 + 2):
            assert mail_queue.send_due() == 1
