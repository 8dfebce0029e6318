"""Hostile bodies cost a small multiple of a plain list of the largest size: a body of 2.5 MB cannot occupy a thread."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.tests.factories import ManagerFactory
from common.api.parsing import MAX_VALUES
from movies.catalogue.editing import MAX_AT_ONCE
from tests.costs import SIZE, cost, is_cheap, joined

pytestmark = pytest.mark.django_db

FEW = MAX_VALUES - 100


FILMS = "/api/v1/movies"
MANY_FILMS = "/api/v1/movies/bulk"
SIGN_IN = "/api/v1/auth/login"
# Made when they are sent: these texts are large.
BODIES: dict[str, Callable[[], tuple[str, str]]] = {
    "unknown names": lambda: (SIGN_IN, joined("{", lambda n: f'"{n:07}":1', "}")),
    "as many unknown names as are read": lambda: (SIGN_IN, joined("{", lambda n: f'"{n:07}":1', "}", most=FEW)),
    "unknown long names": lambda: (SIGN_IN, joined("{", lambda n: f'"{n:020}":1', "}", most=FEW)),
    "lists in lists": lambda: (SIGN_IN, "[" * SIZE),
    "objects in objects": lambda: (SIGN_IN, '{"a":' * (SIZE // 5)),
    "brackets that only end": lambda: (SIGN_IN, "]" * SIZE),
    "many empty objects": lambda: (MANY_FILMS, joined("[", lambda n: "{}", "]")),
    "as many empty objects as are read": lambda: (MANY_FILMS, joined("[", lambda n: "{}", "]", most=FEW)),
    "a number of millions of digits": lambda: (SIGN_IN, "1" * SIZE),
    "a fraction of millions of digits": lambda: (SIGN_IN, "0." + "1" * (SIZE - 2)),
    "an exponent of millions of digits": lambda: (SIGN_IN, "1e" + "1" * (SIZE - 2)),
    "many long numbers": lambda: (SIGN_IN, joined("[", lambda n: "1" * 300, "]")),
    "too long numbers": lambda: (SIGN_IN, joined("[", lambda n: "1" * 4300, "]")),
    "many fractions": lambda: (SIGN_IN, joined("[", lambda n: "0." + "1" * 22, "]", most=FEW)),
    "a text of escapes": lambda: (SIGN_IN, json.dumps({"username": "\U0001f3ac" * (SIZE // 13)})),
    "a text of quotation marks": lambda: (SIGN_IN, '{"username":"' + '\\"' * (SIZE // 2 - 8) + '"}'),
    "a text that never ends": lambda: (SIGN_IN, '"' + '\\"' * (SIZE // 2 - 1)),
    "nothing but quotation marks": lambda: (SIGN_IN, '"' * SIZE),
    "nothing but spaces": lambda: (SIGN_IN, " " * SIZE),
    "texts that cannot be stored": lambda: (SIGN_IN, joined("[", lambda n: '"\\ud800"', "]", most=FEW)),
    "names that cannot be stored": lambda: (SIGN_IN, joined("{", lambda n: f'"\\ud800{n:07}":1', "}", most=FEW)),
    "texts below a long name": lambda: (
        SIGN_IN,
        '{"' + "x" * (SIZE // 2) + '":' + joined("[", lambda n: '"\\u0000"', "]", SIZE // 2 - 9, FEW) + "}",
    ),
    "names in names": lambda: (
        SIGN_IN,
        ('{"' + "x" * (SIZE // 60) + '":') * 30
        + joined("[", lambda n: '"\\u0041"', "]", SIZE // 2 - 200, FEW)
        + "}" * 30,
    ),
    "one name again and again": lambda: (SIGN_IN, joined("{", lambda n: '"a":1', "}", most=FEW)),
    "ids that are texts": lambda: (MANY_FILMS + " DELETE", joined('{"ids":[', lambda n: '"x"', "]}", most=FEW)),
    "genres that do not exist": lambda: (FILMS, joined('{"title":"x","genres":[', lambda n: "0", "]}", most=FEW)),
    "people without names": lambda: (
        FILMS, joined('{"title":"x","cast":[', lambda n: '"\\u00e9\\u00e9"', "]}", most=FEW),
    ),
    "people who are numbers": lambda: (FILMS, joined('{"title":"x","cast":[', lambda n: "1", "]}", most=FEW)),
    "a text of a film": lambda: (FILMS, json.dumps({"title": "x", "overview": "a\n" * (SIZE // 3 - 20)})),
    "a choice of millions of characters": lambda: (
        FILMS, json.dumps({"title": "x", "release_date": "9" * (SIZE - 60)}),
    ),
    "many films with many errors": lambda: (
        MANY_FILMS,
        joined("[", lambda n: "{" + ",".join(f'"{name:04}":""' for name in range(100)) + "}", "]", most=MAX_AT_ONCE),
    ),
    "many films that lack a title": lambda: (MANY_FILMS, json.dumps([{"cast": [1] * 150}] * MAX_AT_ONCE)),
}  # fmt: skip


@pytest.fixture
def client(settings):
    settings.THROTTLE_LOGIN = settings.THROTTLE_USER = "10000/min"
    client = Client(raise_request_exception=False)
    client.force_login(ManagerFactory())
    return client


def test_without_the_caps_a_body_of_names_costs_much_more(client, monkeypatch):
    body = joined("{", lambda n: f'"{n:07}":1', "}", SIZE // 2)

    def send() -> None:
        client.post(SIGN_IN, body, "application/json")

    capped = min(cost(send) for _ in range(3))
    for name in ("common.api.parsing.MAX_VALUES", "common.api.parsing.MAX_ERRORS", "common.api.problems.MAX_ERRORS"):
        monkeypatch.setattr(name, 10**9)

    assert cost(send) > 5 * capped


@pytest.mark.parametrize("kind", BODIES)
def test_a_hostile_body(client, kind):
    route, body = BODIES[kind]()
    path, _, method = route.partition(" ")
    assert len(body) <= SIZE
    statuses, sizes = set(), set()

    def send() -> None:
        answer = client.generic(method or "POST", path, body, "application/json")
        statuses.add(answer.status_code)
        sizes.add(len(answer.content))

    assert is_cheap(send)
    assert statuses == {400}
    assert max(sizes) < 100_000
