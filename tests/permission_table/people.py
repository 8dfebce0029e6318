"""Signing in, accounts and their pages."""

from typing import Any

from tests.permission_table.rows import PASSWORD, Row, everyone, managers, own, page, person, signed_in

NEWCOMER = {"username": "newcomer", "email": "newcomer@example.org", "password": PASSWORD}


def wrong_reset(cast: Any) -> dict[str, Any]:
    return {"uidb36": "x", "key": "x"}


def provider(cast: Any) -> dict[str, Any]:
    """No provider is configured for the tests."""
    return {"provider_id": "oidc"}


SIGNING_IN = [
    Row("POST", "/api/v1/auth/register", everyone(201), body=lambda cast: NEWCOMER),
    Row("POST", "/api/v1/auth/login", everyone(200), body=lambda cast: {"username": "customer", "password": PASSWORD}),
    Row("POST", "/api/v1/auth/login", everyone(401), "wrong", body=lambda cast: {"username": "x", "password": "x"}),
    Row("POST", "/api/v1/auth/refresh", everyone(200), body=lambda cast: {"refresh": cast.refresh}),
    Row("POST", "/api/v1/auth/refresh", everyone(401), "wrong", body=lambda cast: {"refresh": "x"}),
    Row("POST", "/api/v1/auth/logout", signed_in(204)),
    Row("GET", "/api/v1/auth/me", signed_in(200)),
    Row("PATCH", "/api/v1/auth/me", signed_in(200), body=lambda cast: {"name": "Ana"}),
    Row(
        "POST",
        "/api/v1/auth/password",
        signed_in(204),
        body=lambda cast: {"old_password": PASSWORD, "new_password": "another-long-password"},
    ),
    Row("GET", "/api/v1/auth/sessions", signed_in(200)),
    Row("DELETE", "/api/v1/auth/sessions/<pk>", own(204), arguments=lambda cast: {"pk": cast.session.pk}),
    Row("GET", "/api/v1/users", managers(200)),
    Row("GET", "/api/v1/users/<pk>", managers(200), arguments=person),
]

ACCOUNT_PAGES = [
    *page("/admin/login/", ("sign-in", 403, 403, 302, 302), ("sign-in", 403, 403, 302, 302)),
    *page("/account/", signed_in(200, "sign-in"), signed_in(405, "sign-in")),
    *page("/account/sign-in/", signed_in(302, 200), signed_in(302, 200)),
    *page("/account/sign-up/", signed_in(302, 200), signed_in(302, 200)),
    *page("/account/sign-out/", signed_in(200, 302), everyone(302)),
    *page("/account/inactive/", everyone(200)),
    *page("/account/confirm/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/email/", signed_in(200, "sign-in"), signed_in(302, "sign-in")),
    *page("/account/email/sent/", everyone(200), everyone(405)),
    *page(
        "/account/email/confirm/<key>/",
        signed_in(200, "sign-in"),
        signed_in(404, "sign-in"),
        "wrong",
        lambda cast: {"key": "x"},
    ),
    *page("/account/password/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/password/set/", signed_in(302, "sign-in"), signed_in(302, "sign-in")),
    *page("/account/password/reset/", everyone(200), everyone(200)),
    *page("/account/password/reset/sent/", everyone(200)),
    *page("/account/password/reset/done/", everyone(200)),
    *page("/account/password/reset/<uidb36>-<key>/", everyone(200), everyone(200), "wrong", wrong_reset),
    *page("/account/preferences/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/sessions/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/sessions/end/", signed_in(405, "sign-in")),
    Row("POST", "/account/sessions/end/", own(302, "sign-in"), body=lambda cast: {"id": f"api-{cast.session.pk}"}),
    *page("/account/export/", signed_in(405, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/delete/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/second-factor/", signed_in(200, "sign-in")),
    *page("/account/second-factor/authenticate/", signed_in(302, "sign-in"), signed_in(302, "sign-in")),
    *page("/account/second-factor/reauthenticate/", signed_in("confirm", "sign-in"), signed_in("confirm", "sign-in")),
    *page("/account/second-factor/totp/activate/", signed_in("confirm", "sign-in"), signed_in("confirm", "sign-in")),
    *page("/account/second-factor/totp/deactivate/", signed_in(404, "sign-in"), signed_in(404, "sign-in")),
    *page("/account/second-factor/recovery-codes/", signed_in(404, "sign-in")),
    *page("/account/second-factor/recovery-codes/download/", signed_in(404, "sign-in")),
    *page(
        "/account/second-factor/recovery-codes/generate/",
        signed_in("confirm", "sign-in"),
        signed_in("confirm", "sign-in"),
    ),
    *page("/account/linked/", signed_in(200, "sign-in"), signed_in(200, "sign-in")),
    *page("/account/linked/cancelled/", everyone(200)),
    *page("/account/linked/error/", everyone(401)),
    *page("/account/linked/sign-up/", everyone("sign-in"), everyone("sign-in")),
    *page("/account/linked/github/login/", everyone(404), everyone(404)),
    *page("/account/linked/github/login/callback/", everyone(404), everyone(404)),
    *page("/account/linked/google/login/", everyone(404), everyone(404)),
    *page("/account/linked/google/login/callback/", everyone(404), everyone(404)),
    *page("/account/linked/oidc/<provider_id>/login/", everyone(404), everyone(404), "", provider),
    *page("/account/linked/oidc/<provider_id>/login/callback/", everyone(404), everyone(404), "", provider),
]
