"""The admin's own doors, which all lead to the pages of the site."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.sign_in import tokens
from accounts.tests.conftest import PASSWORD, password_hash
from accounts.tests.factories import ManagerFactory

pytestmark = pytest.mark.django_db

NEW = "another long sentence"


@pytest.fixture
def manager():
    return ManagerFactory(username="max", email="max@example.org", password=password_hash())


@pytest.fixture
def signed_in(client, manager):
    client.post("/account/sign-in/", {"login": "max", "password": PASSWORD})
    return client


@pytest.mark.parametrize("path", ["/admin/password_change/", "/admin/password_change/done/"])
def test_the_password_is_changed_on_the_sites_page_only(signed_in, manager, path):
    program = tokens.open_sign_in(User.objects.get(pk=manager.pk)).access
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    for answer in (signed_in.get(path), signed_in.post(path, form)):
        assert (answer.status_code, answer["Location"]) == (302, "/account/password/")
    assert User.objects.get(pk=manager.pk).check_password(PASSWORD)
    signed_in.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW})
    with pytest.raises(tokens.TokenInvalid):
        tokens.find_sign_in(program)


def test_visitors_are_led_to_the_sites_sign_in(client):
    answer = client.get("/admin/password_change/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/account/sign-in/?next=")


def test_no_form_sets_the_password_of_another(client, manager):
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    path, form = f"/admin/accounts/user/{manager.pk}/password/", {"password1": NEW, "password2": NEW}
    assert client.post(path, form).status_code in {302, 404}
    assert User.objects.get(pk=manager.pk).check_password(PASSWORD)


def test_a_manager_cannot_guess_or_enter_other_accounts_at_the_admins_sign_in(signed_in, manager):
    """Django's page would sign the browser in as the other one, without a second factor and without a limit."""
    User.objects.create_superuser("root", "root@example.org", PASSWORD)
    for password in ("wrong", PASSWORD):
        answer = signed_in.post("/admin/login/", {"username": "root", "password": password})
        assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert signed_in.get("/api/v1/auth/me").json()["username"] == "max"
    stranger = Client()
    stranger.post("/admin/login/", {"username": "root", "password": PASSWORD})
    assert stranger.get("/api/v1/auth/me").status_code == 401


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/admin/movies/movie/", "/admin/movies/movie/"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example", "/admin/"),
        ("/admin/login/?next=/admin/login/", "/admin/"),
        ("", "/admin/"),
    ],
)
def test_a_signed_in_manager_goes_on(signed_in, wanted, goes_to):
    assert signed_in.get("/admin/login/", {"next": wanted})["Location"] == goes_to


def test_signing_out_of_the_admin_ends_the_sign_in(signed_in):
    assert signed_in.post("/admin/logout/")["Location"] == "/"
    assert signed_in.get("/account/").status_code == 302
