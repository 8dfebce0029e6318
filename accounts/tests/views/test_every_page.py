"""Every page under /account/ opens, extends our base template, and requires a sign-in where it must."""

import pytest
from django.urls import get_resolver, reverse

from accounts.tests.factories import ManagerFactory, UserFactory

pytestmark = pytest.mark.django_db

OPEN = {
    "account_login": 200,
    "account_signup": 200,
    "account_logout": 302,
    "account_inactive": 200,
    "account_email_verification_sent": 200,
    "account_reset_password": 200,
    "account_reset_password_done": 200,
    "account_reset_password_from_key_done": 200,
    "socialaccount_login_cancelled": 200,
    "socialaccount_login_error": 401,
    "socialaccount_signup": 302,
    "mfa_authenticate": 302,
}
SIGNED_IN = {
    "account": 200,
    "account_reauthenticate": 200,
    "account_email": 200,
    "account_change_password": 200,
    "account_set_password": 302,
    "account_preferences": 200,
    "account_sessions": 200,
    "account_end_session": 405,
    "account_export": 405,
    "account_delete": 200,
    "mfa_index": 200,
    "mfa_reauthenticate": 302,
    "mfa_activate_totp": 302,
    "mfa_deactivate_totp": 404,
    "mfa_view_recovery_codes": 404,
    "mfa_generate_recovery_codes": 302,
    "mfa_download_recovery_codes": 404,
    "socialaccount_connections": 200,
}
WITH_KEYS = {
    "account_confirm_email": {"key": "none"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "none"},
    "openid_connect_login": {"provider_id": "nobody"},
    "openid_connect_callback": {"provider_id": "nobody"},
}
PROVIDERS = ["github_login", "github_callback", "google_login", "google_callback"]


def names_below(resolver):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from names_below(pattern)
        else:
            yield pattern.name


def test_every_page_is_listed_here():
    (ours,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "account/"]
    assert set(names_below(ours)) == {*OPEN, *SIGNED_IN, *WITH_KEYS, *PROVIDERS}


def is_ours(response):
    used = {template.name for template in response.templates}
    return "base.html" in used and not any(name and name.startswith("allauth/elements") for name in used)


@pytest.mark.parametrize("name", OPEN)
def test_pages_for_visitors_open(client, name):
    response = client.get(reverse(name))
    assert response.status_code == OPEN[name]
    assert response.status_code == 302 or is_ours(response)


@pytest.mark.parametrize("name", SIGNED_IN)
def test_pages_of_a_signed_in_user_open(client, name):
    anonymous = client.get(reverse(name))
    assert anonymous.status_code in {302, 405}
    if anonymous.status_code == 302:
        assert anonymous["Location"].startswith(reverse("account_login"))
    user = ManagerFactory()
    user.set_password("correct horse battery")
    user.save()
    client.force_login(user)
    response = client.get(reverse(name))
    assert response.status_code == SIGNED_IN[name]
    assert response.status_code != 200 or is_ours(response)


@pytest.mark.parametrize("name", WITH_KEYS)
def test_invalid_links_show_an_explanation(client, name):
    if name == "account_confirm_email":  # which asks to sign in first
        client.force_login(UserFactory())
    response = client.get(reverse(name, kwargs=WITH_KEYS[name]))
    assert response.status_code == (404 if name.startswith("openid") else 200)
    assert is_ours(response)


@pytest.mark.parametrize("name", PROVIDERS)
def test_providers_without_keys_are_404(client, name):
    response = client.get(reverse(name))
    assert response.status_code in {404, 405}
    assert "Sign in with" not in client.get(reverse("account_login")).content.decode()


def test_the_title_names_the_cinema(client):
    assert "Sign in · Marquee Cinema</title>" in client.get(reverse("account_login")).content.decode()


def test_the_account_page_makes_few_queries(client, django_assert_num_queries):
    client.force_login(UserFactory())
    with django_assert_num_queries(6):
        client.get(reverse("account"))
