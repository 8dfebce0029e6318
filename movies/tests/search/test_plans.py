import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from movies.models import Movie
from movies.models.catalogue import TIERS
from movies.models.vocabulary import BEGINNING
from movies.search.matching import search
from movies.search.spelling import NEARBY, OWN_NEARBY
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def plan(statement, parameters):
    with connection.cursor() as cursor:
        for kind in ("seqscan", "indexscan", "indexonlyscan"):  # with few rows the planner would choose these
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        cursor.execute(f"EXPLAIN {statement}", parameters)
        return "\n".join(row for (row,) in cursor.fetchall())


def sort_pending_words():
    """Sort into the indexes what films of other tests, rolled back long ago, left waiting: its reading is a cost."""
    with connection.cursor() as cursor:
        for index in ("movie_search_words", *(f"movie_search_tier_{tier}" for tier in TIERS)):
            cursor.execute("SELECT gin_clean_pending_list(%s)", [index])


def test_indexes_serve_the_search_and_every_kind_of_correction():
    MovieFactory(directors=["Akira Kurosawa"])
    sort_pending_words()
    with CaptureQueriesContext(connection) as queries:
        search(Movie.objects.all(), "kurosawa")
    (statement,) = [query["sql"] for query in queries if "step0" in query["sql"]]
    assert "movie_search_words" in plan(statement, None)
    with connection.cursor() as cursor:  # of one film it costs as much as that of a tier
        cursor.execute("DROP INDEX movie_search_words")
    tiers = plan(statement, None)
    assert all(f"movie_search_tier_{tier}" in tiers for tier in TIERS)
    parameters = {
        "asked": ["samurei"],
        "last": "samurei",
        "halves": ["sam", "urei"],
        "beginning": BEGINNING,
        "owner": 1,
    }
    correction_plan = plan(NEARBY + OWN_NEARBY, parameters)
    for index in ("search_word_within_one_error", "search_word_alike", "search_word_begins_nearly",
                  "movies_searchword_pkey"):  # fmt: skip
        assert index in correction_plan
