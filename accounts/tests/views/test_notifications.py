"""The bell, the page of notifications, and the way out of the mails."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, Notification
from accounts.notifications import mail_queue, read_marks, unsubscribe_links
from accounts.notifications.notify import notify
from accounts.tests.factories import ConfirmedUserFactory, NotificationFactory, UserFactory
from accounts.tests.kinds import FILM_ADDED, KINDS

pytestmark = pytest.mark.django_db
PAGE = "/notifications/"


def html(response):
    return response.content.decode()


# --- The bell ---


@pytest.mark.parametrize(
    ("unread", "said"),
    [(0, 'aria-label="Notifications"'), (1, "Notifications, 1 unread"), (100, "Notifications, 99+ unread")],
)
def test_the_bell_counts(signed_in, person, unread, said):
    NotificationFactory(user=person, read_at=timezone.now())
    NotificationFactory()
    for _ in range(unread):
        NotificationFactory(user=person)
    assert said in html(signed_in.get("/"))


def test_visitors_have_none(client):
    assert 'id="bell"' not in html(client.get("/"))


def test_the_bell_asks_one_question_and_only_for_those_who_have_one(client, person, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/nowhere/")
    client.force_login(person)
    for _ in range(2):
        with django_assert_num_queries(3):  # session, person, the bell
            client.get("/account/preferences/")
        NotificationFactory(user=person)


# --- The page ---


def test_by_day_the_newest_first(signed_in, person, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    settings.CINEMA_TIME_ZONE = "Europe/Berlin"
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    NotificationFactory(user=person, text="First <b>\nRow A", created_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    NotificationFactory(user=person, text="Second", created_at=late, read_at=late)
    NotificationFactory(text="Not yours")
    page = html(signed_in.get(PAGE))
    order = [
        page.index(words)
        for words in ("Monday, 2 March 2026", "00:30", ">Second<", "Sunday, 1 March 2026", ">First &lt;b&gt;<", "Row A")
    ]
    assert order == sorted(order)
    assert "Not yours" not in page
    assert page.count("<strong>Unread</strong>") == 1


def test_nothing_yet(signed_in):
    page = html(signed_in.get(PAGE))
    assert "Nothing yet" in page
    assert "Mark all as read" not in page
    assert "confirmed addresses only" not in page


def test_whom_mails_do_not_reach_is_told_so(client, signed_in, person):
    NotificationFactory(user=person)
    assert "confirmed addresses only" in html(signed_in.get(PAGE))
    reached = ConfirmedUserFactory()
    NotificationFactory(user=reached)
    client.force_login(reached)
    assert "confirmed addresses only" not in html(client.get(PAGE))


def test_pages_of_thirty(signed_in, person):
    for _ in range(31):
        NotificationFactory(user=person)
    assert len(signed_in.get(PAGE).context["page"]) == 30
    assert len(signed_in.get(PAGE, {"page": "2"}).context["page"]) == 1
    assert len(signed_in.get(PAGE, {"page": "many\0"}).context["page"]) == 30


def test_each_leads_on_and_is_read_then(signed_in, person):
    told = NotificationFactory(user=person, link="/movies/?query=alien")
    assert f'href="/notifications/{told.pk}/"' in html(signed_in.get(PAGE))
    for _ in range(2):
        assert signed_in.get(f"{PAGE}{told.pk}/")["Location"] == "/movies/?query=alien"
    told.refresh_from_db()
    assert told.read_at is not None


def test_read_and_unread_again(signed_in, person):
    told = NotificationFactory(user=person)
    for word, read in (("yes", True), ("no", False), ("", True)):
        answer = signed_in.post(f"{PAGE}{told.pk}/read/", {"read": word, "next": f"{PAGE}?page=1"})
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?page=1")
        told.refresh_from_db()
        assert (told.read_at is not None) is read
    assert signed_in.post(f"{PAGE}{told.pk}/read/", {"next": "https://elsewhere.example/"})["Location"] == PAGE


def test_somebody_elses_is_not_there(signed_in):
    told = NotificationFactory()
    assert signed_in.get(f"{PAGE}{told.pk}/").status_code == 404
    assert signed_in.post(f"{PAGE}{told.pk}/read/").status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


def test_gone_in_this_moment(signed_in, person, monkeypatch):
    def gone(notification):
        raise Notification.DoesNotExist

    monkeypatch.setattr(read_marks, "mark_read", gone)
    told = NotificationFactory(user=person)
    assert signed_in.post(f"{PAGE}{told.pk}/read/").status_code == 404
    assert signed_in.get(f"{PAGE}{told.pk}/").status_code == 404


def test_all_that_the_page_knew_of(signed_in, person):
    NotificationFactory(user=person)
    page = signed_in.get(PAGE)
    later = NotificationFactory(user=person)
    answer = signed_in.post(f"{PAGE}read-all/", {"up_to": page.context["newest"]}, follow=True)
    assert "All of them are read." in html(answer)
    assert [told.pk for told in Notification.objects.filter(read_at=None)] == [later.pk]


@pytest.mark.parametrize("up_to", ["", "x", "-1", "٣", "9" * 30, "1\0"])
def test_up_to_nothing_known_is_all(signed_in, person, up_to):
    NotificationFactory(user=person)
    assert signed_in.post(f"{PAGE}read-all/", {"up_to": up_to}).status_code == 302
    assert not Notification.objects.filter(read_at=None).exists()
    assert "There was nothing unread." in html(signed_in.post(f"{PAGE}read-all/", follow=True))


def test_the_page_asks_the_same_for_one_and_for_three(client, person, django_assert_num_queries):
    client.force_login(person)
    for _ in range(2):
        NotificationFactory(user=person)
        with django_assert_num_queries(6):  # session, person, how many, which, the address, the bell
            client.get(PAGE)
        NotificationFactory(user=person)


# --- Preferences ---


def test_the_rhythm_is_kept(signed_in, person):
    signed_in.post("/account/preferences/", {"theme": "dark", "email_notices": "on", "notice_rhythm": "daily"})
    person.refresh_from_db()
    assert (person.email_notices, person.notice_rhythm) == (True, "daily")
    assert 'value="daily" id="id_notice_rhythm_1" checked' in " ".join(
        html(signed_in.get("/account/preferences/")).split()
    )
    signed_in.post("/account/preferences/", {"theme": "dark", "email_notices": "on"})
    person.refresh_from_db()
    assert person.notice_rhythm == "daily"


@pytest.mark.parametrize("rhythm", ["weekly", "daily\0", "x" * 10_000])
def test_no_other_rhythm(signed_in, person, rhythm):
    response = signed_in.post("/account/preferences/", {"theme": "dark", "notice_rhythm": rhythm})
    assert response.context["form"].errors["notice_rhythm"]
    person.refresh_from_db()
    assert (person.theme, person.notice_rhythm) == ("system", "at_once")


def test_no_more_mails_by_the_preferences_is_at_once(signed_in, person):
    person.emailaddress_set.update(verified=True)
    notify([person], FILM_ADDED, "session 1", "Alien is on", "/")
    signed_in.post("/account/preferences/", {"theme": "dark"})
    assert Mail.objects.get().state == "dropped"


# --- Unsubscribing ---


@pytest.fixture
def reader():
    return ConfirmedUserFactory()


@pytest.fixture
def way_out(reader, settings):
    """The path that stands in a mail, header and foot alike."""
    notify([reader], FILM_ADDED, "session 1", "Alien is on", "/")
    mail_queue.send_due()
    (message,) = mail.outbox
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert f"No more of these mails: {address}\n" in message.body
    return address.removeprefix(settings.PUBLIC_URL)


def wants_mails(user):
    user.refresh_from_db()
    return user.email_notices


def test_a_look_at_the_link_changes_nothing(client, reader, way_out):
    page = client.get(way_out)
    assert (page.status_code, page["Cache-Control"].split(",")[0]) == (200, "max-age=0")
    assert "Send me no more of these mails" in html(page)
    assert client.head(way_out).status_code == 200
    assert wants_mails(reader)


def test_the_button_does_it_without_signing_in(client, reader, way_out):
    for _ in range(2):
        page = client.post(way_out)
        assert page.status_code == 200
        assert "We send you no more news by email." in html(page)
        assert not wants_mails(reader)


def test_a_mail_program_does_it_in_one_click(reader, way_out):
    """RFC 8058: no cookie, no token, from anywhere."""
    program = Client(enforce_csrf_checks=True, headers={"Origin": "https://mail.example"})
    answer = program.post(way_out, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert not wants_mails(reader)


def test_it_is_for_this_person_whoever_is_signed_in(signed_in, person, reader, way_out):
    signed_in.post(way_out)
    assert not wants_mails(reader)
    assert wants_mails(person)


def test_tampered_and_foreign_links_are_not_there(client, reader, way_out):
    other = UserFactory()
    token = way_out.rstrip("/").rpartition("/")[2]
    forged = [
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        f"{other.pk}:{token.partition(':')[2]}",
        Signer().sign(str(reader.pk)),
        Signer(salt=unsubscribe_links.UNSUBSCRIBE_SALT).sign("x"),
        Signer(salt=unsubscribe_links.UNSUBSCRIBE_SALT).sign("9" * 30),
        str(reader.pk),
        "x" * 3000,
        "%00",
    ]
    for wrong in forged:
        address = f"/notifications/unsubscribe/{wrong}/"
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404), wrong
    assert wants_mails(reader)
    assert wants_mails(other)


def test_the_link_of_somebody_who_is_gone(client, reader, way_out):
    reader.delete()
    assert client.post(way_out).status_code == 404


def test_mails_about_tickets_still_come(client, reader, way_out):
    client.post(way_out)
    mail.outbox.clear()
    for kind in KINDS:
        notify([reader], kind, "another", kind.value, "/")
    mail_queue.send_due()
    assert {message.subject for message in mail.outbox} == {
        "session_cancelled",
        "tickets_bought",
        "seat_offered",
    }
