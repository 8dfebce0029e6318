import json
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import DateTimeField, DecimalField, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from django.test.utils import CaptureQueriesContext

from common.api.cursors import Keyset
from common.database import counting
from movies.models import UNKNOWN_DATE, Genre, Movie

pytestmark = pytest.mark.django_db
GENRES = "/api/v1/genres"


def make_genres(count):
    return Genre.objects.bulk_create(Genre(name=f"Genre {n:02}", slug=f"g{count - n:02}") for n in range(count))


def shown(*genres):
    return [{"id": genre.pk, "name": genre.name, "slug": genre.slug} for genre in genres]


def links(response):
    return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers.get("Link", ""))}


def meta(page=None, limit=20, total=None, total_pages=None, next_cursor=None):
    exact = None if total is None else True
    counts = {"total": total, "total_pages": total_pages, "total_is_exact": exact}
    return {"page": page, "limit": limit, **counts, "next_cursor": next_cursor}


def test_an_empty_list(client):
    response = client.get(GENRES)
    assert response.json() == {"items": [], "meta": meta(1, total=0, total_pages=0)}
    assert "Link" not in response.headers


def test_pages(client):
    a, b, c, d, e = make_genres(5)
    first = client.get(f"{GENRES}?limit=2&fields=id,name,slug")
    cursor = first.json()["meta"]["next_cursor"]
    assert first.json() == {"items": shown(a, b), "meta": meta(1, 2, 5, 3, cursor)}
    here = "http://testserver/api/v1/genres?fields=id%2Cname%2Cslug&limit=2&page="
    assert links(first) == {"next": f"{here}2"}
    second = client.get(links(first)["next"])
    assert second.json()["items"] == shown(c, d)
    assert links(second) == {"next": f"{here}3", "prev": f"{here}1"}
    last = client.get(links(second)["next"])
    assert last.json() == {"items": shown(e), "meta": meta(3, 2, 5, 3)}
    assert links(last) == {"prev": f"{here}2"}


def test_a_page_beyond_the_last_is_empty_and_leads_back(client):
    make_genres(3)
    response = client.get(f"{GENRES}?limit=2&page=9")
    assert response.json() == {"items": [], "meta": meta(9, 2, 3, 2)}
    assert links(response) == {"prev": "http://testserver/api/v1/genres?limit=2&page=2"}


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [("", "abcde"), ("&ordering=name", "abcde"), ("&ordering=-name", "edcba"), ("&ordering=slug", "edcba")],
)
def test_cursors_read_the_whole_list_without_counting(client, ordering, expected):
    genres = dict(zip("abcde", make_genres(5), strict=True))
    response = client.get(f"{GENRES}?limit=2{ordering}")
    read = response.json()["items"]
    cursor = response.json()["meta"]["next_cursor"]
    while cursor:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(f"{GENRES}?limit=2{ordering}&cursor={cursor}")
        assert len(queries) == 1
        cursor = response.json()["meta"]["next_cursor"]
        assert response.json()["meta"] == meta(limit=2, next_cursor=cursor)
        assert client.get(links(response)["next"]).status_code == 200 if cursor else links(response) == {}
        read += response.json()["items"]
    assert read == shown(*(genres[name] for name in expected))


def test_rows_that_come_or_go_do_not_shift_a_cursor(client):
    a, b, c, d = make_genres(4)
    cursor = client.get(f"{GENRES}?limit=2").json()["meta"]["next_cursor"]
    a.delete()
    Genre.objects.create(name="A first one", slug="first")
    assert client.get(f"{GENRES}?limit=2&cursor={cursor}").json()["items"] == shown(c, d)
    assert b.name == "Genre 01"


def broken(client, query):
    response = client.get(f"{GENRES}?{query}")
    assert response.status_code == 400
    assert response.json()["code"] == "validation_failed"
    return {error["field"]: error["message"] for error in response.json()["errors"]}


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("page=0", {"page": "Ensure this value is greater than or equal to 1."}),
        ("page=-1", {"page": "Ensure this value is greater than or equal to 1."}),
        ("page=abc", {"page": "A valid integer is required."}),
        ("page=", {"page": "A valid integer is required."}),
        (f"page={10**30}", {"page": "Pages reach the first 10,000 items only: read on by `next_cursor`."}),
        ("page=101&limit=100", {"page": "Pages reach the first 10,000 items only: read on by `next_cursor`."}),
        ("limit=0", {"limit": "Ensure this value is greater than or equal to 1."}),
        ("limit=101", {"limit": "Ensure this value is less than or equal to 100."}),
        ("ordering=foo", {"ordering": "Choose one of: name, slug, -name, -slug."}),
        ("ordering=--name", {"ordering": "Choose one of: name, slug, -name, -slug."}),
        (
            "page=0&limit=x",
            {"page": "Ensure this value is greater than or equal to 1.", "limit": "A valid integer is required."},
        ),
        ("page=1&cursor=x", {"cursor": "Send page or cursor, not both."}),
        ("cursor=x", {"cursor": "This cursor is not one of this list in this ordering."}),
        ("cursor=x:y", {"cursor": "This cursor is not one of this list in this ordering."}),
        ("cursor=%F0%9F%8E%AC", {"cursor": "This cursor is not one of this list in this ordering."}),
        ("page=1&page=2", {"page": "Send this once."}),
        ("cursor=a%00b", {"cursor": "NUL characters are not allowed."}),
    ],
)
def test_values_that_are_refused(client, query, errors):
    assert broken(client, query) == errors


def test_the_greatest_page_is_only_empty(client):
    make_genres(1)
    assert client.get(f"{GENRES}?page=100&limit=100").json()["items"] == []


def test_pages_and_counts_end_where_cursors_go_on(client, monkeypatch):
    *_, c, d, e = make_genres(5)
    monkeypatch.setattr(counting, "DEEPEST", 4)
    second = client.get(f"{GENRES}?limit=2&page=2&fields=id,name,slug")
    cursor = second.json()["meta"]["next_cursor"]
    assert second.json() == {
        "items": shown(c, d),
        "meta": meta(2, 2, 4, 2, cursor) | {"total_is_exact": False},
    }
    assert client.get(links(second)["next"]).json() == {"items": shown(e), "meta": meta(limit=2)}
    assert links(second)["prev"] == "http://testserver/api/v1/genres?fields=id%2Cname%2Cslug&limit=2&page=1"
    refusal = {"page": "Pages reach the first 4 items only: read on by `next_cursor`."}
    assert broken(client, "limit=2&page=3") == refusal
    plain = client.get("/api/v1/plain-genres?limit=2&page=3").json()["errors"]
    assert plain == [{"field": "page", "message": "Pages reach the first 4 items only: use filters."}]
    assert "next" not in links(client.get("/api/v1/plain-genres?limit=2&page=2"))


def test_a_total_that_is_estimated_is_at_least_what_was_read(client, monkeypatch):
    make_genres(5)
    monkeypatch.setattr(counting, "_estimate", lambda sql, parameters: counting.Total(1, is_exact=False))
    assert client.get(f"{GENRES}?limit=2").json()["meta"]["total"] == 3
    assert client.get(f"{GENRES}?limit=5").json()["meta"] == meta(1, 5, 5, 1)


def test_a_cursor_of_another_ordering_or_one_changed_is_refused(client):
    make_genres(3)
    cursor = client.get(f"{GENRES}?limit=1").json()["meta"]["next_cursor"]
    refusal = {"cursor": "This cursor is not one of this list in this ordering."}
    assert broken(client, f"cursor={cursor}&ordering=-name") == refusal
    assert broken(client, f"cursor={cursor}&ordering=slug") == refusal
    assert broken(client, f"cursor={cursor[:5]}x{cursor[5:]}") == refusal


def test_a_view_without_orderings_has_its_querysets_order_and_no_cursor(client):
    Genre.objects.create(name="Western", slug="a")
    Genre.objects.create(name="Comedy", slug="b")
    response = client.get("/api/v1/plain-genres?limit=1")
    assert [genre["name"] for genre in response.json()["items"]] == ["Comedy"]
    assert response.json()["meta"] == meta(1, 1, 2, 2)
    assert client.get("/api/v1/plain-genres?cursor=x&ordering=name").json()["errors"] == [
        {"field": "cursor", "message": "Unknown parameter. Known: page, limit, fields."},
        {"field": "ordering", "message": "Unknown parameter. Known: page, limit, fields."},
    ]


def make_movies():
    return [
        Movie.objects.create(title=title, popularity=popularity, release_date=day)
        for title, popularity, day in [
            ("Alien", 0.1 + 0.2, date(1979, 5, 25)),
            ("Brazil", 0.1 + 0.2, None),
            ("Casablanca", 1e-300, None),
            ("Dune", 123456.789, date(2021, 9, 15)),
        ]
    ]


SORTS: dict[str, Combinable] = {
    "popularity": F("popularity"),
    "release_date": Coalesce("release_date", Value(UNKNOWN_DATE)),
    "title": F("sort_title"),
    "average_rating": Coalesce("average_rating", Value(0), output_field=DecimalField()),
    "tenth": Cast("popularity", DecimalField(max_digits=20, decimal_places=1)),
    "created_at": F("created_at"),
    "later": Coalesce("showing_until", F("created_at"), output_field=DateTimeField()),
}


@pytest.mark.parametrize("name", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_every_type_of_value_survives_the_cursor(name):
    make_movies()
    keyset = Keyset(Movie.objects.all(), name, SORTS[name.removeprefix("-")])
    rows = list(keyset.queryset)
    assert len(rows) == 4
    for index, row in enumerate(rows):
        assert list(keyset.after(keyset.cursor(row))) == rows[index + 1 :]


def plan_of(queryset):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        # Of a handful of rows it may be cheaper to read another index and sort; of many it never is.
        cursor.execute("SET LOCAL enable_sort = off")
    (node,) = json.loads(queryset.explain(format="json"))
    return node["Plan"]


@pytest.mark.parametrize(
    ("name", "index", "condition"),
    [
        ("-popularity", "movie_by_popularity", "(ROW(popularity, id) < ROW("),
        ("popularity", "movie_by_popularity", "(ROW(popularity, id) > ROW("),
        ("-release_date", "movie_by_date", "(ROW(COALESCE(release_date, '0001-01-01'::date), id) < ROW("),
        ("title", "movie_by_title", "(ROW(sort_title, id) > ROW("),
    ],
)
def test_an_index_answers_the_row_comparison_and_the_order(name, index, condition):
    alien, *_ = make_movies()
    keyset = Keyset(Movie.objects.filter(owner=None), name, SORTS[name.removeprefix("-")])
    row = keyset.queryset.get(pk=alien.pk)
    limit = plan_of(keyset.after(keyset.cursor(row))[:20])
    assert limit["Node Type"] == "Limit"
    scan = limit["Plans"][0]
    assert scan["Node Type"] == "Index Scan"
    assert scan["Index Name"] == index
    assert scan["Index Cond"].startswith(condition)
    assert "Filter" not in scan


def test_a_decimal_is_not_rounded_by_the_cursor():
    Movie.objects.create(title="Alien", ratings_sum=20, ratings_count=3)
    keyset = Keyset(Movie.objects.all(), "average_rating", F("average_rating"))
    (row,) = keyset.queryset
    assert row.sort_value == Decimal("6.67")
    assert list(keyset.after(keyset.cursor(row))) == []


def test_a_time_keeps_its_microseconds():
    movie = Movie.objects.create(title="Alien")
    Movie.objects.filter(pk=movie.pk).update(created_at=movie.created_at.replace(microsecond=123456))
    Movie.objects.create(title="Brazil")
    Movie.objects.filter(title="Brazil").update(
        created_at=movie.created_at.replace(microsecond=123456) + timedelta(microseconds=1)
    )
    keyset = Keyset(Movie.objects.all(), "created_at", F("created_at"))
    first, second = keyset.queryset
    assert list(keyset.after(keyset.cursor(first))) == [second]
