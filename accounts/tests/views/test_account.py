"""The pages of a signed-in user."""

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User, UserSession
from accounts.people import registration
from accounts.sign_in import tokens
from accounts.tests.conftest import PASSWORD
from accounts.tests.factories import ManagerFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"


def test_managers_are_advised_to_have_a_second_factor(client, signed_in):
    assert "Protect your sign-in" not in signed_in.get("/account/").content.decode()
    client.force_login(ManagerFactory())
    assert "Protect your sign-in" in client.get("/account/").content.decode()


# --- Preferences ---


def test_preferences_are_stored_and_the_theme_is_applied(signed_in, person):
    assert "data-theme" not in signed_in.get("/").content.decode()
    response = signed_in.post("/account/preferences/", {"theme": "light"}, follow=True)
    assert "Your preferences have been saved." in response.content.decode()
    assert '<html lang="en" data-theme="light">' in signed_in.get("/").content.decode()
    person.refresh_from_db()
    assert (person.theme, person.email_notices, person.role) == ("light", False, "customer")


@pytest.mark.parametrize("theme", ["", "pink", "light\0", "x" * 10_000])
def test_an_unknown_theme_is_refused(signed_in, person, theme):
    response = signed_in.post("/account/preferences/", {"theme": theme, "role": "manager"})
    assert response.context["form"].errors["theme"]
    person.refresh_from_db()
    assert (person.theme, person.role) == ("system", "customer")


# --- Email ---


def proved(client):
    """Changing the address requires the password first."""
    client.post("/account/confirm/", {"password": PASSWORD})


@pytest.mark.django_db(transaction=True)  # mails are sent after the commit
def test_an_address_changes_when_its_link_is_opened(signed_in, person, link):
    proved(signed_in)
    signed_in.post("/account/email/", {"action_add": "yes", "email": "new@example.org"})
    person.refresh_from_db()
    assert person.email == "ana@example.org"
    assert mail.outbox[-1].to == ["new@example.org"]
    signed_in.post(link("/account/email/confirm/"))
    person.refresh_from_db()
    assert person.email == "new@example.org"
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == (
        "Your email at Marquee Cinema was changed",
        ["ana@example.org"],
    )


def test_the_address_does_not_change_without_the_password(signed_in):
    response = signed_in.post("/account/email/", {"action_add": "yes", "email": "new@example.org"})
    assert response["Location"].startswith("/account/confirm/")
    assert mail.outbox == []


def test_an_address_that_was_taken_since_is_not_confirmed(signed_in, person, link):
    proved(signed_in)
    signed_in.post("/account/email/", {"action_add": "yes", "email": "new@example.org"})
    path = link("/account/email/confirm/")
    registration.register(username="bea", email="NEW@example.org", password=None, is_confirmed=True)
    response = signed_in.post(path)
    assert response.status_code == 200
    person.refresh_from_db()
    assert person.email == "ana@example.org"


def test_the_current_address_cannot_be_removed(signed_in, person):
    proved(signed_in)
    signed_in.post("/account/email/", {"action_add": "yes", "email": "new@example.org"})
    for email in ("ana@example.org", "new@example.org"):
        signed_in.post("/account/email/", {"action_remove": "yes", "email": email})
    person.refresh_from_db()
    assert person.email == "ana@example.org"
    assert [address.email for address in person.emailaddress_set.all()] == ["ana@example.org"]


def test_the_link_can_be_sent_again(signed_in, link):
    proved(signed_in)
    signed_in.get("/account/email/")
    signed_in.post("/account/email/", {"action_send": "yes", "email": "ana@example.org"})
    signed_in.post(link("/account/email/confirm/"))
    assert "(confirmed)" in signed_in.get("/account/").content.decode()


@pytest.mark.parametrize("email", ["", "nobody", "a\0@example.org", "ana@example.org"])
def test_invalid_addresses_are_refused(signed_in, email):
    proved(signed_in)
    response = signed_in.post("/account/email/", {"action_add": "yes", "email": email})
    assert response.context["form"].errors["email"]
    assert mail.outbox == []


# --- Devices ---


def test_every_sign_in_is_listed_and_can_be_ended(client, signed_in, person):
    other = Client(headers={"User-Agent": CHROME})
    other.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    program = tokens.open_sign_in(person, user_agent="curl/8.5", ip="10.0.0.9").session
    over = tokens.open_sign_in(person).session
    tokens.revoke(over)
    page = signed_in.get("/account/sessions/")
    sign_ins = page.context["sign_ins"]
    assert [sign_in.current for sign_in in sign_ins] == [True, False, False]
    assert [sign_in.device for sign_in in sign_ins[1:]] == ["Chrome on Windows", "curl (API)"]
    signed_in.post("/account/sessions/end/", {"id": sign_ins[1].id})
    assert other.get("/account/").status_code == 302
    signed_in.post("/account/sessions/end/", {"id": f"api-{program.pk}"})
    assert not UserSession.objects.filter(revoked_at=None).exists()
    assert len(signed_in.get("/account/sessions/").context["sign_ins"]) == 1


def test_all_other_sign_ins_are_ended_at_once(signed_in, person):
    other = Client()
    other.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    tokens.open_sign_in(person)
    signed_in.post("/account/sessions/end/", {"others": "yes"})
    assert other.get("/account/").status_code == 302
    assert signed_in.get("/account/").status_code == 200
    assert Session.objects.count() == 1
    assert not UserSession.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("sign_in", ["", "site-", "site-x", "api-x", "site-99999999999999999999", "x-1", "site-1\0"])
def test_an_unknown_sign_in_is_404(signed_in, sign_in):
    assert signed_in.post("/account/sessions/end/", {"id": sign_in}).status_code == 404


def test_another_users_sign_in_is_404(client, signed_in):
    bea = registration.register(username="bea", email="bea@example.org", password=PASSWORD)
    theirs = Client()
    theirs.post("/account/sign-in/", {"login": "bea", "password": PASSWORD})
    sign_in = theirs.get("/account/sessions/").context["sign_ins"][0].id
    program = tokens.open_sign_in(bea).session
    assert signed_in.post("/account/sessions/end/", {"id": sign_in}).status_code == 404
    assert signed_in.post("/account/sessions/end/", {"id": f"api-{program.pk}"}).status_code == 404
    assert theirs.get("/account/").status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_sign_ins(signed_in, person, django_assert_num_queries):
    for _ in range(4):
        Client().post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
        tokens.open_sign_in(person)
    with django_assert_num_queries(6):
        signed_in.get("/account/sessions/")


def test_ended_sessions_are_not_listed(signed_in, person):
    other = Client()
    other.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    Session.objects.filter(session_key=other.session.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    assert len(signed_in.get("/account/sessions/").context["sign_ins"]) == 1


# --- Export ---


def test_the_export_is_complete_and_has_no_secret(signed_in, person):
    MovieFactory(title="Mine", owner=person, tmdb_id=None)
    MovieFactory(title="Theirs")
    pair = tokens.open_sign_in(person, user_agent="curl/8.5")
    signed_in.get("/account/email/")
    response = signed_in.post("/account/export/")
    assert response["Content-Disposition"] == 'attachment; filename="marquee-account.json"'
    assert "no-store" in response["Cache-Control"]
    text = response.content.decode()
    held = json.loads(text)
    assert set(held) == {
        "account",
        "account.emailaddress",
        "accounts.usersession",
        "movies.movie",
        "usersessions.usersession",
    }
    assert held["account"] == {
        "id": person.pk,
        "last_login": held["account"]["last_login"],
        "is_superuser": False,
        "username": "ana",
        "email": "ana@example.org",
        "name": "Ana Kovač",
        "role": "customer",
        "date_of_birth": None,
        "theme": "system",
        "email_notices": True,
        "notice_rhythm": "at_once",
        "is_active": True,
        "created_at": held["account"]["created_at"],
        "sign_outs": 0,
    }
    assert [film["title"] for film in held["movies.movie"]] == ["Mine"]
    for secret in (person.password, pair.session.refresh_hash, signed_in.session.session_key):
        assert secret not in text


def test_every_relation_to_users_is_listed_here():
    """Check each new relation to users: does it hold a secret that must not be exported?"""
    assert {relation.related_model._meta.label_lower for relation in User._meta.related_objects} == {
        "account.emailaddress",
        "accounts.mail",
        "accounts.notification",
        "accounts.usersession",
        "admin.logentry",
        "cinema.calendarfeed",
        "cinema.claim",
        "catalog_sync.fetchjob",
        "cinema.purchase",
        "cinema.ticket",
        "cinema.waiting",
        "mfa.authenticator",
        "movies.filmimport",
        "movies.hiddenreview",
        "movies.libraryimport",
        "movies.movie",
        "movies.posterupload",
        "movies.rating",
        "movies.reviewreport",
        "movies.viewing",
        "movies.watchlistitem",
        "socialaccount.socialaccount",
        "usersessions.usersession",
    }


# --- Closing ---


def test_closing_deletes_all_rows(signed_in, person):
    other = Client()
    other.post("/account/sign-in/", {"login": "ana", "password": PASSWORD})
    tokens.open_sign_in(person)
    MovieFactory(owner=person, tmdb_id=None)
    bea = registration.register(username="bea", email="bea@example.org", password=PASSWORD)
    page = signed_in.get("/account/delete/").content.decode()
    assert "What is deleted, immediately and for good" in page
    assert "What stays" in page
    response = signed_in.post("/account/delete/", {"proof": PASSWORD}, follow=True)
    assert "Your account has been deleted." in response.content.decode()
    assert list(User.objects.all()) == [bea]
    assert other.get("/account/").status_code == 302
    assert not UserSession.objects.exists()
    assert person.private_movies.count() == 0
    registration.register(username="ana", email="ana@example.org", password=None)


@pytest.mark.parametrize("proof", ["", "wrong", "x\0", "x" * 10_000])
def test_closing_requires_the_password(signed_in, proof):
    response = signed_in.post("/account/delete/", {"proof": proof})
    assert response.context["form"].errors["proof"]
    assert User.objects.count() == 1


def test_closing_without_a_password_requires_the_username(client):
    client.force_login(registration.register(username="bea", email="bea@example.org", password=None))
    assert client.post("/account/delete/", {"proof": "ana"}).context["form"].errors
    assert client.post("/account/delete/", {"proof": "bea"}).status_code == 302
    assert not User.objects.exists()
