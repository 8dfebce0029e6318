"""Managers manage once they have a second factor: on pages, in the admin, over the API and by sockets."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in import tokens
from accounts.tests.conftest import PASSWORD, password_hash
from accounts.tests.factories import ManagerFactory, UserFactory
from accounts.tests.views.test_second_factor import SET_UP, code_of
from catalog_sync.realtime import authentication
from catalog_sync.realtime.authentication import Refused
from cinema.tests.factories import SessionFactory, TicketFactory
from movies.models import Movie

pytestmark = pytest.mark.django_db
JSON = "application/json"
PAGES = ["/admin/", "/admin/accounts/user/", "/admin/movies/movie/add/", "/check-in/", "/check-in/any/", "/fetch/"]


@pytest.fixture(autouse=True)
def _required(settings):
    settings.REQUIRE_SECOND_FACTOR = True


@pytest.fixture(params=["manager", "superuser"])
def manager(request):
    user = ManagerFactory(username="mia", is_superuser=request.param == "superuser", password=password_hash())
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


@pytest.fixture
def browser(manager):
    client = Client()
    client.post("/account/sign-in/", {"login": "mia", "password": PASSWORD})
    return client


def set_up(browser):
    browser.post(f"/account/confirm/?next={SET_UP}", {"password": PASSWORD})
    secret = browser.get(SET_UP).context["form"].secret
    assert browser.post(SET_UP, {"code": code_of(secret)}).status_code == 302
    return secret


def by_token(user):
    return {"Authorization": f"Bearer {tokens.open_sign_in(user).access}"}


@pytest.mark.parametrize("path", PAGES)
def test_a_password_alone_opens_no_page_of_managers(browser, path):
    """The attack: the password of a manager is known, and no second factor was ever set up."""
    response = browser.get(path, follow=True)
    assert "Managers need a second factor." in response.content.decode()
    assert any(address.startswith((SET_UP, "/account/confirm/")) for address, _ in response.redirect_chain)


def test_a_manager_sets_it_up_and_goes_on(browser, manager):
    set_up(browser)
    assert {path: browser.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
    assert browser.get("/api/v1/users").status_code == 200
    browser.post("/account/confirm/?next=/account/", {"password": PASSWORD})
    browser.post("/account/second-factor/totp/deactivate/")
    assert browser.get("/admin/").status_code == 302


def test_an_unconfirmed_email_comes_first(browser):
    EmailAddress.objects.update(verified=False)
    response = browser.get("/check-in/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/account/email/")
    assert "Confirm your email first" in response.content.decode()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/v1/users"),
        ("get", "/api/v1/tickets"),
        ("get", "/api/v1/sync/logs"),
        ("post", "/api/v1/rooms"),
        ("post", "/api/v1/movies/fetch"),
        ("post", "/api/v1/tickets/check-in"),
        ("post", "/api/v1/movies/bulk"),
    ],
)
def test_the_api_refuses_with_a_code(client, browser, manager, method, path):
    body = {} if method == "get" else {"data": {}, "content_type": JSON}
    for caller, headers in ((client, by_token(manager)), (browser, {})):
        response = getattr(caller, method)(path, **body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "second_factor_not_set_up")
    assert client.get("/api/v1/auth/me", headers=by_token(manager)).status_code == 200


def test_a_film_of_such_a_manager_does_not_become_private(client, manager):
    film = {"title": "Heat", "year": 1995}
    response = client.post("/api/v1/movies", film, content_type=JSON, headers=by_token(manager))
    assert (response.status_code, response.json()["code"]) == (403, "second_factor_not_set_up")
    assert not Movie.objects.exists()


def test_what_customers_may_not_see_is_not_there(client, browser, manager):
    ticket, draft = TicketFactory(), SessionFactory(published=False)
    assert client.get(f"/api/v1/tickets/{ticket.pk}", headers=by_token(manager)).status_code == 404
    assert browser.get(f"/tickets/{ticket.code}/").status_code == 404
    assert client.get(f"/api/v1/movie-sessions/{draft.pk}", headers=by_token(manager)).status_code == 404


def test_a_socket_is_for_managers_with_a_second_factor(browser, manager, django_assert_num_queries):
    auth = {"token": tokens.open_sign_in(manager).access}
    with pytest.raises(Refused, match="You may not do this"):
        authentication.authenticate({}, auth)
    set_up(browser)
    auth = {"token": tokens.open_sign_in(manager).access}
    listener = authentication.authenticate({}, auth)
    with django_assert_num_queries(2):  # the sign-in with its user, and the second factors
        assert authentication.still_signed_in([listener]) == {listener}
    browser.post("/account/confirm/?next=/account/", {"password": PASSWORD})
    browser.post("/account/second-factor/totp/deactivate/")
    assert authentication.still_signed_in([listener]) == set()


def test_signing_in_over_the_api_asks_for_the_code_then(client, browser, manager):
    secret = set_up(browser)
    body = {"username": "mia", "password": PASSWORD}
    response = client.post("/api/v1/auth/login", body, content_type=JSON)
    assert (response.status_code, response.json()["code"]) == (401, "second_factor_required")
    assert secret not in response.content.decode()


def test_customers_are_asked_for_nothing(client, django_assert_num_queries):
    customer = UserFactory()
    with django_assert_num_queries(0):
        assert not customer.is_staff
    client.force_login(customer)
    assert client.get("/account/").status_code == 200
    assert client.get("/check-in/").status_code == 403
    assert client.get("/api/v1/users").json()["code"] == "permission_denied"


def test_a_demo_goes_without(settings, browser):
    settings.REQUIRE_SECOND_FACTOR = False
    assert browser.get("/admin/").status_code == 200
    assert User.objects.get(username="mia").is_staff
    assert browser.get(reverse("admin:accounts_user_changelist")).status_code == 200
