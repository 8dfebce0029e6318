"""While a process hashes a password, every other request that hashes is told to come back; readers are answered."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.tests.conftest import PASSWORD
from common.limits import slots
from common.limits.slots import take_slot

NEW = "another long sentence"
BEA = {"username": "bea", "email": "bea@example.org"}
VISITORS = {
    "/api/v1/auth/login": {"username": "ana", "password": PASSWORD},
    "/api/v1/auth/login?unknown": {"username": "bea", "password": PASSWORD},
    "/api/v1/auth/register": BEA | {"password": PASSWORD},
    "/account/sign-in/": {"login": "ana", "password": PASSWORD},
    "/account/sign-in/?unknown": {"login": "bea@example.org", "password": PASSWORD},
    "/account/sign-up/": BEA | {"password1": PASSWORD},
}
SIGNED_IN = {
    "/api/v1/auth/password": {"old_password": PASSWORD, "new_password": NEW},
    "/api/v1/auth/me": {"email": "bea@example.org", "current_password": PASSWORD},
    "/account/password/": {"oldpassword": PASSWORD, "password1": NEW},
    "/account/confirm/": {"password": PASSWORD},
    "/account/delete/": {"proof": PASSWORD},
}


@pytest.fixture
def busy(monkeypatch):
    """Hash something else meanwhile, for longer than is waited."""
    monkeypatch.setattr(slots, "PASSWORD_PATIENCE_SECONDS", 0)

    def ask(client, path, form):
        method = client.patch if path.endswith("/me") else client.post
        kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
        with take_slot("passwords"):
            answer = method(path.partition("?")[0], form, **kind)
            assert client.get(reverse("home")).status_code == client.get("/api/v1/movies").status_code == 200
        return answer

    return ask


@pytest.mark.parametrize("path", VISITORS)
def test_visitors_are_told_to_come_back(client, person, busy, path):
    answer = busy(client, path, VISITORS[path])
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert User.objects.count() == 1
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("path", SIGNED_IN)
def test_members_are_told_to_come_back(signed_in, person, busy, path):
    answer = busy(signed_in, path, SIGNED_IN[path])
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert User.objects.get().check_password(PASSWORD)


def test_so_is_the_owner_of_a_reset_link_which_stays_valid(client, person, link, busy):
    client.post("/account/password/reset/", {"email": "ana@example.org"})
    form = client.get(link("/account/password/reset/"))["Location"]
    answer = busy(client, form, {"password1": NEW})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert client.post(form, {"password1": NEW}).status_code == 302
    assert User.objects.get().check_password(NEW)


def test_an_older_hash_counts_as_well(client, person, busy):
    User.objects.update(password="pbkdf2_sha256$10$salt$6Nm6TtCnPdVBBjHMLLvmN3bXLVZVjpEwZXpOEGdJXdQ=")
    assert busy(client, "/account/sign-in/", VISITORS["/account/sign-in/"]).status_code == 503
