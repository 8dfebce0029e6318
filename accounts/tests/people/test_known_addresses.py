"""An address that has an account is answered as any other: only its owner is told, by mail."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.notifications import account_mails
from accounts.tests.conftest import PASSWORD, password_hash
from accounts.tests.factories import ConfirmedUserFactory, UserFactory, confirm

pytestmark = pytest.mark.django_db
REGISTER, SIGN_UP, ME = "/api/v1/auth/register", "/account/sign-up/", "/api/v1/auth/me"
KNOWN, UNKNOWN = "ana@example.org", "new@example.org"
TOLD = ("You already have an account at Marquee Cinema", [KNOWN])


@pytest.fixture(autouse=True)
def _nothing_told_yet():
    cache.clear()


@pytest.fixture
def owner():
    return ConfirmedUserFactory(username="ana", email=KNOWN, password=password_hash())


def register(name: str, email: str):
    return Client().post(REGISTER, {"username": name, "email": email, "password": PASSWORD}, "application/json")


def sign_up(name: str, email: str, browser: Client | None = None):
    form = {"username": name, "email": email, "password1": PASSWORD}
    return (browser or Client()).post(SIGN_UP, form, follow=True)


def told() -> list[tuple[str, list[str]]]:
    return [(str(message.subject), message.to) for message in mail.outbox]


def without_what_differs(text: str, *words: str) -> str:
    for word in (*words, r"nonce=\S+", r'value="\w{64}"', r"\d{2}:\d{2}"):
        text = re.sub(word, "", text)
    return text


def test_registering_over_the_api_answers_alike(owner):
    answers = [register("one", "Ana@Example.org"), register("two", UNKNOWN)]
    bodies = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [body["user"] | {"id": 0, "created_at": ""} for body in bodies] == [
        {"id": 0, "username": name, "email": email, "name": "", "role": "customer", "date_of_birth": None,
         "created_at": ""}
        for name, email in (("one", KNOWN), ("two", UNKNOWN))
    ]  # fmt: skip
    for body in bodies:
        me = Client().get(ME, headers={"Authorization": f"Bearer {body['access']}"})
        assert me.json() == body["user"]
    assert told() == [TOLD, ("Welcome to Marquee Cinema: confirm your email", [UNKNOWN])]


def test_signing_up_on_the_page_answers_alike(owner):
    pages = []
    for name, email in (("visitor1", "Ana@Example.org"), ("visitor2", UNKNOWN)):
        browser = Client()
        shown = [sign_up(name, email, browser), browser.get("/account/"), browser.get("/account/email/")]
        assert "We sent a link to" in shown[0].content.decode()
        assert [page.status_code for page in shown] == [200, 200, 200]
        texts = [without_what_differs(page.content.decode(), name, email, email.lower()) for page in shown]
        pages.append([shown[0].redirect_chain, *texts])
    assert pages[0] == pages[1]
    assert told() == [TOLD, ("Welcome to Marquee Cinema: confirm your email", [UNKNOWN])]


def test_it_takes_as_many_statements(owner, monkeypatch):
    monkeypatch.setattr(account_mails, "wake_after_commit", lambda: None)  # the worker sends the mail, later
    counts = []
    for name, email in (("one", KNOWN), ("two", UNKNOWN)):
        with CaptureQueriesContext(connection) as queries:
            assert register(name, email).status_code == 201
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_changing_the_address_over_the_api_answers_alike(owner):
    answers = []
    for email in (KNOWN, UNKNOWN):
        eve = ConfirmedUserFactory(password=password_hash())
        browser = Client()
        browser.force_login(eve)
        body = {"email": email, "current_password": PASSWORD}
        answer = browser.patch(ME, body, "application/json")
        answers.append((answer.status_code, answer.json()["email"], list(answer.json())))
        assert not EmailAddress.objects.get(user=eve).verified
    assert [answer[:2] for answer in answers] == [(200, KNOWN), (200, UNKNOWN)]
    assert answers[0][2] == answers[1][2]
    assert TOLD in told()
    assert ("Confirm your email for Marquee Cinema", [UNKNOWN]) in told()
    assert [subject for subject, to in told() if to == [KNOWN]] == [TOLD[0]]


def test_asking_for_another_address_on_the_page_answers_alike(owner):
    answers = []
    for email in (KNOWN, UNKNOWN):
        eve = ConfirmedUserFactory(username=f"eve-{email[:3]}", password=password_hash())
        browser = Client()
        browser.post("/account/sign-in/", {"login": eve.username, "password": PASSWORD})
        browser.post("/account/confirm/", {"password": PASSWORD})
        answer = browser.post("/account/email/", {"action_add": "", "email": email}, follow=True)
        answers.append(without_what_differs(answer.content.decode(), email, eve.username))
    assert answers[0] == answers[1]
    assert TOLD in told()
    assert ("Confirm your email for Marquee Cinema", [UNKNOWN]) in told()
    assert [subject for subject, to in told() if to == [KNOWN]] == [TOLD[0]]


def test_nothing_of_the_owner_changes(owner):
    before = User.objects.filter(pk=owner.pk).values().get()
    register("one", KNOWN)
    sign_up("two", KNOWN)
    assert User.objects.filter(pk=owner.pk).values().get() == before
    assert EmailAddress.objects.get(user=owner).verified
    assert User.objects.filter(email=KNOWN).count() == 3


def test_the_email_signs_in_and_resets_for_its_owner_only(owner):
    register("eve", KNOWN)
    for password, status in ((PASSWORD, 200), ("another long sentence", 401)):
        body = {"email": KNOWN, "password": password}
        assert Client().post("/api/v1/auth/login", body, "application/json").status_code == status
    body = {"email": KNOWN, "password": PASSWORD}
    assert Client().post("/api/v1/auth/login", body, "application/json").json()["user"]["username"] == "ana"
    mail.outbox.clear()
    Client().post("/account/password/reset/", {"email": KNOWN})
    (message,) = mail.outbox
    assert "for the account ana." in message.body


def test_the_other_account_never_confirms_it(owner):
    browser = Client()
    sign_up("eve", KNOWN, browser)
    browser.post("/account/email/", {"action_send": "", "email": KNOWN})
    assert told() == [TOLD]
    assert not any("/email/confirm/" in message.body for message in mail.outbox)


def test_the_owner_is_told_once_a_day(owner):
    for number in range(3):
        register(f"one{number}", KNOWN)
        sign_up(f"two{number}", KNOWN)
    assert told() == [TOLD]


def test_an_address_that_no_account_has_confirmed_gets_a_link_for_each():
    UserFactory(username="ana", email=KNOWN)
    assert register("one", KNOWN).status_code == 201
    assert told() == [("Welcome to Marquee Cinema: confirm your email", [KNOWN])]
    assert "the account one" in mail.outbox[0].body


def test_a_reset_of_such_an_address_is_mailed_for_its_newest_accounts():
    for number in range(5):
        UserFactory(username=f"ana{number}", email=KNOWN)
    Client().post("/account/password/reset/", {"email": KNOWN})
    assert [re.search(r"the account (\w+)\.", str(message.body))[1] for message in mail.outbox] == [
        "ana4",
        "ana3",
        "ana2",
    ]


def test_a_reset_link_ends_when_another_account_confirms_the_address():
    one, two = (UserFactory(username=name, email=UNKNOWN, password=password_hash()) for name in ("one", "two"))
    Client().post("/account/password/reset/", {"email": UNKNOWN})
    (body,) = [str(message.body) for message in mail.outbox if "account one." in message.body]
    browser = Client()
    form = browser.get(re.search(r"http\S+?(/account/password/reset/\S+)", body)[1])["Location"]

    confirm(two)
    answer = browser.post(form, {"password1": "another long sentence"})

    assert "This email belongs to another account by now." in answer.content.decode()
    one.refresh_from_db()
    assert one.check_password(PASSWORD)


def test_a_taken_username_tells_no_one(owner):
    assert register("ANA", "other@example.org").status_code == 409
    assert told() == []


def test_few_addresses_can_be_mailed_from_one_network(owner, settings):
    settings.THROTTLE_REGISTER = "4/hour"
    asked = [register(f"a{n}", f"guess{n}@example.org").status_code for n in range(2)]
    asked += [sign_up(f"b{n}", f"guess{n}@example.org").status_code for n in range(2, 4)]
    assert asked == [201, 201, 200, 200]

    refused = [register("c", KNOWN), register("d", "guess9@example.org"), sign_up("e", KNOWN)]
    assert [answer.status_code for answer in refused] == [429, 429, 429]
    assert all(int(answer["Retry-After"]) > 3000 for answer in refused)
