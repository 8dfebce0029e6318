"""Every route of the site, for every kind of caller: the verdict, and of a page, what browsers may keep.

A route without a verdict in `permission_table` fails.
"""

import re

import pytest
from django.conf import settings
from django.contrib.admindocs.views import simplify_regex
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RegexPattern
from django.views.generic.edit import ProcessFormView

from tests.permission_table import PEOPLE, TABLE, Row
from tests.permission_table.cast import make_cast
from tests.permission_table.keeping import may_say

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
# A plain function does not say which methods it answers, so both have a verdict, be it 405.
METHODS_OF_A_FUNCTION = ("get", "post")
ADMIN = f"/{settings.ADMIN_PATH}"


def routes(patterns, prefix=""):
    """(methods, path with its <parameters>) of every route but the admin's own, which its permissions guard."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from routes(pattern.url_patterns, route)
            continue
        path = re.sub(r"<\w+:(\w+)>", r"<\1>", simplify_regex(route)) + ("*" if is_open_ended(pattern) else "")
        if not path.startswith(ADMIN) or path == f"{ADMIN}login/":
            yield methods_of(pattern.callback), path


def is_open_ended(pattern):
    return isinstance(pattern.pattern, RegexPattern) and not str(pattern.pattern).endswith(("$", r"\Z"))


def methods_of(view):
    actions = getattr(view, "actions", None)
    if actions:
        return set(actions) - {"head"}  # the first request adds it
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if kind is None:
        return set(METHODS_OF_A_FUNCTION)
    methods = {method for method in METHODS if method in kind.http_method_names and hasattr(kind, method)}
    # Django's form views take PUT for POST.
    return methods - {"put"} if getattr(kind, "put", None) is ProcessFormView.put else methods


def existing():
    return {
        (method.upper(), path)
        for methods, path in routes(get_resolver(settings.ROOT_URLCONF).url_patterns)
        for method in methods
    }


def test_every_route_has_a_verdict():
    missing = sorted(existing() - {(row.method, row.path) for row in TABLE})
    said = "\n".join(f"{method} {path} has no verdict in tests/permission_table." for method, path in missing)
    assert not missing, said


def test_every_verdict_has_a_route():
    assert sorted({(row.method, row.path) for row in TABLE} - existing()) == []


def test_a_new_route_or_method_would_be_missed(settings):
    """The control: another URL configuration has routes without a verdict."""
    settings.ROOT_URLCONF = "common.tests.urls"
    assert ("POST", "/api/v1/orders") in existing()
    with pytest.raises(AssertionError, match="POST /api/v1/orders has no verdict in tests/permission_table"):
        test_every_route_has_a_verdict()


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker):
    """Callers, and rows of which the owned ones are the customer's: once for all, because each call is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_cast()
        transaction.set_rollback(True)


def verdict(response):
    """The status; a redirect to the sign-in page, or to where one confirms who one is, by that name."""
    where = response.headers.get("Location", "")
    if response.status_code == 302 and "/account/sign-in/" in where:
        return "sign-in"
    if response.status_code == 302 and where.startswith(("/account/confirm/", "/account/second-factor/reauth")):
        return "confirm"
    return response.status_code


def answer(row: Row, cast, who: str, method: str = "", **environ):
    client = Client(raise_request_exception=False)
    headers = {}
    user = cast.people.get(who)
    if user and row.path.startswith("/api"):
        headers["Authorization"] = f"Bearer {cast.access[who]}"
    elif user:
        client.cookies["sessionid"] = cast.cookie[who]
    arguments = row.arguments(cast)
    path = re.sub(r"<(\w+)>", lambda found: str(arguments[found[1]]), row.path).replace("*", "anything")
    body = row.body(cast)
    kind = {"content_type": "application/json"} if row.path.startswith("/api") else {}
    if row.method == "GET":
        return getattr(client, method.lower() or "get")(path, body, headers=headers, **environ)
    return getattr(client, row.method.lower())(path, body or {}, headers=headers, **kind)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path} {row.about}".strip())
def test_verdict(row, cast, settings):
    settings.THROTTLE_LOGIN = settings.THROTTLE_REGISTER = "100/min"
    said = {who: undone(row, cast, who) for who in PEOPLE}
    assert tuple(map(verdict, said.values())) == row.verdicts
    if row.method == "GET":
        who = PEOPLE[row.verdicts.index(200) if 200 in row.verdicts else 1]
        check_that_head_is_answered_like_get(undone(row, cast, who, "HEAD"), said[who])
        if not row.path.startswith("/api"):
            kept = {who: response.headers["Cache-Control"] for who, response in said.items()}
            assert [who for who in PEOPLE if not may_say(row.path, kept[who])] == [], kept


def undone(row, cast, who, method=""):
    """Return the answer, whose effects are taken back."""
    with transaction.atomic():
        response = answer(row, cast, who, method)
        transaction.set_rollback(True)
    return response


def check_that_head_is_answered_like_get(head, get):
    """Programs that check links and fetch calendars ask so first. Of a route that answers no GET, both are refused."""
    said = [(each.status_code, *map(each.headers.get, ("Content-Type", "Location"))) for each in (head, get)]
    assert said[0] == said[1]
    assert head.getvalue() == b""
