import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.database import counting
from common.database.counting import Total, count_rows
from movies.models import Genre

pytestmark = pytest.mark.django_db


@pytest.fixture
def genres():
    Genre.objects.bulk_create(Genre(name=f"Genre {n}", slug=f"genre-{n}") for n in range(5))
    return Genre.objects.order_by("name")


@pytest.fixture
def costs_too_much(monkeypatch):
    monkeypatch.setattr(counting, "MOST_COST", 0)


def count_statements(queryset):
    with CaptureQueriesContext(connection) as queries:
        total = count_rows(queryset)
    return total, len(queries)


def test_rows_are_counted_where_that_is_cheap(genres):
    assert count_statements(genres) == (Total(5, is_exact=True), 2)
    genres.filter(name="Genre 0").delete()
    assert count_statements(genres) == (Total(4, is_exact=True), 1)
    assert count_statements(genres.filter(name="Genre 1")) == (Total(1, is_exact=True), 2)
    assert count_statements(genres.none()) == (Total(0, is_exact=True), 0)


def test_no_more_are_counted_than_pages_reach(genres, monkeypatch):
    monkeypatch.setattr(counting, "DEEPEST", 5)
    assert count_rows(genres) == Total(5, is_exact=True)
    monkeypatch.setattr(counting, "DEEPEST", 4)
    assert count_statements(genres) == (Total(4, is_exact=False), 2)
    assert count_statements(genres) == (Total(4, is_exact=False), 0)


@pytest.mark.usefixtures("costs_too_much")
def test_what_costs_too_much_is_estimated_once_a_minute(genres, monkeypatch):
    total, statements = count_statements(genres)
    assert (total.is_exact, statements) == (False, 1)
    assert 0 < total.number < 10_000
    assert count_statements(genres) == (total, 0)
    monkeypatch.setattr(counting, "REMEMBERED", -1)
    counting.forget()
    assert [count_statements(genres), count_statements(genres)] == [(total, 1)] * 2


def test_no_more_lists_are_remembered_than_fit(genres, monkeypatch):
    monkeypatch.setattr(counting, "MOST_REMEMBERED", 2)
    for number in range(5):
        count_rows(genres.filter(name=f"Genre {number}"))
        assert len(counting._known) <= 2


@pytest.mark.parametrize(
    ("total", "text"),
    [
        (Total(1_234, is_exact=True), "1,234"),
        (Total(10_000, is_exact=True), "10,000"),
        (Total(10_000, is_exact=False), "More than 10,000"),
        (Total(1_234, is_exact=False), "About 1,234"),
    ],
)
def test_totals_in_words(total, text):
    assert str(total) == text
