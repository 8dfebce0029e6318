"""The bell, the page of notifications, and unsubscribing."""

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
    ("unread", "label"),
    [(0, 'aria-label="Notifications"'), (1, "Notifications, 1 unread"), (100, "Notifications, 99+ unread")],
)
def test_the_bell_shows_the_number_of_unread_notifications(signed_in, person, unread, label):
    NotificationFactory(user=person, read_at=timezone.now())
    NotificationFactory()
    for _ in range(unread):
        NotificationFactory(user=person)
    assert label in html(signed_in.get("/"))


def test_visitors_have_no_bell(client):
    assert 'id="bell"' not in html(client.get("/"))


def test_the_bell_makes_one_query_for_signed_in_users_only(client, person, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get("/nowhere/")
    client.force_login(person)
    for _ in range(2):
        with django_assert_num_queries(3):  # session, person, the bell
            client.get("/account/preferences/")
        NotificationFactory(user=person)


# --- The page ---


def test_notifications_are_grouped_by_day_the_newest_first(signed_in, person, settings):
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


def test_an_empty_page(signed_in):
    page = html(signed_in.get(PAGE))
    assert "No notifications yet" in page
    assert "Mark all as read" not in page
    assert "and about your films once you" not in page


def test_users_with_an_unconfirmed_address_see_a_hint(client, signed_in, person):
    NotificationFactory(user=person)
    assert "and about your films once you" in html(signed_in.get(PAGE))
    reached = ConfirmedUserFactory()
    NotificationFactory(user=reached)
    client.force_login(reached)
    assert "and about your films once you" not in html(client.get(PAGE))


def test_pages_of_thirty(signed_in, person):
    for _ in range(31):
        NotificationFactory(user=person)
    assert len(signed_in.get(PAGE).context["page"]) == 30
    assert len(signed_in.get(PAGE, {"page": "2"}).context["page"]) == 1
    assert len(signed_in.get(PAGE, {"page": "many\0"}).context["page"]) == 30


def test_following_a_notification_marks_it_as_read(signed_in, person):
    notification = NotificationFactory(user=person, link="/movies/?query=alien")
    assert f'href="/notifications/{notification.pk}/"' in html(signed_in.get(PAGE))
    for _ in range(2):
        assert signed_in.get(f"{PAGE}{notification.pk}/")["Location"] == "/movies/?query=alien"
    notification.refresh_from_db()
    assert notification.read_at is not None


def test_marking_as_read_and_unread(signed_in, person):
    notification = NotificationFactory(user=person)
    for word, read in (("yes", True), ("no", False), ("", True)):
        answer = signed_in.post(f"{PAGE}{notification.pk}/read/", {"read": word, "next": f"{PAGE}?page=1"})
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?page=1")
        notification.refresh_from_db()
        assert (notification.read_at is not None) is read
    assert signed_in.post(f"{PAGE}{notification.pk}/read/", {"next": "https://elsewhere.example/"})["Location"] == PAGE


def test_another_users_notification_is_404(signed_in):
    notification = NotificationFactory()
    assert signed_in.get(f"{PAGE}{notification.pk}/").status_code == 404
    assert signed_in.post(f"{PAGE}{notification.pk}/read/").status_code == 404
    notification.refresh_from_db()
    assert notification.read_at is None


def test_a_notification_deleted_at_this_moment_is_404(signed_in, person, monkeypatch):
    def gone(notification):
        raise Notification.DoesNotExist

    monkeypatch.setattr(read_marks, "mark_read", gone)
    notification = NotificationFactory(user=person)
    assert signed_in.post(f"{PAGE}{notification.pk}/read/").status_code == 404
    assert signed_in.get(f"{PAGE}{notification.pk}/").status_code == 404


def test_marking_all_leaves_later_ones_unread(signed_in, person):
    NotificationFactory(user=person)
    page = signed_in.get(PAGE)
    later = NotificationFactory(user=person)
    answer = signed_in.post(f"{PAGE}read-all/", {"up_to": page.context["newest"]}, follow=True)
    assert "All notifications are marked as read." in html(answer)
    assert [notification.pk for notification in Notification.objects.filter(read_at=None)] == [later.pk]


@pytest.mark.parametrize("up_to", ["", "x", "-1", "٣", "9" * 30, "1\0"])
def test_an_invalid_up_to_marks_all(signed_in, person, up_to):
    NotificationFactory(user=person)
    assert signed_in.post(f"{PAGE}read-all/", {"up_to": up_to}).status_code == 302
    assert not Notification.objects.filter(read_at=None).exists()
    assert "You have no unread notifications." in html(signed_in.post(f"{PAGE}read-all/", follow=True))


def test_the_number_of_queries_does_not_grow_with_the_list(client, person, django_assert_num_queries):
    client.force_login(person)
    for _ in range(2):
        NotificationFactory(user=person)
        with django_assert_num_queries(6):  # session, person, how many, which, the address, the bell
            client.get(PAGE)
        NotificationFactory(user=person)


# --- Preferences ---


def test_the_rhythm_is_stored(signed_in, person):
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
def test_an_unknown_rhythm_is_refused(signed_in, person, rhythm):
    response = signed_in.post("/account/preferences/", {"theme": "dark", "notice_rhythm": rhythm})
    assert response.context["form"].errors["notice_rhythm"]
    person.refresh_from_db()
    assert (person.theme, person.notice_rhythm) == ("system", "at_once")


def test_turning_mails_off_drops_the_due_ones(signed_in, person):
    person.emailaddress_set.update(verified=True)
    notify([person], FILM_ADDED, "session 1", "Alien is on", "/")
    signed_in.post("/account/preferences/", {"theme": "dark"})
    assert Mail.objects.get().state == "dropped"


# --- Unsubscribing ---


@pytest.fixture
def reader():
    return ConfirmedUserFactory()


@pytest.fixture
def unsubscribe_path(reader, settings):
    """The path of the unsubscribe link, which is in a mail's header and footer."""
    notify([reader], FILM_ADDED, "session 1", "Alien is on", "/")
    mail_queue.send_due()
    (message,) = mail.outbox
    address = message.extra_headers["List-Unsubscribe"].strip("<>")
    assert f"Unsubscribe: {address}\n" in message.body
    return address.removeprefix(settings.PUBLIC_URL)


def wants_mails(user):
    user.refresh_from_db()
    return user.email_notices


def test_opening_the_link_changes_nothing(client, reader, unsubscribe_path):
    page = client.get(unsubscribe_path)
    assert (page.status_code, page["Cache-Control"]) == (200, "private, no-store")
    assert "Unsubscribe" in html(page)
    assert client.head(unsubscribe_path).status_code == 200
    assert wants_mails(reader)


def test_the_button_unsubscribes_without_a_sign_in(client, reader, unsubscribe_path):
    for _ in range(2):
        page = client.post(unsubscribe_path)
        assert page.status_code == 200
        assert "You're unsubscribed" in html(page)
        assert not wants_mails(reader)


def test_a_mail_program_unsubscribes_in_one_click(reader, unsubscribe_path):
    """RFC 8058: without a cookie or a token, from any origin."""
    program = Client(enforce_csrf_checks=True, headers={"Origin": "https://mail.example"})
    answer = program.post(
        unsubscribe_path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not wants_mails(reader)


def test_the_link_is_for_its_user_whoever_is_signed_in(signed_in, person, reader, unsubscribe_path):
    signed_in.post(unsubscribe_path)
    assert not wants_mails(reader)
    assert wants_mails(person)


def test_tampered_links_are_404(client, reader, unsubscribe_path):
    other = UserFactory()
    token = unsubscribe_path.rstrip("/").rpartition("/")[2]
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


def test_the_link_of_a_deleted_user_is_404(client, reader, unsubscribe_path):
    reader.delete()
    assert client.post(unsubscribe_path).status_code == 404


def test_mails_about_tickets_are_still_sent(client, reader, unsubscribe_path):
    client.post(unsubscribe_path)
    mail.outbox.clear()
    for kind in KINDS:
        notify([reader], kind, "another", kind.value, "/")
    mail_queue.send_due()
    assert {message.subject for message in mail.outbox} == {
        "session_cancelled",
        "tickets_bought",
        "seat_offered",
    }
