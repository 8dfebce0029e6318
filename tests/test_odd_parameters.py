"""No value of a parameter, in an address or in a query, is a 500: of every route that answers GET, and of the admin.

What a route reads from its query is recorded while it answers, so a new parameter is tried without being listed here.
"""

import re
from urllib.parse import quote, unquote

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import Resolver404, resolve, reverse

from tests.permission_table import PEOPLE, TABLE, Row
from tests.permission_table.cast import make_cast

pytestmark = pytest.mark.django_db

# Bytes as they are sent: signs that have a meaning to formats and SQL, NUL, half a surrogate pair, digits of other
# scripts, numbers beyond any column.
ODD = (
    "%25(name)s%27%22%5C",
    "%00",
    "%ED%A0%80",
    "%D9%A3",
    "9" * 20,
    "9" * 5000,
    "-1",
    "9999-12-31",
)
ROWS = {row.path: row for row in TABLE if row.method == "GET"}.values()
admin.autodiscover()  # which the site does when it imports its routes
MODELS = list(admin.site._registry)
REREAD = ("__getitem__", "__contains__", "get", "getlist")


@pytest.fixture(scope="module")
def cast(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_cast()
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.THROTTLE_USER = settings.THROTTLE_LOGIN = settings.THROTTLE_ANON = "100000/min"


@pytest.fixture
def names_read(monkeypatch):
    """The names that the view has read from the query, in a set that grows."""
    names = set()
    for method in REREAD:
        original = getattr(QueryDict, method)

        def read(self, name, *rest, _original=original):
            names.add(str(name))
            return _original(self, name, *rest)

        monkeypatch.setattr(QueryDict, method, read)
    return names


def browser(cast, who: str) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = cast.cookie[who]
    return client


def find_names(client: Client, path: str, names_read: set[str]) -> set[str]:
    """Return the parameters that the route reads, or that the API says it knows."""
    client.get(path)
    said = client.get(f"{path}?unknown=1")
    known = re.search(r"Known: ([\w, ]+)\.", said.text) if said.status_code == 400 else None
    return (names_read | set(known[1].split(", ") if known else ())) - {"csrfmiddlewaretoken", "unknown", "None"}


def is_route(address: str) -> bool:
    """Return whether a view answers. All other paths are the same 404, which test_an_odd_name tries."""
    try:
        return bool(resolve(unquote(address)))
    except Resolver404:
        return False


def failures(client: Client, addresses: list[str]) -> list[str]:
    failed = []
    for address in addresses:
        with transaction.atomic():
            status = client.get(address).status_code
            transaction.set_rollback(True)
        if status >= 500 and status != 503:
            failed.append(f"{status} {address[:100]}")
    return failed


def address(row: Row, cast, **odd: str) -> str:
    arguments = {name: quote(str(value)) for name, value in row.arguments(cast).items()} | odd
    return re.sub(r"<(\w+)>", lambda found: arguments[found[1]], row.path).replace("*", "anything")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_a_route(row, cast, names_read):
    client = browser(cast, PEOPLE[max(row.verdicts.index(200) if 200 in row.verdicts else 0, 1)])
    names = find_names(client, address(row, cast), names_read)

    in_query = [f"{address(row, cast)}?{quote(name)}={odd}" for name in names for odd in ODD]
    in_path = [address(row, cast, **{name: odd}) for name in re.findall(r"<(\w+)>", row.path) for odd in ODD]

    assert failures(client, in_query + list(filter(is_route, in_path))) == []


@pytest.mark.parametrize("path", ["/", "/movies/", "/api/v1/movies", "/api/v1/unknown", "/admin/"])
def test_an_odd_name(path, cast):
    odd_names = [f"{path}?{odd}=1" for odd in ODD] + [f"{path}{odd}" for odd in ODD]
    assert failures(browser(cast, "superuser"), odd_names) == []


def test_parameters_are_found(cast, names_read):
    client = browser(cast, "customer")

    assert {"genre", "ordering", "cursor", "limit", "page", "fields"} <= find_names(client, "/api/v1/movies", set())
    assert {"genre", "ordering", "page"} <= find_names(client, "/movies/", names_read)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_of_the_admin(model, cast):
    client = browser(cast, "superuser")
    listed = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    filters = [each for each in admin.site._registry[model].list_filter if isinstance(each, str)]
    names = {"q", "o", "p", "id__exact", *filters, *(f"{name}__exact" for name in filters)}

    in_query = [f"{listed}?{name}={odd}" for name in names for odd in ODD]
    in_path = [f"{listed}{odd}/change/" for odd in ODD]
    assert failures(client, in_query + in_path) == []
