"""The default order of every list of API and admin is that of an index: a page is read without reading all rows."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.api.views import openapi_document
from config import urls  # noqa: F401 # they register the admin
from movies.models import LibraryImport
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db

# Where rows are sorted, since there are never many of them.
SHORT = {
    "/api/v1/auth/sessions": "the sign-ins of one person",
    "/api/v1/holds": "what one person holds",
    "/api/v1/library/imports": "the imports of one person, of the last weeks",
    "/api/v1/library/imports/{id}/rows": "the lines of one file",
    "/api/v1/movies/search": "has an order of its own, by rank",
    "room": "rooms",
    "/api/v1/rooms": "rooms",
}
ADMINS = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)


def sorts(plan):
    """Return the nodes of the plan that sort its rows: not those within a column of one row."""
    inner = [part for part in plan.get("Plans", []) if part["Parent Relationship"] not in {"SubPlan", "InitPlan"}]
    own = [plan["Node Type"]] if "Sort" in plan["Node Type"] else []
    return own + [node for part in inner for node in sorts(part)]


def explain(sql):
    """Return what sorts, where PostgreSQL sorts and reads whole tables only if there is no other way."""
    ways = ("seqscan", "bitmapscan", "sort", "incremental_sort", "hashjoin", "mergejoin", "hashagg", "material")
    with connection.cursor() as cursor:
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        ((plan,),) = cursor.fetchone()
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} = on")
    return sorts(plan["Plan"])


def api_lists():
    paths = openapi_document("config.urls")["paths"].items()
    read = {path: acts["get"].get("parameters", []) for path, acts in paths if "get" in acts}
    return [path for path, parameters in read.items() if "page" in {each["name"] for each in parameters}]


@pytest.fixture
def root():
    return User.objects.create_superuser("root", "root@example.org")


def test_the_explanation_tells_what_sorts(root):
    """The control: there is no index for this order."""
    assert explain(str(User.objects.order_by("theme", "pk")[:50].query)) != []
    assert explain(str(User.objects.order_by("pk")[:50].query)) == []


@pytest.mark.parametrize("path", api_lists())
def test_lists_of_the_api(client, root, path):
    client.force_login(root)
    film = MovieFactory()
    ids = {"movies": film.pk, "users": root.pk, "ratings": film.pk}
    ids["library"] = LibraryImport.objects.create(user=root).pk
    address = re.sub(r"\{\w+\}", str(ids[path.split("/")[3]]) if "{" in path else "", path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address, {"query": "film"} if path.endswith("search") else {})
    assert answer.status_code == 200, answer.content
    *_, page = [each["sql"] for each in queries if re.search(r"ORDER BY .* LIMIT \d\d", each["sql"])]
    assert bool(explain(page)) == (path in SHORT)


@pytest.mark.parametrize(("model", "model_admin"), ADMINS, ids=[model._meta.label for model, _ in ADMINS])
def test_lists_of_the_admin(root, model, model_admin):
    request = RequestFactory().get("/")
    request.user = root
    rows = model_admin.get_changelist_instance(request).queryset[:50]
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        found = explain(cursor.mogrify(sql, parameters))
    assert bool(found) == (model._meta.model_name in SHORT)
    assert not model_admin.show_full_result_count
